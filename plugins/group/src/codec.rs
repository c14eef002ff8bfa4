//! Texts to archives and back.
//!
//! An archive is a byte that names its form, then either the bytes themselves or the
//! code of the tokens (`pressmark_sdk::opened`).

use pressmark_coding::cost::CostTable;
use pressmark_coding::range::{Decoder, Encoder, Teacher};
use pressmark_coding::token::{IMPLIED, Kind, Token, tokenise};
use pressmark_sdk::{CODED, Error, Port, Result, opened, write_shorter};

use crate::groups::Settings;
use crate::meter::Meter;
use crate::model::{Model, Taken};
use crate::report::Report;

/// Longer texts are refused: tokens are counted in 32 bits.
const LONGEST: usize = 1 << 31;
/// How often progress is told, at least, over enough tokens.
const CALLS: usize = 512;

/// Tokens are counted in 32 bits.
fn too_large(bytes: usize) -> Error {
    Error::Unsupported(format!(
        "a text of {bytes} bytes is too long: cut it into pieces of less than 2 GiB"
    ))
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
    /// [`Error::Unsupported`] for a text too long.
    pub fn prime(&mut self, text: &[u8]) -> Result<()> {
        self.walk(text, |_, _, _| Ok(()))?;
        self.model.reset_counts();
        Ok(())
    }

    /// Learns a text and tells, token by token, what it costs: the bytes from where to where.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a text too long, and those of `each`.
    pub fn walk(
        &mut self,
        text: &[u8],
        mut each: impl FnMut(std::ops::Range<usize>, Taken, &Model) -> Result<()>,
    ) -> Result<()> {
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
    /// [`Error::Unsupported`] for a text too long, and those of the port.
    pub fn encode(mut self, text: &[u8], port: &mut impl Port) -> Result<Report> {
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
        report.stored = write_shorter(&archive, text, port)?;
        if report.stored {
            report.ideal_bits = 8.0 * text.len() as f64;
        }
        Ok(report)
    }

    /// Decodes a text of `length` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`], and those of the port.
    pub fn decode(mut self, archive: &[u8], length: usize, port: &mut impl Port) -> Result<Report> {
        let Some(code) = opened(archive, length, port)? else {
            return Ok(Report::default());
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
                .map_err(|_| Error::damaged("a word does not end"))?;
            if meter.io.overrun() {
                return Err(Error::damaged("it ends too early"));
            }
            let implied = taken.kind == Kind::Word && previous == Some(Kind::Word);
            if implied {
                port.write(&[IMPLIED])?;
                done += 1;
            }
            let bytes = self.model.bytes();
            if bytes.len() > length - done {
                return Err(Error::damaged("a word is longer than what is left"));
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

fn tokens(text: &[u8]) -> Result<Vec<Token>> {
    if text.len() >= LONGEST {
        return Err(too_large(text.len()));
    }
    let mut tokens = Vec::new();
    tokenise(text, 0, &mut tokens);
    Ok(tokens)
}
