//! Counts what each source pays, on the way to the coder.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::range::BitIo;

/// Who pays for a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Words found through active groups.
    Group,
    /// Words found through the words before them.
    Word,
    /// Words that neither explains, spelled.
    Spelling,
    /// What stands between words.
    Layout,
    /// Capitals.
    Case,
}

/// How many sources there are.
pub const SOURCES: usize = 5;
/// Their names, in the order of [`Source`].
pub const NAMES: [&str; SOURCES] = ["group", "word", "spelling", "layout", "case"];

/// Passes bits on to `Io`; their price is booked to a source once it is known which.
#[derive(Debug)]
pub struct Meter<'a, Io> {
    /// Where the bits go.
    pub io: Io,
    costs: &'a CostTable,
    open: u64,
    booked: [u64; SOURCES],
}

impl<'a, Io: BitIo> Meter<'a, Io> {
    /// Nothing paid yet.
    pub fn new(io: Io, costs: &'a CostTable) -> Self {
        Self { io, costs, open: 0, booked: [0; SOURCES] }
    }

    /// Books the bits passed since the last call to `source`; returns their price in bits.
    pub fn book(&mut self, source: Source) -> f64 {
        let open = std::mem::take(&mut self.open);
        self.booked[source as usize] += open;
        open as f64 / BIT as f64
    }

    /// Bits by source.
    pub fn bits(&self) -> [f64; SOURCES] {
        self.booked.map(|units| units as f64 / BIT as f64)
    }
}

impl<Io: BitIo> BitIo for Meter<'_, Io> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        let bit = self.io.bit(p1, bit);
        self.open += self.costs.bit(p1, bit);
        bit
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::Teacher;

    use super::*;

    #[test]
    fn every_bit_is_booked_once() {
        let costs = CostTable::new();
        let mut meter = Meter::new(Teacher, &costs);
        meter.bit(1 << 14, true);
        meter.bit(1 << 14, false);
        assert!((meter.book(Source::Word) - 2.0).abs() < 1e-6);
        meter.bit(1 << 13, true);
        assert!((meter.book(Source::Case) - 2.0).abs() < 1e-6);
        assert!((meter.bits().iter().sum::<f64>() - 4.0).abs() < 1e-6);
    }
}
