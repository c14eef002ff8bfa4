//! The model of the next symbol.
//!
//! A symbol is eight binary decisions, as if it were a byte. For each, every context's node gives the history of the
//! decision, its [`Estimator`] says what such a history is worth, the pointers add what
//! followed deep contexts, and a layer of mixers weighs all by their credibility. Its weight
//! sets are selected by the decision and the agreement of the pointers; by the last symbol and
//! the place in the sentence; by the decision and that place; and by the contexts by words
//! that are known. Another mixer blends the four, and two adaptive maps refine the result
//! (secondary estimation).
//!
//! Nodes are in memory that no cache holds. Their lines are asked for as soon as the half byte
//! before is known; while they come, what that half byte taught is written down.

use crate::apm::Apm;
use crate::codec::SymbolModel;
use crate::layer::Layer;
use crate::logistic::Logistic;
use crate::memory::{filled, prefetch};
use crate::range::{BitIo, ChoiceIo, FineIo};

use super::context::{CONTEXTS, LEVELS, PLACES, Reading, Tokens};
use super::estimate::{Estimate, Estimator};
use super::nodes::{Bounds, Events, Node, Nodes, Place};
use super::pointer::Pointers;
use crate::history::{EMPTY, Histories};
use crate::past::Past;

/// Opinions per decision: of the contexts, none, of depths 1 and 3, of the pointers.
const INPUTS: usize = CONTEXTS + 5;
/// Which line of the pair a half byte has, a bit each: letters' are the most frequent, and
/// divided between both.
const SIDES: u32 = 0b1010_1010_1011_0101;
/// Curves of the map in the context of a few symbols, as a power of two.
const MAP_BITS: u32 = 14;
/// Probabilities of depth 3, as a power of two.
const SHALLOW_BITS: u32 = 18;
/// Contexts by words of which is told whether they are known, when weights are selected.
const JUDGED: usize = 7;
/// Where a prediction can come from: nothing, a depth, then a pointer.
pub const SOURCES: usize = LEVELS + 2;

/// The size of a model. Both sides must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The deepest context that has nodes, at least 1.
    pub depth: usize,
    /// The bounds of the nodes.
    pub nodes: Bounds,
    /// Positions per pointer depth, as a power of two.
    pub pointer_bits: u32,
    /// Bytes of text, what is learned first included.
    pub text: usize,
    /// Room for the text so far, in bytes.
    pub past: usize,
    /// The most tokens of the text that are numbered, if it is one of codes.
    pub tokens: usize,
    /// Tables besides are `2^-shrink` of their usual size, 0 to [`MOST_SHRINK`].
    pub shrink: u32,
}

/// The most that tables are made smaller.
pub const MOST_SHRINK: u32 = 6;

impl Size {
    /// The bytes that a model of this size allocates, but for some 60 KB that all have.
    pub fn bytes(&self) -> usize {
        let curves = (1 << (16 - self.shrink)) + (1 << (MAP_BITS - self.shrink));
        let estimates = (1 << (16 - self.shrink)) + (1 << (SHALLOW_BITS - self.shrink));
        Nodes::allocated(self.nodes.bytes)
            + 2 * Pointers::allocated(self.pointer_bits)
            + Past::kept(self.text, self.past)
            + Tokens::allocated(self.tokens)
            + curves * Apm::CURVE
            + estimates * size_of::<Estimate>()
            + Layer::<INPUTS, 4>::allocated(self.sets())
    }

    /// Weight sets of the four blends. A smaller model knows no places in a sentence, and of
    /// the contexts by words only four.
    fn sets(&self) -> [usize; 4] {
        let places = if self.shrink == 0 { PLACES } else { 1 };
        [256 * 8, 256 * places, 256 * places, (self.known_words() + 1) * 8 * 4]
    }

