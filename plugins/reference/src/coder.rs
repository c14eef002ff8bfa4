//! What every peer is reduced to: a machine that turns input into output a
//! buffer at a time, and the pump that drives it.

use std::fmt::Display;

use pressmark_sdk::{Error, Result};

/// A library's failure while setting up or encoding.
pub(crate) fn failed(library: &str, reason: impl Display) -> Error {
    Error::Failed(format!("{library} failed: {reason}"))
}

/// A decoder's complaint about the archive.
pub(crate) fn damaged(reason: impl Display) -> Error {
    Error::BadInput(format!("the archive is damaged: {reason}"))
}

/// The complaint about a stream without its end.
pub(crate) fn truncated() -> Error {
    damaged("it ends before its stream does")
}

/// The complaint about bytes after the end of the stream.
pub(crate) fn trailing() -> Error {
    damaged("bytes follow the end of its stream")
}

/// What one [`Coder::step`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that were consumed.
    pub read: usize,
    /// Bytes of the output that were filled.
    pub written: usize,
    /// The stream has ended and all of its output has been given out.
    pub done: bool,
}

/// An encoder or a decoder at work, in the style of zlib's `deflate` call.
pub trait Coder {
    /// Consumes from the front of `input` and fills the front of `output`, as far as
    /// either reaches. `last`: the input ends with these bytes. A coder that consumes
    /// and fills nothing although `output` has room waits for more input.
    ///
    /// # Errors
    /// [`Error::Failed`] when the library fails; [`Error::BadInput`] when the bytes to
    /// be decoded are not of its format.
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step>;
}

/// Takes what a pump gives out.
pub type Emit<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Drives a [`Coder`]: pieces in, output to a callback, within fixed memory.
pub struct Pump {
    coder: Box<dyn Coder>,
    buffer: Vec<u8>,
    /// Decoders: how long the output has to be, if that is known.
    declared: Option<u64>,
    written: u64,
    done: bool,
}

impl Pump {
    /// A pump for `coder` that hands on at most `buffer` bytes at a time (at least
    /// one). `declared` is the decoded length that a decoder is held to.
    #[must_use]
    pub fn new(coder: Box<dyn Coder>, buffer: usize, declared: Option<u64>) -> Self {
        Self { coder, buffer: vec![0; buffer.max(1)], declared, written: 0, done: false }
    }

    /// Feeds one piece; what comes out goes to `emit`.
    ///
    /// # Errors
    /// Those of the coder, of `emit`, and of an archive that is too long.
    pub fn push(&mut self, mut piece: &[u8], emit: &mut Emit<'_>) -> Result<()> {
        while !piece.is_empty() {
            if self.done {
                return Err(trailing());
            }
            let step = self.step(piece, false, emit)?;
            if step == Step::default() {
                return Err(damaged("its decoder makes no progress"));
            }
            piece = &piece[step.read..];
        }
        Ok(())
    }

    /// Ends the input and drains the coder.
    ///
    /// # Errors
    /// Those of the coder, of `emit`, and of an archive of the wrong length.
    pub fn finish(&mut self, emit: &mut Emit<'_>) -> Result<()> {
        while !self.done {
            if self.step(&[], true, emit)? == Step::default() {
                return Err(truncated());
            }
        }
        match self.declared {
            Some(declared) if declared != self.written => {
                let found = self.written;
                Err(damaged(format!("it decodes to {found} bytes and declares {declared}")))
            }
            _ => Ok(()),
        }
    }

    fn step(&mut self, input: &[u8], last: bool, emit: &mut Emit<'_>) -> Result<Step> {
        // One byte more than is owed, so that an archive which is too long shows it.
        let owed = self.declared.map_or(u64::MAX, |declared| declared - self.written);
        let room = usize::try_from(owed.saturating_add(1)).unwrap_or(usize::MAX);
        let room = room.min(self.buffer.len());
        let step = self.coder.step(input, last, &mut self.buffer[..room])?;
        if step.written as u64 > owed {
            return Err(damaged("it decodes to more bytes than it declares"));
        }
        self.done = step.done;
        if step.written > 0 {
            self.written += step.written as u64;
            emit(&self.buffer[..step.written])?;
        }
        Ok(step)
    }
}
