//! `probe.copy`: the identity, which the other probes build on.

use pressmark_sdk::{Codec, Descriptor, Host, Interface, Result, Sink, Strategy};

use crate::PROBE;

pub(crate) const COPY: Descriptor = Descriptor {
    id: c"probe.copy",
    doc: c"Writes its input as it is, and tells the host's facts as metrics.",
    interfaces: &[Interface::Codec],
    create: |host, _| Ok(Box::new(Copy { host: host.clone() })),
    ..PROBE
};

struct Copy {
    host: Host,
}

impl Strategy for Copy {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Copy {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.host.metric("seed", "", self.host.seed() as f64);
        self.host.metric("max_threads", "threads", self.host.max_threads() as f64);
        self.host.metric("memory_limit", "bytes", self.host.memory_limit().unwrap_or(0) as f64);
        copy(&self.host, input, out)
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        copy(&self.host, archive, out)
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        Some(input_len)
    }
}

/// Writes `bytes` in 256 pieces or more, with progress before each.
pub(crate) fn copy(host: &Host, bytes: &[u8], out: &mut Sink<'_>) -> Result<()> {
    let mut done = 0;
    for piece in bytes.chunks(bytes.len().div_ceil(256).max(1)) {
        host.progress(done, bytes.len() as u64)?;
        out.write(piece)?;
        done += piece.len() as u64;
    }
    host.progress(done, bytes.len() as u64)
}
