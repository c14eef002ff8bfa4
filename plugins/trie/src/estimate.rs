//! What a history is worth: probabilities of a one that are learned.
//!
//! The indirection of paq's bit histories: nodes with equal histories share what such
//! histories turned out to be worth at that depth, so that a node seen once already gives a
//! good estimate.

use crate::history::Histories;

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
pub struct Estimate(u32);

impl Estimate {
    /// Starts at `p / 65536`.
    pub fn starting_at(p: u16) -> Self {
        Self(u32::from(p) << 16)
    }

    /// The probability of a one in 12 bits.
    #[inline]
    pub fn p12(self) -> u16 {
        (self.0 >> 20) as u16
    }

    /// Learns a bit; after `limit` (below 1024) bits it forgets exponentially.
    #[inline]
    pub fn learn(&mut self, bit: bool, limit: u32) {
        let n = self.0 & 1023;
        let p = (self.0 >> 10) as i64;
        let target = if bit { (1 << 22) - 1 } else { 0 };
        let p = p + (((target - p) * i64::from(RATES[n as usize])) >> 16);
        self.0 = (p as u32) << 10 | (n + u32::from(n < limit));
    }
}

/// What each history of one depth is worth.
#[derive(Debug, Clone)]
pub struct Estimator([Estimate; 256]);

impl Estimator {
    /// Starts by believing the counts.
    pub fn new(histories: &Histories) -> Self {
        Self(std::array::from_fn(|h| Estimate::starting_at(histories.start(h as u8))))
    }

    /// The estimate of a history.
    #[inline]
    pub fn of(&mut self, history: u8) -> &mut Estimate {
        &mut self.0[usize::from(history)]
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
        let histories = Histories::new();
        let mut estimator = Estimator::new(&histories);
        let mut history = crate::history::EMPTY;
        let mut before = estimator.of(history).p12();
        for _ in 0..10 {
            history = histories.after(history, true);
            let now = estimator.of(history).p12();
            assert!(now > before);
            before = now;
        }
    }
}