    fn known_words(&self) -> usize {
        if self.shrink == 0 { (1 << JUDGED) - 1 } else { 15 }
    }
}

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
pub struct Model<R: Reading> {
    tables: Logistic,
    context: R,
    known: R::Known,
    hashes: [u64; CONTEXTS],
    past: Past,
    nodes: Nodes,
    /// Contexts in use: those by words, and the depths up to the deepest.
    contexts: usize,
    half: Half,
    estimators: [Estimator; CONTEXTS],
    pointers: [Pointers; 2],
    /// Depths 1 and 3, once more, as probabilities.
    shallow: [Vec<Estimate>; 2],
    first: Layer<INPUTS, 4>,
    last: Layer<4, 1>,
    maps: [Apm; 2],
    /// See [`Size::shrink`].
    shrink: u32,
    known_words: usize,
    counts: Counts,
    source: usize,
    #[cfg(target_arch = "x86_64")]
    wide: bool,
}

impl<R: Reading> Model<R> {
    /// A model that has seen nothing.
    pub fn new(size: Size) -> Self {
        let tables = Logistic::new();
        let histories = Histories::new();
        let depths = R::DEPTHS.iter().filter(|&&depth| depth as usize <= size.depth);
        let context = R::default();
        let mut model = Self {
            hashes: context.hashes(),
            context,
            known: R::known(size.tokens),
            past: Past::new(size.text, size.past),
            nodes: Nodes::new(size.nodes, &histories),
            contexts: R::WORDS + depths.count(),
            half: Half::default(),
            estimators: std::array::from_fn(|_| Estimator::new(&histories, &tables)),
            pointers: R::POINTERS.map(|shift| Pointers::new(shift, size.pointer_bits)),
            shallow: [16, SHALLOW_BITS]
                .map(|bits| filled(Estimate::starting_at(1 << 15), 1 << (bits - size.shrink))),
            first: Layer::new(size.sets(), 2000, R::RATE),
            last: Layer::new([256], 5461, 2),
            maps: [16, MAP_BITS].map(|bits| Apm::new(1 << (bits - size.shrink), 6, &tables)),
            shrink: size.shrink,
            known_words: size.known_words(),
            counts: Counts::default(),
            source: 0,
            #[cfg(target_arch = "x86_64")]
            wide: is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2"),
            tables,
        };
        model.find(1);
        model
    }

