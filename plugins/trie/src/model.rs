//! The model of the next byte.
//!
//! A byte is eight binary decisions. For each, every context's node gives the history of the
//! decision, its [`Estimator`] says what such a history is worth, the pointers add what
//! followed deep contexts, and the mixer weighs all by their credibility. The weight sets
//! are selected by the deepest context known and the agreement of the pointers; by the
//! decision; by the last byte; and by the contexts by words that are known. Two adaptive maps refine the result (secondary
//! estimation).

use pressmark_coding::apm::Apm;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::range::BitIo;

use crate::context::{CONTEXTS, Context, DEEPEST, WORDS};
use crate::estimate::{Estimate, Estimator};
use crate::history::{EMPTY, Histories};
use crate::mixer::Weights;
use crate::nodes::{Bounds, Node, Nodes, Place};
use crate::past::Past;
use crate::pointer::Pointers;

/// Opinions per decision.
const INPUTS: usize = 16;
/// Contexts that are pointers: of 9 and of 21 bytes.
const POINTERS: [u32; 2] = [7, 3];
/// Which bits of a half byte choose a line within a context's sixteen. Busy contexts are
/// spread over all of them; the others keep to a pair of lines, which is fetched faster.
const SPREAD: [u32; CONTEXTS] = {
    let mut spread = [1; CONTEXTS];
    let busy = [0, WORDS, WORDS + 1, WORDS + 2];
    let mut at = 0;
    while at < busy.len() {
        spread[busy[at]] = 15;
        at += 1;
    }
    spread
};
/// Curves of the map in the context of two bytes, as a power of two.
const MAP_BITS: u32 = 12;
/// Probabilities of depth 3, as a power of two.
const SHALLOW_BITS: u32 = 18;
/// Where a prediction can come from: depths 0 to [`DEEPEST`], then a pointer.
pub const SOURCES: usize = DEEPEST + 2;

/// The size of a model. Both sides must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The deepest context that has nodes, 1 to [`DEEPEST`].
    pub depth: usize,
    /// The bounds of the nodes.
    pub nodes: Bounds,
    /// Positions per pointer depth, as a power of two.
    pub pointer_bits: u32,
    /// Bytes of text, what is learned first included.
    pub text: usize,
    /// Room for the text so far, in bytes.
    pub past: usize,
    /// Tables besides are `2^-shrink` of their usual size, 0 to [`MOST_SHRINK`].
    pub shrink: u32,
}

/// The most that tables are made smaller.
pub const MOST_SHRINK: u32 = 6;

impl Size {
    /// The bytes that a model of this size allocates, but for some 30 KB that all have.
    pub fn bytes(&self) -> usize {
        let curves = (1 << (16 - self.shrink)) + (1 << (MAP_BITS - self.shrink));
        let estimates = (1 << (16 - self.shrink)) + (1 << (SHALLOW_BITS - self.shrink));
        let weights = FIRST_SETS.iter().sum::<usize>() * INPUTS + LAST_SETS * FIRST_SETS.len();
        Nodes::allocated(self.nodes.bytes)
            + POINTERS.len() * Pointers::allocated(self.pointer_bits)
            + Past::kept(self.text, self.past)
            + curves * Apm::CURVE
            + estimates * size_of::<Estimate>()
            + weights * size_of::<i16>()
    }
}

/// Weight sets, selected by the deepest context and agreement, by the decision, by the last
/// byte, and by the contexts of words.
const FIRST_SETS: [usize; 4] = [(DEEPEST + 1) * 4 * 8, 256 * 8, 256, 16 * 8 * 4];
const LAST_SETS: usize = 256;

/// Counts of symbols, true on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Symbols by the source of their prediction.
    pub sources: [u64; SOURCES],
    /// Symbols that the deepest node known had never seen.
    pub escapes: u64,
    /// Symbols whose deepest node known was frozen.
    pub frozen: u64,
}

/// The state that both sides share.
#[derive(Debug)]
pub struct Model {
    tables: Logistic,
    histories: Histories,
    context: Context,
    hashes: [u64; CONTEXTS],
    past: Past,
    nodes: Nodes,
    /// Contexts in use: those by words, and the depths up to the deepest.
    contexts: usize,
    estimators: [Estimator; CONTEXTS],
    pointers: [Pointers; 2],
    /// Depths 1 and 3, once more, as probabilities.
    shallow: [Vec<Estimate>; 2],
    first: [Weights<INPUTS>; 4],
    last: Weights<4>,
    maps: [Apm; 2],
    /// See [`Size::shrink`].
    shrink: u32,
    counts: Counts,
    source: usize,
}

