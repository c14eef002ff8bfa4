//! Nodes in fewer bytes: the half bytes that followed a context, each with a weight.
//!
//! | bytes | an entry |
//! |---|---|
//! | 1 | the context's check |
//! | 1 | the likeliest half byte (4 bits), whether there are others (1), its weight (3) |
//! | 1 | with others: how strange the visits were (5 bits), how many half bytes there are (3) |
//! | 1 each | every other half byte (4 bits) and its weight (4) |
//!
//! An entry of one half byte is a *condensed* node: nearly nothing is lost, and it goes on
//! counting. One of several is a *frozen* node: its histories became a quantised distribution,
//! which predicts and does not learn.
//!
//! A frozen node is stale when it is surprised by more than it should be: each visit adds the
//! surprise, minus the entropy of the distribution, to a sum that never falls below zero
//! (Page's cumulative sum test, 1954). Surprise alone would thaw whatever is hard to predict.

use crate::history::{EMPTY, Histories};

use super::Node;

/// The most half bytes of an entry; the least likely ones are dropped.
const MOST: usize = 6;
/// The most bytes of an entry.
pub(super) const LONGEST: usize = 2 + MOST;
/// Weights of the likeliest half byte, by class.
const COARSE: [u8; 8] = [1, 2, 3, 4, 6, 10, 18, 36];
/// Weights of the others.
const FINE: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 18, 22, 27, 33, 40];
/// Sums of weights that are told apart.
const SUMS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 31, 37, 45];
/// Marks an entry of several half bytes.
const SEVERAL: u8 = 8;
/// Strangeness is summed in quarters of a bit.
const QUARTER: i32 = 4;
/// Three bits more than expected are too many.
const STALE: i32 = 12;

/// A packed node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    bytes: [u8; LONGEST],
}

impl Entry {
    /// The entry at the front of these bytes.
    #[inline]
    pub(super) fn at(bytes: &[u8]) -> Self {
        let mut entry = Self { bytes: [0; LONGEST] };
        let length = length(bytes);
        entry.bytes[..length].copy_from_slice(&bytes[..length]);
        entry
    }

    /// Its bytes.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..length(&self.bytes)]
    }

    /// Whether several half bytes followed.
    #[inline]
    pub(super) fn frozen(&self) -> bool {
        self.bytes[1] & SEVERAL != 0
    }

    /// Half bytes and their weights; a weight of 0 ends them.
    #[inline]
    fn weights(&self) -> [(u8, u8); MOST] {
        let mut all = [(0, 0); MOST];
        all[0] = (self.bytes[1] >> 4, COARSE[usize::from(self.bytes[1] & 7)]);
        let others = length(&self.bytes) - 2;
        for (weight, &byte) in all[1..].iter_mut().zip(&self.bytes[3..]).take(others.max(1) - 1) {
            *weight = (byte >> 4, FINE[usize::from(byte & 15)]);
        }
        all
    }

    /// The sum of its weights: about as many as its visits were.
    pub(super) fn total(&self) -> u32 {
        self.weights().iter().map(|&(_, weight)| u32::from(weight)).sum()
    }

    /// Counts one more visit of a condensed node. Large weights stand for several visits, and
    /// grow as seldom; `chance` decides.
    pub(super) fn count(&mut self, chance: u32) {
        const SELDOM: [u32; 7] = [0, 0, 0, 1, 3, 7, 15];
        let class = usize::from(self.bytes[1] & 7);
        if SELDOM.get(class).is_some_and(|mask| chance & mask == 0) {
            self.bytes[1] += 1;
        }
    }

    /// Adds up the strangeness of a visit; true if the node has become stale.
    pub(super) fn is_stale(&mut self, strangeness: i32) -> bool {
        let sum = (i32::from(self.bytes[2] >> 3) + strangeness / QUARTER).max(0);
        if sum <= STALE {
            self.bytes[2] = self.bytes[2] & 7 | (sum as u8) << 3;
        }
        sum > STALE
    }
}

