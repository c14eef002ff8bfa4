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

use crate::network::{LANES, Lanes};
use crate::odds::{FINE_BITS, ln};

/// An estimate: see [`start`].
pub type Estimate = u32;

/// Sixteen estimates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Cells(pub [Estimate; LANES]);

#[allow(unsafe_code)]
impl Cells {
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

/// Learns a bit: one estimate, as [`learn`] does for many.
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

/// The opinions of `cells`: scaled log odds in `odds`, and in `distances`, as far as there is room,
/// twice the distance from a half, scaled alike. Inlined, so that it has the vectors of the code
/// around.
#[inline(always)]
pub fn opine(cells: &[Cells], odds: &mut [Lanes], distances: &mut [Lanes]) {
    for (at, (cells, odds)) in cells.iter().zip(odds).enumerate() {
        let mut trusts = Lanes::default();
        for k in 0..LANES {
            let p = (cells.0[k] >> COUNT_BITS) as i32 as f32;
            let count = (cells.0[k] & MOST_COUNT) as i32 as f32;
            trusts.0[k] = count / (count + 1.5);
            odds.0[k] = (ln(p) - ln(ONE - p)) * trusts.0[k];
        }
        if let Some(distances) = distances.get_mut(at) {
            for k in 0..LANES {
                let p = (cells.0[k] >> COUNT_BITS) as i32 as f32;
                distances.0[k] = (p - ONE / 2.0) * (4.0 / ONE) * trusts.0[k];
            }
        }
    }
}

/// All of `cells` learn a bit; `limit` bounds their counts, at most [`MOST_COUNT`].
#[inline(always)]
pub fn learn(cells: &mut [Cells], limit: u32, bit: bool) {
    let aim = aim(bit);
    // Sixteen by sixteen: in one long row compilers see no vectors.
    for cells in cells {
        for cell in &mut cells.0 {
            *cell = learned(*cell, aim, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::{Task, Unit, Vectors};

    /// Cells and their limit, and what they learn.
    struct Lesson<'a>([Cells; 2], u32, &'a [bool]);

    impl Task for Lesson<'_> {
        type Output = ([Cells; 2], Vec<u32>);

        #[inline(always)]
        fn run(self, _: impl Vectors) -> Self::Output {
            let Self(mut cells, limit, bits) = self;
            let (mut odds, mut distances) = ([Lanes::default(); 2], [Lanes::default(); 2]);
            for &bit in bits {
                learn(&mut cells, limit, bit);
                opine(&cells, &mut odds, &mut distances);
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
