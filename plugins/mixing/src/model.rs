//! The model of the next symbol: a byte, or a code of a word.
//!
//! A symbol is eight binary decisions. For each, the histories and probabilities that the contexts
//! lead to, and the matches, give estimates; these become log odds, which several blends with
//! selected weights turn into opinions, some of them each alone, some together; more blends weigh
//! those, and adaptive maps correct the mean (the architecture of Mahoney's paq8 and its successors).
//!
//! Where all histories agree, the network is [not asked](crate::unanimity).
//!
//! What contexts lead to is in memory that no cache holds. It is asked for as soon as the half
//! byte before is known; while it comes, what that half byte taught is written down and matches
//! are looked for.

use pressmark_coding::bilinear::{self, Bilinear, Decision, MOST_FEATURES};
use pressmark_coding::codec::SymbolModel;
use pressmark_coding::estimates::{Cells, Estimate, Learn, Opine, UNKNOWN, start};
use pressmark_coding::history::{EMPTY, Histories};
use pressmark_coding::memory::{filled, prefetch};
use pressmark_coding::network::Network;
use pressmark_coding::odds::{fine, squash};
use pressmark_coding::past::Past;
use pressmark_coding::range::{BitIo, ChoiceIo, FineIo};
use pressmark_coding::vectors::{LANES, Lanes, Task, Unit, Vectors};

use crate::context::{CONTEXTS, Context, FORMS, Family, KINDS, PLACES, SORTS, WORDS, sort};
use crate::expansion::Expansion;
use crate::matcher::{CLASSES, Matcher};
use crate::nodes::{Lines, Node, Nodes, Place};
use crate::pace::{Pace, Rate};
use crate::plan::{Plan, SELECTORS};
use crate::unanimity::Unanimity;

/// Points of an adaptive map's curve.
const POINTS: usize = 32;
/// Log odds between two of them.
const APART: f32 = 0.75;
/// Log odds beyond this are refined as if they were this; the last point is at the first one
/// plus 31 times [`APART`].
const REACH: f32 = 11.6;
/// Points move by this part of their errors, as a power of two.
const MAP_SHIFT: u32 = 6;
/// Maps: by the match, by the last byte, by the last three, by the word so far.
const MAPS: usize = 4;
/// Curves of the first maps.
const CURVES: [usize; MAPS + 1] = [0, 1024, 1024 + 65536, 1024 + 2 * 65536, 1024 + 3 * 65536];

/// From log odds to what they turned out to be worth, in a cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Curve([u16; POINTS]);

/// Weight sets of the last blends: by the bits so far; by the longest match; by the place in the
/// sentence and what it expects; by the lengths of words; by the last word; by the byte expected; by
/// how many contexts are known; by the sorts of the last bytes; by which contexts are known; by the
/// last byte; by the shape of what came last.
const LAST_SETS: [usize; LAST] = [
    256,
    CLASSES * 8,
    PLACES * 16,
    64 * 8,
    WORDS,
    256 * 8,
    33 * 8,
    SORTS * SORTS * 8,
    64 * 8,
    256 * 8,
    FORMS * 8,
];
/// The most blends of the second layer.
pub const LAST: usize = 11;

/// What of their log odds goes to the second layer directly.
const PASSED: f32 = 0.7;

/// Errors of blends that nothing is learned from.
const IGNORED: f32 = 0.004;

/// The most bits that estimates average.
const LIMIT: u32 = 1000;

/// How blends that learn together hurry, see [`Network::hurrying`].
const HURRY: [f32; 2] = [2.0, 32.0];

/// Symbols that agree with a match before it is known that all of that text comes once more: then
/// new nodes would displace others, and only say again what the match says.
const KNOWN: usize = 1000;

/// Room for a history of every context, in whole vectors.
const SEEN: usize = CONTEXTS.next_multiple_of(32);

/// The highest bit of every byte, and the lowest.
const HIGHEST: u64 = 0x8080_8080_8080_8080;
const LOWEST: u64 = HIGHEST >> 7;

/// Estimates of a matcher.
const AGREEMENTS: usize = CLASSES * 16 * 2;

