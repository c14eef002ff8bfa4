//! Decisions that all histories agree on.
//!
//! Half of a text's decisions are hardly any: the first bit of a byte, the rest of a word that can
//! end in one way only. There histories of all contexts say the same, and asking the network costs
//! far more time than it saves bits. So what histories say is added up first, each as it began,
//! without weights. How often such a sum has been wrong is learned, by its size and by what matches
//! expect; where that is hardly ever, it is the probability that the decision is coded with, and
//! neither network nor vectors nor estimates hear of it. Histories do; and if the decision was a
//! surprise after all, everything learns from it.
//!
//! Cost: some four operations a context and decision.

use pressmark_coding::estimates::{self, Estimate, MOST_COUNT, start};
use pressmark_coding::history::{EMPTY, Histories};
use pressmark_coding::odds::{FINE_BITS, ln};

use crate::matcher::{CLASSES, Matcher};

/// Classes of sums.
const SUMS: usize = 64;
/// Of what matches expect: nothing, the same, as surely as it may be, or something else.
const SUPPORTS: usize = 2 + 1 + CLASSES / CLASSES_PER_SUPPORT;
const CLASSES_PER_SUPPORT: usize = 3;
/// Estimates of a class of sums with some support: by the bits left, where a match says the same.
const LEFTS: usize = 8;
/// Log odds are whole numbers of so many parts.
const PARTS: f32 = 64.0;
/// An estimate that has learned less often is not believed.
const FEWEST: u32 = 127;

/// What histories that agree are worth.
#[derive(Debug)]
pub struct Unanimity {
    /// What each history says, in parts of log odds.
    says: [i16; 256],
    /// Classes of sums a part, in units of `2^-20`.
    scale: usize,
    /// How often the bit that a sum leans to came.
    right: Vec<Estimate>,
    /// What such an estimate must be at least, alone and where a match says the same.
    enough: [u32; 2],
}

/// What the histories of a decision lean to.
#[derive(Debug, Clone, Copy)]
pub struct Lean {
    /// The bit that they take for more likely.
    pub bit: bool,
    /// Whether a match says the same, and none another.
    backed: bool,
    cell: usize,
}

impl Unanimity {
    /// What [`Unanimity::new`] allocates, in bytes.
    pub const ALLOCATED: usize = SUPPORTS * SUMS * LEFTS * size_of::<Estimate>();

    /// For so many `contexts`; they are believed where they are wrong less often than once in
    /// `trusted` times, alone and where a match says the same.
    pub fn new(histories: &Histories, contexts: usize, trusted: [u32; 2]) -> Self {
        let says = |history: u8| {
            if history == EMPTY {
                return 0;
            }
            let p = f32::from(histories.start(history));
            ((ln(p) - ln(65_536.0 - p)) * PARTS) as i16
        };
        let says: [i16; 256] = std::array::from_fn(|history| says(history as u8));
        let most = says.iter().max().map_or(1, |&most| usize::from(most.unsigned_abs()));
        Self {
            says,
            scale: (SUMS << 20) / (contexts * most).max(1),
            right: vec![start(60_000, 6); SUPPORTS * SUMS * LEFTS],
            enough: trusted.map(|times| (1 << FINE_BITS) - (1 << FINE_BITS) / times.max(1)),
        }
    }

    /// What a history says, to be added up.
    #[inline(always)]
    pub fn says(&self, history: u8) -> i32 {
        i32::from(self.says[usize::from(history)])
    }

    /// What histories that [say](Self::says) so much together lean to, `left` bits before the end of a
    /// symbol that begins with `prefix`.
    #[inline(always)]
    pub fn lean(&self, sum: i32, matchers: &[Matcher], prefix: u32, left: u32) -> Lean {
        let bit = sum > 0;
        let (mut same, mut other) = (0, false);
        for matcher in matchers {
            match matcher.bit(prefix, left) {
                Some(expected) if expected == bit => {
                    same = same.max(1 + matcher.class() / CLASSES_PER_SUPPORT);
                }
                Some(_) => other = true,
                None => {}
            }
        }
        let support = if other { SUPPORTS - 1 } else { same };
        let backed = same > 0 && !other;
        let class = ((sum.unsigned_abs() as usize * self.scale) >> 20).min(SUMS - 1);
        let left = if backed { left as usize % LEFTS } else { 0 };
        Lean { bit, backed, cell: (support * SUMS + class) * LEFTS + left }
    }

    /// The probability of a one, as the coder takes it, if histories that lean like this are to be
    /// believed.
    #[inline(always)]
    pub fn sure(&self, lean: Lean) -> Option<u32> {
        let estimate = self.right[lean.cell];
        let p = estimates::p(estimate);
        let sure = p >= self.enough[usize::from(lean.backed)] && estimate & MOST_COUNT >= FEWEST;
        sure.then_some(if lean.bit { p } else { (1 << FINE_BITS) - p })
    }

    /// Learns the bit that came.
    #[inline(always)]
    pub fn learn(&mut self, lean: Lean, bit: bool) {
        estimates::learn_one(&mut self.right[lean.cell], bit == lean.bit, MOST_COUNT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::tests::after;

    #[test]
    fn who_is_hardly_ever_wrong_is_believed() {
        let histories = Histories::new();
        let long = |bit| (0..40).fold(EMPTY, |history, _| histories.after(history, bit));
        let mut unanimity = Unanimity::new(&histories, 3, [64, 1024]);
        let lean = |unanimity: &Unanimity, seen: &[u8]| {
            unanimity.lean(seen.iter().map(|&history| unanimity.says(history)).sum(), &[], 1, 7)
        };
        for bit in [false, true] {
            let lean = lean(&unanimity, &[long(bit); 3]);
            assert_eq!(lean.bit, bit);
            (0..500).for_each(|_| unanimity.learn(lean, bit));
        }
        let p = |unanimity: &Unanimity, seen: &[u8]| unanimity.sure(lean(unanimity, seen));
        let sure = p(&unanimity, &[long(true); 3]).expect("it was always right");
        assert!(sure > (1 << FINE_BITS) / 64 * 63 && sure < 1 << FINE_BITS);
        let mirrored = p(&unanimity, &[long(false); 3]);
        assert_eq!(mirrored, Some((1 << FINE_BITS) - sure), "both bits share what they learn");
        assert_eq!(p(&unanimity, &[long(true), EMPTY, long(false)]), None, "they contradict");
        assert_eq!(p(&unanimity, &[EMPTY; 3]), None);
        let lean = lean(&unanimity, &[long(true); 3]);
        (0..100).for_each(|_| unanimity.learn(lean, false));
        assert_eq!(unanimity.sure(lean), None, "it was wrong too often");
    }

    #[test]
    fn a_match_makes_a_difference() {
        let histories = Histories::new();
        let unanimity = Unanimity::new(&histories, 1, [1024; 2]);
        let matchers = [after(b"once upon a time there was; once upon a time there")];
        let says = unanimity.says(histories.after(EMPTY, false));
        let lean = |matchers: &[Matcher]| unanimity.lean(says, matchers, 1, 7);
        assert!(lean(&matchers).backed && !lean(&[]).backed);
        assert_ne!(lean(&matchers).cell, lean(&[]).cell);
    }
}