/// The length of the entry at the front of these bytes.
#[inline]
pub(super) fn length(entry: &[u8]) -> usize {
    if entry[1] & SEVERAL == 0 { 2 } else { 2 + usize::from(entry[2] & 7).clamp(2, MOST) }
}

/// Between histories and weights.
#[derive(Debug)]
pub(super) struct Packing {
    /// The zeros and ones of the shortest way to each history.
    counts: [(u8, u8); 256],
    next: [[u8; 2]; 256],
    /// The histories after so many zeros and ones, as indices of [`SUMS`].
    histories: [[u8; SUMS.len()]; SUMS.len()],
    /// The nearest of [`SUMS`].
    nearest: [u8; 256],
    /// Logarithms to base two, in sixteenths.
    log: [u16; 256],
}

impl Packing {
    pub(super) fn new(histories: &Histories) -> Self {
        let sum = |at: usize| u32::from(SUMS[at]);
        let nearest = |weight: usize| {
            let distance = |&at: &usize| weight.abs_diff(usize::from(SUMS[at]));
            (0..SUMS.len()).min_by_key(distance).unwrap_or(0) as u8
        };
        Self {
            counts: counts(histories),
            next: std::array::from_fn(|h| [false, true].map(|bit| histories.after(h as u8, bit))),
            histories: std::array::from_fn(|zeros| {
                std::array::from_fn(|ones| typical(histories, sum(zeros), sum(ones)))
            }),
            nearest: std::array::from_fn(nearest),
            log: std::array::from_fn(|n| log(n as u32)),
        }
    }

    /// About how often a node was visited.
    #[inline]
    pub(super) fn total(&self, node: &Node) -> u32 {
        let (zeros, ones) = self.counts[usize::from(node[1])];
        u32::from(zeros) + u32::from(ones)
    }

    /// The half byte that always followed, if there is one.
    #[inline]
    pub(super) fn single(&self, node: &Node) -> Option<u8> {
        let mut at = 1;
        for _ in 0..4 {
            let (zeros, ones) = self.counts[usize::from(node[at & 15])];
            if (zeros > 0) == (ones > 0) {
                return None;
            }
            at = at << 1 | usize::from(ones > 0);
        }
        Some((at & 15) as u8)
    }

    /// The half byte that made `after` of the node that an entry stands for.
    pub(super) fn came(&self, entry: &Entry, after: &Node) -> u8 {
        let before = self.unpack(entry);
        let step = |at: usize, _| {
            let one = self.next[usize::from(before[at & 15])][1] == after[at & 15];
            at << 1 | usize::from(one)
        };
        ((0..4).fold(1, step) & 15) as u8
    }

    /// Packs a node.
    pub(super) fn pack(&self, node: &Node) -> Entry {
        let mut entry = Entry { bytes: [0; LONGEST] };
        entry.bytes[0] = node[0];
        if let Some(half) = self.single(node) {
            entry.bytes[1] = half << 4 | class(&COARSE, self.total(node) * UNIT);
            return entry;
        }
        // The weight of the root goes down in proportion to the counts: these forget.
        let mut weights = [0; 32];
        weights[1] = self.total(node).max(1) * UNIT;
        for at in 1..16 {
            let (zeros, ones) = self.counts[usize::from(node[at])];
            let (zeros, ones) = (u32::from(zeros), u32::from(ones));
            for (child, count) in [(2 * at, zeros), (2 * at + 1, ones)] {
                if weights[at] > 0 && count > 0 {
                    weights[child] = (weights[at] * count / (zeros + ones)).max(1);
                }
            }
        }
        let mut halves: [usize; 16] = std::array::from_fn(|half| 16 + half);
        halves.sort_by_key(|&half| std::cmp::Reverse(weights[half]));
        let several = halves.iter().take(MOST).take_while(|&&half| weights[half] > 0).count();
        let half = |half: usize| (half as u8) << 4;
        entry.bytes[1] = half(halves[0]) | SEVERAL | class(&COARSE, weights[halves[0]]);
        entry.bytes[2] = several.max(2) as u8;
        for (byte, &other) in entry.bytes[3..].iter_mut().zip(&halves[1..several]) {
            *byte = half(other) | class(&FINE, weights[other]);
        }
        entry
    }