/// The size of a model. Both sides must agree on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// What is used.
    pub plan: Plan,
    /// Bytes of nodes.
    pub nodes: usize,
    /// Bytes of probabilities.
    pub lines: usize,
    /// Positions per matcher, as a power of two.
    pub match_bits: u32,
    /// Bytes of text, what is learned first included.
    pub text: usize,
    /// Room for the text so far, in bytes.
    pub past: usize,
    /// Vectors of words.
    pub vectors: bilinear::Size,
    /// The most words that are numbered, if symbols are codes of words.
    pub tokens: Option<usize>,
}

impl Size {
    /// The bytes that a model of this size allocates, but for some 16 KB that all have.
    pub fn bytes(&self) -> usize {
        let plan = &self.plan;
        let (n, d, m) = (plan.contexts.len(), plan.direct.len(), plan.matchers.len());
        let opinions = n + d + m;
        let inputs = inputs(plan);
        let [alone, together] = plan.sets();
        Nodes::allocated(self.nodes)
            + Lines::allocated(self.lines)
            + m * (Matcher::allocated(self.match_bits) + 4 * AGREEMENTS)
            + Past::kept(self.text, self.past)
            + if plan.dimensions > 0 { self.vectors.bytes() } else { 0 }
            + self.tokens.map_or(0, Expansion::allocated)
            + n * (256 * size_of::<Estimate>() + size_of::<Node>() + 2 * size_of::<Place>())
            + Network::allocated(inputs, &alone)
            + Network::allocated(inputs, &together)
            + Network::allocated(outputs(plan), &LAST_SETS[..plan.last])
            + CURVES[plan.maps] * size_of::<Curve>()
            + Context::ALLOCATED
            + Unanimity::ALLOCATED
            + 24 * opinions
            + 24 * Network::width(inputs) * LANES
    }
}

/// Inputs of the first layer: probabilities, and log odds with a constant and what the vectors say
/// behind them.
fn inputs(plan: &Plan) -> usize {
    let opinions = plan.contexts.len() + plan.direct.len() + plan.matchers.len();
    plan.distances * LANES + opinions + 2
}

/// The inputs that go to the second layer, too.
fn passed(plan: &Plan) -> Vec<usize> {
    if plan.passed.is_empty() {
        return Vec::new();
    }
    let place = |&at: &usize| plan.contexts.iter().position(|&context| context == at);
    let matches = plan.contexts.len() + plan.direct.len();
    let opinions = matches + plan.matchers.len();
    let vectors = (plan.dimensions > 0).then_some(opinions + 1);
    (matches..opinions).chain(vectors).chain(plan.passed.iter().filter_map(place)).collect()
}

/// Inputs of the second layer: the opinions of blends alone, that of those together, a constant, and
/// what goes there directly.
fn outputs(plan: &Plan) -> usize {
    plan.selectors.len() + usize::from(!plan.together.is_empty()) + 1 + passed(plan).len()
}

/// Counts of symbols, true on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub symbols: u64,
    /// Those before which a context of each family was known, in the order of [`Family::ALL`].
    pub known: [u64; Family::ALL.len()],
    /// Those before which a match expected one, and those that it had right.
    pub expected: u64,
    /// See `expected`.
    pub right: u64,
}

/// The state that both sides share.
#[derive(Debug)]
pub struct Model {
    plan: Plan,
    /// The history after each bit and history.
    next: Box<[[u8; 256]; 2]>,
    context: Context,
    expansion: Option<Expansion>,
    past: Past,
    line_starts: [usize; 2],
    hashes: [u64; CONTEXTS],
    /// So many of the hashes are used, besides those of shapes.
    used: usize,
    /// Where symbols are that the weights and maps of all its decisions are selected by.
    here: Here,
    /// What is known of the next token, see [`Context::begun`] and [`Context::kin`].
    begun: Decision,
    /// What is said to the vectors, see [`Context::features`].
    features: [u64; MOST_FEATURES],
    nodes: Nodes,
    lines: Lines,
    /// Of the contexts in use: where the nodes are, and where those of the next half byte are to be
    /// looked for.
    places: Vec<Place>,
    next_places: Vec<Place>,
    current: Vec<Node>,
    /// Their histories of the decision; [`EMPTY`] behind them.
    seen: [u8; SEEN],
    unanimity: Unanimity,
    /// Of the contexts with probabilities: where their lines begin, and those of the next half byte.
    line_at: Vec<usize>,
    next_line_at: Vec<usize>,
    /// What each history is worth, by context.
    worth: Vec<[Estimate; 256]>,
    matchers: Vec<Matcher>,
    agreements: Vec<Estimate>,
    agreement_at: Vec<usize>,
    /// What words say about each other.
    bilinear: Option<Bilinear>,
    unit: Unit,
    /// Estimates of the decision: of histories, of probabilities, of matches.
    cells: Vec<Cells>,
    /// What they learn by.
    paces: Vec<Lanes>,
    /// The inputs that go to the second layer, too.
    passed: Vec<usize>,
    /// Of the first layer: as far as they are used, probabilities; then log odds.
    inputs: Vec<Lanes>,
    first: Network,
    together: Option<Network>,
    second: Vec<Lanes>,
    last: Network,
    maps: Vec<Curve>,
    /// Rates of the first layer's blends alone and together.
    rates: [Rate; 2],
    counts: Counts,
    /// Bits of families, by context.
    families: Vec<u8>,
}

