//! Credibility: how much each opinion counts.
//!
//! Every opinion is log odds; their weighted sum is the next opinion, and after each bit the
//! weights that were used move along the gradient of the coding cost: an opinion that was
//! worth more than the blend gains, one that was worth less loses (Mahoney 2005). Weights
//! come in sets, of which a small context selects one.
//!
//! Weights are 16-bit with 1.0 = 16384 and saturate, so that compilers turn the loops into
//! pair-wise multiply-adds; sums are the same without.

use pressmark_coding::logistic::{Logistic, PROB_BITS, STRETCH_MAX};
use pressmark_coding::mixer::{product, step};

const UNIT_BITS: u32 = 14;

/// Weight sets over `N` opinions.
#[derive(Debug, Clone)]
pub struct Weights<const N: usize> {
    sets: Vec<[i16; N]>,
    selected: usize,
    output: u16,
    rate: i32,
}

impl<const N: usize> Weights<N> {
    /// `count` sets, all weights starting at `initial / 16384`; `rate` is the learning rate
    /// (1 for slow to 16 for quick).
    pub fn new(count: usize, initial: i16, rate: i32) -> Self {
        Self { sets: vec![[initial; N]; count.max(1)], selected: 0, output: 1 << 14, rate }
    }

    /// The blend of set `set`, as log odds.
    #[inline]
    pub fn mix(&mut self, inputs: &[i16; N], set: usize, tables: &Logistic) -> i16 {
        self.selected = if set < self.sets.len() { set } else { 0 };
        let weights = &self.sets[self.selected];
        let odds = (product(inputs, weights) >> UNIT_BITS).clamp(-STRETCH_MAX, STRETCH_MAX);
        self.output = tables.squash(odds);
        odds as i16
    }

    /// The 15-bit probability of the last blend.
    #[inline]
    pub fn p1(&self) -> u16 {
        self.output
    }

    /// Learns the bit that came, given the opinions last blended.
    #[inline]
    pub fn update(&mut self, inputs: &[i16; N], bit: bool) {
        let target = i32::from(bit) << PROB_BITS;
        let error = (target - i32::from(self.output)) * self.rate;
        let error = (error >> 4).clamp(-32_767, 32_767) as i16;
        step(&mut self.sets[self.selected], inputs, error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_right_gains() {
        let tables = Logistic::new();
        let mut weights = Weights::<2>::new(3, 4000, 8);
        let mut state = 1u32;
        let mut wrong = 0;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bit = state >> 31 == 1;
            let inputs = [if bit { 400 } else { -400 }, ((state >> 8) as i16) >> 6];
            weights.mix(&inputs, 1, &tables);
            wrong += usize::from(step > 3000 && (weights.p1() >= 1 << 14) != bit);
            weights.update(&inputs, bit);
        }
        assert!(wrong < 10, "{wrong} wrong of 1000");
        assert_eq!(weights.mix(&[400, 0], 7, &tables), weights.mix(&[400, 0], 0, &tables));
    }
}