    /// The node that an entry stands for.
    pub(super) fn unpack(&self, entry: &Entry) -> Node {
        let near = |sum: u8| usize::from(self.nearest[usize::from(sum)]);
        if !entry.frozen() {
            let [(half, weight), ..] = entry.weights();
            let (zeros, ones) = (self.histories[near(weight)][0], self.histories[0][near(weight)]);
            let mut node = [EMPTY; 16];
            node[0] = entry.bytes[0];
            let mut at = 1;
            for left in (0..4).rev() {
                let bit = half >> left & 1;
                node[at & 15] = if bit == 1 { ones } else { zeros };
                at = at << 1 | usize::from(bit);
            }
            return node;
        }
        let mut sums = [[0; 2]; 16];
        for (half, weight) in entry.weights() {
            let mut at = 1;
            for left in (0..4).rev() {
                let bit = usize::from(half >> left & 1);
                sums[at & 15][bit] += weight;
                at = at << 1 | bit;
            }
        }
        let mut node = sums.map(|[zeros, ones]| self.histories[near(zeros)][near(ones)]);
        node[0] = entry.bytes[0];
        node
    }

    /// The surprise that a half byte is to an entry's distribution, minus that distribution's
    /// entropy, in sixteenths of a bit.
    pub(super) fn strangeness(&self, entry: &Entry, came: u8) -> i32 {
        let total = entry.total().max(1);
        let all = i32::from(self.log[total.min(255) as usize]);
        let (mut surprise, mut entropy) = (all + 16, 0);
        for (half, weight) in entry.weights().into_iter().take_while(|&(_, weight)| weight > 0) {
            let own = all - i32::from(self.log[usize::from(weight)]);
            entropy += i32::from(weight) * own;
            if half == came {
                surprise = own;
            }
        }
        surprise - entropy / total as i32
    }
}

/// Weights have eight bits after the point while a node is packed.
const UNIT: u32 = 256;

/// The class of a weight: borders are at geometric means.
fn class(classes: &[u8], weight: u32) -> u8 {
    let weight = u64::from(weight) * u64::from(weight);
    let above =
        |pair: &[u8]| weight >= u64::from(UNIT * UNIT) * u64::from(pair[0]) * u64::from(pair[1]);
    classes.windows(2).take_while(|pair| above(pair)).count() as u8
}

/// The counts of the shortest way to each history; none for a number that is no history.
fn counts(histories: &Histories) -> [(u8, u8); 256] {
    let mut counts = [(0, 0); 256];
    let (mut reached, mut way) = ([false; 256], [EMPTY; 256]);
    reached[usize::from(EMPTY)] = true;
    let (mut done, mut known) = (0, 1);
    while done < known {
        let (zeros, ones): (u8, u8) = counts[usize::from(way[done])];
        for bit in [false, true] {
            let next = histories.after(way[done], bit);
            if !std::mem::replace(&mut reached[usize::from(next)], true) {
                counts[usize::from(next)] = (zeros + u8::from(!bit), ones + u8::from(bit));
                way[known] = next;
                known += 1;
            }
        }
        done += 1;
    }
    counts
}

/// The history after so many bits, evenly mixed, the more frequent one last.
fn typical(histories: &Histories, zeros: u32, ones: u32) -> u8 {
    let (mut history, mut seen) = (EMPTY, [0, 0]);
    for _ in 0..zeros + ones {
        let [ahead, behind] = [seen[1] * zeros, seen[0] * ones];
        let bit = if ahead == behind { ones < zeros } else { ahead < behind };
        let bit = seen[0] == zeros || bit && seen[1] < ones;
        history = histories.after(history, bit);
        seen[usize::from(bit)] += 1;
    }
    history
}

