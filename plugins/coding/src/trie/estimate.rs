//! What a history is worth: probabilities of a one that are learned.
//!
//! The indirection of paq's bit histories: nodes with equal histories share what such
//! histories turned out to be worth at that depth, so that a node seen once already gives a
//! good estimate.

use crate::logistic::Logistic;

use super::nodes::Node;
use crate::history::{EMPTY, Histories};

/// Estimates average over this many bits, then forget.
const LIMIT: u32 = 250;

/// `65536 / (n + 1.5)`.
const RATES: [u32; 1024] = {
    let mut table = [0; 1024];
    let mut n = 0;
    while n < 1024 {
        table[n] = 131_072 / (2 * n as u32 + 3);
        n += 1;
    }
    table
};

/// A probability in 22 bits with the count of its updates in 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate(u32);

impl Estimate {
    /// Starts at `p / 65536`.
    pub(super) fn starting_at(p: u16) -> Self {
        Self(u32::from(p) << 16)
    }

    /// The probability of a one in 12 bits.
    #[inline]
    pub(super) fn p12(self) -> u16 {
        (self.0 >> 20) as u16
    }

    /// Learns a bit; after `limit` (below 1024) bits it forgets exponentially.
    #[inline]
    pub(super) fn learn(&mut self, bit: bool, limit: u32) {
        let n = self.0 & 1023;
        let p = (self.0 >> 10) as i64;
        let target = if bit { (1 << 22) - 1 } else { 0 };
        let p = p + (((target - p) * i64::from(RATES[n as usize])) >> 16);
        self.0 = (p as u32) << 10 | (n + u32::from(n < limit));
    }
}

/// What a history is worth, and what comes after it: all that it leads to in eight bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
struct Worth {
    estimate: Estimate,
    /// The same as log odds.
    odds: i16,
    /// The history after a zero and after a one.
    after: [u8; 2],
}

/// What each history of one context is worth.
#[derive(Debug, Clone)]
pub(super) struct Estimator([Worth; 256]);

impl Estimator {
    /// Starts by believing the counts.
    pub(super) fn new(histories: &Histories, tables: &Logistic) -> Self {
        Self(std::array::from_fn(|history| {
            let history = history as u8;
            let estimate = Estimate::starting_at(histories.start(history));
            let odds = if history == EMPTY { 0 } else { tables.stretch(estimate.p12()) };
            let after = [false, true].map(|bit| histories.after(history, bit));
            Worth { estimate, odds, after }
        }))
    }

    /// What a history is worth, as log odds; none if it is empty.
    #[inline]
    pub(super) fn odds(&self, history: u8) -> i16 {
        self.0[usize::from(history)].odds
    }

    /// Learns the bits that followed the histories at some places of a node, and adds them
    /// to these.
    #[inline(always)]
    pub(super) fn learn(&mut self, node: &mut Node, steps: [(usize, bool); 4], tables: &Logistic) {
        for (at, bit) in steps {
            let history = &mut node[at & 15];
            let worth = &mut self.0[usize::from(*history)];
            *history = worth.after[usize::from(bit)];
            worth.estimate.learn(bit, LIMIT);
            worth.odds = tables.stretch(worth.estimate.p12());
        }
        self.0[usize::from(EMPTY)].odds = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_averages_then_forgets() {
        let mut estimate = Estimate::starting_at(1 << 15);
        (0..400).for_each(|k| estimate.learn(k % 4 == 0, 200));
        assert!((900..1150).contains(&estimate.p12()), "{}", estimate.p12());
        (0..4000).for_each(|_| estimate.learn(true, 200));
        assert!(estimate.p12() > 4080, "{}", estimate.p12());
    }

    #[test]
    fn longer_histories_are_trusted_more() {
        let (histories, tables) = (Histories::new(), Logistic::new());
        let estimator = Estimator::new(&histories, &tables);
        let mut history = histories.after(EMPTY, true);
        for _ in 0..10 {
            let next = histories.after(history, true);
            assert!(estimator.odds(next) > estimator.odds(history));
            history = next;
        }
    }

    #[test]
    fn a_node_learns_along_its_path() {
        let (histories, tables) = (Histories::new(), Logistic::new());
        let mut estimator = Estimator::new(&histories, &tables);
        let (mut node, once) = ([EMPTY; 16], histories.after(EMPTY, true));
        let before = estimator.odds(once);
        estimator.learn(&mut node, [(1, true), (3, true), (7, false), (14, true)], &tables);
        assert_eq!((node[1], node[3], node[14]), (once, once, once));
        assert_eq!(node[7], histories.after(EMPTY, false));
        assert_eq!(node.iter().filter(|&&history| history != EMPTY).count(), 4);
        assert_eq!(estimator.odds(EMPTY), 0, "who never was there has no opinion");
        assert_eq!(estimator.odds(once), before);
        (0..50).for_each(|_| estimator.learn(&mut [once; 16], [(1, false); 4], &tables));
        assert!(estimator.odds(once) < 0);
    }
}
