//! Libraries that pull from a reader or push to a writer, turned into coders.

use std::cell::{Ref, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use pressmark_sdk::Result;

use crate::coder::{Coder, Step, failed};

/// The most a pipe is filled to at once.
const FILL: usize = 64 << 10;

/// An in-memory queue of bytes with two ends: the library has one, the coder the other.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Rc<RefCell<VecDeque<u8>>>);

impl Pipe {
    /// Bytes waiting.
    pub(crate) fn len(&self) -> usize {
        self.queue().len()
    }

    /// Whether no byte is waiting.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue().is_empty()
    }

    /// Throws away what is waiting.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// Takes bytes from the front of `input` while few are waiting; says how many.
    pub(crate) fn fill(&self, input: &[u8]) -> usize {
        let mut queue = self.0.borrow_mut();
        let count = input.len().min(FILL.saturating_sub(queue.len()));
        queue.extend(&input[..count]);
        count
    }

    fn queue(&self) -> Ref<'_, VecDeque<u8>> {
        self.0.borrow()
    }
}

impl Read for Pipe {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(output)
    }
}

impl Write for Pipe {
    fn write(&mut self, input: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(input)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An encoder that is a [`Write`] on top of the pipe `encoded`.
pub(crate) struct Writing<W> {
    /// None when it is finished.
    pub(crate) writer: Option<W>,
    pub(crate) encoded: Pipe,
    /// Writes what `writer` still holds.
    pub(crate) finish: fn(W) -> io::Result<()>,
    pub(crate) backend: &'static str,
}

impl<W: Write> Coder for Writing<W> {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let mut read = 0;
        if self.encoded.is_empty() {
            let failed = |e| failed(self.backend, e);
            match self.writer.as_mut() {
                Some(writer) if !input.is_empty() => {
                    read = input.len().min(FILL);
                    writer.write_all(&input[..read]).map_err(failed)?;
                }
                Some(_) if last => {
                    self.writer.take().map_or(Ok(()), self.finish).map_err(failed)?;
                }
                _ => {}
            }
        }
        let written = self.encoded.read(output).map_err(|e| failed(self.backend, e))?;
        Ok(Step { read, written, done: self.writer.is_none() && self.encoded.is_empty() })
    }
}
