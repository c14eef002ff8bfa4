//! Secondary estimation: a probability corrected by what it turned out to be worth.
//!
//! An adaptive probability map (Mahoney, paq; "SSE" in Shkarin's PPMd) keeps, per
//! small context, 33 points of a curve from predicted to observed probability, and
//! interpolates between the two nearest. [`ConfidenceMap`] is the same idea for one
//! [`Counter`]: its probability and its confidence, quantised, index what such
//! counters were worth so far.
//!
//! Cost: two look-ups per bit and map; 66 bytes per context.

use crate::logistic::{Logistic, STRETCH_MAX};
use crate::slots::Counter;

const POINTS: usize = 33;

/// A family of curves from log odds to probability.
#[derive(Debug, Clone)]
pub struct Apm {
    points: Vec<[u16; POINTS]>,
    curve: usize,
    point: usize,
    rate: u32,
}

impl Apm {
    /// `contexts` curves that start as the identity and learn at rate `2^-rate`.
    pub fn new(contexts: usize, rate: u32, tables: &Logistic) -> Self {
        let mut identity = [0u16; POINTS];
        for (k, p) in identity.iter_mut().enumerate() {
            *p = tables.squash((k as i32 - 16) * STRETCH_MAX / 16) << 1;
        }
        Self { points: vec![identity; contexts.max(1)], curve: 0, point: 0, rate }
    }

    /// Refines log odds in a context; returns a 15-bit probability in `1..=32767`.
    #[inline]
    pub fn refine(&mut self, odds: i16, context: usize) -> u16 {
        self.curve = context % self.points.len();
        let scaled =
            (i32::from(odds) + STRETCH_MAX) as u32 * (32 * 4096) / (2 * STRETCH_MAX as u32);
        let low = ((scaled >> 12) as usize).min(POINTS - 2);
        let part = scaled & 4095;
        self.point = low;
        let curve = &self.points[self.curve];
        let p = u32::from(curve[low]) * (4096 - part) + u32::from(curve[low + 1]) * part;
        ((p >> 13) as u16).clamp(1, 32767)
    }

    /// Learns the bit that came, at both points of the last refinement.
    #[inline]
    pub fn update(&mut self, bit: bool) {
        for p in &mut self.points[self.curve][self.point..self.point + 2] {
            if bit {
                *p += (65535 - *p) >> self.rate;
            } else {
                *p -= *p >> self.rate;
            }
        }
    }
}

const LEVELS: usize = 64;

/// What a counter of given probability and confidence is worth, learned.
#[derive(Debug, Clone)]
pub struct ConfidenceMap {
    cells: Box<[u16; LEVELS * 16]>,
    cell: usize,
}

impl ConfidenceMap {
    /// Starts by believing every counter.
    pub fn new(tables: &Logistic) -> Self {
        let mut cells = Box::new([0u16; LEVELS * 16]);
        for (k, p) in cells.iter_mut().enumerate() {
            let odds = ((k / 16) as i32 * 2 + 1 - LEVELS as i32) * STRETCH_MAX / LEVELS as i32;
            *p = tables.squash(odds) << 1;
        }
        Self { cells, cell: 0 }
    }

    /// The learned 12-bit probability for `counter`, whose own log odds are `odds`.
    #[inline]
    pub fn refine(&mut self, counter: Counter, odds: i16) -> u16 {
        let level = ((i32::from(odds) + STRETCH_MAX) as u32 * LEVELS as u32
            / (2 * STRETCH_MAX as u32 + 1)) as usize;
        self.cell = (level * 16 + usize::from(counter.confidence())) % (LEVELS * 16);
        self.cells[self.cell] >> 4
    }

    /// Learns the bit that came for the last counter refined.
    #[inline]
    pub fn update(&mut self, bit: bool) {
        let p = &mut self.cells[self.cell];
        if bit {
            *p += (65535 - *p) >> 7;
        } else {
            *p -= *p >> 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untaught_map_changes_little() {
        let tables = Logistic::new();
        let mut apm = Apm::new(1, 6, &tables);
        for odds in (-2815..=2815).step_by(7) {
            let (refined, plain) = (apm.refine(odds, 0), tables.squash(i32::from(odds)));
            assert!(refined.abs_diff(plain) < 250, "odds {odds}: {plain} became {refined}");
        }
    }

    #[test]
    fn a_map_learns_the_truth() {
        let tables = Logistic::new();
        let mut apm = Apm::new(1, 6, &tables);
        for k in 0..5000 {
            apm.refine(1000, 0);
            apm.update(k % 4 == 0);
        }
        let p = apm.refine(1000, 0);
        assert!((6000..12000).contains(&p), "a quarter would be 8192, got {p}");
    }
}
