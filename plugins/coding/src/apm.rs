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
use crate::memory::{filled, prefetch};
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
    /// Bytes per context.
    pub const CURVE: usize = POINTS * size_of::<u16>();

    /// `contexts` curves that start as the identity and learn at rate `2^-rate`.
    pub fn new(contexts: usize, rate: u32, tables: &Logistic) -> Self {
        let mut identity = [0u16; POINTS];
        for (k, p) in identity.iter_mut().enumerate() {
            *p = tables.squash((k as i32 - 16) * STRETCH_MAX / 16) << 1;
        }
        Self { points: filled(identity, contexts.max(1)), curve: 0, point: 0, rate }
    }

    /// Has the curve of a context fetched, ahead of [`Apm::refine`].
    #[inline]
    pub fn touch(&self, context: usize) {
        // It lies on two lines of the cache.
        if let Some(curve) = self.points.get(context) {
            prefetch(curve, 0);
            prefetch(curve, POINTS - 1);
        }
    }

    /// Refines log odds in a context (the last one for a larger number); returns a 15-bit probability in `1..=32767`.
    #[inline]
    pub fn refine(&mut self, odds: i16, context: usize) -> u16 {
        self.curve = context.min(self.points.len() - 1);
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
const CELLS: usize = LEVELS * 16;

/// What counters of given probability and confidence are worth, learned for each of `C` contexts.
#[derive(Debug, Clone)]
pub struct ConfidenceMap<const C: usize> {
    cells: Vec<[u16; CELLS]>,
    used: [u16; C],
    /// Per 12-bit probability its log odds and the first cell of its level.
    levels: Vec<(i16, u16)>,
}

impl<const C: usize> ConfidenceMap<C> {
    /// Starts by believing every counter.
    pub fn new(tables: &Logistic) -> Self {
        let mut believing = [0u16; CELLS];
        for (k, p) in believing.iter_mut().enumerate() {
            let odds = ((k / 16) as i32 * 2 + 1 - LEVELS as i32) * STRETCH_MAX / LEVELS as i32;
            *p = tables.squash(odds) << 1;
        }
        let level = |p12| {
            let odds = tables.stretch(p12);
            // 88 = 2 * 2816 / LEVELS
            (odds, (i32::from(odds) + STRETCH_MAX + 1) as u16 / 88 * 16)
        };
        Self { cells: vec![believing; C], used: [0; C], levels: (0..4096).map(level).collect() }
    }

    /// Writes two opinions per counter: its own log odds and the learned ones; both are zero for a
    /// counter never updated.
    #[inline]
    pub fn refine(&mut self, counters: &[Counter; C], inputs: &mut [i16], tables: &Logistic) {
        let pairs = inputs.chunks_exact_mut(2);
        let cells = self.cells.iter().zip(&mut self.used);
        for ((counter, (cells, used)), pair) in counters.iter().zip(cells).zip(pairs) {
            let (odds, first) = self.levels[usize::from(counter.p12())];
            let cell = usize::from(first + counter.confidence()) % CELLS;
            *used = cell as u16;
            let seen = -i16::from(counter.confidence() > 0);
            pair[0] = odds & seen;
            pair[1] = tables.stretch(cells[cell] >> 4) & seen;
        }
    }

    /// Learns the bit that came for the counters last refined.
    #[inline]
    pub fn update(&mut self, bit: bool) {
        let target = if bit { 65535i32 } else { 0 };
        for (cells, &used) in self.cells.iter_mut().zip(&self.used) {
            let p = &mut cells[usize::from(used) % CELLS];
            *p = (i32::from(*p) + ((target - i32::from(*p)) >> 7)) as u16;
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
