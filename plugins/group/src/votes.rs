//! What a set of weighted words says about the next letter.
//!
//! Active groups give mass to whole words, a word is spelled letter by letter: the
//! mass of all words that begin with the letters so far, split by their next decision,
//! is the sets' own opinion. A small adaptive table learns what such a split is worth.
//!
//! Cost: one pass over the words left per decision; most leave with the first letter.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::logistic::Logistic;

use crate::alphabet::{Code, END, Tree};

/// Ratios of a split are quantised to this many classes, 0 and the last for unanimity.
const RATIOS: usize = 16;
const SIZES: usize = 12;
const POSITIONS: usize = 4;
/// States of a split, for the selection of weights; 0 is no opinion.
pub const STATES: usize = 25;

/// A set of weighted words while one word is spelled.
#[derive(Debug, Clone)]
pub struct Votes {
    /// Words that begin with the letters so far, and their mass.
    words: Vec<(u32, u32)>,
    /// For the letter due: codes left and mass.
    codes: Vec<(Code, u32)>,
    learned: Vec<AdaptiveBit>,
    used: Option<usize>,
}

impl Default for Votes {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            codes: Vec::new(),
            learned: vec![AdaptiveBit::new(); RATIOS * SIZES * POSITIONS],
            used: None,
        }
    }
}

impl Votes {
    /// A word begins that is none of `except`.
    pub fn begin(&mut self, words: &[(u32, u32)], except: &[u32]) {
        self.words.clear();
        self.words.extend(words.iter().filter(|(word, _)| !except.contains(word)));
    }

    /// A letter is due after `begun` letters.
    pub fn letter(&mut self, tree: &Tree, lexicon: &Lexicon, begun: usize) {
        self.codes.clear();
        self.codes.extend(self.words.iter().map(|&(word, mass)| {
            let letter = lexicon.bytes(word).get(begun).copied().unwrap_or(END);
            (tree.code(letter), mass)
        }));
    }

    /// The opinion on decision `depth`, as log odds, and its state below [`STATES`].
    #[inline]
    pub fn opinion(&mut self, depth: u32, begun: usize, tables: &Logistic) -> (i16, usize) {
        let (mut ones, mut all) = (0u64, 0u64);
        for &(code, mass) in &self.codes {
            all += u64::from(mass);
            ones += if code.bit(depth) { u64::from(mass) } else { 0 };
        }
        if all == 0 {
            self.used = None;
            return (0, 0);
        }
        let ratio = match ones {
            0 => 0,
            _ if ones == all => RATIOS - 1,
            _ => 1 + (ones * (RATIOS as u64 - 2) / all) as usize,
        };
        let size = (all.ilog2() as usize).saturating_sub(4).min(SIZES - 1);
        let at = (begun.min(POSITIONS - 1) * SIZES + size) * RATIOS + ratio;
        self.used = Some(at);
        let certainty = match ratio {
            0 => 0,
            1..8 => 1,
            8..15 => 2,
            _ => 3,
        };
        let state = 1 + certainty * 6 + size / 2;
        (tables.stretch(self.learned[at].p1() >> 3), state)
    }

    /// Takes in a decision.
    #[inline]
    pub fn follow(&mut self, depth: u32, bit: bool) {
        if let Some(at) = self.used.take() {
            self.learned[at].learn(bit);
        }
        self.codes.retain(|(code, _)| depth < u32::from(code.len) && code.bit(depth) == bit);
    }

    /// Takes in a whole letter, after `begun` others.
    pub fn keep(&mut self, lexicon: &Lexicon, begun: usize, letter: u8) {
        self.words.retain(|&(word, _)| lexicon.bytes(word).get(begun) == Some(&letter));
    }

    /// Outside a word nobody votes.
    pub fn silence(&mut self) {
        self.words.clear();
        self.codes.clear();
    }
}
