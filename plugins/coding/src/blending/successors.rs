//! What came after a rare context: up to three symbols and how often each came, in eight bytes.
//!
//! A context of many symbols is seen a few times, and what came then is most of what it has to say.
//! From the highest bits: a check of 28 bits, three counts of 4 bits, three symbols. A symbol that
//! came more often stands before one that came less often; what does not come fades.
//!
//! Cost: one cache line a context and symbol; 8 bytes a context.

use crate::memory::{filled, prefetch};

/// Symbols that are remembered.
pub(super) const KEPT: usize = 3;
/// What the counts of a context can look like, the later ones cut to 3.
pub(super) const STATES: usize = 256;
/// Bits of counts and symbols.
const CONTENT: u32 = 36;
const MOST: u8 = 15;

/// The successors of one context.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Successors(u64);

impl Successors {
    fn none(context: u64) -> Self {
        Self(context << CONTENT)
    }

    /// How often one came, 0 if there is none, up to 15.
    #[inline(always)]
    fn count(self, at: usize) -> u8 {
        (self.0 >> (32 - 4 * at)) as u8 & MOST
    }

    /// A successor.
    #[inline(always)]
    pub(super) fn symbol(self, at: usize) -> u8 {
        (self.0 >> (16 - 8 * at)) as u8
    }

    /// Which of [`STATES`] the counts are.
    #[inline(always)]
    pub(super) fn state(self) -> usize {
        let [first, second, third] = [0, 1, 2].map(|at| usize::from(self.count(at)));
        first | second.min(3) << 4 | third.min(3) << 6
    }

    /// These after one more symbol.
    #[inline(always)]
    pub(super) fn after(self, symbol: u8) -> Self {
        /// What is left of a count when another symbol comes, four bits for each.
        const FADED: u64 = 0xdcba_9876_5543_2210;
        let fades = |count: u8| (FADED >> (4 * count)) as u8 & MOST;
        let mut counts = [0, 1, 2].map(|at| self.count(at));
        let mut symbols = [0, 1, 2].map(|at| self.symbol(at));
        let is = [0, 1, 2].map(|at| counts[at] > 0 && symbols[at] == symbol);
        let more = |count: u8| (count + 1).min(MOST);
        for at in 0..KEPT {
            counts[at] = if is[at] { more(counts[at]) } else { fades(counts[at]) };
        }
        if is[0] {
            // Most are.
        } else if is[1] || is[2] {
            let at = if is[1] { 1 } else { 2 };
            if counts[at] >= counts[at - 1] {
                counts.swap(at, at - 1);
                symbols.swap(at, at - 1);
            }
        } else {
            let free = counts.iter().position(|&count| count == 0).unwrap_or(KEPT - 1);
            (counts[free], symbols[free]) = (1, symbol);
        }
        let pack = |[first, second, third]: [u8; 3], bits: u32| {
            u64::from(first) << (2 * bits) | u64::from(second) << bits | u64::from(third)
        };
        Self(self.0 >> CONTENT << CONTENT | pack(counts, 4) << 24 | pack(symbols, 8))
    }

    #[inline(always)]
    fn is_of(self, context: u64) -> bool {
        (self.0 ^ context << CONTENT) >> CONTENT == 0
    }
}

/// The successors of many contexts, found by hash.
#[derive(Debug)]
pub(super) struct Table(Vec<u64>);

impl Table {
    /// Of up to `2^bits` contexts, `bits` from 1 to 32.
    pub(super) fn new(bits: u32) -> Self {
        Self(filled(0, 1 << bits))
    }

    /// What [`Table::new`] allocates.
    pub(super) fn allocated(bits: u32) -> usize {
        size_of::<u64>() << bits
    }

    #[inline(always)]
    fn place(&self, context: u64) -> usize {
        (((context >> 32) * self.0.len() as u64) >> 32) as usize
    }

    /// Asks for what [`Table::find`] needs.
    #[inline(always)]
    pub(super) fn touch(&self, context: u64) {
        prefetch(&self.0, self.place(context));
    }

    /// The successors of a context and where they are, or are to be put: at the less busy of two
    /// places, if they are new.
    #[inline(always)]
    pub(super) fn find(&self, context: u64) -> (usize, Successors) {
        let place = self.place(context);
        let [here, there] = [place, place ^ 1].map(|place| Successors(self.0[place]));
        if here.is_of(context) {
            (place, here)
        } else if there.is_of(context) {
            (place ^ 1, there)
        } else {
            let place = if there.count(0) < here.count(0) { place ^ 1 } else { place };
            (place, Successors::none(context))
        }
    }

    /// Puts successors where they were found.
    #[inline(always)]
    pub(super) fn put(&mut self, place: usize, successors: Successors) {
        self.0[place] = successors.0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(symbols: &[u8]) -> Successors {
        symbols.iter().fold(Successors::none(77), |all, &symbol| all.after(symbol))
    }

    #[test]
    fn what_comes_more_often_stands_first() {
        let one = after(b"a");
        assert_eq!((one.symbol(0), one.state()), (b'a', 1));
        let more = after(b"abbcb");
        assert_eq!([0, 1, 2].map(|at| more.symbol(at)), *b"bac");
        assert_eq!(after(b"").state(), 0);
        assert_eq!(after(&[b'a'; 100]).state(), 15);
    }

    #[test]
    fn the_newest_takes_the_last_place() {
        let full = after(b"aabbcd");
        assert_eq!(full.symbol(2), b'd');
        let mut moved = after(&[b'a'; 40]);
        for _ in 0..40 {
            moved = moved.after(b'b');
        }
        assert_eq!(moved.symbol(0), b'b', "what does not come fades");
    }

    proptest! {
        #[test]
        fn symbols_are_told_apart(symbols in prop::collection::vec(0u8..6, 1..200)) {
            let all = after(&symbols);
            let known: Vec<u8> = (0..KEPT).filter(|&at| all.count(at) > 0).map(|at| all.symbol(at)).collect();
            prop_assert!(known.contains(&symbols[symbols.len() - 1]));
            prop_assert!((1..known.len()).all(|at| !known[..at].contains(&known[at])));
            prop_assert!(all.is_of(77) && all.state() < STATES);
        }
    }

    #[test]
    fn contexts_keep_their_successors() {
        let mut table = Table::new(8);
        let contexts: Vec<u64> = (1..100).map(|k| super::super::context::hash(k, k)).collect();
        for (&context, symbol) in contexts.iter().zip(0..) {
            let (place, successors) = table.find(context);
            table.put(place, successors.after(symbol));
        }
        let kept = contexts.iter().zip(0..).filter(|&(&context, symbol)| {
            let successors = table.find(context).1;
            successors.state() > 0 && successors.symbol(0) == symbol
        });
        let kept = kept.count();
        assert!(kept > 80, "{kept} of 99 are kept");
    }
}