impl Model {
    /// A model that has seen nothing.
    pub fn new(size: Size) -> Self {
        let plan = size.plan;
        let histories = Histories::new();
        let (n, d, m) = (plan.contexts.len(), plan.direct.len(), plan.matchers.len());
        let opinions = n + d + m;
        let inputs = inputs(&plan);
        let width = Network::width(inputs);
        let mut initial = vec![0.0; inputs];
        let odds = &mut initial[plan.distances * LANES..];
        odds[..n].fill(1.6 / n.max(1) as f32);
        odds[n + d..opinions].fill(0.15);
        odds[opinions + 1] = 0.2;
        let [alone, together] = plan.sets();
        let outputs = outputs(&plan);
        let curve =
            Curve(std::array::from_fn(|k| (squash(k as f32 * APART - REACH) * 65_535.0) as u16));
        // Those together begin with half of the say.
        let say = if together.is_empty() { 1.0 } else { 0.5 };
        let mut mean = vec![0.0; outputs];
        mean[..alone.len()].fill(say / alone.len() as f32);
        if !together.is_empty() {
            mean[alone.len()] = 1.0 - say;
        }
        let first = Network::new(inputs, &alone, 0.0)
            .starting_with(&initial)
            .hurrying(plan.hurry)
            .ignoring(IGNORED);
        let together = (!together.is_empty()).then(|| {
            initial.iter_mut().for_each(|weight| *weight /= together.len() as f32);
            Network::new(inputs, &together, 0.0)
                .starting_with(&initial)
                .hurrying(HURRY)
                .ignoring(IGNORED)
        });
        let mut model = Self {
            next: Box::new(
                [false, true]
                    .map(|bit| std::array::from_fn(|history| histories.after(history as u8, bit))),
            ),
            context: Context::default(),
            expansion: size.tokens.map(Expansion::new),
            past: Past::new(size.text, size.past),
            line_starts: [0; 2],
            hashes: [0; CONTEXTS],
            used: plan
                .contexts
                .iter()
                .filter(|&&at| KINDS[at] != Family::Shapes)
                .max()
                .map_or(0, |&last| last + 1),
            here: Here::default(),
            begun: Decision { itself: 0, kin: 0 },
            features: [0; MOST_FEATURES],
            nodes: Nodes::new(size.nodes),
            lines: Lines::new(size.lines),
            places: vec![Place::NOWHERE; n],
            next_places: vec![Place::NOWHERE; n],
            current: vec![[EMPTY; 16]; n],
            seen: [EMPTY; SEEN],
            unanimity: Unanimity::new(&histories, n, plan.trusted),
            line_at: vec![0; d],
            next_line_at: vec![0; d],
            worth: vec![
                std::array::from_fn(|history| match history as u8 {
                    EMPTY => UNKNOWN,
                    history => start(histories.start(history), 6),
                });
                n
            ],
            matchers: plan
                .matchers
                .iter()
                .map(|&shift| Matcher::new(shift, size.match_bits))
                .collect(),
            agreements: (0..m * AGREEMENTS)
                .map(|k| start(if k & 1 == 1 { 50_000 } else { 15_535 }, 6))
                .collect(),
            agreement_at: vec![usize::MAX; m],
            bilinear: (plan.dimensions > 0).then(|| Bilinear::new(size.vectors)),
            unit: Unit::best(),
            cells: vec![Cells([UNKNOWN; LANES]); width - plan.distances],
            paces: vec![Lanes::default(); width - plan.distances],
            passed: passed(&plan),
            inputs: vec![Lanes::default(); width],
            first,
            together,
            second: vec![Lanes::default(); Network::width(outputs)],
            last: Network::new(outputs, &LAST_SETS[..plan.last], 0.0)
                .starting_with(&mean)
                .hurrying(plan.last_hurry)
                .ignoring(IGNORED),
            maps: filled(curve, CURVES[plan.maps]),
            rates: [
                Rate::new(plan.pace, plan.rates[1], plan.rates[0]),
                Rate::new(Pace::Inverse(500_000.0), 0.003, 0.0006),
            ],
            counts: Counts::default(),
            families: plan.contexts.iter().map(|&at| 1 << KINDS[at] as u8).collect(),
            plan,
        };
        model.begin();
        model
    }

