//! Choosing pieces within a budget.

use super::pieces::Pieces;
use super::worth::Worth;

/// A set of numbers below a bound, with the nearest members on both sides found in a few steps:
/// a bit each, and a bit for every 64 of them, and so on.
pub(crate) struct Chosen {
    levels: Vec<Vec<u64>>,
}

impl Chosen {
    pub(crate) fn new(bound: usize) -> Self {
        let mut levels = Vec::new();
        let mut size = bound;
        loop {
            size = size.div_ceil(64).max(1);
            levels.push(vec![0; size]);
            if size == 1 {
                return Self { levels };
            }
        }
    }

    #[inline]
    pub(crate) fn insert(&mut self, mut number: usize) {
        for level in &mut self.levels {
            level[number / 64] |= 1 << (number % 64);
            number /= 64;
        }
    }

    #[inline]
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.levels[0][number / 64] >> (number % 64) & 1 == 1
    }

    /// The least member from `number` on.
    #[inline]
    pub(crate) fn next(&self, mut number: usize) -> Option<usize> {
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get(number / 64)? & (!0 << (number % 64));
            if word != 0 {
                let mut found = number / 64 * 64 + word.trailing_zeros() as usize;
                for below in self.levels[..height].iter().rev() {
                    found = found * 64 + below[found].trailing_zeros() as usize;
                }
                return Some(found);
            }
            number = number / 64 + 1;
        }
        None
    }

    /// The greatest member before `number`.
    #[inline]
    pub(crate) fn before(&self, mut number: usize) -> Option<usize> {
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get(number / 64).map_or(0, |word| word & !(!0 << (number % 64)));
            if word != 0 {
                let mut found = number / 64 * 64 + 63 - word.leading_zeros() as usize;
                for below in self.levels[..height].iter().rev() {
                    found = found * 64 + 63 - below[found].leading_zeros() as usize;
                }
                return Some(found);
            }
            number /= 64;
        }
        None
    }
}

/// Bytes that [`choose`] takes for so many pieces, besides what each is worth.
pub(super) fn allocated(pieces: usize) -> usize {
    // A bit each, and a bit for every 64 of them, and so on; the lists of these, too.
    pieces * size_of::<Place>() + pieces / 7 + 1024
}

/// Pieces that did not fit, one after the other, before no more are tried.
const TRIES: usize = 200;
/// Units that are added to the cost of a piece by itself: its part of a marker, before it is
/// known how the piece will stand.
const MARKER: usize = 6;

/// Chooses pieces so that what is written costs at most `most` units besides the header; `None`
/// if not even one marker fits.
///
/// Lazy greedy (Minoux, 1978): the piece that tells most per unit comes first; what it tells and
/// what it costs, markers included, are computed again when its turn comes, and it goes back if
/// it is worth less now. Worth is told apart to an eighth. Of pieces that are the same only one waits
/// for its turn. A piece that does not fit when its turn comes is given up, whatever it is worth:
/// room does not grow. Towards the end of a budget most pieces are given up for their length alone,
/// before anything else is computed.
pub(crate) fn choose(pieces: &Pieces<'_>, mut worth: Worth, most: usize) -> Option<Chosen> {
    let count = pieces.len();
    let mut cost = pieces.gap_cost(0, count);
    if cost > most {
        return None;
    }
    let mut chosen = Chosen::new(count);
    let alone = |gain: u64, piece: usize| match pieces.is_label(piece) {
        true => 0,
        false => density(gain, pieces.cost(piece, piece + 1) + MARKER),
    };
    let reach = Reach { widest: pieces.widest(), count };
    let mut queue = Queue::new(count);
    worth
        .gains(|piece| pieces.is_label(piece), |piece, gain| queue.push(alone(gain, piece), piece));
    let mut failed = 0;
    while let Some((rank, piece)) = queue.pop() {
        if failed == TRIES {
            break;
        }
        let own = pieces.cost(piece, piece + 1);
        if chosen.contains(piece) || own > most - cost + reach.saved(&chosen, piece) {
            continue;
        }
        let gain = worth.gain(piece);
        if !reaches(gain, own, rank) {
            queue.push(density(gain, own), piece);
            continue;
        }
        let label = pieces.label(piece).filter(|&label| !chosen.contains(label));
        let (before, after) = change(pieces, &chosen, piece, label);
        if cost + after - before > most {
            failed += 1;
            continue;
        }
        let own = after.saturating_sub(before);
        if !reaches(gain, own, rank) {
            queue.push(density(gain, own), piece);
            continue;
        }
        failed = 0;
        cost = cost + after - before;
        for piece in label.into_iter().chain([piece]) {
            chosen.insert(piece);
            worth.keep(piece);
        }
        // Beside a piece that is kept, a marker may be saved.
        for near in [piece.wrapping_sub(1), piece + 1] {
            if near < count && !chosen.contains(near) {
                queue.raise(alone(worth.gain(near), near), near);
            }
        }
    }
    Some(chosen)
}

