//! What came after the last time this was seen: a match model over symbols.
//!
//! A hash of the last few symbols finds where they stood before; the symbol that
//! followed there is the prediction, trusted by how often such predictions came
//! true (Mahoney, the match model of paq and lpaq). After a miss the pointer walks
//! on for a while: an earlier passage with one word changed is still a guide.
//!
//! Cost: one table access per symbol without a match; 4 bytes per table entry.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;

/// Misses in a row after which a pointer is given up.
const PATIENCE: u32 = 8;
/// Classes of trust: by length of the match, and by recent misses.
const CLASSES: usize = 16 * (PATIENCE as usize + 1);
const VERIFIED: u32 = 40;
/// 4 MiB of entries.
const MOST_ENTRIES: usize = 1 << 20;

/// Predicts the next symbol from the most recent occurrence of the last ones.
#[derive(Debug, Clone)]
pub(crate) struct Recency {
    table: Vec<u32>,
    hash: u32,
    multiplier: u32,
    minimum: u32,
    pointer: usize,
    length: u32,
    misses: u32,
    trust: Vec<AdaptiveBit>,
    class: usize,
    expected: Option<bool>,
}

impl Recency {
    /// Looks for the last `minimum` symbols (at most 16).
    pub(crate) fn new(minimum: u32) -> Self {
        // Multiplied `minimum` times, a symbol is shifted out of the hash.
        let shift = 32u32.div_ceil(minimum.clamp(1, 16));
        Self {
            table: vec![0; 1 << 10],
            hash: 0,
            multiplier: 0x2f0b_4c47u32 << shift,
            minimum,
            pointer: 0,
            length: 0,
            misses: 0,
            trust: vec![AdaptiveBit::starting_at(48000, 2); CLASSES],
            class: 0,
            expected: None,
        }
    }

    /// The symbol expected next, if any, out of all symbols so far.
    #[inline]
    pub(crate) fn predicted(&self, symbols: &[u8]) -> Option<u8> {
        if self.pointer == 0 { None } else { symbols.get(self.pointer).copied() }
    }

    /// How far the expectation is to be trusted: 0 for none, up to 15.
    #[inline]
    pub(crate) fn level(&self) -> usize {
        if self.pointer == 0 {
            return 0;
        }
        match self.length {
            0..8 => 1 + self.length as usize / 2,
            8..32 => 5 + (self.length as usize - 8) / 6,
            length => 9 + (length.ilog2() as usize - 5).min(6),
        }
    }

    /// The opinion on the next bit, as log odds; `expected` is the bit the prediction implies.
    #[inline]
    pub(crate) fn opinion(&mut self, expected: Option<bool>, tables: &Logistic) -> i16 {
        self.expected = expected;
        let Some(bit) = expected else { return 0 };
        self.class = self.level() * (PATIENCE as usize + 1) + self.misses as usize;
        let odds = tables.stretch(self.trust[self.class].p1() >> 3);
        if bit { odds } else { -odds }
    }

    /// Learns the bit that came after [`Recency::opinion`].
    #[inline]
    pub(crate) fn update(&mut self, bit: bool) {
        if let Some(expected) = self.expected.take() {
            self.trust[self.class].learn(expected == bit);
        }
    }

    /// Takes in the symbol that was just appended to `symbols`.
    #[inline]
    pub(crate) fn append(&mut self, symbols: &[u8]) {
        let at = symbols.len() - 1;
        let symbol = symbols[at];
        self.hash = self
            .hash
            .wrapping_mul(self.multiplier)
            .wrapping_add((u32::from(symbol) + 1).wrapping_mul(0x9e37_79b1));
        if self.pointer > 0 {
            if symbols[self.pointer] == symbol {
                self.length = (self.length + 1).min(65535);
                self.misses -= u32::from(self.misses > 0 && self.length & 7 == 0);
            } else {
                self.length = 0;
                self.misses += 1;
            }
            self.pointer += 1;
            if self.misses >= PATIENCE {
                self.pointer = 0;
            }
        }
        // Memory grows with the text: a doubled table finds all it knew in one of its halves.
        if symbols.len() > self.table.len() && self.table.len() < MOST_ENTRIES {
            self.table.extend_from_within(..);
        }
        let spread = u64::from(self.hash).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let slot = spread as usize & (self.table.len() - 1);
        if self.pointer == 0 || self.length < self.minimum {
            self.look_up(symbols, self.table[slot] as usize);
        }
        self.table[slot] = symbols.len() as u32;
    }

    /// Where the pointer stands, to [go back](Self::go_back) to.
    pub(crate) fn place(&self) -> (usize, u32, u32) {
        (self.pointer, self.length, self.misses)
    }

    /// Goes on as if the last of `symbols` had come, without learning anything.
    pub(crate) fn follow(&mut self, symbols: &[u8]) {
        if self.pointer == 0 {
            return;
        }
        if Some(&symbols[self.pointer]) == symbols.last() {
            self.length = (self.length + 1).min(65535);
        } else {
            self.length = 0;
            self.misses += 1;
        }
        self.pointer = if self.misses < PATIENCE { self.pointer + 1 } else { 0 };
    }

    /// Goes back to where the pointer stood, after steps that taught nothing.
    pub(crate) fn go_back(&mut self, place: (usize, u32, u32)) {
        (self.pointer, self.length, self.misses) = place;
    }

    fn look_up(&mut self, symbols: &[u8], candidate: usize) {
        if candidate == 0 {
            return;
        }
        let before = &symbols[..candidate];
        let agree = before.iter().rev().zip(symbols.iter().rev()).take(VERIFIED as usize);
        let length = agree.take_while(|(a, b)| a == b).count() as u32;
        if length >= self.minimum && length > self.length {
            self.pointer = candidate;
            self.length = length;
            self.misses = 0;
        }
    }
}