    /// The longest match.
    fn longest(&self) -> Option<&Matcher> {
        self.matchers.iter().rev().max_by_key(|m| m.class()).filter(|m| m.expected() > 0)
    }

    /// Hashes the contexts but those of matches, and asks for what they lead to.
    #[inline(always)]
    fn locate(&mut self) {
        let [here, before] = self.line_starts;
        let above = before + self.context.column();
        // Columns are those of bytes.
        let known = above < here && above >= self.past.oldest() && self.expansion.is_none();
        let above = if known { self.past.at(above) } else { 0 };
        self.context.hashes(above, self.used, &mut self.hashes);
        self.touch(0);
        self.here = Here::of(&self.context);
        self.begun = Decision { itself: self.context.begun(), kin: self.context.kin() };
        self.features = self.context.features();
        if let Some(bilinear) = &self.bilinear {
            bilinear.touch(self.decision(1));
            bilinear.touch_features(&self.features);
        }
    }

    /// Hashes the contexts of matches, and finds what all contexts lead to.
    #[inline(always)]
    fn arrive(&mut self, vectors: impl Vectors) {
        let sure = self.longest().filter(|longest| longest.agreed() > 0);
        let expected = sure.map_or(0, |m| u64::from(m.expected()) << 8 | m.agreed().min(15) as u64);
        self.context.expect(expected, &mut self.hashes);
        for (place, &at) in self.next_places.iter_mut().zip(&self.plan.contexts) {
            if KINDS[at] == Family::Match {
                *place = self.nodes.touch(self.hashes[at], 0);
            }
        }
        for (line, &at) in self.next_line_at.iter_mut().zip(&self.plan.direct) {
            if KINDS[at] == Family::Match {
                *line = self.lines.touch(self.hashes[at].rotate_left(32), 0);
            }
        }
        if let Some(bilinear) = &mut self.bilinear {
            bilinear.look(vectors, &self.features, self.context.document());
        }
        self.find(1);
    }

    /// What the decision after `prefix` is called.
    #[inline]
    fn decision(&self, prefix: u32) -> Decision {
        let bits = u64::from(prefix) << 48;
        Decision { itself: self.begun.itself ^ bits, kin: self.begun.kin ^ bits }
    }

    /// Asks for what the contexts lead to after the half byte `half`.
    #[inline]
    fn touch(&mut self, half: u32) {
        for (place, &at) in self.next_places.iter_mut().zip(&self.plan.contexts) {
            *place = self.nodes.touch(self.hashes[at], half);
        }
        for (line, &at) in self.next_line_at.iter_mut().zip(&self.plan.direct) {
            *line = self.lines.touch(self.hashes[at].rotate_left(32), half);
        }
    }

    /// Finds what the contexts lead to for the half byte after `prefix`.
    #[inline]
    fn find(&mut self, prefix: u32) {
        let turn = (prefix as u8).wrapping_mul(29);
        let kept = self.longest().is_none_or(|longest| longest.agreed() < KNOWN);
        self.line_at.copy_from_slice(&self.next_line_at);
        let found = self.places.iter_mut().zip(&mut self.current).zip(&self.next_places);
        for (((place, node), &line), &at) in found.zip(&self.plan.contexts) {
            let hash = self.hashes[at];
            let check = ((hash >> 16) as u8).wrapping_add(turn).max(1);
            (*place, *node) = self.nodes.find(line, check, kept);
        }
    }

