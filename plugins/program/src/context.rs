//! What has been read so far, as the contexts that predict what comes next.
//!
//! Two views of the past are kept: the last eight folded bytes, and the last words
//! as hashes together with the letters begun. Case and gaps enter where they
//! matter. Every context is a 64-bit hash.
//!
//! Cost: a few multiplications per symbol.

use crate::alphabet::Place;

/// How many contexts predict a symbol.
pub(crate) const CONTEXTS: usize = 7;
/// The contexts whose confidences select how much each is weighed: those made of words.
pub(crate) const TRUSTED: [usize; 4] = [2, 3, 4, 5];

/// The past of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// The last eight folded bytes, the latest in the lowest byte.
    bytes: u64,
    /// Hash of the token begun.
    partial: u64,
    /// The case class of the word begun.
    case: u64,
    /// The last two words, the latest first.
    words: [u64; 2],
    /// What stood before the word begun: zero for an implied blank.
    separator: u64,
    /// The last gap that was a token.
    gap: u64,
    /// Words since then.
    run: u64,
}

fn combine(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(23) ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
}

impl History {
    /// A word of case class `case` begins; `implied` if a blank is implied before it.
    pub(crate) fn begin_word(&mut self, case: usize, implied: bool) {
        if implied {
            self.push(b' ');
            self.separator = 0;
        }
        self.case = case as u64;
        self.partial = 0;
    }

    /// A folded letter of the word begun.
    pub(crate) fn letter(&mut self, folded: u8) {
        self.push(folded);
        self.extend(folded);
    }

    /// The word begun is complete.
    pub(crate) fn end_word(&mut self) {
        self.words = [self.partial, self.words[0]];
        self.run += 1;
        self.partial = 0;
    }

    /// A gap begins.
    pub(crate) fn begin_gap(&mut self, byte: u8) {
        self.partial = 0;
        self.gap_byte(byte);
    }

    /// A byte of the gap begun.
    pub(crate) fn gap_byte(&mut self, byte: u8) {
        self.push(byte);
        self.extend(byte);
    }

    /// The gap begun is complete.
    pub(crate) fn end_gap(&mut self) {
        self.separator = self.partial;
        self.gap = self.partial;
        self.run = 0;
        self.partial = 0;
    }

    fn push(&mut self, byte: u8) {
        self.bytes = self.bytes << 8 | u64::from(byte);
    }

    fn extend(&mut self, byte: u8) {
        self.partial = combine(self.partial, u64::from(byte) + 1);
    }

    /// The letters begun with their case, alone and with the word before.
    pub(crate) fn begun(&self) -> [u64; 2] {
        let partial = combine(self.partial, self.case);
        [partial, combine(partial, self.words[0])]
    }

    /// The last two bytes, scrambled.
    pub(crate) fn pair(&self) -> u64 {
        (self.bytes & 0xffff).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
    }

    /// Fills in the contexts of the next symbol.
    pub(crate) fn contexts(&self, place: Place, contexts: &mut [u64; CONTEXTS]) {
        let last = |n: u32| self.bytes & ((1u64 << (8 * n)) - 1);
        let [one, two] = self.words;
        let case = if place == Place::Word { self.case } else { 0 };
        let partial = combine(self.partial, case);
        let before = combine(one, self.separator);
        let values = [
            last(2),
            last(4),
            partial,
            combine(partial, before),
            combine(combine(partial, before), two),
            combine(partial, two),
            combine(combine(partial, self.gap), self.run.min(6)),
        ];
        for (k, (context, value)) in contexts.iter_mut().zip(values).enumerate() {
            *context = combine(value, (k * 4 + place as usize) as u64);
        }
    }
}
