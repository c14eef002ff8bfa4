//! `ref.zstd`: Zstandard (Collet), RFC 8878.

use pressmark_sdk::{Capabilities, Descriptor, Interface, OptionSpec, Result, version};
use zstd::stream::raw::{
    CParameter, DParameter, Decoder as RawDecoder, Encoder as RawEncoder, InBuffer, Operation,
    OutBuffer,
};

use crate::coder::{Coder, Step, damaged, failed};
use crate::peers::Peer;
use crate::session::Session;

/// The window a decoder accepts without being told to: zstd's own limit.
const DEFAULT_WINDOW: u32 = 27;

/// The smallest window that zstd has.
const MIN_LONG: u32 = 10;

/// A dictionary that begins with these bytes would be read as a trained one.
const DICTIONARY_MAGIC: [u8; 4] = 0xec30_a437_u32.to_le_bytes();

/// `ref.zstd`: options `level` (-7 to 22) and `long` (log2 of the window; 0: off).
pub const ZSTD: Descriptor = Descriptor {
    id: c"ref.zstd",
    name: c"Zstandard",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND BSD-3-Clause",
    vendor: c"pressmark",
    doc: c"Zstandard (Collet), RFC 8878, one thread, with a content checksum. Primed, the text is a dictionary of raw content.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(c"level", c"From fastest (-7) to smallest (22).", c"", 22, -7..=22),
        OptionSpec::int(
            c"long",
            c"log2 of the window of long-distance matching; 0 to 9 turn it off.",
            c"",
            27,
            0..=30,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Stream, Interface::Prime],
    create: |host, options| {
        let (level, long) = (options.int(c"level")? as i32, options.int(c"long")? as u32);
        Ok(Session::with_prime(host, Zstd { level, long }))
    },
};

/// Zstandard at one level, one thread, with the content checksum and the length that
/// the command line tool writes. Primed by its own mechanism: the text is a dictionary
/// of raw content.
#[derive(Clone, Copy)]
pub(crate) struct Zstd {
    /// -7 (fastest) to 22; those above 19 are the tool's `--ultra`.
    pub(crate) level: i32,
    /// log2 of the window with long-distance matching, as `--long`; below 10: off.
    pub(crate) long: u32,
}

impl Peer for Zstd {
    fn encoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>> {
        let build = || -> std::io::Result<RawEncoder<'static>> {
            let mut encoder = RawEncoder::with_dictionary(self.level, raw(prime))?;
            if self.long >= MIN_LONG {
                encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
                encoder.set_parameter(CParameter::WindowLog(self.long))?;
            }
            encoder.set_parameter(CParameter::ChecksumFlag(true))?;
            encoder.set_pledged_src_size(total)?;
            Ok(encoder)
        };
        Ok(Box::new(Encoder(build().map_err(|e| failed("zstd", e))?)))
    }

    fn decoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let build = || -> std::io::Result<RawDecoder<'static>> {
            let mut decoder = RawDecoder::with_dictionary(raw(prime))?;
            decoder.set_parameter(DParameter::WindowLogMax(self.long.max(DEFAULT_WINDOW)))?;
            Ok(decoder)
        };
        Ok(Box::new(Decoder(build().map_err(|e| failed("zstd", e))?)))
    }
}

/// The priming text as zstd takes it for raw content.
fn raw(prime: &[u8]) -> &[u8] {
    if prime.starts_with(&DICTIONARY_MAGIC) { &prime[1..] } else { prime }
}

struct Encoder(RawEncoder<'static>);

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        let failed = |e| failed("zstd", e);
        if !input.is_empty() {
            self.0.run(&mut source, &mut target).map_err(failed)?;
        }
        let ended = last && source.pos() == input.len();
        let done = ended && self.0.finish(&mut target, true).map_err(failed)? == 0;
        Ok(Step { read: source.pos(), written: target.pos(), done })
    }
}

struct Decoder(RawDecoder<'static>);

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step> {
        let status = self.0.run_on_buffers(input, output).map_err(damaged)?;
        Ok(Step {
            read: status.bytes_read,
            written: status.bytes_written,
            done: status.remaining == 0,
        })
    }
}
