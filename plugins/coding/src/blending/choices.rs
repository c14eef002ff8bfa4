//! Distributions of half a symbol.
//!
//! A [`Row`] holds, for a choice out of sixteen, how probable it is to be below 1, 2, … 15, in units
//! of 2^-15. Its first number, which would always be 0, is its *tag*: how often it has learned, up to
//! 63, and a check of what it is about. A context has a row for the first half of a symbol, and one
//! for the second after each first half. The first of these stands beside the row of the first half,
//! in the same cache line, which is all that most contexts need; others are found by hash.
//!
//! Cost: a cache line a context and symbol, two for busy ones; 32 bytes a row.

use crate::memory::{before_line, filled, prefetch};
use crate::range::CHOICES;

use super::context::hash;
use super::vector::{Row, Vector};

/// Learned more often, a row is not distinguished any more.
pub(super) const OFTEN: u16 = 63;
/// A choice that did not come keeps this much of what learns, in units of 2^-15, so that no choice is
/// ever impossible. A sum of shares of rows stays below 2^15 by as much.
pub(super) const FLOOR: i16 = 24;

/// All choices alike; its tag is no context's, learned never.
pub(super) const EVEN: Row = {
    let mut row = Row([0; 16]);
    let mut at = 1;
    while at < CHOICES {
        row.0[at] = at as i16 * 2048;
        at += 1;
    }
    row
};

/// How often a row has learned, up to [`OFTEN`].
#[inline(always)]
pub(super) fn count(row: &Row) -> usize {
    usize::from(row.0[0] as u16 & OFTEN)
}

/// What a row is about, in ten bits.
#[inline(always)]
fn about(row: &Row) -> u16 {
    row.0[0] as u16 >> 6
}

fn begun(about: u16) -> Row {
    let mut row = EVEN;
    row.0[0] = (about << 6) as i16;
    row
}

/// How rows learn.
#[derive(Debug)]
pub(super) struct Lessons {
    /// What a row moves towards, by the choice that came.
    targets: [Row; CHOICES],
    /// How far, by how often it has learned, the tag apart; and what is added to that.
    steps: [[Row; 2]; OFTEN as usize + 1],
}

impl Lessons {
    pub(super) fn new() -> Self {
        let target = |choice: usize, at: usize| match at {
            0 => 0,
            _ if at > choice => (1 << 15) - i32::from(FLOOR) * (CHOICES - at) as i32,
            _ => i32::from(FLOOR) * at as i32,
        };
        // The first time two thirds of the way, then as an average does.
        let rate = |count: usize| (1 << 16) * 5 / (10 * count as i32 + 14);
        let row = |of: &dyn Fn(usize) -> i32| Row(std::array::from_fn(|at| of(at) as i16));
        Self {
            targets: std::array::from_fn(|choice| row(&|at| target(choice, at))),
            steps: std::array::from_fn(|count| {
                let more = i32::from(count < usize::from(OFTEN));
                [
                    row(&|at| if at == 0 { 0 } else { rate(count) }),
                    row(&|at| if at == 0 { more } else { 0 }),
                ]
            }),
        }
    }

    /// Writes what a row is after the choice that came.
    #[inline(always)]
    pub(super) fn teach<V: Vector>(&self, row: &Row, choice: usize, taught: &mut Row) {
        let now = V::load(row);
        let away = V::load(&self.targets[choice % CHOICES]).minus(now);
        let [rate, more] = &self.steps[count(row)];
        now.plus(away.times(V::load(rate))).plus(V::load(more)).store(taught);
    }
}

/// Where a row is.
pub(super) type Place = usize;

/// Rows found by hash, in pairs: a first half and a second one after it. Others have places of
/// their own.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Row>,
    /// Rows before a border of the cache lines, so that a pair is in one.
    before: usize,
    /// Pairs found by hash; the rows that have a place are behind them.
    pairs: u32,
}

impl Rows {
    /// `2^bits` pairs found by hash (`bits` from 1 to 31), and `own` rows, all even.
    pub(super) fn new(bits: u32, own: usize) -> Self {
        let rows = filled(EVEN, Self::count(bits, own));
        Self { before: before_line(&rows), rows, pairs: 1 << bits }
    }

    /// What [`Rows::new`] allocates.
    pub(super) fn allocated(bits: u32, own: usize) -> usize {
        Self::count(bits, own) * size_of::<Row>()
    }

    /// One more than there are, as the first may stand before a border.
    fn count(bits: u32, own: usize) -> usize {
        (2 << bits) + own + 1
    }

    /// The place of a row of its own.
    #[inline(always)]
    pub(super) fn own(&self, at: usize) -> Place {
        self.before + 2 * self.pairs as usize + at
    }

    #[inline(always)]
    pub(super) fn get(&self, place: Place) -> &Row {
        &self.rows[place]
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, place: Place) -> &mut Row {
        &mut self.rows[place]
    }

    /// Asks for the line of a place.
    #[inline(always)]
    pub(super) fn touch(&self, place: Place) {
        prefetch(&self.rows, place);
    }

    /// Where the first half of a context is, if it is at the first of its two places.
    #[inline(always)]
    pub(super) fn likely(&self, context: u64) -> Place {
        self.before + 2 * self.pair(context)
    }

