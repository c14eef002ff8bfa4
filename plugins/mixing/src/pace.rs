//! How fast the weights of the first layer learn.
//!
//! Weights must be found at first, and kept later on: steps become smaller with time. What falls
//! exponentially is over soon, what falls with the inverse of time has no scale of its own, so that
//! a short text learns fast until it ends and a long one comes to rest (the step sizes of Robbins
//! and Monro, *A stochastic approximation method*, 1951).

/// A rate that falls from bit to bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// By one part of so many with every bit.
    Exponential(f32),
    /// Halved after so many bits, a third after twice as many, and so on.
    Inverse(f32),
}

/// A rate, and how it falls.
#[derive(Debug, Clone)]
pub struct Rate {
    pace: Pace,
    first: f32,
    /// What remains above the rate that it falls to.
    above: f32,
    end: f32,
    bits: u32,
}

impl Rate {
    /// Falls from `end + first` to `end`.
    pub fn new(pace: Pace, first: f32, end: f32) -> Self {
        Self { pace, first, above: first, end, bits: 0 }
    }

    /// The rate of the next bit, and one bit on.
    #[inline]
    pub fn step(&mut self) -> f32 {
        let rate = self.end + self.above;
        self.above = match self.pace {
            // Numbers below the normal ones would be slow.
            Pace::Exponential(bits) if self.above > 1e-9 => self.above * (1.0 - 1.0 / bits),
            Pace::Exponential(_) => 0.0,
            Pace::Inverse(bits) => {
                self.bits = self.bits.saturating_add(1);
                self.first * bits / (bits + self.bits as f32)
            }
        };
        rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_fall_to_their_end() {
        for pace in [Pace::Exponential(100.0), Pace::Inverse(100.0)] {
            let mut rate = Rate::new(pace, 0.5, 0.25);
            let rates: Vec<f32> = (0..100_000).map(|_| rate.step()).collect();
            assert_eq!(rates[0], 0.75);
            assert!(rates.is_sorted_by(|a, b| a >= b));
            assert!((rates[99_999] - 0.25).abs() < 0.001, "{pace:?}");
        }
        let mut rate = Rate::new(Pace::Inverse(100.0), 0.5, 0.25);
        assert_eq!((0..101).map(|_| rate.step()).last(), Some(0.5), "halved after a hundred bits");
    }
}
