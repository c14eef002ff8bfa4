//! Whether the next span of the summary stands behind a line.
//!
//! Most of this is known from both: what stood behind such a line before, how far span and line
//! are indented, how they begin and end, how many lines the gap has by now, and how many spans
//! are left for how much text. Each gives an opinion; a mixer weighs them by what they were
//! worth.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;

const OPINIONS: usize = 6;
/// Slots of each table, as a power of two: more do not pay even for the longest documents.
const BITS: std::ops::RangeInclusive<u32> = 8..=16;
/// What an opinion counts at first, of 32,768.
const FIRST: i16 = 8000;

/// What is learned of the places of spans.
pub(super) struct Fit {
    opinions: [Vec<AdaptiveBit>; OPINIONS],
    mixer: Mixer<{ OPINIONS + 1 }>,
    tables: Logistic,
    /// How the line began that came behind a line, by a hash of all of that line, and by one of
    /// its front.
    behind: [Vec<u32>; 2],
    /// What hashes are moved down by to number slots.
    shift: u32,
}

/// The span that comes next in a document.
pub(super) struct Next {
    /// Its first line.
    pub(super) line: Line,
    /// Whether it begins where a line does.
    pub(super) on_line: bool,
    /// How many bytes of the document there are for each span that is left.
    pub(super) rare: usize,
}

/// A line as the next one sees it.
#[derive(Clone, Copy, Default)]
pub(super) struct Line {
    whole: u32,
    front: u32,
    last: u32,
    indent: usize,
}

impl Line {
    pub(super) fn of(text: &[u8]) -> Self {
        let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
        let text = &text[..end];
        let indent = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let said = &text[indent..];
        Self {
            whole: hash(text),
            front: hash(&said[..said.len().min(12)]),
            last: hash(&text[text.len().saturating_sub(2)..]),
            indent,
        }
    }
}

fn hash(text: &[u8]) -> u32 {
    let mix = |hash: u32, &byte: &u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = text.iter().fold(0x811c_9dc5, mix);
    (hash ^ (hash >> 15)).wrapping_mul(0x85eb_ca6b)
}

impl Fit {
    /// For a document of `length` bytes.
    pub(super) fn new(length: usize) -> Self {
        let bits = Self::bits(length);
        Self {
            opinions: std::array::from_fn(|_| {
                vec![AdaptiveBit::starting_at(1 << 12, 2); 1 << bits]
            }),
            mixer: Mixer::new(2, FIRST, 4),
            tables: Logistic::new(),
            behind: std::array::from_fn(|_| vec![0; 1 << bits]),
            shift: 32 - bits,
        }
    }

    fn bits(length: usize) -> u32 {
        (length / 16).max(1).ilog2().clamp(*BITS.start(), *BITS.end())
    }

    /// Bytes that one allocates.
    pub(super) fn allocated(length: usize) -> usize {
        Logistic::ALLOCATED
            + ((OPINIONS * size_of::<AdaptiveBit>() + 2 * size_of::<u32>()) << Self::bits(length))
    }

    /// Learns that one line came behind another.
    pub(super) fn came(&mut self, before: Line, line: Line) {
        let tag = line.front.max(1);
        for (table, key) in self.behind.iter_mut().zip([before.whole, before.front]) {
            table[(key >> self.shift) as usize] = tag;
        }
    }

    /// Codes whether `next` stands behind `before`, or within the line behind it where it does not
    /// begin with a line; the gap has `lines` lines by now.
    pub(super) fn code<Io: BitIo>(
        &mut self,
        io: &mut Io,
        before: Line,
        next: &Next,
        lines: usize,
        here: bool,
    ) -> bool {
        let Next { line, on_line, rare } = *next;
        let expected = |table: usize, key: u32| {
            let tag = self.behind[table][(key >> self.shift) as usize];
            if tag == 0 { 0 } else { 1 + u32::from(tag == line.front.max(1)) }
        };
        let expected = expected(0, before.whole) * 3 + expected(1, before.front);
        let deeper = (line.indent as i32 - before.indent as i32).clamp(-7, 7) as u32 & 15;
        let many = (lines as u32 + 1).ilog2().min(7);
        let rare = (rare as u32 | 1).ilog2();
        let on_line = u32::from(on_line);
        let contexts = [
            many << 1 | on_line,
            (expected << 4 | deeper) << 1 | on_line,
            before.front ^ line.front.rotate_left(9),
            before.last.wrapping_add(line.front.rotate_left(5)) ^ deeper << 20,
            (rare << 4 | expected) << 1 | on_line,
            line.whole.wrapping_add(expected),
        ];
        let slots: [usize; OPINIONS] = std::array::from_fn(|at| {
            let spread = contexts[at].wrapping_add(1).wrapping_mul(0x9e37_79b1);
            (spread >> self.shift) as usize
        });
        let mut inputs = [0i16; OPINIONS + 1];
        for (at, input) in inputs[..OPINIONS].iter_mut().enumerate() {
            *input = self.tables.stretch(self.opinions[at][slots[at]].p1() >> 3);
        }
        inputs[OPINIONS] = 256;
        self.mixer.mix(&inputs, on_line as usize, &self.tables);
        let bit = io.bit(self.mixer.p1(), here);
        self.mixer.update(&inputs, bit);
        for (at, slot) in slots.into_iter().enumerate() {
            self.opinions[at][slot].learn(bit);
        }
        bit
    }
}
