//! A summary first, then what restores the document.
//!
//! ```text
//! document ─▶ budgeted ─▶ spans that are kept ─▶ head: the spans, one after the other
//!                                             └▶ rest: where each stands, and the gaps
//! ```
//!
//! Both parts are one range code, driven by the trie's model of the next byte
//! ([`pressmark_coding::trie`]), which learns from both. A reader of the summary decodes the head
//! and stops. In the rest the document comes in its own order: a gap is coded behind the text
//! that stands before it, and a span of the summary, known by then, is passed over, so that
//! contexts are those of the document, and pointers lead from gaps into spans and on.
//!
//! What it costs to say where spans end and where they stand is kept low by what is known anyway:
//! most begin and end with lines ([`shape`]), and the lines around tell where one fits (`fit`).
//!
//! | module | it is |
//! |---|---|
//! | [`shape`] | the spans of a summary, and the head as text |
//! | `fit` | whether a span stands behind a line |
//! | `seam` | how far a part of a line goes |
//! | `scribe` | text as symbols, on both sides alike |
//! | `run` | one pass over head and rest, on either side |
//! | [`plugin`] | the strategy `compaction.lossless` |

mod fit;
pub mod plugin;
mod run;
mod scribe;
mod seam;
pub mod shape;

use std::ops::Range;

use pressmark_coding::adaptive::NumberModel;
use pressmark_coding::codec::teach;
use pressmark_coding::logistic::PROB_BITS;
use pressmark_coding::range::{BitIo, Decoder, Encoder, Room};
use pressmark_coding::trie::{self, Bytes, Codes, Misfit, Model, Texts};
use pressmark_coding::unit::{ByByte, ByWord, Symbols, Unit};
use pressmark_sdk::{Budget, CODED, Error, Port, Result, STORED, opened, paced};

use self::run::{Booked, Code, Run};
use self::scribe::Scribe;
use self::shape::{Extent, Shape};
use crate::budgeted;
use crate::level::Level;

/// What each part of an archive pays, and what it is about.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// Spans of the summary.
    pub spans: u64,
    /// Bytes of the document that are in the summary.
    pub summary_bytes: u64,
    /// Bytes of the document that are not.
    pub residual_bytes: u64,
    /// What the model says the archive costs, in bits, by [`Part`]; encoder only.
    pub bits: [f64; Part::COUNT],
}

/// Parts of an archive that are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The bytes of the summary.
    Summary,
    /// Where its spans begin and end.
    Shape,
    /// Where they stand in the document.
    Place,
    /// The bytes of the gaps.
    Residual,
}

impl Part {
    /// How many there are.
    pub const COUNT: usize = 4;
    /// What they are called, in the order in which they are numbered.
    pub const NAMES: [&str; Self::COUNT] = ["summary", "shape", "place", "residual"];
}

/// What an encoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The summary's part of the document, per mille. A decoder need not know it.
    pub share: u64,
    /// What the model is asked for. Both sides must be given the same, but for the unit.
    pub model: trie::Settings,
}

/// What is allocated besides all that is counted while a summary is chosen.
const REST: usize = 64 << 10;
/// A span takes so many bytes of a summary, with the marker beside it.
const LEAST_SPAN: usize = 6;

/// The probability of a bit that says as much as it costs.
const EVEN: u16 = 1 << (PROB_BITS - 1);

/// What says how much a summary has.
struct Front {
    spans: NumberModel,
    bytes: NumberModel,
}

impl Front {
    fn new() -> Self {
        Self { spans: NumberModel::new(), bytes: NumberModel::new() }
    }

    /// Codes the unit and the extent of a summary.
    fn code<Io: BitIo>(&mut self, io: &mut Io, unit: Unit, extent: Extent) -> (Unit, Extent) {
        let word = io.bit(EVEN, unit == Unit::Word);
        let spans = self.spans.code(io, extent.spans as u32) as usize;
        let bytes = self.bytes.code(io, extent.bytes as u32) as usize;
        (if word { Unit::Word } else { Unit::Byte }, Extent { spans, bytes })
    }
}

/// The texts of a run: besides them, what it allocates itself is held.
fn texts<S: Symbols>(prime: usize, extent: Extent, length: usize) -> Texts {
    Texts {
        prime,
        length,
        // Each span is coded, with a line feed before it at most, and passed over.
        again: extent.bytes + extent.spans,
        beside: run::allocated::<S>(length) + extent.allocated(),
    }
}

/// The least memory limit that is enough to encode a document: for choosing its summary, and then for
/// coding it, whatever the summary is.
fn least(settings: Settings, unit: Unit, prime: usize, document: &[u8]) -> Result<usize> {
    let bytes = summary_bytes(document.len(), settings.share);
    let most = Extent { spans: bytes / LEAST_SPAN + 1, bytes };
    let least = match unit {
        Unit::Byte => settings.model.least::<Bytes>(texts::<ByByte>(prime, most, document.len())),
        Unit::Word => settings.model.least::<Codes>(texts::<ByWord>(prime, most, document.len())),
    };
    let choice = budgeted::allocated(document, bytes);
    Ok(least?.max(prime.saturating_add(choice).saturating_add(REST)))
}

/// A run with a model that has learned `prime`, for a document of `length` bytes.
fn run<'p, S: Symbols, Io: Code, P: Port>(
    settings: trie::Settings,
    prime: &[&[u8]],
    extent: Extent,
    length: usize,
    io: &'p mut Io,
    port: &'p mut P,
) -> Result<Run<'p, S, Io, P>> {
    let before = prime.iter().map(|text| text.len()).sum();
    let size = settings.size::<S::Reading>(texts::<S>(before, extent, length))?;
    let mut model = Model::new(size);
    let tell = paced(before, |_| port.progress(0));
    let speller = teach::<S, _>(&mut model, size.tokens, prime, tell)?;
    Ok(Run::new(io, Scribe::new(model, S::reader(speller)), port, length))
}