    /// Writes down what half a byte taught.
    #[inline]
    fn put(&mut self) {
        for (&place, &node) in self.places.iter().zip(&self.current) {
            self.nodes.put(place, node);
        }
    }

    /// Counts which families know what comes next, and whether a match expects it.
    fn count(&mut self) -> u32 {
        let mut known = 0;
        for (node, family) in self.current.iter().zip(&self.families) {
            known |= if node[1] == EMPTY { 0 } else { *family };
        }
        self.counts.symbols += 1;
        for (k, count) in self.counts.known.iter_mut().enumerate() {
            *count += u64::from(known >> k & 1);
        }
        let expected = self.longest().map_or(0, Matcher::expected);
        self.counts.expected += u64::from(expected > 0);
        expected
    }

    #[inline(always)]
    fn code<Io: FineIo>(&mut self, vectors: impl Vectors, io: &mut Io, byte: u8) -> u8 {
        let guess = self.count();
        let mut prefix = 1u32;
        for left in (0..8).rev() {
            let wanted = byte >> left & 1 == 1;
            let (node, sum) = self.see(prefix, left);
            let lean = self.unanimity.lean(sum, &self.matchers, prefix, left);
            // What is sure is coded at once; all learns from it only if it is a surprise after all.
            let mut known = self.unanimity.sure(lean).map(|p| io.fine(p, wanted));
            let step = (known != Some(lean.bit)).then(|| {
                let step = self.predict(vectors, node, prefix, left);
                known.get_or_insert_with(|| io.fine(fine(step.p), wanted));
                step
            });
            let bit = known == Some(true);
            prefix = prefix << 1 | u32::from(bit);
            // What is needed next is asked for before this decision is learned.
            match left {
                0 => self.take(prefix as u8),
                4 => self.touch(prefix & 15),
                _ => {}
            }
            if left > 0 {
                self.touch_decision(prefix);
            }
            match step {
                Some(step) => self.learn(vectors, &step, node, bit),
                None => self.follow(node, bit),
            }
            self.unanimity.learn(lean, bit);
            if left == 4 {
                self.put();
                self.find(prefix);
            }
        }
        self.counts.right += u64::from(guess == 256 | prefix & 255);
        self.put();
        for matcher in &mut self.matchers {
            matcher.find(&self.past);
        }
        self.arrive(vectors);
        prefix as u8
    }

    /// Takes in a symbol.
    #[inline(always)]
    fn take(&mut self, symbol: u8) {
        self.past.push(symbol);
        self.context.came(symbol);
        match &mut self.expansion {
            Some(expansion) => expansion.push(symbol, &mut self.context),
            None => {
                self.context.push(symbol);
                if symbol == b'\n' {
                    self.line_starts = [self.past.len(), self.line_starts[0]];
                }
            }
        }
        if let Some(matcher) = self.plan.recorded.and_then(|at| self.matchers.get_mut(at)) {
            matcher.within(self.context.record());
        }
        for matcher in &mut self.matchers {
            matcher.advance(&self.past);
        }
        self.locate();
    }

    /// Asks for what the decision after `prefix` needs besides what contexts lead to.
    #[inline(always)]
    fn touch_decision(&self, prefix: u32) {
        if let Some(bilinear) = &self.bilinear {
            bilinear.touch(self.decision(prefix));
        }
        let curves = self.curves(prefix, 0);
        (1..self.plan.maps).for_each(|map| prefetch(&self.maps, curves[map]));
    }

    /// The curves of the maps for the decision after `prefix`; `expected` is the bit that a match
    /// expects, 2 for none.
    #[inline(always)]
    fn curves(&self, prefix: u32, expected: usize) -> [usize; MAPS] {
        let turned = prefix.wrapping_mul(0x85eb_ca6b);
        let third = self.here.three.wrapping_add(turned) >> 16;
        let word = self.here.word.wrapping_add(turned).wrapping_mul(0x9e37_79b1) >> 16;
        [
            prefix as usize & 255 | expected << 8,
            1024 + (self.here.last << 8 | prefix as usize & 255),
            1024 + 65536 + third as usize,
            1024 + 2 * 65536 + word as usize,
        ]
    }

