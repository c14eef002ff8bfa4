//! One pass over head and rest, the same on both sides.

use std::ops::Range;

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::meter::Tally;
use pressmark_coding::range::{BitIo, Decoder};
use pressmark_coding::unit::Symbols;
use pressmark_sdk::{Error, Port, Result, stride};

use super::Part;
use super::fit::{Fit, Line, Next};
use super::scribe::{Scribe, WIDEST, Wanted};
use super::seam::{Lengths, Reach};
use super::shape::{Extent, Shape, Span};

/// Where the bits of a run go to, or come from.
pub(super) trait Code: BitIo {
    /// Whether more was read than there was.
    fn overrun(&self) -> bool {
        false
    }
    /// Books what was coded since the last call.
    fn book(&mut self, _part: Part) {}
}

/// The writing side, which knows what each part pays.
pub(super) struct Booked<Io> {
    io: Tally<Io>,
    booked: f64,
    bits: [f64; Part::COUNT],
}

impl<Io> Booked<Io> {
    pub(super) fn new(io: Io) -> Self {
        Self { io: Tally::new(io), booked: 0.0, bits: [0.0; Part::COUNT] }
    }

    /// What took the bits, and what each part paid.
    pub(super) fn end(self) -> (Io, [f64; Part::COUNT]) {
        (self.io.io, self.bits)
    }
}

impl<Io: BitIo> BitIo for Booked<Io> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        self.io.bit(p1, bit)
    }
}

impl<Io: BitIo> Code for Booked<Io> {
    fn book(&mut self, part: Part) {
        let bits = self.io.bits();
        self.bits[part as usize] += bits - self.booked;
        self.booked = bits;
    }
}

impl Code for Decoder<'_> {
    fn overrun(&self) -> bool {
        Decoder::overrun(self)
    }
}

/// The most bytes of the document that are held before they are written.
const PIECE: usize = 1 << 14;
/// Spans end with a line or not by the number of lines, as far as 3, and the last byte.
const ENDS: usize = 4 << 8;

/// The state that both sides share.
pub(super) struct Run<'p, S: Symbols, Io, P> {
    io: &'p mut Io,
    scribe: Scribe<S>,
    spans: Spans,
    fit: Fit,
    port: &'p mut P,
    length: usize,
    /// Bytes that are coded, and at how many progress is told next.
    done: usize,
    next: usize,
}

/// Bytes that a run over a document of `length` bytes allocates besides its model and reader.
pub(super) fn allocated<S: Symbols>(length: usize) -> usize {
    Scribe::<S>::ALLOCATED
        + Fit::allocated(length)
        + Text::ALLOCATED
        + ENDS * size_of::<AdaptiveBit>()
}

/// How spans begin and end.
struct Spans {
    edges: [AdaptiveBit; 2],
    on_line: [AdaptiveBit; 4],
    /// Whether a line is cut, by its number and by whether it is whole at its front.
    cut: [AdaptiveBit; 4],
    /// How much of a line that is cut is in a span.
    cut_part: Lengths,
    /// Whether a span ends with a line.
    ends: Vec<AdaptiveBit>,
    /// How much of a line stands before a span within it.
    within: Lengths,
}

impl<'p, S: Symbols, Io: Code, P: Port> Run<'p, S, Io, P> {
    pub(super) fn new(io: &'p mut Io, scribe: Scribe<S>, port: &'p mut P, length: usize) -> Self {
        let few = AdaptiveBit::starting_at(1 << 12, 2);
        Self {
            io,
            scribe,
            spans: Spans {
                edges: [AdaptiveBit::new(); 2],
                on_line: [AdaptiveBit::new(); 4],
                cut: [few; 4],
                cut_part: Lengths::new(),
                ends: vec![AdaptiveBit::new(); ENDS],
                within: Lengths::new(),
            },
            fit: Fit::new(length),
            port,
            length,
            done: 0,
            next: 0,
        }
    }

    /// Codes the spans of a summary; without one reads them.
    pub(super) fn head(&mut self, extent: Extent, wanted: Option<&Shape>) -> Result<Shape> {
        let mut shape = Shape::with_room(extent);
        let edges = wanted.map_or([false; 2], |wanted| [wanted.opens, wanted.closes]);
        shape.opens = self.spans.edges[0].code(self.io, edges[0]);
        shape.closes = self.spans.edges[1].code(self.io, edges[1]);
        for number in 0..extent.spans {
            let wanted = wanted.and_then(|wanted| {
                let span = wanted.spans.get(number)?;
                Some((span.on_line, wanted.bytes(span)))
            });
            self.span(wanted, extent.bytes, &mut shape)?;
        }
        self.io.book(Part::Shape);
        self.look()?;
        if shape.text.len() != extent.bytes {
            return Err(Error::damaged("its summary is not as long as it should be"));
        }
        Ok(shape)
    }