    /// Codes one symbol and learns it.
    #[inline]
    pub fn symbol<Io: BitIo>(&mut self, io: &mut Io, byte: u8) -> u8 {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            return wide::code(self, io, byte);
        }
        self.code(io, byte)
    }

    #[inline(always)]
    fn code<Io: BitIo>(&mut self, io: &mut Io, byte: u8) -> u8 {
        let agreed = self.pointers[0].agreed().max(self.pointers[1].agreed());
        let mut at = Position {
            prefix: 1,
            last: usize::from(self.context.symbol(1)),
            place: if self.shrink == 0 { self.context.place() } else { 0 },
            judge: R::WORDS + self.half.known.max(1) - 1,
            agreement: match agreed {
                0 => 0,
                1..16 => 1,
                16..32 => 2,
                _ => 3,
            },
            fresh: false,
        };
        let known = self.half.known;
        self.half(io, &mut at, byte >> 4);
        self.fetch(&self.hashes, at.prefix);
        self.learn(at.prefix);
        self.find(at.prefix);
        let guess = self.guess(at.prefix);
        self.half(io, &mut at, byte & 15);
        self.source = if agreed > 0 { SOURCES - 1 } else { known };
        self.counts.sources[self.source] += 1;
        self.counts.escapes += u64::from(at.fresh);
        self.counts.frozen += u64::from(self.half.frozen);
        let byte = at.prefix as u8;
        self.past.push(byte);
        match guess {
            Some((guessed, context, hashes)) if guessed == byte => {
                (self.context, self.hashes) = (context, hashes);
            }
            _ => {
                self.context.push(byte, &self.known);
                self.hashes = self.context.hashes();
                self.fetch(&self.hashes, 1);
            }
        }
        self.context.learn(&mut self.known);
        for pointers in &mut self.pointers {
            pointers.advance(&self.past);
        }
        self.learn(at.prefix);
        for pointers in &mut self.pointers {
            pointers.find(&self.past);
        }
        self.find(1);
        byte
    }

    /// Another text begins: what the last one ended with does not go on in it.
    pub fn begin(&mut self) {
        self.context.begin();
        self.context.learn(&mut self.known);
        self.pass(&[]);
    }

    /// Takes in symbols that both sides know already, which costs nothing: what comes next stands
    /// behind them, for contexts and for pointers. Nothing is learned but where the text goes on,
    /// and nothing is counted. They take room in [`Size::text`] as all do.
    pub fn pass(&mut self, symbols: &[u8]) {
        for &byte in symbols {
            self.past.push(byte);
            self.context.push(byte, &self.known);
            self.context.learn(&mut self.known);
            for pointers in &mut self.pointers {
                pointers.advance(&self.past);
                pointers.find(&self.past);
            }
        }
        self.hashes = self.context.hashes();
        self.find(1);
    }

    /// If a pointer expects a byte that begins with `prefix`: that byte, and the contexts after
    /// it. What they need is asked for, half a byte early; most such guesses are right.
    #[inline]
    fn guess(&self, prefix: u32) -> Option<(u8, R, [u64; CONTEXTS])> {
        let [short, long] = &self.pointers;
        let pointers = if long.agreed() > 0 { long } else { short };
        let byte = pointers.begun(prefix)?;
        let mut context = self.context.clone();
        context.push(byte, &self.known);
        let hashes = context.hashes();
        self.fetch(&hashes, 1);
        Some((byte, context, hashes))
    }

    /// Which line a context's node for the half byte after `prefix` is in.
    #[inline]
    fn line(&self, hashes: &[u64; CONTEXTS], context: usize, prefix: u32) -> u32 {
        let half = match prefix {
            1 => 0,
            _ if R::is_busy(context) => prefix & 15,
            _ => SIDES >> (prefix & 15) & 1,
        };
        self.nodes.line(hashes[context], half)
    }

    /// Asks for what the half byte after `prefix` needs in contexts of these hashes.
    #[inline]
    fn fetch(&self, hashes: &[u64; CONTEXTS], prefix: u32) {
        for context in 0..self.contexts.min(CONTEXTS) {
            self.nodes.touch(self.line(hashes, context, prefix));
        }
        prefetch(&self.shallow[1], self.three(hashes, prefix));
        self.maps[1].touch(self.curve(hashes, prefix));
    }

    /// Where the probabilities of depth 3 for the half byte after `prefix` are.
    #[inline]
    fn three(&self, hashes: &[u64; CONTEXTS], prefix: u32) -> usize {
        let hash = hashes[R::SHALLOW] as u32;
        let hash = hash.wrapping_add(prefix.wrapping_mul(0x85eb_ca6b));
        (hash >> (36 - SHALLOW_BITS + self.shrink) << 4) as usize
    }

    /// The curve of the map in the context of three bytes for the decision after `prefix`.
    #[inline]
    fn curve(&self, hashes: &[u64; CONTEXTS], prefix: u32) -> usize {
        let curve = (hashes[R::SHALLOW] as u32).wrapping_mul(0x9e37_79b1);
        let curve = curve.wrapping_add(prefix.wrapping_mul(0x85eb_ca6b));
        (curve >> (32 - MAP_BITS + self.shrink)) as usize
    }

    /// Finds the nodes for the half byte after `prefix`.
    ///
    /// Contexts not in use have empty nodes, and so no opinion.
    #[inline]
    fn find(&mut self, prefix: u32) {
        let contexts = self.contexts.min(CONTEXTS);
        let turn = (prefix as u8).wrapping_mul(29);
        for context in 0..contexts {
            let check = ((self.hashes[context] >> 16) as u8).wrapping_add(turn).max(1);
            let line = self.line(&self.hashes, context, prefix);
            (self.half.places[context], self.half.nodes[context]) = self.nodes.find(line, check);
        }
        self.half.three = self.three(&self.hashes, prefix);
        let half = &mut self.half;
        let known = |&context: &usize| half.nodes[context][1] != EMPTY;
        half.words = (0..JUDGED.min(R::WORDS)).filter(known).map(|at| 1 << at).sum();
        half.known = (R::WORDS..contexts).rev().find(known).map_or(0, |at| at - R::WORDS + 1);
        half.frozen = half.known > 0 && half.places[R::WORDS + half.known - 1].is_frozen();
    }

    /// Writes down what half a byte taught; it is the last in `prefix`.
    #[inline]
    fn learn(&mut self, prefix: u32) {
        let steps = [3, 2, 1, 0].map(|left| {
            let node = 1 << (3 - left) | (prefix & 15) >> (left + 1);
            (node as usize, prefix >> left & 1 == 1)
        });
        let contexts = self.contexts.min(CONTEXTS);
        for (node, estimator) in self.half.nodes[..contexts].iter_mut().zip(&mut self.estimators) {
            estimator.learn(node, steps, &self.tables);
        }
        // A loop of their own: read as a whole right after single bytes were written, a node
        // would be waited for.
        for (&node, &place) in self.half.nodes[..contexts].iter().zip(&self.half.places) {
            self.nodes.put(place, node);
        }
    }

    /// Codes four decisions.
    #[inline(always)]
    fn half<Io: BitIo>(&mut self, io: &mut Io, at: &mut Position, wanted: u8) {
        let base = if at.prefix == 1 { 4 } else { 0 };
        let mut node = 1;
        for left in (0..4).rev() {
            at.fresh |= self.half.nodes[at.judge][node] == EMPTY;
            let bit = self.decide(io, node, at, base + left, wanted >> left & 1 == 1);
            at.prefix = at.prefix << 1 | u32::from(bit);
            node = (node << 1 | usize::from(bit)) & 15;
        }
    }

    /// Codes and learns one decision, all but what the nodes know of it.
    #[inline(always)]
    fn decide<Io: BitIo>(
        &mut self,
        io: &mut Io,
        node: usize,
        at: &Position,
        left: u32,
        wanted: bool,
    ) -> bool {
        let tables = &self.tables;
        let half = &self.half;
        let prefix = at.prefix as usize;
        // Where there are fewer, bytes whose low bits are the same share theirs.
        let one = (at.last << 8 | prefix) & 0xffff >> self.shrink;
        let curve = self.curve(&self.hashes, at.prefix);
        self.maps[0].touch(one);
        // Both that can be next; the first of a half byte was asked for with the nodes.
        if left & 3 != 0 {
            self.maps[1].touch(self.curve(&self.hashes, at.prefix << 1));
            self.maps[1].touch(self.curve(&self.hashes, at.prefix << 1 | 1));
        }
        let mut inputs = [0i16; INPUTS];
        let nodes = half.nodes[..R::COUNT].iter().zip(&self.estimators);
        for (input, (node_histories, estimator)) in inputs.iter_mut().zip(nodes) {
            *input = estimator.odds(node_histories[node & 15]);
        }
        let three = half.three | node & 15;
        let rest = &mut inputs[CONTEXTS..];
        rest[0] = 256;
        rest[1] = tables.stretch(self.shallow[0][one].p12());
        rest[2] = tables.stretch(self.shallow[1][three].p12());
        let mut expected = false;
        for (input, pointers) in rest[3..].iter_mut().zip(&mut self.pointers) {
            let bit = pointers.bit(at.prefix, left);
            expected |= bit.is_some();
            *input = pointers.opine(bit, tables);
        }
        let level = if expected { 1 + at.agreement } else { 0 };
        let words = half.words & self.known_words;
        let sets = [
            prefix * 8 + level,
            at.place << 8 | at.last,
            at.place << 8 | prefix,
            (words * 8 + left as usize) * 4 + at.agreement,
        ];
        let opinions = self.first.mix(&inputs, sets, tables);
        let [odds] = self.last.mix(&opinions, [prefix], tables);
        let [p] = self.last.p1();
        let [near, far] = &mut self.maps;
        let refined = u32::from(near.refine(odds, one)) + 2 * u32::from(far.refine(odds, curve));
        let p = (u32::from(p) + refined + 2) / 4;
        let bit = io.bit(p.clamp(1, 32_767) as u16, wanted);

        self.maps.iter_mut().for_each(|map| map.update(bit));
        self.last.update(&opinions, bit);
        self.first.update(&inputs, bit);
        self.shallow[0][one].learn(bit, 120);
        self.shallow[1][three].learn(bit, 250);
        self.pointers.iter_mut().for_each(|pointers| pointers.learn(bit));
        bit
    }
}

