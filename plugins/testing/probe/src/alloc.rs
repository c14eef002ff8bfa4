//! `probe.alloc`: a known amount of memory, from the host or behind its back.

use pressmark_sdk::{Capabilities, Codec, Descriptor, Error, Host, Interface, OptionSpec, Result};
use pressmark_sdk::{Sink, Strategy};

use crate::PROBE;
use crate::copy::copy;

pub(crate) const ALLOC: Descriptor = Descriptor {
    id: c"probe.alloc",
    doc: c"Takes memory, touches all of it, and writes its input as it is.",
    capabilities: Capabilities::LOSSLESS
        .and(Capabilities::DETERMINISTIC)
        .and(Capabilities::CONCURRENT),
    options: &[
        OptionSpec::int(c"bytes", c"How much.", c"bytes", 64 << 20, 0..=1 << 40),
        OptionSpec::choice(
            c"how",
            c"From the host's allocator, or from malloc, which only resident memory shows.",
            c"rust",
            &[c"rust", c"malloc"],
        ),
        OptionSpec::bool(c"decode", c"Take it in the decoder, too.", true),
    ],
    interfaces: &[Interface::Codec],
    create: |host, options| {
        Ok(Box::new(Alloc {
            host: host.clone(),
            bytes: options.size(c"bytes")?,
            malloc: options.choice(c"how")? == "malloc",
            decode: options.bool(c"decode")?,
        }))
    },
    ..PROBE
};

struct Alloc {
    host: Host,
    bytes: usize,
    malloc: bool,
    decode: bool,
}

impl Alloc {
    fn run(&self, bytes: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let sum = if self.malloc {
            touch_malloc(self.bytes)?
        } else {
            let mut block: Vec<u8> = Vec::new();
            block.try_reserve_exact(self.bytes)?;
            block.resize(self.bytes, 1);
            touch(&mut block)
        };
        self.host.metric("pages", "pages", sum as f64);
        copy(&self.host, bytes, out)
    }
}

/// Writes to each page and sums up what it reads there, so that nothing is optimised away.
fn touch(block: &mut [u8]) -> u64 {
    let pages = block.iter_mut().step_by(4096);
    pages.map(|byte| *std::hint::black_box(byte) = 1).count() as u64
}

fn touch_malloc(bytes: usize) -> Result<u64> {
    // SAFETY: any size may be asked for.
    let block = unsafe { libc::calloc(bytes.max(1), 1) }.cast::<u8>();
    if block.is_null() {
        return Err(Error::NoMemory);
    }
    // SAFETY: calloc gave that many zeros, and nobody else has the block.
    let pages = touch(unsafe { std::slice::from_raw_parts_mut(block, bytes) });
    // SAFETY: the block came from calloc and is not used again.
    unsafe { libc::free(block.cast()) };
    Ok(pages)
}

impl Strategy for Alloc {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Alloc {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.run(input, out)
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        if self.decode { self.run(archive, out) } else { copy(&self.host, archive, out) }
    }
}
