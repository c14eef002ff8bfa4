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
pub(crate) struct Step {
    /// Bytes of the input that were consumed.
    pub(crate) read: usize,
    /// Bytes of the output that were filled.
    pub(crate) written: usize,
    /// The stream has ended and all of its output has been given out.
    pub(crate) done: bool,
}

/// An encoder or a decoder at work, in the style of zlib's `deflate` call.
pub(crate) trait Coder {
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
pub(crate) type Emit<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Drives a [`Coder`]: pieces in, output to a callback, within fixed memory.
pub(crate) struct Pump {
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
    pub(crate) fn new(coder: Box<dyn Coder>, buffer: usize, declared: Option<u64>) -> Self {
        Self { coder, buffer: vec![0; buffer.max(1)], declared, written: 0, done: false }
    }

    /// Feeds one piece; what comes out goes to `emit`.
    ///
    /// # Errors
    /// Those of the coder, of `emit`, and of an archive that is too long.
    pub(crate) fn push(&mut self, mut piece: &[u8], emit: &mut Emit<'_>) -> Result<()> {
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
    pub(crate) fn finish(&mut self, emit: &mut Emit<'_>) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::cheap;

    /// One direction, fed in pieces of `piece` bytes.
    fn pumped(mut pump: Pump, input: &[u8], piece: usize) -> Result<Vec<u8>> {
        let mut output = Vec::new();
        let mut emit = |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            Ok(())
        };
        for piece in input.chunks(piece) {
            pump.push(piece, &mut emit)?;
        }
        pump.finish(&mut emit)?;
        Ok(output)
    }

    fn text() -> Vec<u8> {
        (0..1500_u32).flat_map(|i| format!("line {} of {i}\n", i * i % 97).into_bytes()).collect()
    }

    #[test]
    fn any_pieces_and_buffers() {
        let text = text();
        let total = Some(text.len() as u64);
        for peer in cheap() {
            for prime in [&b""[..], &text[100..9_000]] {
                for (piece, buffer) in [(1, 1), (7, 4096), (4096, 7), (100_000, 100_000)] {
                    let encoder = peer.encoder(prime, total).expect("an encoder");
                    let archive = pumped(Pump::new(encoder, buffer, None), &text, piece);
                    let archive = archive.expect("an archive");
                    let decoder = peer.decoder(prime, total).expect("a decoder");
                    let back = pumped(Pump::new(decoder, buffer, total), &archive, piece);
                    assert!(back.expect("a text") == text, "by {piece} and {buffer}");
                }
            }
        }
    }

    #[test]
    fn the_length_need_not_be_known() {
        let text = text();
        let mut refusals = 0;
        for peer in cheap() {
            let encoder = peer.encoder(&[], None).expect("an encoder");
            let archive = pumped(Pump::new(encoder, 999, None), &text, 1000).expect("an archive");
            match peer.decoder(&[], None) {
                Ok(decoder) => {
                    let back = pumped(Pump::new(decoder, 999, None), &archive, 1000);
                    assert!(back.expect("a text") == text);
                }
                Err(Error::Unsupported(_)) => refusals += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(refusals, 1, "PPMd alone has no end mark");
    }

    #[test]
    fn output_ends_at_the_declared_length() {
        let zeros = vec![0; 8 << 20];
        for peer in cheap() {
            let encoder = peer.encoder(&[], None).expect("an encoder");
            let archive = pumped(Pump::new(encoder, 4096, None), &zeros, 4096);
            let decoder = peer.decoder(&[], Some(1000)).expect("a decoder");
            let mut pump = Pump::new(decoder, 4096, Some(1000));
            let mut count = 0;
            let mut emit = |bytes: &[u8]| {
                count += bytes.len();
                Ok(())
            };
            let result = pump.push(&archive.expect("an archive"), &mut emit);
            let result = result.and_then(|()| pump.finish(&mut emit));
            assert!(count <= 1000 && matches!(result, Err(Error::BadInput(_))), "{result:?}");
        }
    }
}
