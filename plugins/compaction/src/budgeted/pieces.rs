//! A document cut into the pieces that are kept or left out as one.
//!
//! A short line is one piece. A long one is cut where a sentence, a clause or a JSON member
//! ends, else between words. A line's end belongs to its last piece. In a compacted document
//! each marker is a piece of its own.

use std::ops::Range;

use super::cut::{Cutter, ENOUGH_FOR_SENTENCE, Labelled, Labels, SHORT_LINE};
use super::marker::{self, Omitted, Reading};

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    /// Unicode scalar values; of bytes that are no UTF-8 all but `10xxxxxx`.
    Scalars,
}

impl Unit {
    pub(crate) fn of(self, text: &[u8]) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Scalars => text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count(),
        }
    }
}

/// The pieces of a document, and what each is worth in bytes, lines and units of the budget.
pub(crate) struct Pieces<'d> {
    document: &'d [u8],
    /// The pieces, and behind them the end of the document as a piece of a line more.
    edges: Vec<Edge>,
    lines: Vec<Line>,
    /// What differs from plain text of one byte per unit.
    extra: Option<Extra>,
    /// The end of the header line: 0 in a text that is none of ours.
    header: usize,
}

/// Where a piece begins.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// In the document.
    start: u32,
    /// Its line.
    line: u32,
    /// The line with which its speaker's turn begins.
    turn: u32,
    /// Bytes of the end of the line before if it opens a line: 0, 1 (LF) or 2 (CR LF).
    end: u8,
    /// Whether it is the first of its line; so is the end of the document.
    opens: bool,
}

/// A line of the document.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Its first piece.
    first: u32,
    /// Bytes of its end: 0, 1 (LF) or 2 (CR LF).
    end: u8,
    /// Whether its first piece is a label that goes with every other piece of the turn.
    labelled: bool,
}

/// Sums over all pieces before each one, where they are not just bytes.
struct Extra {
    /// Units to be written.
    units: Vec<usize>,
    /// Bytes of the source.
    source: Vec<u64>,
    /// Lines counted in markers.
    marked: Vec<u64>,
    /// Which pieces are markers.
    markers: Vec<bool>,
    /// Before each line: lines of which something is still seen.
    seen: Vec<u64>,
    /// Whether kept text has to be escaped.
    escape: bool,
}

impl<'d> Pieces<'d> {
    /// Cuts a document of at most `u32::MAX` bytes.
    pub(crate) fn new(document: &'d [u8], ends: &[u64], unit: Unit) -> Self {
        let reading = marker::read(document);
        let header = reading.as_ref().map_or(0, |reading| reading.start);
        let markers = reading.as_ref().map_or(&[][..], |reading| &reading.markers);
        let labels = Labels::of(document, ends, header);
        let lines = Vec::with_capacity(labels.lines.len());
        // The longest list comes last, so that what it does not fill is given back in one piece.
        let most = most_pieces(document.len(), labels.lines.len(), markers.len()) + 1;
        let edges = Vec::with_capacity(most);
        let mut pieces = Self { document, edges, lines, extra: None, header };
        pieces.cut(labels, markers);
        pieces.edges.shrink_to_fit();
        pieces.extra = pieces.sums(unit, reading.as_ref());
        pieces
    }

    /// Number of pieces.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// The text of pieces `from..to`, in the document.
    #[inline]
    pub(crate) fn span(&self, from: usize, to: usize) -> Range<usize> {
        self.start(from)..self.start(to)
    }

    /// The line of a piece.
    #[inline]
    fn line(&self, piece: usize) -> usize {
        self.edges[piece].line as usize
    }

    /// Whether a piece is the first of its line; so is the end of the document.
    #[inline]
    fn opens(&self, piece: usize) -> bool {
        self.edges[piece].opens
    }

    #[inline]
    fn start(&self, piece: usize) -> usize {
        self.edges[piece].start as usize
    }

