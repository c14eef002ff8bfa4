//! `ref.gzip`: zlib (Gailly and Adler), RFC 1951 and 1952.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use pressmark_sdk::{Capabilities, Descriptor, Interface, OptionSpec, Result, version};

use crate::coder::{Coder, Step, damaged, failed};
use crate::peers::Peer;
use crate::session::Session;

/// DEFLATE's window: no more of a priming text can be referred to.
const WINDOW: usize = 32 << 10;
const WINDOW_BITS: u8 = 15;

/// `ref.gzip`: options `level` (1 to 9).
pub const GZIP: Descriptor = Descriptor {
    id: c"ref.gzip",
    name: c"gzip",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND Zlib",
    vendor: c"pressmark",
    doc: c"DEFLATE by zlib (Gailly and Adler), in the gzip container. Primed, a zlib stream with the last 32 KiB as its preset dictionary.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(c"level", c"From fastest (1) to smallest (9).", c"", 9, 1..=9),
    ],
    interfaces: &[Interface::Codec, Interface::Stream, Interface::Prime],
    create: |host, options| {
        let level = options.int(c"level")? as u32;
        Ok(Session::with_prime(host, Gzip { level }))
    },
};

/// zlib at one level.
///
/// Cold, the archive is a gzip file (RFC 1952). Primed, it is a zlib stream
/// (RFC 1950), because only that container carries a preset dictionary: the last
/// 32 KiB of the priming text, which is all that DEFLATE can reach.
#[derive(Clone, Copy)]
pub(crate) struct Gzip {
    /// 1 (fastest) to 9 (smallest).
    pub(crate) level: u32,
}

impl Peer for Gzip {
    fn encoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let level = Compression::new(self.level);
        if prime.is_empty() {
            return Ok(Box::new(Encoder(Compress::new_gzip(level, WINDOW_BITS))));
        }
        let mut encoder = Compress::new(level, true);
        encoder.set_dictionary(tail(prime)).map_err(|e| failed("zlib", e))?;
        Ok(Box::new(Encoder(encoder)))
    }

    fn decoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let stream = if prime.is_empty() {
            Decompress::new_gzip(WINDOW_BITS)
        } else {
            Decompress::new(true)
        };
        Ok(Box::new(Decoder { stream, dictionary: tail(prime).to_vec() }))
    }
}

fn tail(prime: &[u8]) -> &[u8] {
    &prime[prime.len().saturating_sub(WINDOW)..]
}

struct Encoder(Compress);

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let flush = if last { FlushCompress::Finish } else { FlushCompress::None };
        let status = self.0.compress(input, output, flush).map_err(|e| failed("zlib", e))?;
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            done: status == Status::StreamEnd,
        })
    }
}

struct Decoder {
    stream: Decompress,
    /// Empty once zlib has asked for it.
    dictionary: Vec<u8>,
}

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step> {
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let done = match self.stream.decompress(input, output, FlushDecompress::None) {
            Ok(status) => status == Status::StreamEnd,
            Err(error) if error.needs_dictionary().is_some() && !self.dictionary.is_empty() => {
                let dictionary = std::mem::take(&mut self.dictionary);
                self.stream.set_dictionary(&dictionary).map_err(damaged)?;
                false
            }
            Err(error) => return Err(damaged(error)),
        };
        Ok(Step {
            read: (self.stream.total_in() - read) as usize,
            written: (self.stream.total_out() - written) as usize,
            done,
        })
    }
}
