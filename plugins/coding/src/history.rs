//! What a node remembers of the bits that followed its context: one byte.
//!
//! Up to four bits are kept in order; of longer histories the two counts and the last bit
//! are kept (the bit histories of Mahoney's paq, with bounds of our own). When a bit comes
//! that contradicts a count above two, part of that count is forgotten, so that a history
//! tells what holds now. A history is no probability: what a history is worth is learned by
//! estimates per context.
//!
//! Histories are numbered by the bits seen, so that a larger number is a busier node.

/// Ordered histories: lengths 0 to 4.
const ORDERED: usize = 31;
const LONGEST: usize = 4;
/// `BOUND[m]`: the larger count goes up to this when the smaller one is `m`.
const BOUND: [u8; 5] = [41, 24, 10, 6, 5];
/// The history of a node never visited.
pub const EMPTY: u8 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    zeros: u8,
    ones: u8,
    last: bool,
}

impl Counts {
    fn fits(self) -> bool {
        let (less, more) = (self.zeros.min(self.ones), self.zeros.max(self.ones));
        BOUND.get(usize::from(less)).is_some_and(|&bound| more <= bound)
    }

    /// Whether these counts can end in this bit.
    fn happens(self) -> bool {
        if self.last { self.ones > 0 } else { self.zeros > 0 }
    }

    fn after(self, bit: bool) -> Self {
        let forget = |count: u8| if count > 2 { count / 2 + 1 } else { count };
        let mut next = Self { last: bit, ..self };
        if bit {
            next.ones += 1;
            next.zeros = forget(next.zeros);
        } else {
            next.zeros += 1;
            next.ones = forget(next.ones);
        }
        while !next.fits() {
            // The new bit's count stays where its bound holds it; a tie lowers the other.
            let lower_ones = next.ones > next.zeros || next.ones == next.zeros && !bit;
            let count = if lower_ones { &mut next.ones } else { &mut next.zeros };
            *count -= 1;
        }
        next
    }
}

/// The successor of every history, and what it is worth at first.
#[derive(Debug, Clone)]
pub struct Histories {
    next: [[u8; 2]; 256],
    start: [u16; 256],
}

impl Histories {
    /// Builds the tables.
    pub fn new() -> Self {
        let counted = counted();
        let find = |counts: Counts| -> u8 {
            let place = counted.iter().position(|&c| c == counts).unwrap_or(0);
            (ORDERED + place) as u8
        };
        let mut tables = Self { next: [[0; 2]; 256], start: [1 << 15; 256] };
        for length in 0..=LONGEST {
            for bits in 0..1usize << length {
                let state = (1 << length) - 1 + bits;
                let ones = bits.count_ones() as u8;
                tables.start[state] = start(length as u8 - ones, ones);
                for bit in [0, 1] {
                    tables.next[state][bit] = if length < LONGEST {
                        ((1 << (length + 1)) - 1 + (bits << 1 | bit)) as u8
                    } else {
                        let last = bits & 1 == 1;
                        find(Counts { zeros: 4 - ones, ones, last }.after(bit == 1))
                    };
                }
            }
        }
        for (place, &counts) in counted.iter().enumerate() {
            let state = ORDERED + place;
            tables.start[state] = start(counts.zeros, counts.ones);
            for bit in [0, 1] {
                tables.next[state][bit] = find(counts.after(bit == 1));
            }
        }
        tables
    }

    /// The history after one more bit.
    #[inline]
    pub fn after(&self, history: u8, bit: bool) -> u8 {
        self.next[usize::from(history)][usize::from(bit)]
    }

    /// What a history is worth before anything was learned: a 16-bit probability of a one.
    #[inline]
    pub fn start(&self, history: u8) -> u16 {
        self.start[usize::from(history)]
    }
}

fn start(zeros: u8, ones: u8) -> u16 {
    let (zeros, ones) = (u32::from(zeros), u32::from(ones));
    (((2 * ones + 1) * 32768) / (zeros + ones + 1)) as u16
}

/// All counted histories, fewest bits first.
fn counted() -> Vec<Counts> {
    let mut all = Vec::new();
    for total in 0..=64u8 {
        for zeros in 0..=total {
            for last in [false, true] {
                let counts = Counts { zeros, ones: total - zeros, last };
                let reachable = total > LONGEST as u8 || total >= 3 && zeros.min(total - zeros) > 0;
                if reachable && counts.fits() && counts.happens() {
                    all.push(counts);
                }
            }
        }
    }
    all
}

impl Default for Histories {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_fit_a_byte_and_each_has_successors() {
        let counted = counted();
        assert!(counted.len() + ORDERED <= 256, "{}", counted.len() + ORDERED);
        for &counts in &counted {
            for bit in [false, true] {
                assert!(counted.contains(&counts.after(bit)), "{counts:?} then {bit}");
            }
        }
        let histories = Histories::new();
        for history in 0..(counted.len() + ORDERED) as u8 {
            assert!([false, true].iter().all(|&bit| histories.after(history, bit) != EMPTY));
        }
    }

    #[test]
    fn busier_nodes_have_larger_numbers() {
        let histories = Histories::new();
        let mut history = EMPTY;
        for seen in 0..60 {
            let next = histories.after(history, true);
            assert!(next > history || seen >= BOUND[0]);
            history = next;
        }
        assert_eq!(histories.after(history, true), history, "the bound holds");
        assert!(histories.after(history, false) < history, "a surprise makes it forget");
    }

    #[test]
    fn short_histories_keep_the_order() {
        let histories = Histories::new();
        let run = |bits: &[bool]| bits.iter().fold(EMPTY, |h, &bit| histories.after(h, bit));
        assert_ne!(run(&[true, false]), run(&[false, true]));
        assert_ne!(run(&[true, false, false, true]), run(&[false, true, false, true]));
    }
}
