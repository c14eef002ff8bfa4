//! `ref.zstd`: Zstandard (Collet), RFC 8878.

use zstd::stream::raw::{
    CParameter, DParameter, Decoder as RawDecoder, Encoder as RawEncoder, InBuffer, Operation,
    OutBuffer,
};

use crate::coder::{Coder, Error, Step};
use crate::peers::Peer;

/// The window a decoder accepts without being told to: zstd's own limit.
const DEFAULT_WINDOW: u32 = 27;

/// A dictionary that begins with these bytes would be read as a trained one.
const DICTIONARY_MAGIC: [u8; 4] = 0xec30_a437_u32.to_le_bytes();

/// Zstandard at one level, one thread, with the content checksum and the length that
/// the command line tool writes. Primed by its own mechanism: the text is a dictionary
/// of raw content.
#[derive(Clone, Copy, Debug)]
pub struct Zstd {
    /// -7 (fastest) to 22; those above 19 are the tool's `--ultra`.
    pub level: i32,
    /// log2 of the window with long-distance matching, as `--long`; 0: off.
    pub long: u32,
}

impl Peer for Zstd {
    fn encoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>, Error> {
        let build = || -> std::io::Result<RawEncoder<'static>> {
            let mut encoder = RawEncoder::with_dictionary(self.level, raw(prime))?;
            if self.long > 0 {
                encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
                encoder.set_parameter(CParameter::WindowLog(self.long))?;
            }
            encoder.set_parameter(CParameter::ChecksumFlag(true))?;
            encoder.set_pledged_src_size(total)?;
            Ok(encoder)
        };
        Ok(Box::new(Encoder(build().map_err(|e| Error::library("zstd", e))?)))
    }

    fn decoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>, Error> {
        let build = || -> std::io::Result<RawDecoder<'static>> {
            let mut decoder = RawDecoder::with_dictionary(raw(prime))?;
            decoder.set_parameter(DParameter::WindowLogMax(self.long.max(DEFAULT_WINDOW)))?;
            Ok(decoder)
        };
        Ok(Box::new(Decoder(build().map_err(|e| Error::library("zstd", e))?)))
    }
}

/// The priming text as zstd takes it for raw content.
fn raw(prime: &[u8]) -> &[u8] {
    if prime.starts_with(&DICTIONARY_MAGIC) { &prime[1..] } else { prime }
}

struct Encoder(RawEncoder<'static>);

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        let failed = |e| Error::library("zstd", e);
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
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let status = self.0.run_on_buffers(input, output).map_err(Error::damaged)?;
        Ok(Step {
            read: status.bytes_read,
            written: status.bytes_written,
            done: status.remaining == 0,
        })
    }
}
