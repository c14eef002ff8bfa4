//! What followed a context of words: a few successors with counts.
//!
//! Cost: 40 bytes per context.

/// Successors remembered per context.
pub const WIDTH: usize = 7;
/// Words are numbered below this.
pub const STATES: usize = 65;

/// The successors of one context.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell {
    check: u32,
    words: [u32; WIDTH],
    counts: [u8; WIDTH],
    latest: u8,
}

/// A count at which all are halved, so that the past fades.
const MOST: u8 = 60;

impl Cell {
    /// The remembered successors, each with its state in `1..STATES`: its share of the counts,
    /// their sum, and whether it came last, quantised.
    pub fn successors(&self, check: u32) -> impl Iterator<Item = (u32, u8)> {
        let known = self.check == check;
        let total: u32 = self.counts.iter().map(|&count| u32::from(count)).sum();
        let size = match total {
            0..=1 => 0,
            2..=3 => 1,
            4..=9 => 2,
            _ => 3,
        };
        let latest = usize::from(self.latest);
        self.words.into_iter().zip(self.counts).enumerate().filter_map(move |(k, (word, count))| {
            let share = u32::from(count) * 15 / (2 * total.max(1));
            let state = 1 + (share.min(7) * 4 + size) * 2 + u32::from(k == latest);
            (known && count > 0).then_some((word, state as u8))
        })
    }

    /// Counts the word that came.
    pub fn learn(&mut self, check: u32, word: u32) {
        if self.check != check {
            *self = Self { check, ..Self::default() };
        }
        let known = (0..WIDTH).find(|&k| self.counts[k] > 0 && self.words[k] == word);
        let at = known.or_else(|| {
            let rarest = (0..WIDTH).min_by_key(|&k| self.counts[k]).unwrap_or(0);
            if self.counts[rarest] > 1 {
                self.counts[rarest] -= 1;
                return None;
            }
            self.counts[rarest] = 0;
            self.words[rarest] = word;
            Some(rarest)
        });
        if let Some(at) = at {
            self.counts[at] += 1;
            self.latest = at as u8;
            if self.counts[at] >= MOST {
                self.counts.iter_mut().for_each(|count| *count /= 2);
            }
        }
    }
}

/// Spreads the bits of a hash.
#[inline]
pub fn scramble(value: u64) -> u64 {
    let hash = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stay_in_range_and_the_frequent_stay() {
        let mut cell = Cell::default();
        for k in 0..5000u32 {
            cell.learn(7, if k % 3 == 0 { 1 } else { k % 50 });
            assert!(cell.successors(7).all(|(_, s)| s > 0 && usize::from(s) < STATES));
        }
        assert!(cell.successors(7).any(|(word, _)| word == 1));
        assert_eq!(cell.successors(8).count(), 0);
        cell.learn(8, 3);
        assert_eq!(cell.successors(7).count(), 0);
        assert_eq!(cell.successors(8).map(|(word, _)| word).collect::<Vec<_>>(), [3]);
    }
}
