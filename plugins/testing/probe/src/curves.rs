//! `probe.curves`: every figure a strategy can tell, with values known beforehand.

use pressmark_sdk::{Codec, Descriptor, Explain, Host, Interface, Level, Result, Sink, Strategy};

use crate::PROBE;
use crate::copy::copy;

pub(crate) const CURVES: Descriptor = Descriptor {
    id: c"probe.curves",
    doc: c"Metrics, channels that add up, two series and a log line, for 100 steps; explains.",
    interfaces: &[Interface::Codec, Interface::Explain],
    create: |host, _| Ok(Box::new(Curves { host: host.clone() })),
    ..PROBE
};

struct Curves {
    host: Host,
}

impl Strategy for Curves {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
    fn explain(&mut self) -> Option<&mut dyn Explain> {
        Some(self)
    }
}

impl Codec for Curves {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.host.log(Level::Info, "100 steps begin");
        for step in 0..100_u32 {
            self.host.metric("last_step", "steps", f64::from(step));
            self.host.channel("even", 1, u64::from(step % 2 == 0));
            self.host.channel("third", 3, 1);
            self.host.series("line", f64::from(step), 2.0 * f64::from(step));
            self.host.series("square", f64::from(step), f64::from(step * step));
        }
        copy(&self.host, input, out)
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        copy(&self.host, archive, out)
    }
}

impl Explain for Curves {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let lines = input.split(|&byte| byte == b'\n').count();
        out.write(format!("{} bytes in {lines} lines\n", input.len()).as_bytes())
    }
}
