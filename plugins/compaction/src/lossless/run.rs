//! One pass over head and rest, the same on both sides.

use std::ops::Range;

use pressmark_coding::adaptive::{AdaptiveBit, NumberModel};
use pressmark_coding::meter::Meter;
use pressmark_coding::range::{BitIo, Decoder, Encoder};
use pressmark_coding::trie::{Bytes, Model};
use pressmark_sdk::{Error, Port, Result};

use super::Part;
use super::fit::{Fit, Line, Next};
use super::seam::{Lengths, Reach};
use super::shape::{Shape, Span};

/// Where the bits of a run go to, or come from.
pub(super) trait Code: BitIo {
    /// Whether more was read than there was.
    fn overrun(&self) -> bool {
        false
    }
    /// Books what was coded since the last call.
    fn book(&mut self, _part: Part) {}
}

impl Code for Meter<'_, Encoder, { Part::COUNT }> {
    fn book(&mut self, part: Part) {
        Meter::book(self, part);
    }
}

impl Code for Decoder<'_> {
    fn overrun(&self) -> bool {
        Decoder::overrun(self)
    }
}

/// How often progress is told, at least, over a document of enough bytes.
const CALLS: usize = 512;
/// The most bytes between two looks at the code and two writes.
const PIECE: usize = 1 << 14;

/// The state that both sides share.
pub(super) struct Run<'p, Io, P> {
    io: Io,
    model: Model<Bytes>,
    spans: Spans,
    fit: Fit,
    port: &'p mut P,
    length: usize,
    /// Bytes that are coded.
    done: usize,
    stride: usize,
}

/// How spans begin and end.
struct Spans {
    count: NumberModel,
    edges: [AdaptiveBit; 2],
    on_line: [AdaptiveBit; 4],
    /// Whether a line is cut, by its number and by whether it is whole at its front.
    cut: [AdaptiveBit; 4],
    /// How much of a line that is cut is in a span.
    cut_part: Lengths,
    /// Whether a span ends with a line, by the number of lines and the last bytes.
    ends: Vec<AdaptiveBit>,
    /// How much of a line stands before a span within it.
    within: Lengths,
}

impl<'p, Io: Code, P: Port> Run<'p, Io, P> {
    pub(super) fn new(io: Io, model: Model<Bytes>, port: &'p mut P, length: usize) -> Self {
        let few = AdaptiveBit::starting_at(1 << 12, 2);
        Self {
            io,
            model,
            spans: Spans {
                count: NumberModel::new(),
                edges: [AdaptiveBit::new(); 2],
                on_line: [AdaptiveBit::new(); 4],
                cut: [few; 4],
                cut_part: Lengths::new(),
                ends: vec![AdaptiveBit::new(); 4 << 8],
                within: Lengths::new(),
            },
            fit: Fit::new(),
            port,
            length,
            done: 0,
            stride: (length / CALLS + 1).min(PIECE),
        }
    }

    /// The coder.
    pub(super) fn end(self) -> Io {
        self.io
    }

    /// Codes the spans of a summary; without one reads them.
    pub(super) fn head(&mut self, wanted: Option<&Shape>) -> Result<Shape> {
        let mut shape = Shape::default();
        let count = wanted.map_or(0, |wanted| wanted.spans.len() as u32);
        let count = self.spans.count.code(&mut self.io, count);
        let edges = wanted.map_or([false; 2], |wanted| [wanted.opens, wanted.closes]);
        shape.opens = self.spans.edges[0].code(&mut self.io, edges[0]);
        shape.closes = self.spans.edges[1].code(&mut self.io, edges[1]);
        for number in 0..count as usize {
            let wanted = wanted.and_then(|wanted| {
                let span = wanted.spans.get(number)?;
                Some((span.on_line, wanted.bytes(span)))
            });
            self.span(wanted, &mut shape)?;
        }
        self.io.book(Part::Shape);
        if self.io.overrun() {
            return Err(Error::damaged("it ends too early"));
        }
        Ok(shape)
    }

