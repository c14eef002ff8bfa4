//! Counts what each of several sources pays, on the way to the coder.

use crate::cost::{BIT, CostTable};
use crate::range::BitIo;

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
}
