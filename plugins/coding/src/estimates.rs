//! Probabilities that are learned, sixteen at a time.
//!
//! An estimate is a probability of 22 bits with the count of its updates in 10, in one word
//! (the adaptive-rate state maps of Mahoney's paq): it moves by `1 / (n + 1.5)` of its error, so
//! that it is an average until `n` reaches a limit, and forgets exponentially from there on.
//! A model gathers the estimates it needs from wherever they are, asks for all their opinions
//! at once, lets all of them learn at once, and puts them back. Opinions are log odds, by a
//! polynomial instead of a table, scaled by `n / (n + 1.5)`: who has seen little says little.
//!
//! Only single operations rounded as IEEE 754 says, lane by lane: all units give the same bits.
//!
//! Cost: some 50 operations for sixteen estimates, and two divisions.

use crate::odds::{FINE_BITS, ln_eight};
use crate::vectors::{LANES, Lanes, Task, Vectors};

/// An estimate: see [`start`].
pub type Estimate = u32;

/// Sixteen estimates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Cells(pub [Estimate; LANES]);

#[allow(unsafe_code)]
impl Cells {
    /// Eight and eight of them.
    #[inline(always)]
    fn eights(&self) -> &[[Estimate; 8]] {
        self.0.as_chunks().0
    }

    /// As [`Cells::eights`].
    #[inline(always)]
    fn eights_mut(&mut self) -> &mut [[Estimate; 8]] {
        self.0.as_chunks_mut().0
    }

    /// All estimates in a row.
    #[inline]
    pub fn flat(cells: &mut [Self]) -> &mut [Estimate] {
        // SAFETY: `Cells` is `[u32; LANES]` in C's layout; its size is a multiple of its
        // alignment, so there is nothing between two of them.
        unsafe { std::slice::from_raw_parts_mut(cells.as_mut_ptr().cast(), cells.len() * LANES) }
    }
}

/// An estimate that knows nothing.
pub const UNKNOWN: Estimate = start(1 << 15, 0);
/// The most updates that are counted.
pub const MOST_COUNT: u32 = 1023;

const COUNT_BITS: u32 = 10;
const ONE: f32 = (1u32 << FINE_BITS) as f32;
/// Probabilities keep this far from certainty.
const EDGE: f32 = 12.0;

/// The estimate that starts at `p / 65536` as if it had learned `count` bits.
pub const fn start(p: u16, count: u32) -> Estimate {
    (p as u32) << (FINE_BITS - 16 + COUNT_BITS) | count
}

/// The 22-bit probability of a one.
#[inline]
pub fn p(estimate: Estimate) -> u32 {
    estimate >> COUNT_BITS
}

/// Learns a bit: one estimate, as by [`Learn`] many do.
#[inline(always)]
pub fn learn_one(estimate: &mut Estimate, bit: bool, limit: u32) {
    *estimate = learned(*estimate, aim(bit), limit);
}

/// What a bit draws an estimate to, and what is added before it is rounded down: so one comes as near
/// to a one as to a zero.
#[inline(always)]
fn aim(bit: bool) -> [f32; 2] {
    if bit { [ONE - EDGE, 0.75] } else { [EDGE, 0.0] }
}

#[inline(always)]
fn learned(estimate: Estimate, [target, up]: [f32; 2], limit: u32) -> Estimate {
    let count = estimate & MOST_COUNT;
    let p = (estimate >> COUNT_BITS) as i32 as f32;
    let moved = p + (target - p) / (count as i32 as f32 + 1.5) + up;
    // Between two targets or hardly above, so it fits.
    #[allow(unsafe_code)]
    // SAFETY: it is finite and in the range of an `i32`: less than one above what is between two
    // numbers of 22 bits.
    let moved = unsafe { moved.to_int_unchecked::<i32>() } as u32;
    moved << COUNT_BITS | (count + 1).min(limit)
}

/// Asks for the opinions of `cells`.
pub struct Opine<'a> {
    /// Who is asked.
    pub cells: &'a [Cells],
    /// Scaled log odds.
    pub odds: &'a mut [Lanes],
    /// As far as there is room, twice the distance from a half, scaled alike.
    pub distances: &'a mut [Lanes],
    /// What cells [learn](Learn) by.
    pub rates: &'a mut [Lanes],
}

