//! Logarithm and power from additions, multiplications and divisions alone.
//!
//! The mathematical library of a system may round them as it likes, so that two machines
//! disagree in the last bit; what encoder and decoder must agree on cannot use it. These two
//! are within 4 units in the last place, and the same wherever arithmetic follows IEEE 754.

use std::f64::consts::{LN_2, SQRT_2};

/// The natural logarithm of a positive, normal number.
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh s, |s| < 0.172; what is left out is below 2^-56 of the first term.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = (0..11).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    f64::from(exponent) * LN_2 + 2.0 * s * series
}

/// `e^x` for `|x| < 700`.
fn exp(x: f64) -> f64 {
    let whole = (x / LN_2 + 0.5).floor();
    let rest = x - whole * LN_2;
    let series = (1..=15).rev().fold(1.0, |sum, k| 1.0 + sum * rest / f64::from(k));
    series * f64::from_bits(((whole as i64 + 1023) as u64) << 52)
}

/// `base^exponent` for a positive, normal base; the base itself for an exponent of 1.
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 1.0 { base } else { exp(exponent * ln(base)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_they_say(x in 1e-6f64..1e9, p in 0.01f64..4.0) {
            prop_assert!((ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(1.0));
            prop_assert!((power(x, p) / x.powf(p) - 1.0).abs() < 1e-13);
            prop_assert_eq!(power(x, 1.0), x);
        }
    }

    #[test]
    fn they_are_exact_where_they_can_be() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(ln(2.0), LN_2);
    }
}
