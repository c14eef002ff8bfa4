//! Which texts a query is about: BM25 (Robertson and Zaragoza 2009) in integers.
//!
//! A text scores, for each word that it shares with the query,
//! `idf · tf·(k1 + 1) / (tf + k1·(1 − b + b·length/mean))` with k1 = 1.2, b = 0.75 and
//! `idf = log2(1 + (n − df + ½) / (df + ½))`. All is fixed point with [`BITS`] bits after the
//! point, so that every machine ranks alike; ties go to the earlier text.

use std::collections::HashMap;

use super::text::{is_name, words};

/// Bits after the point of a score.
pub const BITS: u32 = 16;
/// One, as a score.
pub const ONE: u64 = 1 << BITS;

/// A word by its number.
pub type Word = u32;

/// Texts by the words that they hold. Texts are only ever added.
#[derive(Debug, Clone, Default)]
pub struct Index {
    numbers: HashMap<Vec<u8>, Word>,
    /// By word: the texts that hold it, in order, and how often.
    places: Vec<Vec<(u32, u32)>>,
    /// By word: whether it names one thing.
    names: Vec<bool>,
    /// By text: its words in order of number, each once.
    texts: Vec<Vec<Word>>,
    /// By text: all its words counted.
    lengths: Vec<u64>,
    total: u64,
}

impl Index {
    /// Adds a text.
    pub fn add(&mut self, text: &[u8]) {
        let number = self.texts.len() as u32;
        let mut found: Vec<Word> = words(text).map(|word| self.number(&text[word])).collect();
        self.lengths.push(found.len() as u64);
        self.total += found.len() as u64;
        found.sort_unstable();
        for run in found.chunk_by(|a, b| a == b) {
            self.places[run[0] as usize].push((number, run.len() as u32));
        }
        found.dedup();
        self.texts.push(found);
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The words of a text, each once.
    pub fn words_of(&self, text: usize) -> &[Word] {
        &self.texts[text]
    }

    /// The texts that hold a word, in order.
    pub fn places(&self, word: Word) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.places[word as usize].iter().map(|&(text, _)| text as usize)
    }

    /// Whether a word names one thing: an identifier, a code, a number.
    pub fn is_name(&self, word: Word) -> bool {
        self.names[word as usize]
    }

    /// How many distinct words there are; their numbers are below it.
    pub fn distinct(&self) -> usize {
        self.places.len()
    }

    /// The known words of a text, each once, in order of number.
    pub fn query(&self, text: &[u8]) -> Vec<Word> {
        let known = words(text).filter_map(|word| self.numbers.get(&folded(&text[word])));
        let mut known: Vec<Word> = known.copied().collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// What a shared word says: the rarer, the more.
    pub fn idf(&self, word: Word) -> u64 {
        let (n, df) = (self.texts.len() as u64, self.places[word as usize].len() as u64);
        // 1 + (n − df + ½) / (df + ½) = (2n + 2) / (2df + 1)
        log2(2 * n + 2) - log2(2 * df + 1)
    }

    /// The score of every text for words, each with a weight of which [`ONE`] is plain.
    pub fn scores(&self, query: &[(Word, u64)]) -> Vec<u64> {
        let mut scores = vec![0u64; self.texts.len()];
        for &(word, weight) in query {
            let weight = (u128::from(self.idf(word)) * u128::from(weight)) >> BITS;
            for &(text, count) in &self.places[word as usize] {
                let score = (weight * u128::from(self.saturation(text as usize, count))) >> BITS;
                scores[text as usize] += score as u64;
            }
        }
        scores
    }

    /// `tf·2.2 / (tf + 0.3 + 0.9·length·n/total)`, both sides multiplied by `10·total`.
    fn saturation(&self, text: usize, count: u32) -> u64 {
        let (tf, total) = (u128::from(count), u128::from(self.total));
        let longer = 9 * u128::from(self.lengths[text]) * self.texts.len() as u128;
        (((22 * tf * total) << BITS) / (10 * tf * total + 3 * total + longer)) as u64
    }

    fn number(&mut self, word: &[u8]) -> Word {
        let next = self.places.len() as Word;
        let number = *self.numbers.entry(folded(word)).or_insert(next);
        if number == next {
            self.places.push(Vec::new());
            self.names.push(is_name(word));
        }
        number
    }
}

fn folded(word: &[u8]) -> Vec<u8> {
    word.to_ascii_lowercase()
}

/// The logarithm of `x`, at least 1, rounded down: the square of what is left tells each bit.
fn log2(x: u64) -> u64 {
    let whole = x.max(1).ilog2();
    let mut rest = (u128::from(x.max(1)) << 32) >> whole;
    let mut bits = u64::from(whole);
    for _ in 0..BITS {
        rest = (rest * rest) >> 32;
        let bit = u64::from(rest >= 2 << 32);
        rest >>= bit;
        bits = (bits << 1) | bit;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn logarithms_are_right_to_the_last_bit() {
        for x in (1..2000u64).chain([1 << 40, u64::MAX]) {
            let exact = (x as f64).log2() * ONE as f64;
            assert!((log2(x) as f64 - exact).abs() < 1.5, "{x}");
        }
    }

    /// The published formula, in floating point.
    fn oracle(texts: &[String], query: &str) -> Vec<f64> {
        let split = |text: &str| -> Vec<String> {
            words(text.as_bytes()).map(|word| text[word].to_ascii_lowercase()).collect()
        };
        let texts: Vec<Vec<String>> = texts.iter().map(|text| split(text)).collect();
        let n = texts.len() as f64;
        let mean = texts.iter().map(Vec::len).sum::<usize>() as f64 / n;
        let mut query = split(query);
        query.sort();
        query.dedup();
        let score = |text: &Vec<String>| {
            let part = |word: &String| {
                let df = texts.iter().filter(|text| text.contains(word)).count() as f64;
                let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).log2();
                let tf = text.iter().filter(|other| *other == word).count() as f64;
                let length = text.len() as f64 / mean;
                if tf == 0.0 { 0.0 } else { idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length)) }
            };
            query.iter().map(part).sum()
        };
        texts.iter().map(score).collect()
    }

    proptest! {
        #[test]
        fn scores_are_those_of_the_formula(
            texts in prop::collection::vec("([a-e]{1,2} ){1,12}", 1..12), query in "([a-e]{1,2} ){1,6}",
        ) {
            let mut index = Index::default();
            texts.iter().for_each(|text| index.add(text.as_bytes()));
            let words: Vec<_> = index.query(query.as_bytes()).iter().map(|&w| (w, ONE)).collect();
            for (score, exact) in index.scores(&words).iter().zip(oracle(&texts, &query)) {
                prop_assert!((*score as f64 / ONE as f64 - exact).abs() < 0.01);
            }
        }
    }
}
