//! The logistic domain in single precision: log odds as `f32`.
//!
//! [`logistic`](crate::logistic) has 12 bits of probability and units of 1/256, which a text
//! that is nearly known does not forgive: there most decisions cost less than a thousandth of a
//! bit. Here log odds are natural and continuous, and probabilities have 22 bits on both sides.
//!
//! Only additions, multiplications, divisions and operations on bits are used, in a fixed order,
//! each of them rounded as IEEE 754 says; so every machine gets the same bits. There are no tables,
//! so that vector units can do it for many at once.

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

/// The natural logarithm of a normal positive number, to four digits: the exponent, and a
/// polynomial for a mantissa near 1.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // Moves the mantissa to [0.707, 1.414).
    let shifted = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
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

    proptest! {
        #[test]
        fn the_polynomial_is_the_logarithm(x in 1e-7f32..1e7) {
            prop_assert!((f64::from(ln(x)) - f64::from(x).ln()).abs() < 3e-5 * (1.0 + f64::from(x).ln().abs()));
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
