//! Compaction within a budget: never longer than the input, and nothing lost sight of.
//!
//! ```text
//! document ─▶ pieces (lines, sentences, members) ─▶ words ─▶ what each piece tells ─┐
//!                                  budget ─▶ most told per byte first, lazily ◀─────┘
//!                                  kept pieces, markers for the rest ─▶ output
//! ```
//!
//! The idea is that of summaries as a covering problem (Filatova and Hatzivassiloglou, 2004; Lin
//! and Bilmes, 2011): a document is a set of things told, each with a weight; a piece tells some of
//! them; what is told twice counts little the second time; so the pieces that tell most per byte are
//! taken first, and boiler-plate falls out by itself. Speed comes from one pass over the words and
//! lazy evaluation.
//!
//! A compacted document can be compacted again: its markers are read, added up and written anew,
//! so that every count and span is true of the first source.
//!
//! | module | it is |
//! |---|---|
//! | [`marker`] | the format: markers, header, escapes, and the way back |
//! | `blocks` | what bytes are, 64 at a time |
//! | `cut`, `pieces` | where a document is cut, and what leaving out costs |
//! | `repeats`, `words`, `worth` | what a piece tells |
//! | `select` | the choice |

mod blocks;
mod cut;
pub mod marker;
mod pieces;
mod repeats;
mod select;
mod words;
mod worth;

use std::ops::Range;

use pressmark_coding::memory::large_pages;
use pressmark_sdk::{Budget, Error, Result};

use self::blocks::Blocks;
use self::marker::HEADER;
use self::pieces::{Pieces, Unit, openings};
use self::select::{Chosen, choose};
use self::worth::Worth;
use crate::level::Level;

/// A level leaves a document of so many bytes as it is.
pub const LEAST_BYTES: u64 = 512;

/// A compacted document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// What is written.
    pub text: Vec<u8>,
    /// The ranges of the document that stand in it, in order.
    pub kept: Vec<Range<usize>>,
    /// What was left out, now or in earlier compactions.
    pub tally: Tally,
}

/// Bytes and lines of the source of a compacted document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bytes of the source.
    pub bytes: u64,
    /// Of these, bytes that are left out.
    pub bytes_omitted: u64,
    /// Lines of the source.
    pub lines: u64,
    /// Of these, lines of which nothing is left.
    pub lines_omitted: u64,
    /// Markers in the text.
    pub markers: u64,
}