impl Model {
    /// A model that has seen nothing.
    pub fn new(size: Size) -> Self {
        let tables = Logistic::new();
        let histories = Histories::new();
        let weights = |sets| Weights::new(sets, 2200, 4);
        Self {
            context: Context::default(),
            hashes: Context::default().hashes(),
            past: Past::new(size.text, size.past),
            nodes: Nodes::new(size.nodes, &histories),
            shrink: size.shrink,
            contexts: WORDS + size.depth.min(DEEPEST),
            estimators: std::array::from_fn(|_| Estimator::new(&histories)),
            pointers: POINTERS.map(|shift| Pointers::new(shift, size.pointer_bits)),
            shallow: [16, SHALLOW_BITS]
                .map(|bits| vec![Estimate::starting_at(1 << 15); 1 << (bits - size.shrink)]),
            first: FIRST_SETS.map(weights),
            last: Weights::new(LAST_SETS, 5461, 2),
            maps: [16, MAP_BITS].map(|bits| Apm::new(1 << (bits - size.shrink), 6, &tables)),
            counts: Counts::default(),
            source: 0,
            tables,
            histories,
        }
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// What was counted since the beginning.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Counts from here on.
    pub fn restart_counts(&mut self) {
        self.counts = Counts::default();
    }

    /// Where the last prediction came from, below [`SOURCES`].
    pub fn source(&self) -> usize {
        self.source
    }

    /// Codes one byte and learns it.
    pub fn byte<Io: BitIo>(&mut self, io: &mut Io, byte: u8) -> u8 {
        let hashes = self.hashes;
        let agreed = self.pointers[0].agreed().max(self.pointers[1].agreed());
        let mut at = Position {
            prefix: 1,
            last: u32::from(self.context.byte(1)),
            before: u32::from(self.context.byte(2)),
            three: 0,
            known: 0,
            judge: WORDS,
            words: 0,
            agreement: match agreed {
                0 => 0,
                1..16 => 1,
                16..32 => 2,
                _ => 3,
            },
            fresh: false,
            frozen: false,
        };
        self.half(io, &hashes, &mut at, byte >> 4);
        let known = at.known;
        self.half(io, &hashes, &mut at, byte & 15);
        self.counts.frozen += u64::from(at.frozen);
        self.source = if agreed > 0 { SOURCES - 1 } else { known };
        self.counts.sources[self.source] += 1;
        self.counts.escapes += u64::from(at.fresh);
        let byte = at.prefix as u8;
        self.push(byte);
        byte
    }

    fn push(&mut self, byte: u8) {
        self.past.push(byte);
        self.context.push(byte);
        self.hashes = self.context.hashes();
        self.fetch(1);
        for pointers in &mut self.pointers {
            pointers.advance(&self.past);
        }
    }

    /// Has the lines of all nodes of a half byte fetched, so that the misses overlap.
    #[inline]
    fn fetch(&self, prefix: u32) {
        let half = if prefix == 1 { 0 } else { prefix & 15 };
        let spread = self.hashes.iter().zip(&SPREAD);
        let lines = spread.map(|(&hash, &spread)| self.nodes.line(hash, half & spread));
        let all = lines.fold(0, |all, line| all | self.nodes.touch(line));
        std::hint::black_box((all, self.shallow[1][self.three(prefix)]));
    }

    /// Where the probabilities of depth 3 for the half byte after `prefix` are.
    #[inline]
    fn three(&self, prefix: u32) -> usize {
        let hash = self.hashes[WORDS + 2] as u32;
        let hash = hash.wrapping_add(prefix.wrapping_mul(0x85eb_ca6b));
        (hash >> (36 - SHALLOW_BITS + self.shrink) << 4) as usize
    }

    /// Codes four decisions.
    ///
    /// Contexts not in use have empty nodes, and so no opinion.
    #[inline(always)]
    fn half<Io: BitIo>(
        &mut self,
        io: &mut Io,
        hashes: &[u64; CONTEXTS],
        at: &mut Position,
        wanted: u8,
    ) {
        let first = at.prefix == 1;
        let salt = if first { 0 } else { at.prefix & 15 };
        let contexts = self.contexts.min(CONTEXTS);
        if !first {
            self.fetch(at.prefix);
        }
        let mut places = [Place::default(); CONTEXTS];
        let mut nodes: [Node; CONTEXTS] = [[EMPTY; 16]; CONTEXTS];
        let turn = (at.prefix as u8).wrapping_mul(29);
        for i in 0..contexts {
            let check = ((hashes[i] >> 16) as u8).wrapping_add(turn).max(1);
            (places[i], nodes[i]) =
                self.nodes.find(self.nodes.line(hashes[i], salt & SPREAD[i]), check);
        }
        at.three = self.three(at.prefix);
        let known = |&i: &usize| nodes[i][1] != EMPTY;
        at.words = (0..WORDS).filter(known).map(|i| 1 << i).sum();
        at.known = (WORDS..contexts).rev().find(known).map_or(0, |i| i - WORDS + 1);
        at.frozen = at.known > 0 && places[WORDS + at.known - 1].is_frozen();
        if first {
            at.judge = WORDS + at.known.max(1) - 1;
        }
        let mut node = 1;
        for left in (0..4).rev() {
            at.fresh |= nodes[at.judge][node] == EMPTY;
            let wanted = wanted >> left & 1 == 1;
            let left = left + if first { 4 } else { 0 };
            let bit = self.decide(io, &mut nodes, node, at, left, wanted);
            at.prefix = at.prefix << 1 | u32::from(bit);
            node = (node << 1 | usize::from(bit)) & 15;
        }
        for (&place, &node) in places[..contexts].iter().zip(&nodes) {
            self.nodes.put(place, node);
        }
    }

    /// Codes and learns one decision.
    #[inline(always)]
    fn decide<Io: BitIo>(
        &mut self,
        io: &mut Io,
        nodes: &mut [Node; CONTEXTS],
        node: usize,
        at: &Position,
        left: u32,
        wanted: bool,
    ) -> bool {
        let tables = &self.tables;
        let mut inputs = [0i16; INPUTS];
        for ((input, histories), estimator) in
            inputs.iter_mut().zip(&*nodes).zip(&mut self.estimators)
        {
            let history = histories[node & 15];
            let p = estimator.of(history).p12();
            let seen = -i16::from(history != EMPTY);
            *input = tables.stretch(p) & seen;
        }
        // Where there are fewer, bytes whose low bits are the same share theirs.
        let one = (at.last << 8 | at.prefix) as usize & 0xffff >> self.shrink;
        let rest = &mut inputs[CONTEXTS..];
        let three = at.three | node & 15;
        rest[0] = 256;
        rest[1] = tables.stretch(self.shallow[0][one].p12());
        rest[2] = tables.stretch(self.shallow[1][three].p12());
        let expected = self.pointers.each_ref().map(|pointers| pointers.bit(at.prefix, left));
        let opinions = rest[3..].iter_mut().zip(&mut self.pointers).zip(expected);
        for ((input, pointers), bit) in opinions {
            *input = pointers.opine(bit, tables);
        }
        let level = if expected == [None; 2] { 0 } else { 1 + at.agreement };
        let sets = [
            (at.known * 4 + at.agreement) * 8 + left as usize,
            at.prefix as usize * 8 + level,
            at.last as usize,
            (at.words * 8 + left as usize) * 4 + at.agreement,
        ];
        let mut opinions = [0; 4];
        for ((opinion, weights), set) in opinions.iter_mut().zip(&mut self.first).zip(sets) {
            *opinion = weights.mix(&inputs, set, tables);
        }
        let odds = self.last.mix(&opinions, at.prefix as usize, tables);
        let two = (at.before << 8 | at.last).wrapping_mul(0x9e37_79b1);
        let two =
            two.wrapping_add(at.prefix.wrapping_mul(0x85eb_ca6b)) >> (32 - MAP_BITS + self.shrink);
        let refined = u32::from(self.maps[0].refine(odds, one))
            + u32::from(self.maps[1].refine(odds, two as usize));
        let p = (2 * u32::from(self.last.p1()) + refined + 2) / 4;
        let bit = io.bit(p.clamp(1, 32_767) as u16, wanted);

        self.maps.iter_mut().for_each(|map| map.update(bit));
        self.last.update(&opinions, bit);
        self.first.iter_mut().for_each(|weights| weights.update(&inputs, bit));
        for (histories, estimator) in nodes.iter_mut().zip(&mut self.estimators) {
            let history = &mut histories[node & 15];
            estimator.of(*history).learn(bit, 250);
            *history = self.histories.after(*history, bit);
        }
        self.shallow[0][one].learn(bit, 120);
        self.shallow[1][three].learn(bit, 250);
        self.pointers.iter_mut().for_each(|pointers| pointers.learn(bit));
        bit
    }
}

/// Where in a byte the model is, and what is known of its contexts.
struct Position {
    /// The bits so far, below a one bit.
    prefix: u32,
    last: u32,
    before: u32,
    /// Where the probabilities of depth 3 for this half byte are: sixteen, a cache line.
    three: usize,
    /// The deepest context with a node for this half byte that was used before.
    known: usize,
    /// The context that was the deepest known when the byte began.
    judge: usize,
    /// Which of the contexts by words have such a node, a bit each.
    words: usize,
    /// Class of the longest agreement, 0 to 3.
    agreement: usize,
    /// Whether that context's nodes had not seen the bits so far.
    fresh: bool,
    /// Whether the node of the deepest context known is frozen.
    frozen: bool,
}
