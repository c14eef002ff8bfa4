//! `ref.store`: the bytes as they are. What it costs is what the harness costs.

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Direction, Error, Host, Interface, Result, Sink, Strategy,
    Stream, version,
};

use crate::coder::damaged;

/// `ref.store`: no options.
pub const STORE: Descriptor = Descriptor {
    id: c"ref.store",
    name: c"Store",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"No compression: the probe of what the harness itself costs.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[],
    interfaces: &[Interface::Codec, Interface::Stream],
    create: |host, _| Ok(Box::new(Store { host: host.clone(), done: 0, total: None })),
};

/// A copy, by one call of the sink.
struct Store {
    host: Host,
    /// Bytes copied by the stream that is under way.
    done: u64,
    /// How many there are to be, where that is known.
    total: Option<u64>,
}

impl Strategy for Store {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }

    fn stream(&mut self) -> Option<&mut dyn Stream> {
        Some(self)
    }
}

impl Codec for Store {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        out.write(input)?;
        self.host.progress(input.len() as u64, input.len() as u64)
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        check(archive.len() as u64, decoded_len)?;
        self.encode(archive, out)
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        Some(input_len)
    }
}

impl Stream for Store {
    fn begin(&mut self, _direction: Direction, total_len: Option<u64>) -> Result<()> {
        (self.done, self.total) = (0, total_len);
        Ok(())
    }

    fn push(&mut self, piece: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.done += piece.len() as u64;
        let total = self.total.unwrap_or(self.done);
        if self.done > total {
            return check(self.done, total);
        }
        out.write(piece)?;
        self.host.progress(self.done, total)
    }

    fn finish(&mut self, _out: &mut Sink<'_>) -> Result<()> {
        check(self.done, self.total.unwrap_or(self.done))
    }
}

fn check(found: u64, declared: u64) -> Result<(), Error> {
    if found == declared {
        return Ok(());
    }
    Err(damaged(format!("it holds {found} bytes and declares {declared}")))
}