impl<R: Reading> SymbolModel for Model<R> {
    type Counts = (Counts, Events);

    #[inline]
    fn symbol<Io: BitIo + FineIo + ChoiceIo>(&mut self, io: &mut Io, symbol: u8) -> u8 {
        Model::symbol(self, io, symbol)
    }

    fn begin(&mut self) {
        Model::begin(self);
    }

    fn restart_counts(&mut self) {
        self.counts = Counts::default();
    }

    fn counts(&self) -> (Counts, Events) {
        (self.counts, *self.nodes.events())
    }

    fn source(&self) -> usize {
        self.source
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    use super::{BitIo, Model, Reading};

    #[inline]
    pub(super) fn code<R: Reading, Io: BitIo>(model: &mut Model<R>, io: &mut Io, byte: u8) -> u8 {
        // SAFETY: `wide` is only set where there are AVX2 and BMI2.
        unsafe { whole(model, io, byte) }
    }

    /// All of a symbol in one function: the layers' vectors need no calls, and shifts by a variable no
    /// register of their own.
    #[target_feature(enable = "avx2,bmi2")]
    fn whole<R: Reading, Io: BitIo>(model: &mut Model<R>, io: &mut Io, byte: u8) -> u8 {
        model.code(io, byte)
    }
}

/// The nodes of half a byte.
#[derive(Debug, Default)]
struct Half {
    places: [Place; CONTEXTS],
    nodes: [Node; CONTEXTS],
    /// Where the probabilities of depth 3 are: sixteen, a cache line.
    three: usize,
    /// The deepest context with a node that was used before, numbered from 1; 0 for none.
    known: usize,
    /// Whether that node is frozen.
    frozen: bool,
    /// Which of the contexts by words have such a node, a bit each.
    words: usize,
}

/// Where in a byte the model is, and what is known of its contexts.
struct Position {
    /// The bits so far, below a one bit.
    prefix: u32,
    last: usize,
    /// The place in the sentence, below [`PLACES`].
    place: usize,
    /// The context that was the deepest known when the byte began.
    judge: usize,
    /// Class of the longest agreement, 0 to 3.
    agreement: usize,
    /// Whether that context's nodes had not seen the bits so far.
    fresh: bool,
}

#[cfg(test)]
mod tests {
    use super::super::context::Bytes;
    use super::*;
    use crate::cost::CostTable;
    use crate::range::{Pricer, Teacher};