/// `16 log2 n`, rounded down: squaring sixteen times over doubles the logarithm each time.
fn log(n: u32) -> u16 {
    let whole = n.max(1).ilog2();
    let mut rest = (u64::from(n.max(1)) << 31) >> whole;
    let mut log = whole as u16;
    for _ in 0..4 {
        rest = (rest * rest) >> 31;
        let over = rest >> 32;
        rest >>= over;
        log = log << 1 | over as u16;
    }
    log
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A node after these half bytes.
    fn after(histories: &Histories, halves: &[u8]) -> Node {
        let mut node = [EMPTY; 16];
        node[0] = 7;
        for half in halves {
            let mut at = 1;
            for left in (0..4).rev() {
                let bit = half >> left & 1 == 1;
                node[at & 15] = histories.after(node[at & 15], bit);
                at = at << 1 | usize::from(bit);
            }
        }
        node
    }

    #[test]
    fn a_few_visits_with_one_successor_come_back_exactly() {
        let histories = Histories::new();
        let packing = Packing::new(&histories);
        for half in 0..16 {
            for visits in [1, 2, 3, 4, 6, 10] {
                let node = after(&histories, &vec![half; visits]);
                let entry = packing.pack(&node);
                assert_eq!(entry.bytes().len(), 2);
                assert_eq!(packing.unpack(&entry), node, "{half} {visits} times");
            }
        }
    }

    #[test]
    fn logarithms_are_right() {
        let right = |n: u32| (f64::from(n).log2() * 16.0 + 1e-9).floor() as u16;
        (1..256).for_each(|n| assert_eq!(log(n), right(n), "{n}"));
    }

    #[test]
    fn what_is_hard_to_predict_is_not_stale_by_that() {
        let histories = Histories::new();
        let packing = Packing::new(&histories);
        // Four half bytes of weight 4 each.
        let other = |half: u8| half << 4 | 3;
        let bytes = [7, other(1) | SEVERAL, 4, other(6), other(9), other(12), 0, 0];
        let mut even = Entry { bytes };
        assert!(even.frozen() && even.total() == 16);
        for half in [1, 6, 9, 12].repeat(100) {
            assert!(!even.is_stale(packing.strangeness(&even, half)));
        }
        let visits = (0..20).take_while(|_| !even.is_stale(packing.strangeness(&even, 3)));
        assert!(visits.count() < 5, "what never came before makes it stale");
    }

    proptest! {
        #[test]
        fn packing_keeps_what_follows(halves in prop::collection::vec(0u8..16, 1..60)) {
            let histories = Histories::new();
            let packing = Packing::new(&histories);
            let node = after(&histories, &halves);
            let entry = packing.pack(&node);
            let length = entry.bytes().len();
            prop_assert_eq!(entry, Entry::at(&[entry.bytes(), &[255; 8]].concat()));
            let unpacked = packing.unpack(&entry);
            prop_assert_eq!(unpacked[0], node[0]);
            for (&a, &b) in node[1..].iter().zip(&unpacked[1..]) {
                // Only what is least likely may be lost, and nothing may come to it.
                prop_assert!(b == EMPTY || a != EMPTY);
                prop_assert!(a == EMPTY || b != EMPTY || length == LONGEST);
            }
            for half in 0..16 {
                prop_assert_eq!(packing.came(&entry, &step(&histories, unpacked, half)), half);
            }
        }
    }

    fn step(histories: &Histories, mut node: Node, half: u8) -> Node {
        let mut at = 1;
        for left in (0..4).rev() {
            let bit = half >> left & 1 == 1;
            node[at & 15] = histories.after(node[at & 15], bit);
            at = at << 1 | usize::from(bit);
        }
        node
    }
}