    /// Codes a span of the summary.
    fn span(&mut self, wanted: Option<(bool, &[u8])>, shape: &mut Shape) -> Result<()> {
        let from = shape.text.len();
        let behind = usize::from(shape.text.last().is_none_or(|&byte| byte == b'\n'));
        let before = shape.spans.last().is_none_or(|span| span.on_line);
        let on_line = wanted.is_some_and(|(on_line, _)| on_line);
        let on_line =
            self.spans.on_line[behind << 1 | usize::from(before)].code(&mut self.io, on_line);
        if on_line && behind == 0 {
            self.model.pass(b"\n");
        }
        let mut left = wanted.map(|(_, bytes)| bytes);
        for lines in 0.. {
            let line = left.map(first_line);
            let cut = line.is_some_and(|line| !line.ends_with(b"\n"));
            let slot = usize::from(lines == 0) << 1 | usize::from(on_line);
            let cut = self.spans.cut[slot].code(&mut self.io, cut);
            if cut {
                let part = self.spans.cut_part.code(&mut self.io, line);
                self.io.book(Part::Shape);
                self.part(line, part, &mut shape.text)?;
                self.io.book(Part::Summary);
                break;
            }
            self.io.book(Part::Shape);
            self.part(line, Reach::line(), &mut shape.text)?;
            self.io.book(Part::Summary);
            left = left.zip(line).map(|(left, line)| &left[line.len()..]);
            let ends = left.is_some_and(<[u8]>::is_empty);
            let last = shape.text[..shape.text.len() - 1].last().copied().unwrap_or_default();
            let slot = lines.min(3) << 8 | usize::from(last);
            if self.spans.ends[slot].code(&mut self.io, ends) {
                break;
            }
        }
        shape.spans.push(Span { bytes: from..shape.text.len(), on_line });
        Ok(())
    }

    /// Codes where spans stand, and gaps; `document` has the spans in these places. Without one
    /// reads and writes it.
    pub(super) fn rest(
        &mut self,
        shape: &Shape,
        document: Option<(&[u8], &[Range<usize>])>,
    ) -> Result<()> {
        let mut text = Text::default();
        for (number, span) in shape.spans.iter().enumerate() {
            let bytes = shape.bytes(span);
            if number > 0 || !shape.opens {
                let gap = document.and_then(|(document, kept)| {
                    let from = number.checked_sub(1).map_or(0, |before| kept[before].end);
                    document.get(from..kept.get(number)?.start)
                });
                let room = self.length.saturating_sub(shape.text.len() - span.bytes.start);
                let rare = (room - text.length.min(room)) / (shape.spans.len() - number);
                let next = Next { line: Line::of(bytes), on_line: span.on_line, rare };
                self.gap(gap, &next, room, &mut text)?;
            }
            self.model.pass(bytes);
            text.extend(bytes, &mut self.fit);
            self.write(&mut text, document.is_some())?;
        }
        if !shape.closes {
            let gap = document.map(|(document, _)| &document[text.length..]);
            let mut bytes = gap.unwrap_or_default().iter();
            while text.length < self.length {
                self.byte(bytes.next(), self.length, &mut text)?;
                if text.held.len() >= PIECE {
                    self.write(&mut text, gap.is_some())?;
                }
            }
        }
        self.io.book(Part::Residual);
        if text.length != self.length {
            return Err(Error::damaged("it does not hold as many bytes as it should"));
        }
        self.write(&mut text, document.is_some())?;
        self.port.progress(self.length)
    }

