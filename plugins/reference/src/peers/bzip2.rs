//! `ref.bzip2`: the block-sorting compressor of Seward (Burrows and Wheeler, 1994).

use bzip2::{Action, Compress, Compression, Decompress, Status};

use crate::coder::{Coder, Error, Step};
use crate::peers::Peer;

/// bzip2 at one block size.
#[derive(Clone, Copy, Debug)]
pub struct Bzip2 {
    /// Block size in units of 100 kB, 1 to 9.
    pub level: u32,
}

impl Peer for Bzip2 {
    fn encoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>, Error> {
        // 0: libbz2's own work factor of 30.
        Ok(Box::new(Encoder(Compress::new(Compression::new(self.level), 0))))
    }

    fn decoder(&self, _prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>, Error> {
        Ok(Box::new(Decoder(Decompress::new(false))))
    }
}

struct Encoder(Compress);

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let action = if last { Action::Finish } else { Action::Run };
        let status =
            self.0.compress(input, output, action).map_err(|e| Error::library("libbz2", e))?;
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            done: status == Status::StreamEnd,
        })
    }
}

struct Decoder(Decompress);

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let done = match self.0.decompress(input, output).map_err(Error::damaged)? {
            Status::StreamEnd => true,
            Status::MemNeeded => return Err(Error::library("libbz2", "it is out of memory")),
            _ => false,
        };
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            done,
        })
    }
}
