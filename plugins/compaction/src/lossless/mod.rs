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
//! | `run` | one pass over head and rest, on either side |
//! | [`plugin`] | the strategy `compaction.lossless` |

mod fit;
pub mod plugin;
mod run;
mod seam;
pub mod shape;

use std::ops::Range;

use pressmark_coding::cost::CostTable;
use pressmark_coding::meter::Meter;
use pressmark_coding::range::{Decoder, Encoder, Teacher};
use pressmark_coding::trie::{Bounds, Bytes, DEEPEST, Model, Size};
use pressmark_sdk::{Budget, CODED, Error, Port, Result, opened, write_shorter};

use self::run::Run;
use self::shape::{Shape, preview};
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

impl From<Part> for usize {
    fn from(part: Part) -> usize {
        part as usize
    }
}

/// The most bytes that a document and its priming text have together: positions are counted in 32
/// bits, and a document is gone over up to three times.
const MOST: usize = 1 << 30;
/// Bytes of nodes for each byte of text, as the trie itself takes.
const NODES_PER_BYTE: usize = 112;
/// The most bytes of nodes,
const MOST_NODES: usize = 448 << 20;
/// and of text that pointers lead to.
const MOST_PAST: usize = 64 << 20;

/// A model that knows `prime`, for a document of `length` bytes.
fn primed(prime: &[&[u8]], length: usize, port: &mut impl Port) -> Result<Model<Bytes>> {
    let before: usize = prime.iter().map(|text| text.len()).sum();
    let all = before.checked_add(length).filter(|&all| all < MOST).ok_or_else(|| {
        Error::Unsupported(format!(
            "a document of {length} bytes is too long: with its priming text it must stay below 1 GiB"
        ))
    })?;
    let of_use = all.max(1 << 14);
    let text = before + 3 * length;
    let mut model = Model::<Bytes>::new(Size {
        depth: DEEPEST,
        nodes: Bounds {
            bytes: (of_use * NODES_PER_BYTE).min(MOST_NODES),
            nodes: u64::MAX,
            freeze: 0,
        },
        pointer_bits: (2 * of_use).ilog2().min(24),
        text,
        past: text.min(MOST_PAST),
        tokens: 0,
        shrink: 0,
    });
    let stride = before / 512 + 1;
    for text in prime {
        for piece in text.chunks(stride) {
            port.progress(0)?;
            for &byte in piece {
                model.symbol(&mut Teacher, byte);
            }
        }
    }
    Ok(model)
}

/// Encodes `document` after learning `prime`; the summary has at most `share` per mille of its bytes,
/// but not fewer than [`budgeted::LEAST_BYTES`] where there are as many.
///
/// # Errors
///
/// [`Error::Unsupported`] for a document too long, and those of the port.
pub fn encode(
    share: u64,
    prime: &[&[u8]],
    document: &[u8],
    port: &mut impl Port,
) -> Result<Report> {
    if document.is_empty() {
        return Ok(Report::default());
    }
    let model = primed(prime, document.len(), port)?;
    let (shape, kept) = summarised(document, share)?;
    let costs = CostTable::new();
    let coder = Meter::new(Encoder::new(vec![CODED]), &costs);
    let mut run = Run::new(coder, model, port, document.len());
    run.head(Some(&shape))?;
    run.rest(&shape, Some((document, &kept)))?;
    let coder = run.end();
    let mut report = Report { bits: coder.bits(), ..shape.report(document.len()) };
    if write_shorter(&coder.io.finish(), document, port)? {
        report.bits = [0.0; Part::COUNT];
        report.bits[Part::Residual as usize] = 8.0 * document.len() as f64;
    }
    Ok(report)
}

/// The summary of a document, and where its spans stand.
fn summarised(document: &[u8], share: u64) -> Result<(Shape, Vec<Range<usize>>)> {
    let budget = (document.len() as u64 * share / 1000).max(budgeted::LEAST_BYTES);
    let kept = budgeted::compact(document, Budget::Bytes(budget), Level::Daily)?.kept;
    Ok((Shape::of(document, &kept), kept))
}

/// Decodes the `length` bytes of the document of `archive`.
///
/// # Errors
///
/// [`Error::BadInput`], [`Error::Unsupported`] as [`encode`], and those of the port.
pub fn decode(
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let model = primed(prime, length, port)?;
    let mut run = Run::new(Decoder::new(code), model, port, length);
    let shape = run.head(None)?;
    run.rest(&shape, None)?;
    Ok(shape.report(length))
}

/// Decodes the summary at the front of the archive of a document of `length` bytes, and reads no
/// further: what [`preview`] gives. A document that is stored as it is comes whole.
///
/// # Errors
///
/// As [`decode`].
pub fn summary(
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let model = primed(prime, length, port)?;
    let shape = Run::new(Decoder::new(code), model, port, length).head(None)?;
    port.write(&preview(&shape, length))?;
    port.progress(length)?;
    Ok(shape.report(length))
}
