//! What every peer is reduced to: a machine that turns input into output a
//! buffer at a time, and the pump that drives it.

use thiserror::Error;

/// Why a peer could not go on.
#[derive(Debug, Error)]
pub enum Error {
    /// The bytes are not what the decoder's format allows.
    #[error("the archive is damaged or of another format: {0}")]
    Damaged(String),
    /// The archive ends inside its stream.
    #[error("the archive is truncated: it ends before its stream does")]
    Truncated,
    /// Bytes follow the end of the stream.
    #[error("the archive is damaged: bytes follow the end of its stream")]
    Trailing,
    /// The stream holds more than the decoded length.
    #[error("the archive is damaged: it decodes to more than the {0} bytes it declares")]
    TooLong(u64),
    /// The stream holds less than the decoded length.
    #[error("the archive is damaged: it decodes to {found} bytes and declares {declared}")]
    TooShort {
        /// Bytes the stream held.
        found: u64,
        /// Bytes its header said it holds.
        declared: u64,
    },
    /// The format does not mark its own end.
    #[error("this format does not mark its end: give the decoded length")]
    LengthUnknown,
    /// The library refused its parameters or memory, or failed at encoding.
    #[error("{library} failed: {reason}")]
    Library {
        /// The library's name.
        library: &'static str,
        /// What it said.
        reason: String,
    },
}

impl Error {
    /// A library's failure while setting up or encoding.
    pub(crate) fn library(library: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Library { library, reason: reason.to_string() }
    }

    /// A decoder's complaint about what it was given.
    pub(crate) fn damaged(reason: impl std::fmt::Display) -> Self {
        Self::Damaged(reason.to_string())
    }
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
    /// When the library fails or, decoding, when the bytes are not of its format.
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, Error>;
}

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

    /// Bytes given out so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Feeds one piece; what comes out goes to `emit`.
    ///
    /// # Errors
    /// Those of the coder, of `emit`, and of an archive that is too long.
    pub fn push<E: From<Error>>(
        &mut self,
        mut piece: &[u8],
        emit: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !piece.is_empty() {
            if self.done {
                return Err(Error::Trailing.into());
            }
            let step = self.step(piece, false, emit)?;
            if step == Step::default() {
                return Err(Error::damaged("its decoder makes no progress").into());
            }
            piece = &piece[step.read..];
        }
        Ok(())
    }

    /// Ends the input and drains the coder.
    ///
    /// # Errors
    /// Those of the coder, of `emit`, and of an archive of the wrong length.
    pub fn finish<E: From<Error>>(
        &mut self,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !self.done {
            if self.step(&[], true, emit)? == Step::default() {
                return Err(Error::Truncated.into());
            }
        }
        match self.declared {
            Some(declared) if declared != self.written => {
                Err(Error::TooShort { found: self.written, declared }.into())
            }
            _ => Ok(()),
        }
    }

    fn step<E: From<Error>>(
        &mut self,
        input: &[u8],
        last: bool,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Step, E> {
        // One byte more than is owed, so that an archive which is too long shows it.
        let owed = self.declared.map_or(u64::MAX, |declared| declared - self.written);
        let room = usize::try_from(owed.saturating_add(1)).unwrap_or(usize::MAX);
        let room = room.min(self.buffer.len());
        let step = self.coder.step(input, last, &mut self.buffer[..room])?;
        if step.written as u64 > owed {
            return Err(Error::TooLong(self.declared.unwrap_or(u64::MAX)).into());
        }
        self.done = step.done;
        if step.written > 0 {
            self.written += step.written as u64;
            emit(&self.buffer[..step.written])?;
        }
        Ok(step)
    }
}
