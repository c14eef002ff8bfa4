//! The past of a text as hashed contexts, for whole words and for symbols.
//!
//! Cost: a few multiplications per symbol.

use crate::alphabet::Place;
use crate::cell::scramble;

/// Contexts that predict a symbol.
pub const CONTEXTS: usize = 10;
/// Contexts of zero to three words that predict the next word; what stands before it belongs to
/// each.
pub const ORDERS: usize = 4;
/// Those symbol contexts whose confidence selects weights.
pub const TRUSTED: [usize; 3] = [5, 6, 7];

/// What has been read so far.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The last eight folded bytes, the latest lowest.
    bytes: u64,
    /// The bytes of the token begun: hash and number.
    partial: u64,
    begun: usize,
    /// The last three words by number plus one, the latest first; zero is none.
    words: [u64; 3],
    /// The gap before the word begun; zero for a blank.
    gap: u64,
    /// The last two gaps that were more than a blank.
    gaps: [u64; 2],
    /// Words since the last of them.
    run: u64,
}

#[inline]
fn join(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(25) ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
}

impl History {
    /// A byte of the token begun.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        self.partial = join(self.partial, u64::from(byte) + 1);
        self.begun += 1;
    }

    /// The word begun ends; all its bytes were pushed.
    pub fn end_word(&mut self, number: u32) {
        self.words = [u64::from(number) + 1, self.words[0], self.words[1]];
        self.run += 1;
        self.reset();
    }

    /// A single blank stands before the next word.
    pub fn blank(&mut self) {
        self.bytes = self.bytes << 8 | u64::from(b' ');
        self.gap = 0;
        self.reset();
    }

    /// The gap begun ends; all its bytes were pushed.
    pub fn end_gap(&mut self) {
        self.gap = self.partial;
        self.gaps = [self.partial, self.gaps[0]];
        self.run = 0;
        self.reset();
    }

    fn reset(&mut self) {
        self.partial = 0;
        self.begun = 0;
    }

    /// What stands before the word begun, zero for a blank.
    pub fn gap(&self) -> u64 {
        self.gap
    }

    /// How many bytes of the token begun are known.
    pub fn begun(&self) -> usize {
        self.begun
    }

    /// The word before, by number plus one.
    pub fn word(&self) -> u64 {
        self.words[0]
    }

    /// The last two bytes.
    pub fn pair(&self) -> usize {
        (self.bytes & 0xffff) as usize
    }

    /// The contexts of the next word, by order.
    pub fn word_contexts(&self) -> [u64; ORDERS] {
        let [one, two, three] = self.words;
        let zero = join(self.gap, self.run.min(1));
        let first = join(join(self.gap, 7), one);
        let second = join(first, two);
        [zero, first, second, join(second, three)].map(scramble)
    }

    /// Fills in the contexts of the next symbol.
    #[inline]
    pub fn symbol_contexts(&self, place: Place, contexts: &mut [u64; CONTEXTS]) {
        let last = |n: u32| self.bytes & ((1u64 << (8 * n)) - 1);
        let [one, two, three] = self.words;
        let partial = self.partial;
        let values = if place == Place::Word {
            let before = join(one, self.gap);
            [
                join(last(1), self.begun.min(3) as u64),
                last(2),
                last(3),
                last(4),
                last(5),
                partial,
                join(partial, before),
                join(join(partial, before), two),
                join(partial, two),
                join(join(partial, self.gaps[0]), self.run.min(6)),
            ]
        } else {
            [
                join(partial, self.run.min(20)),
                join(partial, one),
                join(join(partial, one), two),
                join(join(partial, self.gaps[0]), self.run),
                join(last(3), 1),
                join(join(partial, one), self.gap),
                join(join(partial, one), self.gaps[0]),
                join(join(join(partial, one), two), three),
                join(join(partial, self.gaps[0]), self.gaps[1]),
                join(join(partial, one), self.run.min(20)),
            ]
        };
        for (k, (context, value)) in contexts.iter_mut().zip(values).enumerate() {
            *context = join(value, (k * 4 + place as usize) as u64);
        }
    }
}
