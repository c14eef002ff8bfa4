//! `probe.stream`: byte pairs swapped, across the borders of pieces.

use pressmark_sdk::{Descriptor, Direction, Host, Interface, Result, Sink, Strategy, Stream};

use crate::PROBE;

pub(crate) const STREAM: Descriptor = Descriptor {
    id: c"probe.stream",
    doc: c"Swaps the bytes of each pair, holding one byte back between pieces. No codec.",
    interfaces: &[Interface::Stream],
    create: |host, _| Ok(Box::new(Swap { host: host.clone(), total: 0, done: 0, held: None })),
    ..PROBE
};

struct Swap {
    host: Host,
    total: u64,
    done: u64,
    held: Option<u8>,
}

impl Strategy for Swap {
    fn stream(&mut self) -> Option<&mut dyn Stream> {
        Some(self)
    }
}

impl Stream for Swap {
    fn begin(&mut self, _direction: Direction, total_len: Option<u64>) -> Result<()> {
        (self.total, self.done, self.held) = (total_len.unwrap_or(0), 0, None);
        Ok(())
    }

    fn push(&mut self, piece: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.done += piece.len() as u64;
        self.host.progress(self.done, self.total.max(self.done))?;
        for &byte in piece {
            match self.held.take() {
                Some(held) => out.write(&[byte, held])?,
                None => self.held = Some(byte),
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Sink<'_>) -> Result<()> {
        self.host.metric("pushed", "bytes", self.done as f64);
        self.held.take().map_or(Ok(()), |byte| out.push(byte))
    }
}
