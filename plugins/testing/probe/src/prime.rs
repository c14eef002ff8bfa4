//! `probe.prime`: what is primed need not be sent.

use pressmark_sdk::{Codec, Descriptor, Error, Host, Interface, Prime, Result, Sink, Strategy};

use crate::PROBE;

pub(crate) const PRIME: Descriptor = Descriptor {
    id: c"probe.prime",
    doc: c"Writes how many first bytes equal the priming text (8 bytes), then the others.",
    interfaces: &[Interface::Codec, Interface::Prime],
    create: |host, _| Ok(Box::new(Primed { host: host.clone(), text: Vec::new() })),
    ..PROBE
};

struct Primed {
    host: Host,
    text: Vec<u8>,
}

impl Strategy for Primed {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
    fn prime(&mut self) -> Option<&mut dyn Prime> {
        Some(self)
    }
}

impl Prime for Primed {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.text = samples.concat();
        Ok(())
    }
}

impl Codec for Primed {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let same = input.iter().zip(&self.text).take_while(|(a, b)| a == b).count();
        self.host.channel("primed", input.len() as u64, same as u64);
        out.write(&(same as u64).to_le_bytes())?;
        out.write(&input[same..])
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        let (same, rest) = archive
            .split_first_chunk()
            .ok_or_else(|| Error::BadInput("an archive begins with 8 bytes".into()))?;
        let same = usize::try_from(u64::from_le_bytes(*same)).ok();
        let same = same.and_then(|same| self.text.get(..same));
        out.write(same.ok_or_else(|| Error::BadInput("not encoded with this prime".into()))?)?;
        out.write(rest)
    }
}