    /// Reads the histories of a decision, and gives its number in their nodes, as in a heap, and what
    /// they [say](Unanimity::says) together.
    #[inline(always)]
    fn see(&mut self, prefix: u32, left: u32) -> (usize, i32) {
        let depth = 3 - (left & 3);
        let node = (1 << depth | prefix as usize & ((1 << depth) - 1)) & 15;
        let mut sum = 0;
        for (history, current) in self.seen.iter_mut().zip(&self.current) {
            *history = current[node];
            sum += self.unanimity.says(*history);
        }
        (node, sum)
    }

    /// The histories of a decision learn the bit that came.
    #[inline(always)]
    fn follow(&mut self, node: usize, bit: bool) {
        let next = &self.next[usize::from(bit)];
        for (current, &history) in self.current.iter_mut().zip(&self.seen) {
            current[node & 15] = next[usize::from(history)];
        }
    }

    /// How many contexts are known, and a bit for each of those that [judge](Plan::judges).
    #[inline(always)]
    fn known(&self) -> [usize; 2] {
        let (histories, _) = self.seen.as_chunks::<8>();
        // The highest bit of each byte that is not 0.
        let known = histories.iter().map(|&eight| {
            let eight = u64::from_le_bytes(eight);
            (((eight & !HIGHEST) + !HIGHEST) | eight) & HIGHEST
        });
        let mut count = 0;
        for known in known.clone().take(self.current.len().div_ceil(8)) {
            count += known >> 7;
        }
        let count = count.wrapping_mul(LOWEST) >> 56;
        // Multiplied so that the bit of byte `k` comes to bit `56 + k`.
        let judges =
            known.take(1).map(|known| (known >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56);
        [count as usize, judges.sum::<u64>() as usize & ((1 << self.plan.judges) - 1)]
    }

    /// Predicts a decision whose histories were [seen](Self::see).
    #[inline(always)]
    fn predict(&mut self, vectors: impl Vectors, node: usize, prefix: u32, left: u32) -> Step {
        let (n, d) = (self.plan.contexts.len(), self.plan.direct.len());
        let [known, mask] = self.known();
        let cells = Cells::flat(&mut self.cells);
        let mut class = 0;
        let mut expected = 2;
        let mut expected_byte = 0;
        for (k, matcher) in self.matchers.iter().enumerate() {
            let (cell, at) = (&mut cells[n + d + k], &mut self.agreement_at[k]);
            (*cell, *at) = (UNKNOWN, usize::MAX);
            if let Some(bit) = matcher.bit(prefix, left) {
                *at = k * AGREEMENTS
                    + (matcher.class() * 16 + matcher.failures()) * 2
                    + usize::from(bit);
                *cell = self.agreements[*at];
                if matcher.class() >= class {
                    (class, expected, expected_byte) =
                        (matcher.class(), usize::from(bit), matcher.expected() as usize & 255);
                }
            }
        }
        let here = prefix as usize;
        let at = left as usize;
        let agreement = if expected == 2 { 0 } else { 1 + (class / 4).min(3) };
        let Here { last, before, place, length, lengths, form, sorts, .. } = self.here;
        let foretold = if expected < 2 { expected_byte * 8 + at } else { 0 };
        let known = known * 32 / (n + 1);
        let all: [usize; SELECTORS] = [
            here * 8 + agreement,
            place << 8 | last,
            place << 8 | here,
            known << 8 | at << 3 | agreement,
            before * 17 + expected * 5 + agreement,
            lengths << 4 | at << 1 | (place & 1),
            foretold,
            here * 8 + length,
            0,
            mask << 5 | at << 2 | agreement.min(3),
            before << 3 | at,
            here * 8 + self.here.told,
            self.here.word_before,
            known,
            sorts,
            class,
            self.here.field << 3 | at,
            self.here.spelling,
            self.here.word_before_that,
            self.here.pair,
            form << 3 | at,
        ];
        self.first.select(self.plan.selectors.iter().map(|&selector| all[selector]));
        if let Some(together) = &mut self.together {
            together.select(self.plan.together.iter().map(|&selector| all[selector]));
        }
        self.last.select([
            here,
            class * 8 + at,
            place << 4 | agreement << 1 | usize::from(expected == 1),
            lengths << 3 | at,
            self.here.word_before,
            foretold,
            known << 3 | at,
            sorts << 3 | at,
            mask << 3 | at,
            last << 3 | at,
            form << 3 | at,
        ]);
        for ((cell, &history), worth) in cells[..n].iter_mut().zip(&self.seen).zip(&self.worth) {
            *cell = worth[usize::from(history)];
        }
        self.lines.get(&self.line_at, node, &mut cells[n..n + d]);
        cells[n + d + self.matchers.len()..].fill(UNKNOWN);
        let decision = self.decision(prefix);
        let (distances, odds) = self.inputs.split_at_mut(self.plan.distances);
        vectors.apart(Opine { cells: &self.cells, odds, distances, rates: &mut self.paces });
        let odds = Lanes::flat(odds);
        let last = n + d + self.matchers.len();
        odds[last] = 0.4;
        if let Some(bilinear) = &mut self.bilinear {
            odds[last + 1] = bilinear.odds(vectors, decision);
        }
        let second = Lanes::flat(&mut self.second);
        let count = self.plan.selectors.len();
        second[..count].copy_from_slice(self.first.mix(vectors, &self.inputs));
        let mut at = count;
        if let Some(together) = &mut self.together {
            second[at] = together.mix_together(vectors, &self.inputs);
            at += 1;
        }
        second[at] = 0.3;
        let odds = Lanes::flat(&mut self.inputs[self.plan.distances..]);
        for (passed, &input) in second[at + 1..].iter_mut().zip(&self.passed) {
            *passed = odds[input] * PASSED;
        }
        let closing = self.last.mix(vectors, &self.second);
        let odds = closing.iter().sum::<f32>() / closing.len() as f32;
        let p = squash(odds);

        let position = (odds.clamp(-REACH, REACH) + REACH) * (1.0 / APART);
        let low = position as usize;
        let part = position - low as f32;
        let curves = self.curves(prefix, expected);
        let mut mean = 0.0;
        for &curve in &curves[..self.plan.maps] {
            let curve = &self.maps[curve].0;
            let [below, above] =
                [curve[low & 31], curve[(low + 1) & 31]].map(|p| f32::from(p) * (1.0 / 65_536.0));
            mean += below + (above - below) * part;
        }
        let p = if self.plan.maps > 0 { (p + mean / self.plan.maps as f32) * 0.5 } else { p };
        Step { p, curves, point: low + usize::from(part >= 0.5) }
    }

    /// Learns a decision.
    #[inline(always)]
    fn learn(&mut self, vectors: impl Vectors, step: &Step, node: usize, bit: bool) {
        let &Step { p, curves, point } = step;
        let (n, d) = (self.plan.contexts.len(), self.plan.direct.len());
        if let Some(bilinear) = &mut self.bilinear {
            bilinear.learn(vectors, bit, p);
        }

        // Shifts round down: a curve would never come back to certainty of a one.
        let target = if bit { 65_535 + (1 << MAP_SHIFT) - 1 } else { 0 };
        for &curve in &curves[..self.plan.maps] {
            let point = &mut self.maps[curve].0[point & 31];
            *point = (i32::from(*point) + ((target - i32::from(*point)) >> MAP_SHIFT)) as u16;
        }
        self.last.update(vectors, &self.second, bit, self.plan.rates[2]);
        let [alone, common] = &mut self.rates;
        self.first.update(vectors, &self.inputs, bit, alone.step());
        if let Some(together) = &mut self.together {
            together.update_together(vectors, &self.inputs, bit, common.step());
        }

        vectors.apart(Learn { cells: &mut self.cells, rates: &self.paces, limit: LIMIT, bit });
        let cells = Cells::flat(&mut self.cells);
        let next = &self.next[usize::from(bit)];
        let nodes = self.seen.iter().zip(&mut self.current);
        for ((worth, cell), (&history, current)) in self.worth.iter_mut().zip(&*cells).zip(nodes) {
            worth[usize::from(history)] = *cell;
            worth[usize::from(EMPTY)] = UNKNOWN;
            current[node & 15] = next[usize::from(history)];
        }
        self.lines.put(&self.line_at, node, &cells[n..n + d]);
        for (cell, &at) in cells[n + d..].iter().zip(&self.agreement_at) {
            if let Some(agreement) = self.agreements.get_mut(at) {
                *agreement = *cell;
            }
        }
    }
}

impl SymbolModel for Model {
    type Counts = Counts;