/// Compacts a document to a budget; without one, to what `level` leaves of the source, in bytes:
/// all, 30, 15, 10 or 7 in 100.
///
/// What is within the budget comes back as it is. A budget that has not even room for the header
/// and one marker gives an empty text.
///
/// # Errors
/// [`Error::Unsupported`] for 4 GB or more.
pub fn compact(document: &[u8], budget: Budget, level: Level) -> Result<Compacted> {
    if document.len() >= u32::MAX as usize {
        return Err(Error::Unsupported("a document of 4 GB or more".into()));
    }
    let unit = if matches!(budget, Budget::Tokens(_)) { Unit::Scalars } else { Unit::Bytes };
    keep_memory(2 * document.len() + document.len() / 2);
    let Blocks { words, ends } = Blocks::of(document);
    let pieces = Pieces::new(document, &ends, unit);
    drop(ends);
    let most = match budget {
        Budget::Bytes(bytes) => bytes,
        Budget::Tokens(tokens) => tokens.saturating_mul(4),
        Budget::Free => level_bytes(pieces.source_bytes(), level),
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let whole = pieces.omitted(0, pieces.len(), 0);
    let tally = Tally { bytes: whole.bytes, lines: whole.lines, ..Tally::default() };
    if unit.of(document) <= most {
        return Ok(unchanged(document, &pieces, tally));
    }
    let header = HEADER + usize::from(pieces.first_end());
    // Behind the header of a compacted document there may be nothing.
    let room = most.checked_sub(header).filter(|_| pieces.len() > 0);
    let chosen = room.and_then(|most| choose(&pieces, Worth::new(document, words, &pieces), most));
    match chosen {
        Some(chosen) => Ok(written(document, &pieces, &chosen, tally, most)),
        None => Ok(Compacted {
            tally: Tally { bytes_omitted: tally.bytes, lines_omitted: tally.lines, ..tally },
            ..Compacted::default()
        }),
    }
}

/// Takes so many bytes in one piece and gives them back unused, twice.
///
/// An allocator that gives memory back to the system beyond what it was once given back in one
/// piece, as that of glibc does, then keeps what one document takes for the next. Otherwise each
/// page of it is mapped and cleared anew: a tenth of the time of a long document. What is taken later
/// is more.
///
/// The second time such an allocator takes the bytes from where all that follows will be taken. On
/// large pages a document that is a process's only one waits for four of them instead of two
/// thousand small ones: a fifth of its time.
fn keep_memory(bytes: usize) {
    /// Of a larger piece glibc learns nothing.
    const MOST: usize = 31 << 20;
    let piece = || std::hint::black_box(Vec::<u8>::with_capacity(bytes.min(MOST)));
    drop(piece());
    large_pages(piece().spare_capacity_mut());
}

/// The most bytes that [`compact`] takes at a time for this document and a budget of `most` bytes,
/// what it gives back included: counted from its lines and words, before it is made shorter.
pub fn allocated(document: &[u8], most: usize) -> usize {
    let most = most.min(document.len());
    let Blocks { words, ends } = Blocks::of(document);
    let (lines, words) = (blocks::lines(&ends), blocks::words(&words));
    let (cut, pieces) = pieces::allocated(document.len(), lines, openings(document));
    // Between two spans there is a marker of at least five bytes. The list of spans grows.
    let spans = 3 * (most / 6 + 1).min(pieces).max(4) * size_of::<Range<usize>>();
    blocks::allocated(document.len())
        + cut
        + worth::allocated(document.len(), words, pieces)
        + select::allocated(pieces)
        + most
        + HEADER
        + spans
}

/// Bytes that a level leaves of a source.
fn level_bytes(source: u64, level: Level) -> u64 {
    let share = match level {
        Level::Raw => 100,
        Level::Daily => 30,
        Level::Weekly => 15,
        Level::Monthly => 10,
        Level::Root => 7,
    };
    (source / 100 * share + source % 100 * share / 100).max(LEAST_BYTES)
}

fn unchanged(document: &[u8], pieces: &Pieces<'_>, mut tally: Tally) -> Compacted {
    for omitted in pieces.markers() {
        tally.count(omitted);
    }
    let all = 0..document.len();
    Compacted {
        text: document.to_vec(),
        kept: Vec::from_iter((!all.is_empty()).then_some(all)),
        tally,
    }
}

impl Tally {
    fn count(&mut self, omitted: marker::Omitted) {
        self.markers += 1;
        self.bytes_omitted += omitted.bytes;
        self.lines_omitted += omitted.lines;
    }
}

/// Writes what was chosen, and markers for the rest: at most `most` bytes.
fn written(
    document: &[u8],
    pieces: &Pieces<'_>,
    chosen: &Chosen,
    mut tally: Tally,
    most: usize,
) -> Compacted {
    let mut text = Vec::with_capacity(most.min(document.len()));
    text.extend_from_slice(&[b'.'; HEADER]);
    text.extend_from_slice(if pieces.first_end() == 2 { b"\r\n" } else { b"\n" });
    let start = text.len();
    let mut kept: Vec<Range<usize>> = Vec::new();
    let mut keep = |from: usize, to: usize, text: &mut Vec<u8>, tally: &mut Tally| {
        let span = pieces.span(from, to);
        if pieces.escapes() {
            marker::push_escaped(&document[span.clone()], text);
        } else {
            text.extend_from_slice(&document[span.clone()]);
        }
        for piece in from..to {
            pieces.marked(piece).into_iter().for_each(|omitted| tally.count(omitted));
        }
        match kept.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => kept.push(span),
        }
    };
    let count = pieces.len();
    let mut at = 0;
    while at < count {
        let next = chosen.next(at).unwrap_or(count);
        if at < next && pieces.gap_cost(at, next) == pieces.cost(at, next) {
            keep(at, next, &mut text, &mut tally);
        } else if at < next {
            pieces.gap(at, next, |omitted, to, end| {
                omitted.write(&mut text);
                let stop = pieces.span(at, to).end;
                text.extend_from_slice(&document[stop - usize::from(end)..stop]);
                tally.count(omitted);
            });
        }
        if next < count {
            keep(next, next + 1, &mut text, &mut tally);
        }
        at = next + 1;
    }
    let header = marker::header(&text[start..]);
    text[..HEADER].copy_from_slice(&header);
    Compacted { text, kept, tally }
}