    /// The place with some bits of its number the other way.
    #[inline(always)]
    fn other(&self, place: Place, bits: usize) -> Place {
        ((place - self.before) ^ bits) + self.before
    }

    #[inline(always)]
    fn pair(&self, hash: u64) -> usize {
        // The high half, as a fraction of all.
        (((hash >> 32) * u64::from(self.pairs)) >> 32) as usize
    }

    /// The row of a context's first half; if it has none, it takes over the less busy one of two.
    #[inline(always)]
    pub(super) fn first(&mut self, context: u64) -> Place {
        let (place, wanted) = (self.likely(context), check(context));
        if about(self.get(place)) == wanted {
            return place;
        }
        let other = self.other(place, 2);
        if about(self.get(other)) == wanted {
            return other;
        }
        let place = if count(self.get(other)) < count(self.get(place)) { other } else { place };
        self.rows[place] = begun(wanted);
        self.rows[place + 1] = EVEN;
        place
    }

    /// Where the row is of the second half after `half`, the first half being at `first`: asked for,
    /// to be [found](Rows::second) later.
    #[inline(always)]
    pub(super) fn second_likely(&self, context: u64, first: Place, half: usize) -> Place {
        let beside = about(self.get(first + 1));
        if beside == 0 || usize::from(beside) == half + 1 {
            return first + 1;
        }
        let place = self.far(context, half).0;
        self.touch(place);
        place
    }

    /// The row at the place that [`Rows::second_likely`] told, or beside it.
    #[inline(always)]
    pub(super) fn second(
        &mut self,
        context: u64,
        first: Place,
        half: usize,
        likely: Place,
    ) -> Place {
        if likely == first + 1 {
            let row = self.get_mut(likely);
            if about(row) == 0 {
                *row = begun(half as u16 + 1);
            }
            return likely;
        }
        let (place, wanted) = self.far(context, half);
        if about(self.get(place)) == wanted {
            return place;
        }
        let other = self.other(place, 1);
        if about(self.get(other)) == wanted {
            return other;
        }
        let place = if count(self.get(other)) < count(self.get(place)) { other } else { place };
        *self.get_mut(place) = begun(wanted);
        place
    }

    /// The likely place of a second half that has no room beside the first, and its check.
    #[inline(always)]
    fn far(&self, context: u64, half: usize) -> (Place, u16) {
        let hash = hash(context, half as u64 + 1);
        (self.likely(hash) + (hash >> 31 & 1) as usize, check(hash))
    }
}

/// What tells the rows of a line apart; never that of an even one.
#[inline(always)]
fn check(hash: u64) -> u16 {
    (hash as u16 & 1023).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::vector::Plain;
    use super::*;

    fn width(row: &Row, choice: usize) -> i32 {
        let low = if choice == 0 { 0 } else { i32::from(row.0[choice]) };
        row.0.get(choice + 1).map_or(1 << 15, |&high| i32::from(high)) - low
    }

    proptest! {
        #[test]
        fn rows_stay_distributions(choices in prop::collection::vec(0usize..16, 0..400)) {
            let lessons = Lessons::new();
            let mut row = begun(5);
            for (taught, &choice) in choices.iter().enumerate() {
                lessons.teach::<Plain>(&row.clone(), choice, &mut row);
                prop_assert_eq!(count(&row), (taught + 1).min(63));
                prop_assert_eq!(about(&row), 5);
                prop_assert!((0..16).all(|choice| width(&row, choice) >= 0));
                prop_assert!(row.0[15] <= i16::MAX - FLOOR + 1);
            }
            prop_assert_eq!((0..16).map(|choice| width(&row, choice)).sum::<i32>(), 1 << 15);
        }
    }

    #[test]
    fn a_row_follows_its_choices() {
        let (lessons, mut row) = (Lessons::new(), EVEN);
        lessons.teach::<Plain>(&EVEN, 7, &mut row);
        assert!((20_000..26_000).contains(&width(&row, 7)), "two thirds and more");
        (0..100).for_each(|_| lessons.teach::<Plain>(&row.clone(), 3, &mut row));
        assert!(width(&row, 3) > 30_000);
    }

    #[test]
    fn contexts_have_rows_of_their_own() {
        let (lessons, mut rows) = (Lessons::new(), Rows::new(8, 3));
        let contexts: Vec<u64> = (0..40).map(|k| hash(k, 7)).collect();
        for (&context, choice) in contexts.iter().zip((0..16).cycle()) {
            let first = rows.first(context);
            lessons.teach::<Plain>(&rows.get(first).clone(), choice, rows.get_mut(first));
            for half in [choice, 15 - choice, (choice + 3) % 16] {
                let likely = rows.second_likely(context, first, half);
                let second = rows.second(context, first, half, likely);
                lessons.teach::<Plain>(&rows.get(second).clone(), 15 - half, rows.get_mut(second));
            }
        }
        let kept = contexts.iter().zip((0..16).cycle()).filter(|&(&context, choice)| {
            let first = rows.first(context);
            let likely = rows.second_likely(context, first, choice);
            let second = rows.second(context, first, choice, likely);
            width(rows.get(first), choice) > 20_000 && width(rows.get(second), 15 - choice) > 20_000
        });
        let kept = kept.count();
        assert!(kept > 30, "{kept} of 40 are kept");
        assert_eq!(rows.get(rows.own(2)), &EVEN);
    }
}
