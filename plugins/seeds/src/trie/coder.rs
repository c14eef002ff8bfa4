//! What is added to make the original a code.
//!
//! The original gives a symbol that it never saw no probability, and charges nothing for it.
//! Here each symbol, but the first, is preceded by one decision: with n symbols behind, it is
//! new with probability 1/(n+1). A new symbol follows as a plain number of 21 bits (8 for
//! bytes). A known one is found by halving the vocabulary: each half has the sum of what
//! the blend gives its symbols. Probabilities reach the arithmetic coder with 15 bits, at least
//! 1/32768.
//!
//! So the blend needs to be the same to the last bit on both sides. It is made of additions,
//! multiplications and divisions in a fixed order.

use pressmark_coding::logistic::PROB_BITS;
use pressmark_coding::range::BitIo;

use super::predictor::{Predictor, Settings};
use super::symbols::{Alphabet, Unit};

const ONE: u16 = 1 << PROB_BITS;

/// A sum of code lengths, kept as a product of probabilities, so that a run needs one logarithm
/// and gives the same figure on every machine but for that one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    mantissa: f64,
    exponent: u64,
}

/// Below 2^-200 the product is scaled up. No probability here is below 2^-100, so that it
/// never gets near the least number there is.
const SHIFT: u64 = 200;

impl Tally {
    fn new() -> Self {
        Self { mantissa: 1.0, exponent: 0 }
    }

    #[inline]
    fn add(&mut self, p: f64) {
        self.mantissa *= p;
        if self.mantissa < f64::from_bits((1023 - SHIFT) << 52) {
            self.mantissa *= f64::from_bits((1023 + SHIFT) << 52);
            self.exponent += SHIFT;
        }
    }

    /// `-log2` of the product.
    pub fn bits(self) -> f64 {
        self.exponent as f64 - self.mantissa.log2()
    }
}

/// Figures of a run; the priming text is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// Symbols.
    pub symbols: u64,
    /// Symbols that were seen for the first time.
    pub novel: u64,
    /// Symbols that were the best guess.
    pub guessed: u64,
    /// What the original would have charged: nothing for new symbols.
    pub claimed: Tally,
    /// What the code should cost, the probabilities not rounded.
    pub ideal: Tally,
}

impl Counts {
    fn new() -> Self {
        let (claimed, ideal) = (Tally::new(), Tally::new());
        Self { symbols: 0, novel: 0, guessed: 0, claimed, ideal }
    }
}

/// The original's predictor with an escape, and its symbols.
#[derive(Debug, Clone)]
pub struct Coder {
    unit: Unit,
    alphabet: Alphabet,
    predictor: Predictor,
    /// `below[s]`: what the blend gives to all symbols before s, in order.
    below: Vec<f64>,
    counts: Counts,
    probability: f64,
}

impl Coder {
    /// Knows nothing.
    pub fn new(unit: Unit, settings: Settings) -> Self {
        Self {
            unit,
            alphabet: Alphabet::default(),
            predictor: Predictor::new(settings),
            below: Vec::new(),
            counts: Counts::new(),
            probability: 1.0,
        }
    }

    /// What a symbol is.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The predictor.
    pub fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// The figures so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Starts the figures again: what was learned is kept.
    pub fn restart_counts(&mut self) {
        self.counts = Counts::new();
        self.predictor.restart_counts();
    }

    /// The probability of the last symbol, not rounded.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// Learns a symbol that both sides know.
    pub fn learn(&mut self, symbol: u32) {
        self.predictor.predict();
        let number = self.alphabet.number(symbol);
        self.predictor.update(number.unwrap_or_else(|| self.alphabet.add(symbol)));
    }

    /// Codes a symbol and learns it; a decoder ignores `symbol` and returns the one it read, or
    /// nothing if it is none that an encoder writes.
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, symbol: u32) -> Option<u32> {
        self.predictor.predict();
        self.sum_up();
        let seen = self.predictor.steps();
        let known = self.alphabet.number(symbol);
        let novelty = 1.0 / (seen + 1) as f64;
        let novel = seen == 0 || io.bit(escape(seen), known.is_none());
        let number = if novel {
            let read = self.spell(io, symbol);
            if self.alphabet.number(read).is_some() || !self.unit.write(read, &mut Vec::new()) {
                return None;
            }
            self.counts.novel += 1;
            self.probability = novelty / f64::from(1u32 << self.unit.bits());
            self.alphabet.add(read)
        } else {
            let number = self.halve(io, known.unwrap_or(0));
            let total = self.below[self.below.len() - 1];
            let p = self.predictor.distribution()[number as usize] / total;
            self.counts.claimed.add(p);
            self.probability = (1.0 - novelty) * p;
            number
        };
        self.counts.ideal.add(self.probability);
        self.counts.symbols += 1;
        self.counts.guessed += u64::from(self.predictor.guess() == Some(number));
        self.predictor.update(number);
        Some(self.alphabet.symbol(number))
    }

    fn sum_up(&mut self) {
        self.below.clear();
        self.below.push(0.0);
        let mut sum = 0.0;
        self.below.extend(self.predictor.distribution().iter().map(|p| {
            sum += p;
            sum
        }));
    }

    fn spell<Io: BitIo>(&self, io: &mut Io, symbol: u32) -> u32 {
        let bit = |number, at| number << 1 | u32::from(io.bit(ONE / 2, symbol >> at & 1 == 1));
        (0..self.unit.bits()).rev().fold(0, bit)
    }

    fn halve<Io: BitIo>(&self, io: &mut Io, number: u32) -> u32 {
        let (mut from, mut to) = (0, self.below.len() - 1);
        while to - from > 1 {
            let middle = from.midpoint(to);
            let (low, high) =
                (self.below[middle] - self.below[from], self.below[to] - self.below[middle]);
            let p = high / (low + high) * f64::from(ONE);
            if io.bit((p as u16).clamp(1, ONE - 1), number as usize >= middle) {
                from = middle;
            } else {
                to = middle;
            }
        }
        from as u32
    }
}

/// The 15-bit probability that a symbol is new when `seen` are behind.
fn escape(seen: u64) -> u16 {
    (u64::from(ONE) / (seen + 1)).clamp(1, u64::from(ONE) - 1) as u16
}