/// The room that [`encode`] needs: at worst the document is stored behind one byte.
pub fn room(document: usize) -> usize {
    if document == 0 { 0 } else { document.saturating_add(1) }
}

/// Encodes `document` after learning `prime` into `out`, which has [`room`]; the summary has at most
/// the share that is asked for, but not fewer bytes than [`budgeted::LEAST_BYTES`] where there are as
/// many. Gives back how many bytes the archive takes.
///
/// # Errors
///
/// [`Error::Unsupported`] for a document too long or a limit too low, and those of the port, which
/// only hears of progress.
pub fn encode(
    settings: Settings,
    prime: &[&[u8]],
    document: &[u8],
    out: &mut [u8],
    port: &mut impl Port,
) -> Result<(usize, Report)> {
    let Some((form, code)) = out.split_first_mut().filter(|_| !document.is_empty()) else {
        return Ok((0, Report::default()));
    };
    let unit = settings.model.unit_of(document);
    let (shape, kept) = {
        let before = prime.iter().map(|text| text.len()).sum();
        let needed = least(settings, unit, before, document)?;
        let limit = settings.model.memory_limit;
        if limit < needed {
            let length = document.len();
            return Err(Misfit::TooTight { limit, prime: before, length, needed }.into());
        }
        summarised(document, settings.share)?
    };
    let mut io = Booked::new(Encoder::new(Room::new(code)));
    Front::new().code(&mut io, unit, shape.extent());
    let write = match unit {
        Unit::Byte => write::<ByByte, _, _>,
        Unit::Word => write::<ByWord, _, _>,
    };
    write(settings.model, prime, &shape, (document, &kept), &mut io, port)?;
    let (encoder, bits) = io.end();
    let mut report = Report { bits, ..shape.report(document.len()) };
    let used = encoder.finish().used().filter(|&used| used < document.len());
    *form = if used.is_some() { CODED } else { STORED };
    if used.is_none() {
        let stored = code.get_mut(..document.len()).ok_or(Error::Sink)?;
        stored.copy_from_slice(document);
        report.bits = [0.0; Part::COUNT];
        report.bits[Part::Residual as usize] = 8.0 * document.len() as f64;
    }
    Ok((1 + used.unwrap_or(document.len()), report))
}

fn write<S: Symbols, Io: Code, P: Port>(
    settings: trie::Settings,
    prime: &[&[u8]],
    shape: &Shape,
    document: (&[u8], &[Range<usize>]),
    io: &mut Io,
    port: &mut P,
) -> Result<()> {
    let mut run = run::<S, _, _>(settings, prime, shape.extent(), document.0.len(), io, port)?;
    run.head(shape.extent(), Some(shape))?;
    run.rest(shape, Some(document))
}

/// The most bytes of the summary of a document of `length` bytes.
fn summary_bytes(length: usize, share: u64) -> usize {
    (length as u64 * share / 1000).max(budgeted::LEAST_BYTES) as usize
}

/// The summary of a document, and where its spans stand.
fn summarised(document: &[u8], share: u64) -> Result<(Shape, Vec<Range<usize>>)> {
    let budget = Budget::Bytes(summary_bytes(document.len(), share) as u64);
    let mut kept = budgeted::compact(document, budget, Level::Daily)?.kept;
    kept.shrink_to_fit();
    Ok((Shape::of(document, &kept), kept))
}

/// Decodes the `length` bytes of the document of `archive`.
///
/// # Errors
///
/// [`Error::BadInput`], [`Error::Unsupported`] as [`encode`], and those of the port.
pub fn decode(
    settings: trie::Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
    read(settings, prime, archive, length, true, port)
}

/// Decodes the summary at the front of the archive of a document of `length` bytes, and reads no
/// further: what [`shape::preview`] gives. A document that is stored as it is comes whole.
///
/// # Errors
///
/// As [`decode`].
pub fn summary(
    settings: trie::Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
    read(settings, prime, archive, length, false, port)
}

fn read(
    settings: trie::Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    whole: bool,
    port: &mut impl Port,
) -> Result<Report> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let mut io = Decoder::new(code);
    let (unit, extent) = Front::new().code(&mut io, Unit::Byte, Extent::default());
    if extent.spans > extent.bytes || extent.bytes > length {
        return Err(Error::damaged("its summary is longer than it should be"));
    }
    let read = match unit {
        Unit::Byte => read_part::<ByByte, _>,
        Unit::Word => read_part::<ByWord, _>,
    };
    let shape = read(settings, prime, extent, length, whole, &mut io, port)?;
    if !whole {
        shape::write_preview(&shape, length, |piece| port.write(piece))?;
        port.progress(length)?;
    }
    Ok(shape.report(length))
}

/// Reads a summary, and the rest of its document if the `whole` is asked for.
fn read_part<S: Symbols, P: Port>(
    settings: trie::Settings,
    prime: &[&[u8]],
    extent: Extent,
    length: usize,
    whole: bool,
    io: &mut Decoder<'_>,
    port: &mut P,
) -> Result<Shape> {
    let mut run = run::<S, _, _>(settings, prime, extent, length, io, port)?;
    let shape = run.head(extent, None)?;
    if whole {
        run.rest(&shape, None)?;
    }
    Ok(shape)
}
