//! Deep nodes as pointers into the past.
//!
//! A context of many bytes has nearly always one successor, and the path that follows it is
//! the text after its last occurrence: one position says it all, in four bytes. [`Pointers`]
//! keeps the last position of every context of one depth; while the text goes on as it did
//! then, the position follows. How far to trust it is learned for each length of agreement
//! and the recent failures.
//!
//! Cost: one look-up per byte, one estimate per bit.

use crate::logistic::Logistic;
use crate::memory::{large_pages, prefetch};

use super::estimate::Estimate;
use crate::past::Past;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Classes of lengths.
const CLASSES: usize = 32;
/// Outcomes remembered, one bit each.
const RECENT: usize = 16;
/// An agreement is verified this far back when it is found.
const VERIFIED: usize = 400;
const LONGEST: usize = 65_535;

/// The contexts of one depth.
#[derive(Debug)]
pub struct Pointers {
    depth: usize,
    /// The bits by which the hash moves up per byte.
    shift: u32,
    hash: u64,
    /// The low bits of the hash that are not used.
    drop: u32,
    last: Vec<u32>,
    /// Where the text goes on, and since how many bytes it has agreed (0: no agreement).
    at: usize,
    /// Where it may go on after the next byte, not verified; 0 for nowhere.
    candidate: usize,
    agreed: usize,
    recent: usize,
    /// The byte expected, below a one bit; 0 for none.
    expected: u32,
    estimates: Vec<Estimate>,
    used: Option<usize>,
}

impl Pointers {
    /// Contexts of `63 / shift` bytes (`shift` from 1 to 63), `2^bits` positions (`bits` from 1
    /// to 63) of four bytes each.
    pub fn new(shift: u32, bits: u32) -> Self {
        let depth = 63 / shift as usize;
        let estimate = |cell: usize| {
            let wrong = 65_535 / (shortest(cell / (2 * RECENT)) + 3);
            let p = if cell & 1 == 1 { 65_535 - wrong } else { wrong };
            Estimate::starting_at(p as u16)
        };
        let last = vec![0; 1 << bits];
        large_pages(&last);
        Self {
            depth,
            shift,
            hash: 0,
            drop: 64 - bits,
            last,
            at: 0,
            candidate: 0,
            agreed: 0,
            recent: 0,
            expected: 0,
            estimates: (0..CLASSES * RECENT * 2).map(estimate).collect(),
            used: None,
        }
    }

    /// What [`Pointers::new`] allocates.
    pub fn allocated(bits: u32) -> usize {
        (size_of::<u32>() << bits) + CLASSES * RECENT * 2 * size_of::<Estimate>()
    }

    /// Takes in the last byte of `past`; [`Pointers::find`] must follow before the next one.
    #[inline]
    pub fn advance(&mut self, past: &Past) {
        let byte = past.at(past.len() - 1);
        if self.agreed > 0 {
            let right = past.at(self.at) == byte;
            self.agreed = if right { (self.agreed + 1).min(LONGEST) } else { 0 };
            self.at += 1;
            self.recent = (self.recent << 1 | usize::from(!right)) % RECENT;
        }
        // Every step shifts the bytes before up, so that only `depth` of them are left.
        let byte = u64::from(byte) + 1;
        self.hash = self.hash.wrapping_add(byte).wrapping_mul(SPREAD << self.shift);
        prefetch(&self.last, self.slot());
    }

    #[inline]
    fn slot(&self) -> usize {
        (self.hash >> self.drop) as usize & (self.last.len() - 1)
    }

    /// Finds where the text goes on.
    ///
    /// Neither the table nor the text far back is in a cache, so both are asked for before
    /// they are used: a position that was found for one byte is verified after the next.
    #[inline]
    pub fn find(&mut self, past: &Past) {
        let here = past.len();
        if self.agreed == 0 && self.candidate > 0 {
            let at = self.candidate + 1;
            let most = at.saturating_sub(past.oldest()).min(VERIFIED);
            let same = |&back: &usize| past.at(at - back) == past.at(here - back);
            let agreed = (1..=most).take_while(same).count();
            if agreed > self.depth {
                (self.at, self.agreed) = (at, agreed);
            }
        }
        if here >= self.depth {
            let slot = self.slot();
            self.candidate = if self.agreed == 0 { self.last[slot] as usize } else { 0 };
            self.last[slot] = here as u32;
            past.touch(self.candidate);
        }
        self.expected = if self.agreed > 0 { 256 | u32::from(past.at(self.at)) } else { 0 };
    }

    /// How many bytes have agreed; 0 if nothing is expected.
    #[inline]
    pub fn agreed(&self) -> usize {
        self.agreed
    }

    /// The byte that is expected.
    #[inline]
    pub fn expected(&self) -> Option<u8> {
        (self.expected > 0).then_some(self.expected as u8)
    }

    /// The bit expected after `prefix` (the bits of the byte so far below a one bit), `left`
    /// bits before the byte's end.
    #[inline]
    pub(super) fn bit(&self, prefix: u32, left: u32) -> Option<bool> {
        (self.expected >> (left + 1) == prefix).then_some(self.expected >> left & 1 == 1)
    }

    /// The byte expected, if it goes on after the half byte that `prefix` ends with.
    #[inline]
    pub(super) fn begun(&self, prefix: u32) -> Option<u8> {
        (self.expected >> 4 == prefix).then_some(self.expected as u8)
    }

    /// The opinion on the next bit; 0 if none is expected.
    #[inline]
    pub(super) fn opine(&mut self, expected: Option<bool>, tables: &Logistic) -> i16 {
        self.used =
            expected.map(|bit| (class(self.agreed) * RECENT + self.recent) * 2 + usize::from(bit));
        let estimate = self.used.and_then(|cell| self.estimates.get(cell));
        estimate.map_or(0, |estimate| tables.stretch(estimate.p12()))
    }

    /// Learns the bit that came.
    #[inline]
    pub(super) fn learn(&mut self, bit: bool) {
        if let Some(estimate) = self.used.and_then(|cell| self.estimates.get_mut(cell)) {
            estimate.learn(bit, 250);
        }
    }
}

fn class(agreed: usize) -> usize {
    match agreed {
        0..16 => agreed,
        16..32 => 12 + agreed / 4,
        32..64 => 16 + agreed / 8,
        64..512 => 23 + agreed / 64,
        _ => CLASSES - 1,
    }
}

/// The shortest agreement of a class.
fn shortest(wanted: usize) -> usize {
    (0..=512).find(|&agreed| class(agreed) >= wanted).unwrap_or(512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_grow_with_lengths() {
        assert!((0..600).all(|agreed| class(agreed) <= class(agreed + 1)));
        assert!((0..600).all(|agreed| class(agreed + 1) - class(agreed) <= 1));
        assert_eq!(class(usize::MAX), CLASSES - 1);
    }

    #[test]
    fn what_came_before_is_expected_again() {
        let text = b"once upon a time there was; once upon a time there";
        let mut pointers = Pointers::new(10, 10);
        let mut past = Past::new(text.len(), text.len());
        for &byte in text {
            past.push(byte);
            pointers.advance(&past);
            pointers.find(&past);
        }
        assert_eq!(pointers.agreed(), 22);
        let bits: Vec<Option<bool>> =
            (0..8).map(|k| pointers.bit((256 | 32) >> (8 - k), 7 - k)).collect();
        assert_eq!(bits, (0..8).map(|k| Some(32 >> (7 - k) & 1 == 1)).collect::<Vec<_>>());
        assert_eq!(pointers.bit(0b11, 6), None, "the byte has gone another way");
    }
}