    /// The first line of the turn of a piece.
    #[inline]
    pub(crate) fn turn(&self, piece: usize) -> usize {
        self.edges[piece].turn as usize
    }

    /// Where the turn of a piece begins in the document.
    #[inline]
    pub(crate) fn turn_start(&self, piece: usize) -> usize {
        self.start(self.first(self.turn(piece)))
    }

    /// The label that goes with a piece, if it has one and is not that label.
    #[inline]
    pub(crate) fn label(&self, piece: usize) -> Option<usize> {
        let turn = self.lines[self.turn(piece)];
        (turn.labelled && turn.first as usize != piece).then_some(turn.first as usize)
    }

    /// Whether a piece is a label that goes with others; alone it tells nothing.
    #[inline]
    pub(crate) fn is_label(&self, piece: usize) -> bool {
        let line = self.lines[self.line(piece)];
        line.labelled && line.first as usize == piece
    }

    /// Whether a piece is a marker of an earlier compaction.
    #[inline]
    pub(crate) fn is_marker(&self, piece: usize) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.markers.get(piece) == Some(&true))
    }

    /// What a piece stands for, if it is a marker of an earlier compaction.
    pub(crate) fn marked(&self, piece: usize) -> Option<Omitted> {
        let extra = self.extra.as_ref().filter(|_| self.is_marker(piece))?;
        // The line end behind the marker is of the source.
        let end = if self.opens(piece + 1) { self.lines[self.line(piece)].end } else { 0 };
        let bytes = extra.source[piece + 1] - extra.source[piece] - u64::from(end);
        Some(Omitted { bytes, lines: extra.marked[piece + 1] - extra.marked[piece] })
    }

    /// All markers of earlier compactions.
    pub(crate) fn markers(&self) -> impl Iterator<Item = Omitted> {
        let most = self.extra.as_ref().map_or(0, |extra| extra.markers.len());
        (0..most).filter_map(|piece| self.marked(piece))
    }

    /// Whether what is kept has to be escaped.
    pub(crate) fn escapes(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.escape)
    }

    /// Bytes of the source.
    pub(crate) fn source_bytes(&self) -> u64 {
        self.source(self.len())
    }

    /// Bytes of line ends as the document has them: those of its first line.
    pub(crate) fn first_end(&self) -> u8 {
        self.lines.first().map_or(1, |line| line.end.max(1))
    }

    #[inline]
    fn units(&self, piece: usize) -> usize {
        match &self.extra {
            Some(extra) => extra.units[piece],
            None => self.start(piece) - self.header,
        }
    }

    #[inline]
    fn source(&self, piece: usize) -> u64 {
        match &self.extra {
            Some(extra) => extra.source[piece],
            None => (self.start(piece) - self.header) as u64,
        }
    }

    /// Units that pieces `from..to` cost as they are.
    #[inline]
    pub(crate) fn cost(&self, from: usize, to: usize) -> usize {
        self.units(to) - self.units(from)
    }

    /// The most units of a marker, with the line end behind it.
    pub(crate) fn widest(&self) -> usize {
        self.omitted(0, self.len(), 0).width() + 2
    }

    /// Units that it costs to leave `from..to` out.
    #[inline]
    pub(crate) fn gap_cost(&self, from: usize, to: usize) -> usize {
        if from == to {
            return 0;
        }
        let asis = self.cost(from, to);
        // No marker is shorter than this.
        if asis <= 5 {
            return asis;
        }
        if self.is_one_marker(from, to) {
            let end = self.edges[to].end;
            return asis.min(self.omitted(from, to, end).width() + usize::from(end));
        }
        let mut markers = 0;
        self.gap(from, to, |omitted, _, end| markers += omitted.width() + usize::from(end));
        asis.min(markers)
    }

    /// Whether one marker stands for `from..to`.
    #[inline]
    fn is_one_marker(&self, from: usize, to: usize) -> bool {
        let (from, to) = (&self.edges[from], &self.edges[to]);
        from.opens || to.opens || from.line == to.line
    }

    /// Tells the markers that stand for `from..to`: what each stands for, the piece after it, and
    /// the bytes of the line end that is kept behind it.
    ///
    /// There are two where what is left out begins inside of a line and ends inside of another,
    /// so that no line of the result shows two of the source.
    #[inline]
    pub(crate) fn gap(&self, from: usize, to: usize, mut tell: impl FnMut(Omitted, usize, u8)) {
        if self.is_one_marker(from, to) {
            let end = self.edges[to].end;
            tell(self.omitted(from, to, end), to, end);
        } else {
            // It ends within a line that it does not begin with.
            let line = self.line(to);
            let middle = self.first(line);
            let end = self.lines[line - 1].end;
            tell(self.omitted(from, middle, end), middle, end);
            tell(self.omitted(middle, to, 0), to, 0);
        }
    }

    /// What is left out with `from..to`, but for `end` bytes at its end.
    #[inline]
    pub(crate) fn omitted(&self, from: usize, to: usize, end: u8) -> Omitted {
        if from == to {
            return Omitted::default();
        }
        let bytes = self.source(to) - self.source(from) - u64::from(end);
        let first = self.line(from) + usize::from(!self.opens(from));
        let last = self.line(to);
        let whole = last.saturating_sub(first) as u64;
        let lines = match &self.extra {
            Some(extra) if first < last => {
                extra.marked[to] - extra.marked[from] + extra.seen[last] - extra.seen[first]
            }
            Some(extra) => extra.marked[to] - extra.marked[from],
            None => whole,
        };
        Omitted { bytes, lines }
    }

    #[inline]
    fn first(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.len(), |line| line.first as usize)
    }

    /// Finds lines, turns and pieces.
    fn cut(&mut self, labels: Labels, markers: &[(Range<usize>, Omitted)]) {
        let document = self.document;
        let mut markers = markers.iter().map(|(place, _)| place.clone()).peekable();
        let mut turn = None;
        let mut end_before = 0;
        let mut cutter = Cutter::of(document);
        for (line, own) in labels.lines.iter().enumerate() {
            let at = own.start as usize;
            let (stop, next_label) = match labels.lines.get(line + 1) {
                Some(next) => (next.start as usize, labels.width(line + 1)),
                None => (document.len(), None),
            };
            let label = labels.width(line);
            let line = line as u32;
            let text = &document[at..stop];
            let end = if text.ends_with(b"\r\n") { 2 } else { u8::from(text.ends_with(b"\n")) };
            let follows = next_label.is_none() && stop < document.len();
            let long = text.len() > SHORT_LINE;
            let marked = markers.peek().is_some_and(|marker| marker.start < stop);
            let labelled = label.is_some() && (long || follows || marked);
            if label.is_some() {
                turn = Some(line);
            }
            self.lines.push(Line { first: self.edges.len() as u32, end, labelled });
            let mut edge = Edge {
                start: at as u32,
                line,
                turn: turn.unwrap_or(line),
                end: end_before,
                opens: true,
            };
            end_before = end;
            let mut from = at;
            if let Some(width) = label.filter(|_| labelled) {
                self.begin(from, &mut edge);
                from += width;
            }
            let text_end = stop - usize::from(end);
            while let Some(marker) = markers.next_if(|marker| marker.start < stop) {
                self.cut_text(&mut cutter, from, marker.start, &mut edge, long);
                self.begin(marker.start, &mut edge);
                from = marker.end;
            }
            if from < text_end {
                self.cut_text(&mut cutter, from, text_end, &mut edge, long);
            } else if from == at {
                // An empty line is a piece, too.
                self.begin(from, &mut edge);
            }
        }
        let (start, line) = (document.len() as u32, self.lines.len() as u32);
        self.edges.push(Edge { start, line, turn: line, end: end_before, opens: true });
    }

    /// Begins a piece at `start`, the next of those of `edge`'s line.
    #[inline]
    fn begin(&mut self, start: usize, edge: &mut Edge) {
        self.edges.push(Edge { start: start as u32, ..*edge });
        (edge.end, edge.opens) = (0, false);
    }

    /// Cuts text within a line.
    fn cut_text(
        &mut self,
        cutter: &mut Cutter<'_>,
        from: usize,
        to: usize,
        edge: &mut Edge,
        long: bool,
    ) {
        if from == to {
            return;
        }
        self.begin(from, edge);
        if !long {
            return;
        }
        let mut start = from;
        while let Some(at) = cutter.next(start, to) {
            self.begin(at, edge);
            start = at;
        }
    }

    /// Sums, unless a unit is a byte and the text is plain.
    fn sums(&self, unit: Unit, reading: Option<&Reading>) -> Option<Extra> {
        let document = self.document;
        let escape = reading.is_none() && marker::find(document).is_some();
        if unit == Unit::Bytes && reading.is_none() && !escape {
            return None;
        }
        let count = self.len();
        let mut extra = Extra {
            units: Vec::with_capacity(count + 1),
            source: Vec::with_capacity(count + 1),
            marked: Vec::with_capacity(count + 1),
            markers: Vec::with_capacity(if reading.is_some() { count } else { 0 }),
            seen: Vec::with_capacity(self.lines.len() + 1),
            escape,
        };
        let (mut units, mut source, mut marked, mut seen) = (0, 0, 0, 0);
        let (mut markers, mut escapes) = reading.map_or_else(Default::default, |reading| {
            (reading.markers.as_slice(), reading.escapes.as_slice())
        });
        let mut line = 0;
        let mut shows = false;
        for piece in 0..count {
            if self.lines[line].first as usize == piece {
                extra.seen.push(seen);
                shows = false;
            }
            extra.units.push(units);
            extra.source.push(source);
            extra.marked.push(marked);
            let span = self.span(piece, piece + 1);
            let text = &document[span.clone()];
            units += unit.of(text);
            source += text.len() as u64;
            let own = markers.split_first().filter(|((place, _), _)| place.start == span.start);
            if let Some(((place, omitted), rest)) = own {
                markers = rest;
                extra.markers.resize(piece, false);
                extra.markers.push(true);
                source = source - place.len() as u64 + omitted.bytes;
                marked += omitted.lines;
            } else {
                shows = true;
                while let Some((_, rest)) = escapes.split_first().filter(|(at, _)| **at < span.end)
                {
                    escapes = rest;
                    source -= 1;
                }
                if escape {
                    units += openings(text);
                }
            }
            if self.first(line + 1) == piece + 1 {
                seen += u64::from(shows);
                line += 1;
            }
        }
        extra.units.push(units);
        extra.source.push(source);
        extra.marked.push(marked);
        extra.seen.push(seen);
        Some(extra)
    }
}

/// The most pieces of a document: of each line a label and the text behind it, what is cut, and with
/// each marker itself and the text behind it.
fn most_pieces(length: usize, lines: usize, markers: usize) -> usize {
    2 * lines + length / ENOUGH_FOR_SENTENCE + 2 * markers
}

/// The most bytes that the pieces of a document of so many bytes, lines and [`openings`] take while
/// they are made, and how many there are.
pub(super) fn allocated(length: usize, lines: usize, openings: usize) -> (usize, usize) {
    let pieces = most_pieces(length, lines, openings) + 1;
    let each = size_of::<Edge>() + if openings > 0 { 3 * size_of::<u64>() + 3 } else { 0 };
    let line =
        size_of::<Line>() + size_of::<Labelled>() + if openings > 0 { size_of::<u64>() } else { 0 };
    (pieces * each + lines * line + openings * marker::READ, pieces)
}

/// How often a text has what begins markers.
pub(super) fn openings(mut text: &[u8]) -> usize {
    let mut count = 0;
    while let Some(at) = marker::find(text) {
        count += 1;
        text = &text[at + marker::OPEN.len()..];
    }
    count
}
