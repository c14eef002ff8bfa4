//! Texts to archives and back.
//!
//! An archive is a byte that names its form, then either the bytes themselves or the
//! code of the tokens. An empty text has an empty archive.

use pressmark_coding::cost::CostTable;
use pressmark_coding::range::{Decoder, Encoder, Teacher};
use pressmark_coding::token::{IMPLIED, Kind, Token, tokenise};

use crate::groups::Settings;
use crate::meter::Meter;
use crate::model::{Model, Taken};
use crate::report::Report;

const STORED: u8 = 0;
const CODED: u8 = 1;
/// Longer texts are refused: tokens are counted in 32 bits.
const LONGEST: usize = 1 << 31;
/// How often progress is told, at least, over enough tokens.
const CALLS: usize = 512;

/// Where a run writes, and tells how far it is.
pub trait Port {
    /// What can go wrong there.
    type Error;

    /// Takes finished bytes.
    ///
    /// # Errors
    ///
    /// Any; the run ends with it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// `done` bytes of the text are finished.
    ///
    /// # Errors
    ///
    /// Any; the run ends with it.
    fn progress(&mut self, done: usize) -> Result<(), Self::Error>;
}

/// Why a run failed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error<E> {
    /// The archive cannot be read.
    #[error(
        "the archive is damaged: {0}; use one written by this version with the same options and priming text"
    )]
    Damaged(&'static str),
    /// The text is too long.
    #[error("a text of {0} bytes is too long: cut it into pieces of less than 2 GiB")]
    TooLong(usize),
    /// The port failed.
    #[error("{0}")]
    Port(#[from] E),
}

/// A coder, ready for one text, primed or not.
#[derive(Debug, Clone)]
pub struct Coder {
    model: Model,
    costs: CostTable,
}

impl Coder {
    /// A coder that knows nothing.
    pub fn new(settings: Settings) -> Self {
        Self { model: Model::new(settings), costs: CostTable::new() }
    }

    /// Learns a text that both sides have.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`].
    pub fn prime<E>(&mut self, text: &[u8]) -> Result<(), Error<E>> {
        self.walk(text, |_, _, _| Ok(()))?;
        self.model.reset_counts();
        Ok(())
    }

    /// Learns a text and tells, token by token, what it costs: the bytes from where to where.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], and what `each` fails with.
    pub fn walk<E>(
        &mut self,
        text: &[u8],
        mut each: impl FnMut(std::ops::Range<usize>, Taken, &Model) -> Result<(), E>,
    ) -> Result<(), Error<E>> {
        let tokens = tokens(text)?;
        let costs = self.costs.clone();
        let mut meter = Meter::new(Teacher, &costs);
        let mut begin = 0;
        self.model.begin_text();
        for token in tokens {
            let wanted = Some((token.kind, token.bytes(text)));
            // A text in memory ends.
            let Ok(taken) = self.model.token(&mut meter, wanted, usize::MAX) else { break };
            let end = (token.start + token.len) as usize;
            each(begin..end, taken, &self.model)?;
            begin = end;
        }
        self.model.end_text();
        Ok(())
    }

    /// Encodes a text.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`], and what the port fails with.
    pub fn encode<P: Port>(mut self, text: &[u8], port: &mut P) -> Result<Report, Error<P::Error>> {
        if text.is_empty() {
            return Ok(Report::default());
        }
        let tokens = tokens(text)?;
        let costs = self.costs.clone();
        let mut meter = Meter::new(Encoder::new(vec![CODED]), &costs);
        let mut next = 0;
        self.model.begin_text();
        for token in tokens {
            let wanted = Some((token.kind, token.bytes(text)));
            if self.model.token(&mut meter, wanted, usize::MAX).is_err() {
                break;
            }
            let done = (token.start + token.len) as usize;
            if done >= next {
                port.progress(done)?;
                next = done + text.len() / CALLS + 1;
            }
        }
        self.model.end_text();
        let mut report = self.report(meter.bits());
        let archive = meter.io.finish();
        if archive.len() > text.len() + 1 {
            report.stored = true;
            report.ideal_bits = 8.0 * text.len() as f64;
            port.write(&[STORED])?;
            port.write(text)?;
        } else {
            port.write(&archive)?;
        }
        port.progress(text.len())?;
        Ok(report)
    }

    /// Decodes a text of `length` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], and what the port fails with.
    pub fn decode<P: Port>(
        mut self,
        archive: &[u8],
        length: usize,
        port: &mut P,
    ) -> Result<Report, Error<P::Error>> {
        let code = match archive.split_first() {
            None if length == 0 => return Ok(Report::default()),
            None => return Err(Error::Damaged("it is empty")),
            Some((&STORED, bytes)) => {
                if bytes.len() != length {
                    return Err(Error::Damaged("it does not hold as many bytes as it should"));
                }
                port.write(bytes)?;
                port.progress(length)?;
                return Ok(Report { stored: true, ..Report::default() });
            }
            Some((&CODED, code)) => code,
            Some(_) => return Err(Error::Damaged("its first byte names no form")),
        };
        let costs = self.costs.clone();
        let mut meter = Meter::new(Decoder::new(code), &costs);
        let (mut done, mut next) = (0, 0);
        self.model.begin_text();
        while done < length {
            let previous = self.model.previous();
            let taken = self
                .model
                .token(&mut meter, None, length - done)
                .map_err(|_| Error::Damaged("a word does not end"))?;
            if meter.io.overrun() {
                return Err(Error::Damaged("it ends too early"));
            }
            let implied = taken.kind == Kind::Word && previous == Some(Kind::Word);
            if implied {
                port.write(&[IMPLIED])?;
                done += 1;
            }
            let bytes = self.model.bytes();
            if bytes.len() > length - done {
                return Err(Error::Damaged("a word is longer than what is left"));
            }
            port.write(bytes)?;
            done += bytes.len();
            if done >= next {
                port.progress(done)?;
                next = done + length / CALLS + 1;
            }
        }
        self.model.end_text();
        port.progress(length)?;
        Ok(self.report(meter.bits()))
    }

    fn report(&self, bits: [f64; crate::meter::SOURCES]) -> Report {
        Report {
            bits,
            counts: self.model.groups().counts(),
            alive: self.model.groups().alive(),
            stored: false,
            ideal_bits: bits.iter().sum(),
        }
    }
}

fn tokens<E>(text: &[u8]) -> Result<Vec<Token>, Error<E>> {
    if text.len() >= LONGEST {
        return Err(Error::TooLong(text.len()));
    }
    let mut tokens = Vec::new();
    tokenise(text, 0, &mut tokens);
    Ok(tokens)
}
