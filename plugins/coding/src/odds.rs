//! The logistic domain in single precision: log odds as `f32`.
//!
//! [`logistic`](crate::logistic) has 12 bits of probability and units of 1/256, which a text
//! that is nearly known does not forgive: there most decisions cost less than a thousandth of a
//! bit. Here log odds are natural and continuous, and probabilities have 22 bits on both sides.
//!
//! Only additions, multiplications, divisions and conversions are used, in a fixed order, each
//! of them rounded as IEEE 754 says; so every machine gets the same bits.
//!
//! Cost: two look-ups and a multiplication each way; 60 KB of tables.

/// The number of bits of a probability: `p / 2^22` is the probability of a one.
pub const FINE_BITS: u32 = 22;

/// The largest magnitude of log odds.
pub const MOST: f32 = 14.0;

/// Steps of the squash table per unit of log odds.
const STEPS: usize = 128;
/// Entries of each of the three stretch tables, as a power of two.
const STRETCH_BITS: u32 = 12;

/// Tables for [`Odds::squash`] and [`Odds::stretch`].
#[derive(Debug, Clone)]
pub struct Odds {
    squash: Vec<f32>,
    /// Probabilities below 2^-6, all of them, above 1 - 2^-6; in that order.
    stretch: Vec<f32>,
}

impl Odds {
    /// What [`Odds::new`] allocates.
    pub const ALLOCATED: usize = (2 * MOST as usize * STEPS + 2 + (3 << STRETCH_BITS)) * 4;

    /// Builds the tables.
    pub fn new() -> Self {
        let squash = (0..2 * MOST as usize * STEPS + 2).map(|step| {
            let odds = step as f64 / STEPS as f64 - f64::from(MOST);
            (1.0 / (1.0 + exp(-odds))) as f32
        });
        let fine = FINE_BITS - STRETCH_BITS;
        let table = |first: u32, shift: u32| {
            (0..1u32 << STRETCH_BITS).map(move |k| {
                let p = f64::from(first + (k << shift)) + f64::from(1u32 << shift) / 2.0;
                let p = p / f64::from(1u32 << FINE_BITS);
                (ln(p) - ln(1.0 - p)).clamp(-f64::from(MOST), f64::from(MOST)) as f32
            })
        };
        let edge = (1 << FINE_BITS) - (1 << (STRETCH_BITS + 4));
        let stretch = table(0, 4).chain(table(0, fine)).chain(table(edge, 4));
        Self { squash: squash.collect(), stretch: stretch.collect() }
    }

    /// Turns log odds into a probability; out-of-range odds are clamped.
    #[inline]
    pub fn squash(&self, odds: f32) -> f32 {
        let at = (odds.clamp(-MOST, MOST) + MOST) * STEPS as f32;
        let whole = at as usize;
        match self.squash.get(whole..whole + 2) {
            Some(&[below, above]) => below + (above - below) * (at - whole as f32),
            _ => 0.5,
        }
    }

    /// Turns a 22-bit probability (higher bits are ignored) into log odds.
    #[inline]
    pub fn stretch(&self, p: u32) -> f32 {
        const SIDE: u32 = 1 << (STRETCH_BITS + 4);
        let p = p & ((1 << FINE_BITS) - 1);
        let middle = (1 << STRETCH_BITS) + (p >> (FINE_BITS - STRETCH_BITS));
        let left = p >> 4;
        let right = (2 << STRETCH_BITS) + ((p.wrapping_add(SIDE) & ((1 << FINE_BITS) - 1)) >> 4);
        let at = if p < SIDE { left } else { middle };
        let at = if p >= (1 << FINE_BITS) - SIDE { right } else { at };
        self.stretch[at as usize]
    }
}

impl Default for Odds {
    fn default() -> Self {
        Self::new()
    }
}

/// A probability as the coder takes it, never certain.
#[inline]
pub fn fine(p: f32) -> u32 {
    ((p * (1u32 << FINE_BITS) as f32) as u32).clamp(1, (1 << FINE_BITS) - 1)
}

/// `e^x`, from the series of `e^(x / 1024)`.
fn exp(x: f64) -> f64 {
    let small = x / 1024.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..12 {
        term = term * small / f64::from(k);
        sum += term;
    }
    for _ in 0..10 {
        sum *= sum;
    }
    sum
}

/// The natural logarithm of a positive number, from the series of `2 artanh((m - 1) / (m + 1))`
/// for its mantissa `m`.
fn ln(x: f64) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    let (mut mantissa, mut exponent) = (x, 0.0);
    while mantissa < 1.0 {
        mantissa *= 2.0;
        exponent -= 1.0;
    }
    while mantissa >= 2.0 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut sum, mut power) = (0.0, t);
    for k in 0..30 {
        sum += power / f64::from(2 * k + 1);
        power *= t * t;
    }
    2.0 * sum + exponent * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_is_the_logistic_function() {
        let tables = Odds::new();
        for k in -14_000..=14_000 {
            let odds = k as f32 / 1000.0;
            let exact = 1.0 / (1.0 + (-f64::from(odds)).exp());
            let got = f64::from(tables.squash(odds));
            assert!((got / exact - 1.0).abs() < 1e-4, "{odds}: {got} for {exact}");
        }
        assert_eq!(tables.squash(99.0), tables.squash(MOST));
    }

    #[test]
    fn stretch_inverts_squash() {
        let tables = Odds::new();
        for p in (1u32..1 << FINE_BITS).step_by(61).chain((1 << 22) - 3000..1 << 22) {
            let exact = f64::from(p) / f64::from(1 << FINE_BITS);
            let back = f64::from(tables.squash(tables.stretch(p)));
            let near = exact.min(1.0 - exact);
            assert!((back - exact).abs() <= 0.01 * near + 5e-6, "{p}: {back} for {exact}");
        }
    }

    #[test]
    fn a_probability_is_never_certain() {
        assert_eq!((fine(0.0), fine(1.0)), (1, (1 << FINE_BITS) - 1));
        assert_eq!(fine(0.5), 1 << (FINE_BITS - 1));
    }
}
