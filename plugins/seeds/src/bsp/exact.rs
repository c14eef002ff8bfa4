//! Logarithms and powers that are the same on every machine.
//!
//! The learner of the original weighs by `ln` and by a power of 0.6. Both sides of a code must
//! agree on every comparison made with them, and mathematical libraries differ in the last
//! place; so they are made here of additions, multiplications and divisions in a fixed order.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

/// The binary logarithm of a finite number above 2^-1000, to about 10^-15.
///
/// By `ln m = 2 artanh((m - 1) / (m + 1))`, for a mantissa between √½ and √2.
pub fn log2(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = f64::from((bits >> 52) as u16) - 1023.0;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..12).rev().fold(0.0, |sum, k| sum * (t * t) + 1.0 / f64::from(2 * k + 1));
    exponent + 2.0 * t * series * LOG2_E
}

/// The natural logarithm, as [`log2`].
pub fn ln(x: f64) -> f64 {
    log2(x) * LN_2
}

/// `x` to the power of `y`, for positive `x` and a result between 2^-1000 and 2^1000.
pub fn power(x: f64, y: f64) -> f64 {
    let exponent = y * log2(x);
    let whole = exponent.clamp(-1000.0, 1000.0).floor();
    let rest = (exponent - whole) * LN_2;
    let series = (1..20).rev().fold(1.0, |sum, k| 1.0 + sum * rest / f64::from(k));
    series * f64::from_bits(((whole + 1023.0) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library() {
        for k in 1..20_000 {
            let x = f64::from(k) * 0.37 + 0.001;
            assert!((log2(x) - x.log2()).abs() < 1e-13, "log2 {x}");
            assert!((ln(x) - x.ln()).abs() < 1e-13, "ln {x}");
            assert!((power(x, 0.6) / x.powf(0.6) - 1.0).abs() < 1e-13, "{x} to 0.6");
        }
        assert!((log2(1024.0) - 10.0).abs() < f64::EPSILON && log2(1.0).abs() < f64::EPSILON);
    }
}