    /// Codes a gap that ends where the next span stands, at most at `room`.
    fn gap(&mut self, gap: Option<&[u8]>, next: &Next, room: usize, text: &mut Text) -> Result<()> {
        let mut left = gap;
        for lines in 0.. {
            let line = left.map(first_line);
            let here = if next.on_line {
                // A gap has at least a byte, and a span on a line stands where one begins.
                lines > 0 && {
                    let here = left.is_some_and(<[u8]>::is_empty);
                    self.fit.code(&mut self.io, text.before, next, lines, here)
                }
            } else {
                let here = line.is_some_and(|line| !line.ends_with(b"\n"));
                self.fit.code(&mut self.io, text.before, next, lines, here)
            };
            if here {
                if !next.on_line {
                    let mut part = self.spans.within.code(&mut self.io, line);
                    self.io.book(Part::Place);
                    let mut bytes = line.unwrap_or_default().iter();
                    while !part.ends_with(self.byte(bytes.next(), room, text)?) {}
                    self.io.book(Part::Residual);
                }
                self.io.book(Part::Place);
                return Ok(());
            }
            self.io.book(Part::Place);
            let mut bytes = line.unwrap_or_default().iter();
            while self.byte(bytes.next(), room, text)? != b'\n' {}
            self.io.book(Part::Residual);
            self.write(text, gap.is_some())?;
            left = left.zip(line).map(|(left, line)| &left[line.len()..]);
        }
        Ok(())
    }

    /// Codes a byte of a gap that ends at `room` at the latest.
    fn byte(&mut self, wanted: Option<&u8>, room: usize, text: &mut Text) -> Result<u8> {
        if text.length >= room {
            return Err(too_long());
        }
        let byte = self.model.symbol(&mut self.io, wanted.copied().unwrap_or_default());
        text.push(byte, &mut self.fit);
        self.step()?;
        Ok(byte)
    }

    /// Codes a part of a line of the summary.
    fn part(&mut self, wanted: Option<&[u8]>, mut part: Reach, text: &mut Vec<u8>) -> Result<()> {
        let mut bytes = wanted.unwrap_or_default().iter();
        loop {
            self.room(text)?;
            let byte = self.model.symbol(&mut self.io, bytes.next().copied().unwrap_or_default());
            text.push(byte);
            self.step()?;
            if part.ends_with(byte) {
                return Ok(());
            }
        }
    }

    /// A summary is no longer than its document.
    fn room(&self, text: &[u8]) -> Result<()> {
        if text.len() < self.length { Ok(()) } else { Err(too_long()) }
    }

    /// A byte is coded.
    fn step(&mut self) -> Result<()> {
        self.done += 1;
        if self.done.is_multiple_of(self.stride) {
            if self.io.overrun() {
                return Err(Error::damaged("it ends too early"));
            }
            self.port.progress(self.done.min(self.length))?;
        }
        Ok(())
    }

    /// Writes what is held of the document; an encoder has it already.
    fn write(&mut self, text: &mut Text, encodes: bool) -> Result<()> {
        if !encodes {
            if self.io.overrun() {
                return Err(Error::damaged("it ends too early"));
            }
            self.port.write(&text.held)?;
        }
        text.held.clear();
        Ok(())
    }
}

fn too_long() -> Error {
    Error::damaged("it holds more bytes than it should")
}

/// Bytes up to and with the first line feed; all if there is none.
fn first_line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&byte| byte == b'\n').map_or(text.len(), |at| at + 1);
    &text[..end]
}

/// The document so far.
#[derive(Default)]
struct Text {
    length: usize,
    /// What is not written yet.
    held: Vec<u8>,
    /// The line so far, or its front,
    line: Vec<u8>,
    /// and the line before it.
    before: Line,
}

impl Text {
    /// What is looked at of a line.
    const FRONT: usize = 256;

    fn push(&mut self, byte: u8, fit: &mut Fit) {
        self.length += 1;
        self.held.push(byte);
        if byte == b'\n' {
            let line = Line::of(&self.line);
            fit.came(self.before, line);
            self.before = line;
            self.line.clear();
        } else if self.line.len() < Self::FRONT {
            self.line.push(byte);
        }
    }

    fn extend(&mut self, bytes: &[u8], fit: &mut Fit) {
        bytes.iter().for_each(|&byte| self.push(byte, fit));
    }
}
