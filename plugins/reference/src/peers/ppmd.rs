//! `ref.ppmd`: PPMd variant H (Shkarin, 2001), as 7-Zip has it.

use std::io::{Read, Write};

use ppmd_rust::{Ppmd7Decoder, Ppmd7Encoder};
use pressmark_sdk::{Capabilities, Descriptor, Error, Interface, OptionSpec, Result, version};

use crate::coder::{Coder, Step, damaged, failed, trailing};
use crate::peers::Peer;
use crate::pipe::{Pipe, Writing};
use crate::session::Session;

/// What the range decoder reads before its first symbol.
const HEAD: usize = 5;

/// More than the encoded bytes that one symbol can take: two for each of at most 65
/// escapes.
const SYMBOL: usize = 192;

/// `ref.ppmd`: options `order` (2 to 64) and `memory_mb` (1 to 2047).
pub const PPMD: Descriptor = Descriptor {
    id: c"ref.ppmd",
    name: c"PPMd",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND (CC0-1.0 OR MIT-0)",
    vendor: c"pressmark",
    doc: c"PPMd variant H (Shkarin, 2001) with 7-Zip's range coder. Primed, the model codes the priming text first.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(c"order", c"The longest context.", c"bytes", 12, 2..=64),
        OptionSpec::int(c"memory_mb", c"Memory of the model.", c"MiB", 512, 1..=2047),
    ],
    interfaces: &[Interface::Codec, Interface::Stream, Interface::Prime],
    create: |host, options| {
        let (order, memory_mb) = (options.int(c"order")? as u32, options.int(c"memory_mb")? as u32);
        Ok(Session::with_prime(host, Ppmd { order, memory_mb }))
    },
};

/// PPMd with 7-Zip's range coder, without an end mark: the decoded length ends it.
///
/// Primed, the model first codes the priming text. The bytes that the range coder has
/// let go of by then depend on that text alone, so they are left out of the archive
/// and the decoder makes them again: the archive is what the text adds to the archive
/// of the priming text.
#[derive(Clone, Copy)]
pub(crate) struct Ppmd {
    /// The longest context, in bytes: 2 to 64.
    pub(crate) order: u32,
    /// Memory of the model, in MiB: 1 to 2047. The model starts afresh when that is full.
    /// The library clears all of it for each run, which short texts feel.
    pub(crate) memory_mb: u32,
}

impl Ppmd {
    fn memory(&self) -> u32 {
        self.memory_mb << 20
    }

    /// An encoder that has coded `prime`, and the pipe with what that gave.
    fn primed(&self, prime: &[u8]) -> Result<(Ppmd7Encoder<Pipe>, Pipe)> {
        let encoded = Pipe::default();
        let mut writer = Ppmd7Encoder::new(encoded.clone(), self.order, self.memory())
            .map_err(|e| failed("ppmd", e))?;
        writer.write_all(prime).map_err(|e| failed("ppmd", e))?;
        Ok((writer, encoded))
    }
}

impl Peer for Ppmd {
    fn encoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let (writer, encoded) = self.primed(prime)?;
        encoded.clear();
        let finish = |writer: Ppmd7Encoder<Pipe>| writer.finish(false).map(drop);
        Ok(Box::new(Writing { writer: Some(writer), encoded, finish, backend: "ppmd" }))
    }

    fn decoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>> {
        let left = total.ok_or_else(|| {
            Error::Unsupported(
                "PPMd does not mark its end: the decoded length must be known".into(),
            )
        })?;
        let encoded = if prime.is_empty() { Pipe::default() } else { self.primed(prime)?.1 };
        Ok(Box::new(Decoder { ppmd: *self, model: None, encoded, skip: prime.len(), left }))
    }
}

struct Decoder {
    ppmd: Ppmd,
    /// Made when its first bytes are there.
    model: Option<Ppmd7Decoder<Pipe>>,
    encoded: Pipe,
    /// Bytes of the priming text yet to be decoded and thrown away.
    skip: usize,
    /// Bytes of the text yet to be decoded.
    left: u64,
}

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let mut read = self.encoded.fill(input);
        if self.model.is_none() && self.encoded.len() >= HEAD {
            let (order, memory) = (self.ppmd.order, self.ppmd.memory());
            let model = Ppmd7Decoder::new(self.encoded.clone(), order, memory);
            self.model = Some(model.map_err(damaged)?);
        }
        let Some(model) = self.model.as_mut() else {
            return Ok(Step { read, ..Step::default() });
        };
        loop {
            read += self.encoded.fill(&input[read..]);
            // The library cannot go on after it ran out of bytes.
            let ready = if last { usize::MAX } else { self.encoded.len() / SYMBOL };
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let wanted = if self.skip > 0 { self.skip } else { left };
            let count = wanted.min(output.len()).min(ready);
            let decoded = model.read(&mut output[..count]).map_err(damaged)?;
            if self.skip > 0 && decoded > 0 {
                self.skip -= decoded;
                continue;
            }
            self.left -= decoded as u64;
            let done = self.skip == 0 && self.left == 0;
            if done && !self.encoded.is_empty() {
                return Err(trailing());
            }
            return Ok(Step { read, written: decoded, done });
        }
    }
}