/// What is told per unit, as a rank that grows by one for every eighth more.
#[inline]
fn density(gain: u64, cost: usize) -> usize {
    let density = gain / (cost as u64 + 1);
    match density.checked_ilog2() {
        None | Some(0..3) => density as usize,
        Some(log) => (8 * (log as usize - 2)) + (density >> (log - 3) & 7) as usize,
    }
}

/// Whether [`density`] is at least `rank`, without a division.
#[inline]
fn reaches(gain: u64, cost: usize, rank: usize) -> bool {
    let least = if rank < 16 { rank as u64 } else { (8 | rank as u64 & 7) << (rank / 8 - 1) };
    gain >= least.saturating_mul(cost as u64 + 1)
}

/// What keeping a piece saves at most.
struct Reach {
    /// Units of the widest marker.
    widest: usize,
    count: usize,
}

impl Reach {
    /// A piece that stands inside of a gap splits it: there are more markers then, hardly shorter
    /// ones. Beside a piece that is kept, all markers of its gap and of its label's may go.
    #[inline]
    fn saved(&self, chosen: &Chosen, piece: usize) -> usize {
        let inside = piece > 0
            && piece + 1 < self.count
            && !chosen.contains(piece - 1)
            && !chosen.contains(piece + 1);
        if inside { self.widest / 2 } else { 4 * self.widest }
    }
}

/// Pieces by rank, each at most once; those of rank 0 are not kept.
struct Queue {
    /// For each rank the piece that was pushed last.
    last: [u32; Queue::RANKS],
    /// For each piece where it stands.
    places: Vec<Place>,
    /// No piece has a higher rank.
    highest: usize,
}

/// The place of a piece: between those of its rank that were pushed before and after it.
#[derive(Clone, Copy)]
struct Place {
    before: u32,
    after: u32,
    /// 0 for a piece that is not in the queue.
    rank: u32,
}

impl Queue {
    const RANKS: usize = 8 * 63;
    /// No piece.
    const NONE: u32 = u32::MAX;

    fn new(pieces: usize) -> Self {
        let place = Place { before: Self::NONE, after: Self::NONE, rank: 0 };
        Self { last: [Self::NONE; Self::RANKS], places: vec![place; pieces], highest: 0 }
    }

    /// Takes in a piece that is not in the queue.
    #[inline]
    fn push(&mut self, rank: usize, piece: usize) {
        if rank > 0 {
            let before = std::mem::replace(&mut self.last[rank], piece as u32);
            if let Some(place) = self.places.get_mut(before as usize) {
                place.after = piece as u32;
            }
            self.places[piece] = Place { before, after: Self::NONE, rank: rank as u32 };
            self.highest = self.highest.max(rank);
        }
    }

    /// Takes in a piece, unless it is in the queue with as high a rank.
    fn raise(&mut self, rank: usize, piece: usize) {
        let Place { before, after, rank: old } = self.places[piece];
        if rank <= old as usize {
            return;
        }
        if old > 0 {
            match self.places.get_mut(after as usize) {
                Some(place) => place.before = before,
                None => self.last[old as usize] = before,
            }
            if let Some(place) = self.places.get_mut(before as usize) {
                place.after = after;
            }
        }
        self.push(rank, piece);
    }

    /// Takes out a piece of the highest rank: the one that was pushed last.
    #[inline]
    fn pop(&mut self) -> Option<(usize, usize)> {
        while self.highest > 0 {
            let piece = self.last[self.highest];
            if let Some(place) = self.places.get_mut(piece as usize) {
                place.rank = 0;
                self.last[self.highest] = place.before;
                if let Some(place) = self.places.get_mut(self.last[self.highest] as usize) {
                    place.after = Self::NONE;
                }
                return Some((self.highest, piece as usize));
            }
            self.highest -= 1;
        }
        None
    }
}

/// What the gaps that `piece` and its label stand in cost now, and what gaps and pieces cost when
/// both are kept.
#[inline]
fn change(
    pieces: &Pieces<'_>,
    chosen: &Chosen,
    piece: usize,
    label: Option<usize>,
) -> (usize, usize) {
    let gap = |piece| {
        let from = chosen.before(piece).map_or(0, |at| at + 1);
        (from, chosen.next(piece).unwrap_or(pieces.len()))
    };
    let split = |from, piece, to| {
        pieces.gap_cost(from, piece)
            + pieces.cost(piece, piece + 1)
            + pieces.gap_cost(piece + 1, to)
    };
    let (from, to) = gap(piece);
    let before = pieces.gap_cost(from, to);
    match label {
        None => (before, split(from, piece, to)),
        // Both stand in one gap, the label first.
        Some(label) if label >= from => {
            let first = pieces.gap_cost(from, label) + pieces.cost(label, label + 1);
            (before, first + split(label + 1, piece, to))
        }
        Some(label) => {
            let (start, end) = gap(label);
            (
                before + pieces.gap_cost(start, end),
                split(start, label, end) + split(from, piece, to),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_are_reached_as_they_are_computed(gain in 0u64..1 << 45, cost in 0usize..5000, off in -3i64..4) {
            let rank = density(gain, cost);
            let asked = (rank as i64 + off).clamp(0, 495) as usize;
            prop_assert_eq!(reaches(gain, cost, asked), rank >= asked);
        }
    }
}
