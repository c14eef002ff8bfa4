//! The price of a bit: `-log2 p`, from a table.
//!
//! Prices are integers in units of 2^-20 bit, so that sums of millions of them are
//! exact and the same everywhere; a parse that compares them is deterministic.
//!
//! Cost: one look-up per bit in a table of 128 KB.

use crate::logistic::PROB_BITS;

/// One bit, in price units.
pub const BIT: u64 = 1 << 20;

/// The table of prices for every 15-bit probability.
#[derive(Debug, Clone)]
pub struct CostTable(Vec<u32>);

impl CostTable {
    /// Builds the table.
    pub fn new() -> Self {
        Self((0..1u32 << PROB_BITS).map(|p| minus_log2(p.max(1))).collect())
    }

    /// The price of coding `bit` when a one has probability `p1 / 32768`.
    #[inline]
    pub fn bit(&self, p1: u16, bit: bool) -> u64 {
        let p = if bit { u32::from(p1) } else { (1 << PROB_BITS) - u32::from(p1) };
        u64::from(self.0[(p & ((1 << PROB_BITS) - 1)) as usize])
    }
}

impl Default for CostTable {
    fn default() -> Self {
        Self::new()
    }
}

/// `-log2(p / 32768)` in units of 2^-20, by repeated squaring.
fn minus_log2(p: u32) -> u32 {
    let whole = p.ilog2();
    // The mantissa in [1, 2) with 31 fractional bits.
    let mut mantissa = u64::from(p) << (31 - whole);
    let mut fraction = 0u32;
    for _ in 0..20 {
        mantissa = (mantissa * mantissa) >> 31;
        fraction <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    (PROB_BITS << 20) - ((whole << 20) | fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_logarithms() {
        let table = CostTable::new();
        for p in 1..32768u16 {
            let exact = -(f64::from(p) / 32768.0).log2();
            let got = table.bit(p, true) as f64 / BIT as f64;
            assert!((got - exact).abs() < 1e-5, "p {p}: {got} against {exact}");
            assert_eq!(table.bit(p, true), table.bit((32768 - u32::from(p)) as u16, false));
        }
    }
}