    #[inline]
    fn symbol<Io: BitIo + FineIo + ChoiceIo>(&mut self, io: &mut Io, symbol: u8) -> u8 {
        self.unit.run(Symbol { model: self, io, byte: symbol })
    }

    fn begin(&mut self) {
        if let Some(expansion) = &mut self.expansion {
            expansion.begin(&mut self.context);
        }
        self.locate();
        self.unit.run(Arrival { model: self });
    }

    fn restart_counts(&mut self) {
        self.counts = Counts::default();
    }

    fn counts(&self) -> Counts {
        self.counts
    }
}

/// A symbol to be coded.
struct Symbol<'a, Io> {
    model: &'a mut Model,
    io: &'a mut Io,
    byte: u8,
}

impl<Io: FineIo> Task for Symbol<'_, Io> {
    type Output = u8;

    #[inline(always)]
    fn run(self, vectors: impl Vectors) -> u8 {
        self.model.code(vectors, self.io, self.byte)
    }
}

/// Another beginning of a text.
struct Arrival<'a> {
    model: &'a mut Model,
}

impl Task for Arrival<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        self.model.arrive(vectors);
    }
}

/// What all decisions of a symbol have in common of what selects their weights and maps.
#[derive(Debug, Clone, Copy, Default)]
struct Here {
    /// The last symbol, and the one before.
    last: usize,
    before: usize,
    /// Hashes of the last three symbols, and of the word so far.
    three: u32,
    word: u32,
    place: usize,
    /// Letters of the word so far; with those of the one before.
    length: usize,
    lengths: usize,
    form: usize,
    sorts: usize,
    told: usize,
    field: usize,
    spelling: usize,
    pair: usize,
    word_before: usize,
    word_before_that: usize,
}

