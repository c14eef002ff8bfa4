//! Gated logistic mixing: one small neural layer over many predictions.
//!
//! Every input is a log-odds opinion; the output is their weighted sum, squashed.
//! A small context selects which weights to use, and after each bit the weights
//! that were used move along the gradient of the coding cost (Mahoney 2005; the
//! selected sets as in paq8). Weights are 16-bit with 1.0 = 32768 and saturate, so
//! the sums can be done by the pair-wise 16-bit multiply-add of any SIMD unit and
//! come out the same without one.
//!
//! Cost: two multiply-adds per input and bit; 2 bytes per weight.

use crate::logistic::{Logistic, PROB_BITS, STRETCH_MAX};

const UNIT_BITS: u32 = 15;

/// `N` inputs, any number of selectable weight sets, one output.
#[derive(Debug, Clone)]
pub struct Mixer<const N: usize> {
    weights: Vec<[i16; N]>,
    selected: usize,
    output: u16,
    rate: i32,
}

impl<const N: usize> Mixer<N> {
    /// `sets` weight sets, all weights starting at `initial / 32768`; `rate` is the learning rate
    /// (about 2 for large inputs to 14 for quick learning).
    pub fn new(sets: usize, initial: i16, rate: i32) -> Self {
        Self { weights: vec![[initial; N]; sets.max(1)], selected: 0, output: 1 << 14, rate }
    }

    /// Mixes with weight set `set` (the last one for a larger number); returns log odds in `-2815..=2815`.
    #[inline]
    pub fn mix(&mut self, inputs: &[i16; N], set: usize, tables: &Logistic) -> i16 {
        self.selected = set.min(self.weights.len() - 1);
        let weights = &self.weights[self.selected];
        let odds = (product(inputs, weights) >> UNIT_BITS).clamp(-STRETCH_MAX, STRETCH_MAX);
        self.output = tables.squash(odds);
        odds as i16
    }

    /// The 15-bit probability of the last [`Mixer::mix`].
    #[inline]
    pub fn p1(&self) -> u16 {
        self.output
    }

    /// Learns the bit that came, given the inputs of the last [`Mixer::mix`].
    #[inline]
    pub fn update(&mut self, inputs: &[i16; N], bit: bool) {
        let target = i32::from(bit) << PROB_BITS;
        let error = (target - i32::from(self.output)) * self.rate;
        let error = (error >> 2).clamp(-32767, 32767) as i16;
        step(&mut self.weights[self.selected], inputs, error);
    }
}

// The two loops stand alone: merged into the code around them they would not be vectorised.

/// Pair-wise multiply-adds; wrapping, so that order cannot matter.
#[inline(never)]
pub fn product<const N: usize>(inputs: &[i16; N], weights: &[i16; N]) -> i32 {
    let pairs = inputs.iter().zip(weights);
    pairs.fold(0, |sum: i32, (&x, &w)| sum.wrapping_add(i32::from(x) * i32::from(w)))
}

/// Moves each weight by the rounded upper half of input times error, in the halves SIMD units give.
#[inline(never)]
pub fn step<const N: usize>(weights: &mut [i16; N], inputs: &[i16; N], error: i16) {
    for (w, &x) in weights.iter_mut().zip(inputs) {
        let upper = ((i32::from(x) * i32::from(error)) >> 16) as i16;
        let round = (x.wrapping_mul(error) as u16) >> 15;
        *w = w.saturating_add(upper + round as i16);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_whom_to_trust() {
        let tables = Logistic::new();
        let mut mixer = Mixer::<4>::new(1, 8192, 4);
        let mut state = 1u32;
        let mut late_errors = 0;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bit = state >> 31 == 1;
            let honest = if bit { 400 } else { -400 };
            let noise = ((state >> 8) as i16) >> 6;
            let inputs = [noise, honest, -noise, 0];
            mixer.mix(&inputs, 0, &tables);
            let guessed = mixer.p1() >= 1 << 14;
            late_errors += usize::from(step > 3000 && guessed != bit);
            mixer.update(&inputs, bit);
        }
        assert!(late_errors < 10, "{late_errors} wrong of 1000");
    }
}