    const TALE: &[u8] =
        b"Once upon a time a brave little fox, called Rosso, met 7 owls by the mill. \
        They sang of 1,204 stars until the moon had gone, and nobody ever asked them why.";

    fn learned() -> Model<Bytes> {
        let mut model = Model::new(Size {
            depth: 7,
            nodes: Bounds { bytes: 1 << 20, nodes: u64::MAX, freeze: 0 },
            pointer_bits: 12,
            text: 1 << 12,
            past: 1 << 12,
            tokens: 0,
            shrink: 0,
        });
        TALE.iter().for_each(|&byte| _ = model.symbol(&mut Teacher, byte));
        model
    }

    /// Bits that `text` costs.
    fn bits(model: &mut Model<Bytes>, text: &[u8]) -> f64 {
        let costs = CostTable::new();
        let mut io = Pricer::new(&costs);
        text.iter().for_each(|&byte| _ = model.symbol(&mut io, byte));
        io.total as f64 / crate::cost::BIT as f64
    }

    #[test]
    fn passing_places_contexts_and_pointers() {
        let (before, after) = TALE.split_at(90);
        let mut there = learned();
        there.pass(before);
        let mut elsewhere = learned();
        elsewhere.pass(b"Quite another text");
        let (near, far) = (bits(&mut there, &after[..12]), bits(&mut elsewhere, &after[..12]));
        assert!(near * 3.0 < far, "{near} bits against {far}");
        let pointer =
            there.counts().0.sources[SOURCES - 1] - elsewhere.counts().0.sources[SOURCES - 1];
        assert!(pointer > 8, "pointers expected {pointer} bytes more");
    }

    #[test]
    fn passing_neither_learns_nor_counts() {
        let mut model = learned();
        let counts = model.counts();
        model.pass(b"");
        assert_eq!(bits(&mut model, b"zq"), bits(&mut learned(), b"zq"));
        let mut model = learned();
        model.pass(&TALE.repeat(3));
        assert_eq!(model.counts(), counts);
    }
}