impl Here {
    fn of(context: &Context) -> Self {
        let [last, before] = [1, 2].map(|back| context.symbol(back));
        let [length, length_before] = context.lengths();
        Self {
            last: usize::from(last),
            before: usize::from(before),
            three: context.three().wrapping_mul(0x9e37_79b1),
            word: (context.word() >> 20) as u32,
            place: context.place(),
            length,
            lengths: length << 3 | length_before,
            form: context.form(),
            sorts: sort(last) * SORTS + sort(before),
            told: context.told(),
            field: context.field(),
            spelling: context.spelling(),
            pair: context.pair(),
            word_before: context.before(),
            word_before_that: context.before_that(),
        }
    }
}

/// A decision that was predicted and is to be learned.
struct Step {
    /// The probability of a one.
    p: f32,
    /// The curves of the maps, and the point on them that was next.
    curves: [usize; MAPS],
    point: usize,
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::{Encoder, Room};

    use super::*;
    use crate::bounds::Settings;

    impl Model {
        /// Uses vector unit `unit` throughout.
        fn with(mut self, unit: Unit) -> Self {
            self.unit = unit;
            self
        }
    }

    fn archive(unit: Unit, level: usize, text: &[u8]) -> Vec<u8> {
        let settings = Settings { plan: Plan::level(level), ..Settings::default() };
        let size = settings.size(pressmark_coding::unit::Unit::Byte, 0, text.len());
        let mut model = Model::new(size.expect("it fits")).with(unit);
        let mut bytes = vec![0; 2 * text.len() + 100];
        let mut io = Encoder::new(Room::new(&mut bytes));
        text.iter().for_each(|&byte| _ = model.symbol(&mut io, byte));
        let used = io.finish().used().expect("it fits");
        bytes.truncate(used);
        bytes
    }

    #[test]
    fn every_vector_unit_writes_the_same_archive() {
        let words = ["Tim", "saw", "a", "dog", "and", "the", "sun", "was", "\"hi\"", "12:30", "\n"];
        let mut state = 7u32;
        let text: String = (0..3000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                format!("{} ", words[(state >> 16) as usize % words.len()])
            })
            .collect();
        for level in [3, 5, 9] {
            let plain = archive(Unit::Plain, level, text.as_bytes());
            assert!(plain.len() * 4 < text.len());
            assert_eq!(plain, archive(Unit::Avx2, level, text.as_bytes()), "level {level}");
            assert_eq!(plain, archive(Unit::Avx512, level, text.as_bytes()), "level {level}");
        }
    }
}
