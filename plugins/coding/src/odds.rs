//! The logistic domain in single precision: log odds as `f32`.
//!
//! [`logistic`](crate::logistic) has 12 bits of probability and units of 1/256, which a text
//! that is nearly known does not forgive: there most decisions cost less than a thousandth of a
//! bit. Here log odds are natural and continuous, and probabilities have 22 bits on both sides.
//!
//! Only additions, multiplications, divisions and operations on bits are used, in a fixed order,
//! each of them rounded as IEEE 754 says; so every machine gets the same bits. There are no tables,
//! so that vector units can do it for many at once.

use crate::vectors::Vectors;

/// The number of bits of a probability: `p / 2^22` is the probability of a one.
pub const FINE_BITS: u32 = 22;

/// The largest magnitude of log odds.
pub const MOST: f32 = 14.0;

/// `1.5 * 2^23`: what is added to it is rounded to whole numbers.
const ROUNDER: f32 = 12_582_912.0;
/// The series of `2^x` up to the fifth power.
const SERIES: [f32; 6] =
    [1.0, std::f32::consts::LN_2, 0.240_226_5, 0.055_504_11, 0.009_618_129, 0.001_333_356];
/// The polynomial that approximates `ln(1 + t) / t` from the root of a half to that of two, less 1,
/// to the fifth digit.
const LN_SERIES: [f32; 5] = [0.999_962_2, -0.499_502_1, 0.336_687_8, -0.270_102_3, 0.173_486_3];

/// The bits of the root of a half.
const LEAST_MANTISSA: u32 = 0x3f35_04f3;

/// Turns log odds into a probability, to six digits; out-of-range odds are clamped.
#[inline(always)]
pub fn squash(odds: f32) -> f32 {
    // e^-odds as a power of two: its whole part goes to the exponent's bits.
    let power = odds.clamp(-MOST, MOST) * -std::f32::consts::LOG2_E;
    let rounded = power + ROUNDER;
    let x = power - (rounded - ROUNDER);
    let [a, b, c, d, e, f] = SERIES;
    let part = a + x * (b + x * (c + x * (d + x * (e + x * f))));
    // The whole number is in the lowest bits; what is above them is shifted out.
    let whole = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    1.0 / (1.0 + whole * part)
}

/// [`squash`] of eight.
#[inline(always)]
pub fn squash_eight<V: Vectors>(v: V, odds: V::Floats) -> V::Floats {
    let all = |number| v.all(number);
    let within = v.min(v.max(odds, all(-MOST)), all(MOST));
    let power = v.times(within, all(-std::f32::consts::LOG2_E));
    let rounded = v.sum(power, all(ROUNDER));
    let x = v.less(power, v.less(rounded, all(ROUNDER)));
    let part = series(v, x, SERIES);
    let whole = v.of_bits(v.left::<23>(v.sum_words(v.bits(rounded), v.all_words(127))));
    v.over(all(1.0), v.sum(all(1.0), v.times(whole, part)))
}

/// `a + x (b + x (c + ...))`.
#[inline(always)]
fn series<V: Vectors, const N: usize>(v: V, x: V::Floats, terms: [f32; N]) -> V::Floats {
    let mut sum = v.all(terms[N - 1]);
    for k in (0..N - 1).rev() {
        sum = v.sum(v.all(terms[k]), v.times(x, sum));
    }
    sum
}

/// [`ln`] of eight.
#[inline(always)]
pub fn ln_eight<V: Vectors>(v: V, x: V::Floats) -> V::Floats {
    let least = v.all_words(LEAST_MANTISSA);
    let shifted = v.less_words(v.bits(x), least);
    let exponent = v.float(v.right_signed::<23>(shifted));
    let mantissa = v.of_bits(v.sum_words(v.and(shifted, v.all_words(0x007f_ffff)), least));
    let t = v.less(mantissa, v.all(1.0));
    let part = v.times(t, series(v, t, LN_SERIES));
    v.sum(v.times(exponent, v.all(std::f32::consts::LN_2)), part)
}

/// The natural logarithm of a normal positive number, to four digits: the exponent, and a
/// polynomial for a mantissa near 1.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // Moves the mantissa to [0.707, 1.414).
    let shifted = x.to_bits().wrapping_sub(LEAST_MANTISSA);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(LEAST_MANTISSA));
    let t = mantissa - 1.0;
    let [a, b, c, d, e] = LN_SERIES;
    exponent * std::f32::consts::LN_2 + t * (a + t * (b + t * (c + t * (d + t * e))))
}

/// A probability as the coder takes it, never certain.
#[inline]
pub fn fine(p: f32) -> u32 {
    ((p * (1u32 << FINE_BITS) as f32) as u32).clamp(1, (1 << FINE_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vectors::{Task, Unit};

    proptest! {
        #[test]
        fn the_polynomial_is_the_logarithm(x in 1e-7f32..1e7) {
            prop_assert!((f64::from(ln(x)) - f64::from(x).ln()).abs() < 3e-5 * (1.0 + f64::from(x).ln().abs()));
        }
    }

    /// The bits of what eight become.
    struct Eight([f32; 8]);

    impl Task for Eight {
        type Output = [[u32; 8]; 2];

        #[inline(always)]
        fn run(self, v: impl Vectors) -> Self::Output {
            let [mut squashed, mut logarithms] = [[0.0; 8]; 2];
            v.put(squash_eight(v, v.floats(&self.0)), &mut squashed);
            v.put(ln_eight(v, v.absolute(v.floats(&self.0))), &mut logarithms);
            [squashed, logarithms].map(|numbers| numbers.map(f32::to_bits))
        }
    }

    proptest! {
        #[test]
        fn eight_are_as_one(numbers in prop::array::uniform8(prop_oneof![-20f32..20.0, 1e-7f32..1e7])) {
            let one = [numbers.map(squash), numbers.map(|x| ln(x.abs()))];
            for unit in [Unit::Plain, Unit::Avx2, Unit::Avx512] {
                prop_assert_eq!(one.map(|numbers| numbers.map(f32::to_bits)), unit.run(Eight(numbers)));
            }
        }
    }

    #[test]
    fn squash_is_the_logistic_function() {
        for k in -14_000..=14_000 {
            let odds = k as f32 / 1000.0;
            let exact = 1.0 / (1.0 + (-f64::from(odds)).exp());
            let got = f64::from(squash(odds));
            assert!((got / exact - 1.0).abs() < 1e-5, "{odds}: {got} for {exact}");
        }
        assert_eq!(squash(99.0), squash(MOST));
        assert_eq!(squash(f32::NEG_INFINITY), squash(-MOST));
    }

    #[test]
    fn a_probability_is_never_certain() {
        assert_eq!((fine(0.0), fine(1.0)), (1, (1 << FINE_BITS) - 1));
        assert_eq!(fine(0.5), 1 << (FINE_BITS - 1));
    }
}