    /// Codes a span of a summary of `most` bytes.
    fn span(
        &mut self,
        wanted: Option<(bool, &[u8])>,
        most: usize,
        shape: &mut Shape,
    ) -> Result<()> {
        let from = shape.text.len();
        let behind = shape.text.last().copied().unwrap_or(b'\n');
        let before = shape.spans.last().is_none_or(|span| span.on_line);
        let slot = usize::from(behind == b'\n') << 1 | usize::from(before);
        let on_line = wanted.is_some_and(|(on_line, _)| on_line);
        let on_line = self.spans.on_line[slot].code(self.io, on_line);
        if on_line && behind != b'\n' {
            self.scribe.pass(behind, b"\n")?;
        } else {
            // Within a line, spans stand behind blanks most often.
            self.scribe.turn(if on_line { b'\n' } else { b' ' });
        }
        let mut wanted = wanted.map(|(_, bytes)| Wanted::new(bytes));
        for lines in 0.. {
            let line = wanted.map(|wanted| first_line(wanted.rest()));
            let cut = line.is_some_and(|line| !line.ends_with(b"\n"));
            let slot = usize::from(lines == 0) << 1 | usize::from(on_line);
            if self.spans.cut[slot].code(self.io, cut) {
                let mut part = self.spans.cut_part.code(self.io, line);
                self.io.book(Part::Shape);
                while !part.ends_behind(self.said(&mut wanted, most, &mut shape.text)?)? {}
                self.io.book(Part::Summary);
                break;
            }
            self.io.book(Part::Shape);
            while !self.said(&mut wanted, most, &mut shape.text)?.ends_with(b"\n") {}
            self.io.book(Part::Summary);
            let ends = wanted.is_some_and(|wanted| wanted.rest().is_empty());
            let last = shape.text[..shape.text.len() - 1].last().copied().unwrap_or_default();
            let slot = lines.min(3) << 8 | usize::from(last);
            if self.spans.ends[slot].code(self.io, ends) {
                break;
            }
        }
        shape.spans.push(Span { bytes: from..shape.text.len(), on_line });
        Ok(())
    }

