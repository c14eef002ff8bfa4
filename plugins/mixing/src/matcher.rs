//! Where the text went on when it last was as it is now.
//!
//! A matcher keeps the last position of every context of some bytes. While the text goes on as
//! it did then, the position follows; when it differs, the position is kept for a while, since
//! records that differ in a number or a name go on alike. Agreement and failures select the
//! estimate that says how far to trust the byte expected.
//!
//! Cost: one look-up per byte, 4 bytes per position.

use pressmark_coding::memory::{large_pages, prefetch};
use pressmark_coding::past::Past;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
const LONGEST: usize = 65_535;
/// An agreement is verified this far back when it is found.
const VERIFIED: usize = 600;
/// From so many bytes of agreement on no other position is looked for.
const ENOUGH: usize = 16;
/// Classes of agreement, see [`Matcher::class`].
pub const CLASSES: usize = 16;

/// The contexts of one length.
#[derive(Debug)]
pub struct Matcher {
    depth: usize,
    /// The bits by which the hash moves up per byte.
    shift: u32,
    hash: u64,
    /// What else a position is known by.
    salt: u64,
    /// The low bits of the hash that are not used.
    drop: u32,
    last: Vec<u32>,
    /// Where the text goes on; 0 for nowhere.
    at: usize,
    /// Where it may go on after the next byte, not verified; 0 for nowhere.
    candidate: usize,
    /// Since how many bytes it has agreed.
    agreed: usize,
    /// The last outcomes, a bit each, ones for failures, the last one lowest.
    failures: u32,
    /// The byte expected, below a one bit; 0 for none.
    expected: u32,
    class: usize,
}

impl Matcher {
    /// What [`Matcher::new`] allocates, in bytes.
    pub fn allocated(bits: u32) -> usize {
        size_of::<u32>() << bits
    }

    /// Contexts of `63 / shift` bytes (`shift` from 1 to 63), `2^bits` positions (`bits` from 1
    /// to 32).
    pub fn new(shift: u32, bits: u32) -> Self {
        let last = vec![0; 1 << bits];
        large_pages(&last);
        let depth = 63 / shift as usize;
        let drop = 64 - bits;
        Self {
            depth,
            shift,
            hash: 0,
            salt: 0,
            drop,
            last,
            at: 0,
            candidate: 0,
            agreed: 0,
            failures: 0,
            expected: 0,
            class: 0,
        }
    }

    #[inline]
    fn slot(&self) -> usize {
        ((self.hash ^ self.salt) >> self.drop) as usize
    }

    /// From the next byte on, looks only for positions that were found beside the same `salt`.
    #[inline]
    pub fn within(&mut self, salt: u64) {
        self.salt = salt;
    }

    /// Takes in the last byte of `past`; [`Matcher::find`] must follow before the next one.
    #[inline]
    pub fn advance(&mut self, past: &Past) {
        let byte = past.at(past.len() - 1);
        if self.at > 0 {
            let right = self.expected == 256 | u32::from(byte);
            self.agreed = if right { (self.agreed + 1).min(LONGEST) } else { 0 };
            self.at += 1;
            self.failures = self.failures << 1 | u32::from(!right);
        }
        // Every step shifts the bytes before up, so that only `depth` of them are left.
        let byte = u64::from(byte) + 1;
        self.hash = self.hash.wrapping_add(byte).wrapping_mul(SPREAD << self.shift);
        prefetch(&self.last, self.slot());
    }

    /// Finds where the text goes on.
    #[inline]
    pub fn find(&mut self, past: &Past) {
        let here = past.len();
        // Neither the table nor the text far back is in a cache, so both are asked for before
        // they are used: a position that was found for one byte is verified after the next.
        if self.candidate > 0 && self.agreed < self.depth.max(ENOUGH) {
            let at = self.candidate + 1;
            let most = at.saturating_sub(past.oldest()).min(VERIFIED);
            let same = |&back: &usize| past.at(at - back) == past.at(here - back);
            let agreed = (1..=most).take_while(same).count();
            if agreed > self.depth && agreed > self.agreed {
                (self.at, self.agreed, self.failures) = (at, agreed, 0);
            }
        }
        self.candidate = 0;
        if here >= self.depth {
            let slot = self.slot();
            if self.agreed < self.depth.max(ENOUGH) {
                self.candidate = self.last[slot] as usize;
                past.touch(self.candidate);
            }
            self.last[slot] = here as u32;
        }
        // Eight failures in a row end it.
        if self.failures as u8 == u8::MAX || self.at < past.oldest() {
            self.at = 0;
        }
        self.expected = if self.at > 0 { 256 | u32::from(past.at(self.at)) } else { 0 };
        self.class = if self.at > 0 { class(self.agreed) } else { 0 };
    }

    /// The bit expected after `prefix` (the bits of the byte so far below a one bit), `left`
    /// bits before the byte's end.
    #[inline]
    pub fn bit(&self, prefix: u32, left: u32) -> Option<bool> {
        (self.expected >> (left + 1) == prefix).then_some(self.expected >> left & 1 == 1)
    }

    /// The byte expected, below a one bit; 0 for none.
    #[inline]
    pub fn expected(&self) -> u32 {
        self.expected
    }

    /// Bytes that have agreed since the last failure.
    #[inline]
    pub fn agreed(&self) -> usize {
        self.agreed
    }

    /// The last four outcomes.
    #[inline]
    pub fn failures(&self) -> usize {
        self.failures as usize & 15
    }

    /// The class of its agreement, below [`CLASSES`]: 0 for no position, 1 just after a failure.
    #[inline]
    pub fn class(&self) -> usize {
        self.class
    }
}

/// See [`Matcher::class`].
fn class(agreed: usize) -> usize {
    match agreed {
        0 => 1,
        1..4 => 2,
        4..8 => 3,
        8..10 => 4,
        10..12 => 5,
        12..16 => 6,
        16..20 => 7,
        20..24 => 8,
        24..32 => 9,
        32..48 => 10,
        48..64 => 11,
        64..128 => 12,
        128..256 => 13,
        256..512 => 14,
        _ => 15,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn after(text: &[u8]) -> Matcher {
        let mut matcher = Matcher::new(10, 10);
        let mut past = Past::new(text.len(), text.len());
        for &byte in text {
            past.push(byte);
            matcher.advance(&past);
            matcher.find(&past);
        }
        matcher
    }

    #[test]
    fn what_came_before_is_expected_again() {
        let matcher = after(b"once upon a time there was; once upon a time there");
        assert_eq!((matcher.agreed(), matcher.expected()), (22, 256 | 32));
        let bits = (0..8).map(|k| matcher.bit((256 | 32) >> (8 - k), 7 - k));
        assert!(bits.eq((0..8).map(|k| Some(32 >> (7 - k) & 1 == 1))));
        assert_eq!(matcher.bit(0b11, 6), None, "the byte has gone another way");
    }

    #[test]
    fn a_failure_is_survived() {
        let matcher = after(b"number 1 is a line; number 2 is a");
        assert_eq!(matcher.expected(), 256 | 32);
        assert_eq!(matcher.agreed(), 5);
        assert_eq!(matcher.failures(), 0, "five bytes ago is too long ago to be told");
        assert_eq!(after(b"number 1 is a line; number 2").class(), 1);
    }
}
