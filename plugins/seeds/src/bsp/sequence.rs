//! The cost of word order: a bigram model with a little mass for what is unknown.
//!
//! The probability of a word after another is `(c + α) / (n + α V)`; the first word is free.

use super::exact::log2;
use super::hash::Map;

const ALPHA: f64 = 0.01;
/// With so many transitions, those seen once are dropped.
const MOST: u64 = 150_000;
/// Words whose counts are saved.
const SAVED: usize = 50_000;

/// Counts of words, and of words after words.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    transitions: Map<(u32, u32), u32>,
    total: u64,
    counts: Vec<u32>,
    /// Words with a count, by first occurrence.
    order: Vec<u32>,
}

impl Sequence {
    /// Learns a line.
    pub fn learn(&mut self, line: &[u32]) {
        if line.len() < 2 {
            return;
        }
        for pair in line.windows(2) {
            *self.transitions.entry((pair[0], pair[1])).or_insert(0) += 1;
        }
        self.total += line.len() as u64 - 1;
        for &word in line {
            let at = word as usize;
            if at >= self.counts.len() {
                self.counts.resize(at + 1, 0);
            }
            if self.counts[at] == 0 {
                self.order.push(word);
            }
            self.counts[at] = self.counts[at].saturating_add(1);
        }
        if self.total > MOST {
            let before = self.transitions.len();
            self.transitions.retain(|_, count| *count >= 2);
            self.total -= (before - self.transitions.len()) as u64;
        }
    }

    /// The bits of a line's word order, as the original counts them.
    pub fn cost(&self, line: &[u32]) -> f64 {
        let floor = ALPHA * self.order.len().max(1) as f64;
        let price = |pair: &[u32]| {
            let count = self.transitions.get(&(pair[0], pair[1])).copied().unwrap_or(0);
            let total = self.counts.get(pair[0] as usize).copied().unwrap_or(0);
            -log2((f64::from(count) + ALPHA) / (f64::from(total) + floor))
        };
        line.windows(2).map(price).sum()
    }

    /// What writing and reading the model does to it: transitions seen once are gone, but the
    /// totals they are divided by keep them.
    pub fn reload(&mut self) {
        self.transitions.retain(|_, count| *count >= 2);
        for word in self.order.drain(self.order.len().min(SAVED)..) {
            self.counts[word as usize] = 0;
        }
    }

    /// How many transitions are known.
    pub fn transitions(&self) -> usize {
        self.transitions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_follow_the_counts() {
        let mut sequence = Sequence::default();
        sequence.learn(&[0, 1, 0, 1, 2]);
        let expected = |count: f64, total: f64| -((count + 0.01) / (total + 0.03)).log2();
        assert!((sequence.cost(&[0, 1]) - expected(2.0, 2.0)).abs() < 1e-9);
        assert!((sequence.cost(&[1, 2, 9]) - expected(1.0, 2.0) - expected(0.0, 1.0)).abs() < 1e-9);
        assert!((sequence.cost(&[9, 1]) - expected(0.0, 0.0)).abs() < 1e-9);
        assert!(sequence.cost(&[7]).abs() < f64::EPSILON, "the first word is free");
        sequence.reload();
        assert_eq!(sequence.transitions(), 1);
        assert!((sequence.cost(&[1, 2]) - expected(0.0, 2.0)).abs() < 1e-9);
    }
}
