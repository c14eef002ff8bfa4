//! `ref.bzip2`: the block-sorting compressor of Seward (Burrows and Wheeler, 1994).

use bzip2::{Action, Compress, Compression, Decompress, Status};
use pressmark_sdk::{Capabilities, Descriptor, Interface, OptionSpec, Result, version};

use crate::coder::{Coder, Step, damaged, failed};
use crate::peers::Peer;
use crate::session::Session;

/// `ref.bzip2`: option `level` (1 to 9).
pub const BZIP2: Descriptor = Descriptor {
    id: c"ref.bzip2",
    name: c"bzip2",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND bzip2-1.0.6",
    vendor: c"pressmark",
    doc: c"Burrows and Wheeler's transform, move-to-front and Huffman codes, by Seward's bzip2.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[OptionSpec::int(c"level", c"Size of a block.", c"100 kB", 9, 1..=9)],
    interfaces: &[Interface::Codec, Interface::Stream],
    create: |host, options| {
        let level = options.int(c"level")? as u32;
        Ok(Session::plain(host, Bzip2 { level }))
    },
};

/// bzip2 at one block size.
#[derive(Clone, Copy)]
pub(crate) struct Bzip2 {
    /// Block size in units of 100 kB, 1 to 9.
    pub(crate) level: u32,
}

impl Peer for Bzip2 {
    fn encoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        // 0: libbz2's own work factor of 30.
        Ok(Box::new(Encoder(Compress::new(Compression::new(self.level), 0))))
    }

    fn decoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        Ok(Box::new(Decoder(Decompress::new(false))))
    }
}

struct Encoder(Compress);

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let action = if last { Action::Finish } else { Action::Run };
        let status = self.0.compress(input, output, action).map_err(|e| failed("libbz2", e))?;
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            done: status == Status::StreamEnd,
        })
    }
}

struct Decoder(Decompress);

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let done = match self.0.decompress(input, output).map_err(damaged)? {
            Status::StreamEnd => true,
            Status::MemNeeded => return Err(failed("libbz2", "it is out of memory")),
            _ => false,
        };
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            done,
        })
    }
}
