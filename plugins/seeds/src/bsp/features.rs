//! Lines as sets: every word, pair and triple of neighbours is a feature with a number.
//!
//! Numbers are given in the order of first occurrence, while learning. A line's set is listed in
//! the order in which the original finds it: words, then pairs, then triples.

use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::token::Kind;

use super::hash::Map;

/// Numbers from here on are in no set: the original's sets have a fixed size.
pub const UNIVERSE: u32 = 100_000;
/// Fills up the key of a feature of fewer than three words.
pub const NONE: u32 = u32::MAX;

/// The words of a feature, filled up with [`NONE`].
pub type Key = [u32; 3];

/// All words met, and all features learned.
#[derive(Debug, Clone, Default)]
pub struct Features {
    words: Lexicon,
    numbers: Map<Key, u32>,
    keys: Vec<Key>,
    /// The last line that held each feature.
    lines: Vec<u64>,
    line: u64,
}

impl Features {
    /// The number of a word, new or known.
    pub fn word(&mut self, word: &str) -> u32 {
        self.words.number(Kind::Word, word.as_bytes())
    }

    /// The letters of a word, in lower case.
    pub fn spelling(&self, word: u32) -> &[u8] {
        self.words.bytes(word)
    }

    /// How many distinct words were met.
    pub fn words(&self) -> u32 {
        self.words.len() as u32
    }

    /// How many features were learned.
    pub fn learned(&self) -> u32 {
        self.keys.len() as u32
    }

    /// The words of a feature learned.
    pub fn key(&self, feature: u32) -> Key {
        self.keys[feature as usize]
    }

    /// The features of a line, each once; unknown ones are learned or left out.
    pub fn of(&mut self, line: &[u32], learn: bool) -> Vec<u32> {
        self.line += 1;
        let mut found = Vec::with_capacity(3 * line.len());
        for length in 1..=3 {
            for words in line.windows(length) {
                let mut key = [NONE; 3];
                key[..length].copy_from_slice(words);
                let number = match self.numbers.get(&key) {
                    Some(&number) => number,
                    None if learn => self.add(key),
                    None => continue,
                };
                if std::mem::replace(&mut self.lines[number as usize], self.line) != self.line {
                    found.push(number);
                }
            }
        }
        found
    }

    fn add(&mut self, key: Key) -> u32 {
        let number = self.learned();
        self.numbers.insert(key, number);
        self.keys.push(key);
        self.lines.push(0);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_set_of_up_to_three_words() {
        let mut features = Features::default();
        let line: Vec<u32> = ["a", "b", "a", "b"].iter().map(|word| features.word(word)).collect();
        assert_eq!(features.of(&line, true), [0, 1, 2, 3, 4, 5]);
        assert_eq!(features.key(3), [1, 0, NONE]);
        assert_eq!(features.key(5), [1, 0, 1]);
        let other = features.word("c");
        assert_eq!(features.of(&[1, other, 1, 0], false), [1, 0, 3], "what is unknown is left out");
        assert_eq!(features.learned(), 6);
    }
}
