//! The spans of a summary.

use std::convert::Infallible;
use std::ops::Range;

use super::Report;
use crate::budgeted::marker::each_escaped;

/// What is known of a summary without its document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The bytes of all spans.
    pub text: Vec<u8>,
    /// The spans, in order.
    pub spans: Vec<Span>,
    /// Whether the first stands at the start of the document,
    pub opens: bool,
    /// and the last at its end.
    pub closes: bool,
}

/// How much a summary has, which both sides know before anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Its spans,
    pub(super) spans: usize,
    /// and their bytes.
    pub(super) bytes: usize,
}

impl Extent {
    /// Bytes that a [`Shape`] of so much allocates, with the places of its spans.
    pub(super) fn allocated(self) -> usize {
        let each = size_of::<Span>() + size_of::<Range<usize>>();
        self.bytes.saturating_add(self.spans.saturating_mul(each))
    }
}

/// A span: there is a gap between two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its bytes in [`Shape::text`]: at least one.
    pub bytes: Range<usize>,
    /// Whether it begins where a line does.
    pub on_line: bool,
}

impl Shape {
    /// That of these spans of a document, none of which is empty or touches the next.
    pub fn of(document: &[u8], kept: &[Range<usize>]) -> Self {
        let bytes = kept.iter().map(|span| span.len()).sum();
        let mut shape = Self {
            opens: kept.first().is_some_and(|span| span.start == 0),
            closes: kept.last().is_some_and(|span| span.end == document.len()),
            ..Self::with_room(Extent { spans: kept.len(), bytes })
        };
        for span in kept {
            let from = shape.text.len();
            shape.text.extend_from_slice(&document[span.clone()]);
            shape.spans.push(Span {
                bytes: from..shape.text.len(),
                on_line: document[..span.start].last().is_none_or(|&byte| byte == b'\n'),
            });
        }
        shape
    }

    /// One without spans, with room for some.
    pub(super) fn with_room(extent: Extent) -> Self {
        Self {
            text: Vec::with_capacity(extent.bytes),
            spans: Vec::with_capacity(extent.spans),
            ..Self::default()
        }
    }

    pub(super) fn extent(&self) -> Extent {
        Extent { spans: self.spans.len(), bytes: self.text.len() }
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: &Span) -> &[u8] {
        self.text.get(span.bytes.clone()).unwrap_or_default()
    }

    /// Figures of the summary of a document of `length` bytes.
    pub(super) fn report(&self, length: usize) -> Report {
        Report {
            spans: self.spans.len() as u64,
            summary_bytes: self.text.len() as u64,
            residual_bytes: length.saturating_sub(self.text.len()) as u64,
            ..Report::default()
        }
    }
}

/// The summary as text: spans, and `[~]` for each gap, on a line of its own where a line begins
/// behind the gap. As elsewhere, `[~` of the document is written `[~~`.
///
/// Without gaps it is the document as it is; and so are the spans, without marks, should these make
/// the text longer than `most` bytes.
pub fn preview(shape: &Shape, most: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let Ok(()) = write_preview(shape, most, |piece| {
        text.extend_from_slice(piece);
        Ok::<_, Infallible>(())
    });
    text
}

/// Calls `write` with the pieces of a [`preview`], one after the other.
///
/// # Errors
///
/// Those of `write`, which end it.
pub(super) fn write_preview<E>(
    shape: &Shape,
    most: usize,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let gaps = shape.spans.len() > 1 || !shape.opens || !shape.closes;
    let mut length = 0;
    let Ok(()) = marked(shape, |piece| {
        length += piece.len();
        Ok::<_, Infallible>(())
    });
    if gaps && length <= most { marked(shape, write) } else { write(&shape.text) }
}

/// The pieces of a summary with marks.
fn marked<E>(shape: &Shape, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    for (at, span) in shape.spans.iter().enumerate() {
        if at > 0 || !shape.opens {
            write(if span.on_line { b"[~]\n" } else { b"[~]" })?;
        }
        each_escaped(shape.bytes(span), &mut write)?;
    }
    if shape.closes { Ok(()) } else { write(b"[~]\n") }
}
