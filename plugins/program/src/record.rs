//! Literal decisions written down before anyone knows whether they will be needed.
//!
//! The literal model sees every token whatever the parse decides, so it runs once: its
//! probabilities and bits are recorded, priced for the parse, and replayed into the coder
//! where the parse chose a literal.
//!
//! Cost: 2 bytes per decision. A token's price needs one logarithm, not one per
//! decision: the probabilities are multiplied up.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::range::BitIo;

/// All literal decisions of an input, part by part: every token has one of its guesses and one
/// of its spelling, either of which may be empty.
#[derive(Debug)]
pub(crate) struct Record<'c> {
    costs: &'c CostTable,
    /// Fifteen bits of probability, one bit of outcome.
    decisions: Vec<u16>,
    /// Per part its end among the decisions, and its price.
    ends: Vec<u32>,
    prices: Vec<u32>,
    /// Product of the probabilities of the part begun, in `2^31 .. 2^32`, and its exponent.
    mantissa: u64,
    exponent: u64,
}

const ONE: u64 = 1 << 31;

impl<'c> Record<'c> {
    /// An empty record.
    pub(crate) fn new(costs: &'c CostTable) -> Self {
        Self {
            costs,
            decisions: Vec::new(),
            ends: Vec::new(),
            prices: Vec::new(),
            mantissa: ONE,
            exponent: 0,
        }
    }

    /// The part begun is complete; returns its price.
    pub(crate) fn end_part(&mut self) -> u32 {
        // -log2(mantissa / 2^31), from the table for 15-bit probabilities.
        let rest = BIT - self.costs.bit((self.mantissa >> 17) as u16, true).min(BIT);
        let price = (self.exponent * BIT).saturating_sub(rest);
        let price = price.min(u32::MAX.into()) as u32;
        self.prices.push(price);
        self.ends.push(self.decisions.len() as u32);
        (self.mantissa, self.exponent) = (ONE, 0);
        price
    }

    /// The price of every part in units of 2^-20 bit, capped at 4096 bits.
    pub(crate) fn prices(&self) -> &[u32] {
        &self.prices
    }

    /// Replays the decisions of part `index`.
    pub(crate) fn replay<Io: BitIo>(&self, io: &mut Io, index: usize) {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        for &decision in &self.decisions[start..self.ends[index] as usize] {
            io.bit(decision >> 1, decision & 1 == 1);
        }
    }
}

impl BitIo for Record<'_> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        self.decisions.push(p1 << 1 | u16::from(bit));
        let p = if bit { u64::from(p1) } else { 32768 - u64::from(p1) };
        let product = (self.mantissa * p) >> 15;
        let shift = product.leading_zeros().saturating_sub(32);
        self.mantissa = product << shift;
        self.exponent += u64::from(shift);
        bit
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::Pricer;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_are_priced_and_replayed(tokens in prop::collection::vec(prop::collection::vec((1u16..32768, any::<bool>()), 0..40), 0..20)) {
            let costs = CostTable::new();
            let mut record = Record::new(&costs);
            for token in &tokens {
                for &(p, bit) in token {
                    record.bit(p, bit);
                }
                record.end_part();
            }
            for (index, token) in tokens.iter().enumerate() {
                let mut direct = Pricer::new(&costs);
                token.iter().for_each(|&(p, bit)| { direct.bit(p, bit); });
                let mut replayed = Pricer::new(&costs);
                record.replay(&mut replayed, index);
                prop_assert_eq!(replayed.total, direct.total);
                prop_assert!(direct.total.abs_diff(record.prices()[index].into()) < BIT / 500);
            }
        }
    }
}
