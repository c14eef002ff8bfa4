//! The spans of a summary.

use std::ops::Range;

use super::Report;
use crate::budgeted::marker::push_escaped;

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
        let mut shape = Self {
            opens: kept.first().is_some_and(|span| span.start == 0),
            closes: kept.last().is_some_and(|span| span.end == document.len()),
            ..Self::default()
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
    let gaps = shape.spans.len() > 1 || !shape.opens || !shape.closes;
    let mut text = Vec::with_capacity(shape.text.len() + 4 * shape.spans.len() + 4);
    for (at, span) in shape.spans.iter().enumerate() {
        if at > 0 || !shape.opens {
            text.extend_from_slice(if span.on_line { b"[~]\n" } else { b"[~]" });
        }
        push_escaped(shape.bytes(span), &mut text);
    }
    if !shape.closes {
        text.extend_from_slice(b"[~]\n");
    }
    if gaps && text.len() <= most { text } else { shape.text.clone() }
}