impl Task for Opine<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { cells, odds, distances, rates } = self;
        let (count_mask, more, one) = (v.all_words(MOST_COUNT), v.all(1.5), v.all(ONE));
        let all = cells.iter().zip(rates).zip(odds);
        for (at, ((cells, rates), odds)) in all.enumerate() {
            let mut distances = distances.get_mut(at);
            for k in 0..LANES / 8 {
                let cells = v.words(&cells.eights()[k]);
                let p = v.float(v.right::<{ COUNT_BITS as i32 }>(cells));
                let count = v.float(v.and(cells, count_mask));
                let rate = v.over(v.all(1.0), v.sum(count, more));
                let trust = v.times(count, rate);
                let log_odds = v.less(ln_eight(v, p), ln_eight(v, v.less(one, p)));
                v.put(rate, &mut rates.eights_mut()[k]);
                v.put(v.times(log_odds, trust), &mut odds.eights_mut()[k]);
                if let Some(distances) = &mut distances {
                    let distance = v.times(v.less(p, v.all(ONE / 2.0)), v.all(4.0 / ONE));
                    v.put(v.times(distance, trust), &mut distances.eights_mut()[k]);
                }
            }
        }
    }
}

/// All of `cells` learn a bit.
pub struct Learn<'a> {
    /// Who learns.
    pub cells: &'a mut [Cells],
    /// By what they learn, see [`Opine`].
    pub rates: &'a [Lanes],
    /// The most that their counts become, at most [`MOST_COUNT`].
    pub limit: u32,
    /// The bit.
    pub bit: bool,
}

impl Task for Learn<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { cells, rates, limit, bit } = self;
        let [target, up] = aim(bit).map(|number| v.all(number));
        let [count_mask, one, limit] = [MOST_COUNT, 1, limit].map(|word| v.all_words(word));
        for (cells, rates) in cells.iter_mut().zip(rates) {
            for (cells, rates) in cells.eights_mut().iter_mut().zip(rates.eights()) {
                let words = v.words(cells);
                let p = v.float(v.right::<{ COUNT_BITS as i32 }>(words));
                let step = v.times(v.less(target, p), v.floats(rates));
                let moved = v.whole(v.sum(v.sum(p, step), up));
                let count = v.min_words(v.sum_words(v.and(words, count_mask), one), limit);
                v.put_words(v.or(v.left::<{ COUNT_BITS as i32 }>(moved), count), cells);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vectors::Unit;

    /// Cells and their limit, and what they learn.
    struct Lesson<'a>([Cells; 2], u32, &'a [bool]);

    impl Task for Lesson<'_> {
        type Output = ([Cells; 2], Vec<u32>);

        #[inline(always)]
        fn run(self, vectors: impl Vectors) -> Self::Output {
            let Self(mut cells, limit, bits) = self;
            let [mut rates, mut odds, mut distances] = [[Lanes::default(); 2]; 3];
            for &bit in bits {
                Opine {
                    cells: &cells,
                    odds: &mut odds,
                    distances: &mut distances,
                    rates: &mut rates,
                }
                .run(vectors);
                Learn { cells: &mut cells, rates: &rates, limit, bit }.run(vectors);
            }
            let floats = odds.iter().chain(&distances).flat_map(|lanes| lanes.0);
            (cells, floats.map(f32::to_bits).collect())
        }
    }

    proptest! {
        #[test]
        fn every_unit_gives_the_same_bits(cells in prop::collection::vec(any::<u32>(), 32), limit in 1u32..1024, bits in prop::collection::vec(any::<bool>(), 1..60)) {
            let cells = [0, 1].map(|k| Cells(std::array::from_fn(|n| cells[16 * k + n].max(1 << 14))));
            let run = |unit: Unit| unit.run(Lesson(cells, limit, &bits));
            prop_assert_eq!(run(Unit::Plain), run(Unit::Avx2));
            prop_assert_eq!(run(Unit::Plain), run(Unit::Avx512));
        }
    }

    #[test]
    fn an_estimate_averages_then_forgets() {
        let mut estimate = UNKNOWN;
        (0..400).for_each(|k| learn_one(&mut estimate, k % 4 == 0, 200));
        let quarter = f64::from(p(estimate)) / f64::from(1u32 << FINE_BITS);
        assert!((0.22..0.28).contains(&quarter), "{quarter}");
        (0..40_000).for_each(|_| learn_one(&mut estimate, true, 200));
        assert!(p(estimate) > (1 << FINE_BITS) - 250, "{}", p(estimate));
        (0..2_000).for_each(|_| learn_one(&mut estimate, false, 0));
        assert!(p(estimate) < 250 && p(estimate) > 0);
    }
}