    /// Codes a symbol of the summary: what it stands for.
    fn said<'t>(
        &mut self,
        wanted: &mut Option<Wanted<'_>>,
        most: usize,
        text: &'t mut Vec<u8>,
    ) -> Result<&'t [u8]> {
        let from = text.len();
        let grown = self.scribe.symbol(self.io, wanted.as_mut(), text)?;
        if text.len() > most {
            return Err(too_long());
        }
        self.step(grown)?;
        Ok(&text[from..])
    }

    /// Codes where spans stand, and gaps; `document` has the spans in these places. Without one
    /// reads and writes it.
    pub(super) fn rest(
        &mut self,
        shape: &Shape,
        document: Option<(&[u8], &[Range<usize>])>,
    ) -> Result<()> {
        let mut text = Text::new(document.is_some());
        self.scribe.turn(b'\n');
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
                self.gap(gap.map(Wanted::new), &next, room, &mut text)?;
            }
            self.scribe.pass(text.last, bytes)?;
            text.extend(bytes, &mut self.fit, self.port)?;
        }
        if !shape.closes {
            let mut gap = document.map(|(document, _)| Wanted::new(&document[text.length..]));
            while text.length < self.length {
                self.told(&mut gap, self.length, &mut text)?;
            }
        }
        self.io.book(Part::Residual);
        self.look()?;
        if text.length != self.length {
            return Err(Error::damaged("it does not hold as many bytes as it should"));
        }
        text.flush(self.port)?;
        self.port.progress(self.length)
    }

    /// Codes a gap that ends where the next span stands, at most at `room`.
    fn gap(
        &mut self,
        mut gap: Option<Wanted<'_>>,
        next: &Next,
        room: usize,
        text: &mut Text,
    ) -> Result<()> {
        for lines in 0.. {
            let line = gap.map(|gap| first_line(gap.rest()));
            // A gap has at least a byte, and a span on a line stands where one begins.
            let here = (lines > 0 || !next.on_line) && {
                let here = line.is_some_and(|line| match next.on_line {
                    true => line.is_empty(),
                    false => !line.ends_with(b"\n"),
                });
                self.fit.code(self.io, text.before, next, lines, here)
            };
            if here {
                if !next.on_line {
                    let mut part = self.spans.within.code(self.io, line);
                    self.io.book(Part::Place);
                    while !part.ends_behind(self.told(&mut gap, room, text)?)? {}
                    self.io.book(Part::Residual);
                }
                self.io.book(Part::Place);
                return Ok(());
            }
            self.io.book(Part::Place);
            while !self.told(&mut gap, room, text)?.ends_with(b"\n") {}
            self.io.book(Part::Residual);
        }
        Ok(())
    }

    /// Codes a symbol of a gap that ends at `room` at the latest: what it stands for.
    fn told<'t>(
        &mut self,
        wanted: &mut Option<Wanted<'_>>,
        room: usize,
        text: &'t mut Text,
    ) -> Result<&'t [u8]> {
        text.make_room(self.port)?;
        let grown = self.scribe.symbol(self.io, wanted.as_mut(), &mut text.held)?;
        text.push(grown, &mut self.fit);
        if text.length > room {
            return Err(too_long());
        }
        self.step(grown)?;
        Ok(&text.held[text.held.len() - grown..])
    }

    /// So many bytes more are coded.
    #[inline]
    fn step(&mut self, bytes: usize) -> Result<()> {
        self.done += bytes;
        if self.done >= self.next {
            self.next = self.done + stride(self.length);
            self.look()?;
            self.port.progress(self.done.min(self.length))?;
        }
        Ok(())
    }

    fn look(&self) -> Result<()> {
        if self.io.overrun() { Err(Error::damaged("it ends too early")) } else { Ok(()) }
    }
}

impl Reach {
    /// Takes in what a symbol stands for; whether it ends with the last byte.
    fn ends_behind(&mut self, bytes: &[u8]) -> Result<bool> {
        match bytes.iter().position(|&byte| self.ends_with(byte)) {
            Some(last) if last + 1 < bytes.len() => Err(too_long()),
            last => Ok(last.is_some()),
        }
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
struct Text {
    length: usize,
    last: u8,
    /// What is not written yet.
    held: Vec<u8>,
    /// Whether it need not be: an encoder has the document already.
    known: bool,
    /// The line so far, or its front,
    line: Vec<u8>,
    /// and the line before it.
    before: Line,
}

impl Text {
    /// What is looked at of a line.
    const FRONT: usize = 256;
    /// Bytes that one allocates.
    const ALLOCATED: usize = PIECE + Self::FRONT;

    fn new(known: bool) -> Self {
        Self {
            length: 0,
            last: b'\n',
            held: Vec::with_capacity(PIECE),
            known,
            line: Vec::with_capacity(Self::FRONT),
            before: Line::default(),
        }
    }

    /// Writes what is held if there is no room for a symbol more.
    #[inline]
    fn make_room(&mut self, port: &mut impl Port) -> Result<()> {
        if self.held.len() + WIDEST > PIECE { self.flush(port) } else { Ok(()) }
    }

    fn flush(&mut self, port: &mut impl Port) -> Result<()> {
        if !self.known {
            port.write(&self.held)?;
        }
        self.held.clear();
        Ok(())
    }

    /// The document grew by the last `grown` bytes that are held.
    #[inline]
    fn push(&mut self, grown: usize, fit: &mut Fit) {
        for at in self.held.len() - grown..self.held.len() {
            self.take_in(self.held[at], fit);
        }
    }

    /// The document grows by a span.
    fn extend(&mut self, span: &[u8], fit: &mut Fit, port: &mut impl Port) -> Result<()> {
        self.flush(port)?;
        span.iter().for_each(|&byte| self.take_in(byte, fit));
        if self.known { Ok(()) } else { port.write(span) }
    }

    #[inline]
    fn take_in(&mut self, byte: u8, fit: &mut Fit) {
        self.length += 1;
        self.last = byte;
        if byte == b'\n' {
            let line = Line::of(&self.line);
            fit.came(self.before, line);
            self.before = line;
            self.line.clear();
        } else if self.line.len() < Self::FRONT {
            self.line.push(byte);
        }
    }
}
