//! `ref.xz`: LZMA2 in the .xz container (Pavlov; Collin), through liblzma.

use liblzma::stream::{Action, Check, Error as LzmaError, Status, Stream};
use pressmark_sdk::{Descriptor, Error, Interface, OptionSpec, Result, version};

use crate::coder::{Coder, Step, damaged, failed};
use crate::peers::{C_CODEC, Peer};
use crate::session::Session;

/// `LZMA_PRESET_EXTREME`.
const EXTREME: u32 = 1 << 31;

/// What a decoder may use: preset 9 has a dictionary of 64 MiB and needs 65 MiB. A
/// damaged header could ask for 4 GiB.
const DECODER_MEMORY: u64 = 80 << 20;

/// `ref.xz`: options `level` (0 to 9) and `extreme`.
pub const XZ: Descriptor = Descriptor {
    id: c"ref.xz",
    name: c"xz",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND 0BSD",
    vendor: c"pressmark",
    doc: c"LZMA2 (Pavlov) in the .xz container, by liblzma (Collin), one thread.",
    format_version: 1,
    capabilities: C_CODEC,
    options: &[
        OptionSpec::int(c"level", c"The preset: its dictionary is 64 MiB at 9.", c"", 9, 0..=9),
        OptionSpec::bool(c"extreme", c"Search longer, as xz --extreme.", true),
    ],
    interfaces: &[Interface::Codec, Interface::Stream],
    create: |host, options| {
        let level = options.int(c"level")? as u32;
        Ok(Session::plain(host, Xz { level, extreme: options.bool(c"extreme")? }))
    },
};

/// xz at one preset, one thread, with the CRC-64 that the command line tool writes.
#[derive(Clone, Copy)]
pub(crate) struct Xz {
    /// Preset 0 to 9.
    pub(crate) level: u32,
    /// The slower search of `xz --extreme`.
    pub(crate) extreme: bool,
}

impl Peer for Xz {
    fn encoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let preset = self.level | if self.extreme { EXTREME } else { 0 };
        let stream = Stream::new_easy_encoder(preset, Check::Crc64).map_err(unable)?;
        Ok(Box::new(Machine { stream, failed: unable }))
    }

    fn decoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        let stream = Stream::new_stream_decoder(DECODER_MEMORY, 0).map_err(unable)?;
        let failed = |error| match error {
            LzmaError::Mem => Error::NoMemory,
            error => damaged(error),
        };
        Ok(Box::new(Machine { stream, failed }))
    }
}

/// liblzma asks the system for memory itself, so a limit shows as its own error.
fn unable(error: LzmaError) -> Error {
    match error {
        LzmaError::Mem => Error::NoMemory,
        error => failed("liblzma", error),
    }
}

/// liblzma has one call for both directions.
struct Machine {
    stream: Stream,
    failed: fn(LzmaError) -> Error,
}

impl Coder for Machine {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let action = if last { Action::Finish } else { Action::Run };
        let status = self.stream.process(input, output, action).map_err(self.failed)?;
        Ok(Step {
            read: (self.stream.total_in() - read) as usize,
            written: (self.stream.total_out() - written) as usize,
            done: status == Status::StreamEnd,
        })
    }
}
