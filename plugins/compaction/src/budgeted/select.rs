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

    pub(crate) fn insert(&mut self, mut number: usize) {
        for level in &mut self.levels {
            level[number / 64] |= 1 << (number % 64);
            number /= 64;
        }
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.levels[0][number / 64] >> (number % 64) & 1 == 1
    }

    /// The least member from `number` on.
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
/// it is worth less now. Worth is told apart to an eighth.
pub(crate) fn choose(pieces: &Pieces<'_>, mut worth: Worth, most: usize) -> Option<Chosen> {
    let count = pieces.len();
    let mut cost = pieces.gap_cost(0, count);
    if cost > most {
        return None;
    }
    let mut chosen = Chosen::new(count);
    let alone = |worth: &Worth, piece: usize| match pieces.is_label(piece) {
        true => 0,
        false => density(worth.gain(piece), pieces.cost(piece, piece + 1) + MARKER),
    };
    let mut queue = Queue::new();
    (0..count).for_each(|piece| queue.push(alone(&worth, piece), piece));
    let mut failed = 0;
    while let Some((rank, piece)) = queue.pop() {
        if failed == TRIES {
            break;
        }
        if chosen.contains(piece) {
            continue;
        }
        let gain = worth.gain(piece);
        let most_dense = density(gain, pieces.cost(piece, piece + 1));
        if most_dense < rank {
            queue.push(most_dense, piece);
            continue;
        }
        let label = pieces.label(piece).filter(|&label| !chosen.contains(label));
        let (before, after) = change(pieces, &chosen, piece, label);
        let current = density(gain, after.saturating_sub(before));
        if current < rank {
            queue.push(current, piece);
            continue;
        }
        if cost + after - before > most {
            failed += 1;
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
                queue.push(alone(&worth, near), near);
            }
        }
    }
    Some(chosen)
}

/// What is told per unit, as a rank that grows by one for every eighth more.
fn density(gain: u64, cost: usize) -> usize {
    let density = gain / (cost as u64 + 1);
    match density.checked_ilog2() {
        None | Some(0..3) => density as usize,
        Some(log) => (8 * (log as usize - 2)) + (density >> (log - 3) & 7) as usize,
    }
}

/// Pieces by rank; those of rank 0 are not kept.
struct Queue {
    ranks: Vec<Vec<u32>>,
    /// No piece has a higher rank.
    highest: usize,
}

impl Queue {
    fn new() -> Self {
        Self { ranks: vec![Vec::new(); 8 * 63], highest: 0 }
    }

    fn push(&mut self, rank: usize, piece: usize) {
        if rank > 0 {
            self.ranks[rank].push(piece as u32);
            self.highest = self.highest.max(rank);
        }
    }

    /// A piece of the highest rank: the one that was pushed last.
    fn pop(&mut self) -> Option<(usize, usize)> {
        while self.highest > 0 {
            if let Some(piece) = self.ranks[self.highest].pop() {
                return Some((self.highest, piece as usize));
            }
            self.highest -= 1;
        }
        None
    }
}

/// What the gaps that `piece` and its label stand in cost now, and what gaps and pieces cost when
/// both are kept.
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
