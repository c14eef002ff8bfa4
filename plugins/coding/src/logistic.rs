//! The logistic domain: probabilities as log odds, in integers only.
//!
//! A mixer adds evidence, and evidence adds up in the logistic domain:
//! `stretch(p) = ln(p / (1 - p))`, `squash` is its inverse (Mahoney, *Adaptive
//! weighing of context models for lossless data compression*, 2005). Log odds are
//! integers in units of 1/256; probabilities have 15 bits when they reach the
//! coder and 12 bits when they are looked up. Every table is built with integer
//! arithmetic, so two machines always agree to the last bit.
//!
//! Cost: one table look-up each way; 27 KB of tables.

/// The number of bits of a coding probability: `p / 32768` is the probability of a one.
pub const PROB_BITS: u32 = 15;

/// The largest magnitude of log odds, in units of 1/256.
pub const STRETCH_MAX: i32 = 2815;

const STRETCH_BITS: u32 = 12;

/// Tables for [`Logistic::squash`] and [`Logistic::stretch`].
#[derive(Debug, Clone)]
pub struct Logistic {
    squash: Vec<u16>,
    stretch: Vec<i16>,
}

impl Logistic {
    /// Bytes of the tables, and what is needed to build them.
    pub const ALLOCATED: usize = 32 << 10;

    /// Builds the tables.
    pub fn new() -> Self {
        let squash = squash_table();
        // The inverse by one sweep: the log odds whose probability is nearest.
        let mut stretch = Vec::with_capacity(1 << STRETCH_BITS);
        let mut at = 0usize;
        for p in 0..1u32 << STRETCH_BITS {
            // The middle of the interval that rounds down to p.
            let target = (p << (PROB_BITS - STRETCH_BITS)) + (1 << (PROB_BITS - STRETCH_BITS - 1));
            while at + 1 < squash.len() && u32::from(squash[at]) < target {
                at += 1;
            }
            let above = u32::from(squash[at]).abs_diff(target);
            let below = u32::from(squash[at.saturating_sub(1)]).abs_diff(target);
            let nearest = at - usize::from(at > 0 && below < above);
            stretch.push((nearest as i32 - STRETCH_MAX) as i16);
        }
        Self { squash, stretch }
    }

    /// Turns log odds into a 15-bit probability in `1..=32767`; out-of-range odds are clamped.
    #[inline]
    pub fn squash(&self, odds: i32) -> u16 {
        self.squash[(odds.clamp(-STRETCH_MAX, STRETCH_MAX) + STRETCH_MAX) as usize]
    }

    /// Turns a 12-bit probability (higher bits are ignored) into log odds.
    #[inline]
    pub fn stretch(&self, p12: u16) -> i16 {
        self.stretch[usize::from(p12 & 0xfff)]
    }
}

impl Default for Logistic {
    fn default() -> Self {
        Self::new()
    }
}

fn squash_table() -> Vec<u16> {
    // e^(-1/256) in 62 fractional bits, from its series; then its powers.
    const ONE: u128 = 1 << 62;
    let mut step: i128 = 0;
    let mut term = ONE as i128;
    for k in 1..20i128 {
        step += term;
        term = -term / (256 * k);
    }
    let mut power = ONE;
    let mut upper = Vec::with_capacity(STRETCH_MAX as usize + 1);
    for _ in 0..=STRETCH_MAX {
        let p = (ONE << PROB_BITS) / (ONE + power);
        upper.push(p.clamp(1, (1 << PROB_BITS) - 1) as u16);
        power = (power * step as u128) >> 62;
    }
    let lower = upper[1..].iter().rev().map(|&p| ((1 << PROB_BITS) - u32::from(p)) as u16);
    lower.chain(upper.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_is_the_logistic_function() {
        let tables = Logistic::new();
        for odds in -STRETCH_MAX..=STRETCH_MAX {
            let exact = 32768.0 / (1.0 + (-f64::from(odds) / 256.0).exp());
            assert!((f64::from(tables.squash(odds)) - exact).abs() <= 1.5, "odds {odds}");
        }
        assert_eq!(tables.squash(i32::MAX), tables.squash(STRETCH_MAX));
        assert_eq!(tables.squash(0), 1 << 14);
    }

    #[test]
    fn stretch_inverts_squash() {
        let tables = Logistic::new();
        for p in 0..4096u16 {
            let back = tables.squash(i32::from(tables.stretch(p))) >> 3;
            assert!(back.abs_diff(p) <= 2, "p {p} came back as {back}");
        }
        assert!((0..4095).all(|p| tables.stretch(p) <= tables.stretch(p + 1)));
    }
}
