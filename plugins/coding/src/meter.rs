//! Counts what is paid on the way to the coder: [`Meter`] by source, [`Tally`] in all and without
//! a table.

use crate::cost::{BIT, CostTable};
use crate::logistic::PROB_BITS;
use crate::odds::FINE_BITS;
use crate::range::{BitIo, Bounds, ChoiceIo, FineIo, part};

/// Passes bits on to `Io`; their price is booked to one of `N` sources once it is known which.
#[derive(Debug)]
pub struct Meter<'a, Io, const N: usize> {
    /// Where the bits go.
    pub io: Io,
    costs: &'a CostTable,
    open: u64,
    booked: [u64; N],
}

impl<'a, Io, const N: usize> Meter<'a, Io, N> {
    /// Nothing paid yet.
    pub fn new(io: Io, costs: &'a CostTable) -> Self {
        Self { io, costs, open: 0, booked: [0; N] }
    }

    /// Books the bits passed since the last call to `source`, below `N`; returns their price in
    /// bits.
    pub fn book(&mut self, source: impl Into<usize>) -> f64 {
        let open = std::mem::take(&mut self.open);
        self.booked[source.into()] += open;
        open as f64 / BIT as f64
    }

    /// Bits by source.
    pub fn bits(&self) -> [f64; N] {
        self.booked.map(|units| units as f64 / BIT as f64)
    }
}

impl<Io: BitIo, const N: usize> BitIo for Meter<'_, Io, N> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        let bit = self.io.bit(p1, bit);
        self.open += self.costs.bit(p1, bit);
        bit
    }
}

const ONE: u64 = 1 << 31;

/// Passes bits on to `Io` and multiplies their probabilities on the way, as a product kept in
/// `[2^31, 2^32)` and the powers of two taken out: a sum of logarithms without a table.
#[derive(Debug, Clone)]
pub struct Tally<Io> {
    /// Where the bits go.
    pub io: Io,
    mantissa: u64,
    exponent: u64,
}

impl<Io> Tally<Io> {
    /// Nothing paid yet.
    pub fn new(io: Io) -> Self {
        Self { io, mantissa: ONE, exponent: 0 }
    }

    /// Takes in a bit of probability `p / 2^BITS`.
    #[inline]
    fn pay<const BITS: u32>(&mut self, p: u64) {
        let product = (self.mantissa * p) >> BITS;
        let shift = product.leading_zeros().saturating_sub(32);
        self.mantissa = product << shift;
        self.exponent += u64::from(shift);
    }

    /// What was paid, in bits.
    pub fn bits(&self) -> f64 {
        self.exponent as f64 - (self.mantissa as f64 / ONE as f64).log2()
    }
}

impl<Io: BitIo> BitIo for Tally<Io> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        let p = if bit { p1 } else { (1 << PROB_BITS) - p1 };
        self.pay::<PROB_BITS>(p.into());
        self.io.bit(p1, bit)
    }
}

impl<Io: FineIo> FineIo for Tally<Io> {
    #[inline]
    fn fine(&mut self, p1: u32, bit: bool) -> bool {
        let p = if bit { p1 } else { (1 << FINE_BITS) - p1 };
        self.pay::<FINE_BITS>(p.into());
        self.io.fine(p1, bit)
    }
}

impl<Io: ChoiceIo> ChoiceIo for Tally<Io> {
    #[inline(always)]
    fn choice(
        &mut self,
        bounds: &Bounds,
        up_to: impl FnOnce(u16) -> usize,
        choice: usize,
    ) -> usize {
        let choice = self.io.choice(bounds, up_to, choice);
        self.pay::<PROB_BITS>(part(bounds, choice).1);
        choice
    }
}

#[cfg(test)]
mod tests {
    use crate::range::Teacher;

    use super::*;

    #[test]
    fn every_bit_is_booked_once() {
        let costs = CostTable::new();
        let mut meter = Meter::<_, 3>::new(Teacher, &costs);
        meter.bit(1 << 14, true);
        meter.bit(1 << 14, false);
        assert!((meter.book(1usize) - 2.0).abs() < 1e-6);
        meter.bit(1 << 13, true);
        assert!((meter.book(2usize) - 2.0).abs() < 1e-6);
        assert!((meter.bits().iter().sum::<f64>() - 4.0).abs() < 1e-6);
    }

    #[test]
    fn a_tally_pays_what_a_meter_does() {
        let costs = CostTable::new();
        let mut io = Meter::<_, 1>::new(Tally::new(Teacher), &costs);
        for k in 1..20_000u64 {
            io.bit((k * 7_919 % 32_767 + 1) as u16, k % 3 == 0);
        }
        io.book(0usize);
        assert!((io.io.bits() - io.bits()[0]).abs() < 0.2, "{} bits", io.io.bits());
    }

    #[test]
    fn a_choice_costs_what_it_was_given() {
        let bounds = std::array::from_fn(|at| if at < 16 { at as u16 * 1024 } else { 1 << 15 });
        let mut tally = Tally::new(Teacher);
        assert_eq!(tally.choice(&bounds, |_| 0, 3), 3);
        assert!((tally.bits() - 5.0).abs() < 1e-6, "a 32nd");
        tally.choice(&bounds, |_| 0, 15);
        assert!((tally.bits() - 5.0 - (32.0f64 / 17.0).log2()).abs() < 1e-6, "all that is left");
    }
}
