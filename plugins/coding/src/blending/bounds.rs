//! Levels, and what fits a memory limit.
//!
//! Everything that is allocated is decided here, before the first byte, from the limit and the
//! lengths of the texts, so that the limit holds at every moment and both sides agree. While all
//! that is of use fits, it is taken; else the largest part is halved until it does.

use pressmark_sdk::Result;

use crate::codec::Design;
use crate::memory::of_use;
use crate::trie::{Misfit, Texts};
use crate::unit::{Symbols, Unit};
use crate::words::MOST_WORDS;
use crate::words::dictionary::Dictionary;

use super::model::{ALWAYS, Counts, Model, Size};

/// What a run is asked for. Both sides must be given the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most bytes allocated at a time.
    pub memory_limit: usize,
    /// What the symbols are; [`Unit::of`] the text if none is given.
    pub unit: Option<Unit>,
}

/// What a codec makes models from that ask `N` rows for each choice and `R` rare contexts, as
/// [`Model`] has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking<const N: usize, const R: usize>(pub Settings);

/// One frequent context: twice as fast as [`Strong`].
pub type Fast = Asking<3, 0>;
/// Two frequent contexts and two rare ones.
pub type Strong = Asking<4, 2>;

/// Shares, names, and what a run needs beside its model.
const REST: usize = 96 << 10;
/// The powers of two of tables.
const FEWEST: u32 = 8;
const MOST: u32 = 26;
/// The most positions, as a power of two.
const MOST_POINTERS: u32 = 22;
/// Symbols kept, at least.
const SHORTEST_PAST: usize = 1 << 12;
/// A text of so many bytes, at least, for each token that is numbered.
const BYTES_PER_TOKEN: usize = 8;
const FEWEST_TOKENS: usize = 64;

/// The size of a model with the dictionary of its symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Whole {
    size: Size,
    rare: usize,
    tokens: usize,
}

impl Whole {
    fn bytes(&self) -> usize {
        let dictionary = if self.tokens > 0 { Dictionary::allocated(self.tokens) } else { 0 };
        self.size.bytes(self.rare) + dictionary
    }

    /// With its largest part halved, if any is above its least.
    fn smaller(mut self) -> Option<Self> {
        let size = &mut self.size;
        let bits = |bits: u32, bytes: usize| if bits > FEWEST { bytes << bits } else { 0 };
        let past = size.past.min(size.symbols);
        let parts = [
            bits(size.row_bits, 64),
            bits(size.successor_bits, 8 * self.rare.min(1)),
            bits(size.pointer_bits, 4),
            if past > SHORTEST_PAST { past } else { 0 },
            if self.tokens > FEWEST_TOKENS { Dictionary::allocated(self.tokens) } else { 0 },
        ];
        let (largest, bytes) = parts.into_iter().enumerate().max_by_key(|&(_, bytes)| bytes)?;
        match largest {
            _ if bytes == 0 => return None,
            0 => size.row_bits -= 1,
            1 => size.successor_bits -= 1,
            2 => size.pointer_bits -= 1,
            3 => size.past = (past / 2).max(SHORTEST_PAST),
            _ => self.tokens = (self.tokens / 2).max(FEWEST_TOKENS),
        }
        Some(self)
    }
}

impl Settings {
    /// The size of a model that asks so many rows and rare contexts, and the most tokens that are
    /// numbered.
    fn size<S: Symbols>(
        self,
        rows: usize,
        rare: usize,
        prime: usize,
        length: usize,
    ) -> Result<(Size, usize)> {
        let all = Texts { prime, length, ..Texts::default() }.all(S::UNIT)?;
        let (symbols, tokens) = match S::UNIT {
            Unit::Byte => (all, 0),
            Unit::Word => (2 * all, (all / BYTES_PER_TOKEN).clamp(FEWEST_TOKENS, MOST_WORDS)),
        };
        // Of a text of words, a frequent context has a pair for every six bytes, in powers of two; rare
        // ones are more, and smaller.
        let new = of_use(all).max(1);
        let pairs = (new * (rows - ALWAYS) / 6).max(1).ilog2();
        let rare_ones = (new * 3 / 4).max(1).ilog2();
        let mut whole = Whole {
            size: Size {
                row_bits: pairs.clamp(FEWEST, MOST),
                successor_bits: rare_ones.clamp(FEWEST, MOST),
                pointer_bits: (new / 4).max(1).ilog2().clamp(FEWEST, MOST_POINTERS),
                symbols,
                past: symbols,
            },
            rare,
            tokens,
        };
        while prime + REST + whole.bytes() > self.memory_limit {
            whole = whole.smaller().ok_or_else(|| Misfit::TooTight {
                limit: self.memory_limit,
                prime,
                length,
                needed: prime + REST + whole.bytes(),
            })?;
        }
        Ok((whole.size, whole.tokens))
    }

    fn unit_of(self, text: &[u8]) -> Unit {
        self.unit.unwrap_or_else(|| Unit::of(text))
    }
}

impl<const N: usize, const R: usize> Design for Asking<N, R> {
    type Counts = Counts;
    type Model<S: Symbols> = Model<S::Context, N, R>;

    fn unit_of(&self, text: &[u8]) -> Unit {
        self.0.unit_of(text)
    }

    fn model<S: Symbols>(&self, prime: usize, length: usize) -> Result<(Self::Model<S>, usize)> {
        let (size, tokens) = self.0.size::<S>(N, R, prime, length)?;
        Ok((Model::new(size), tokens))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::unit::{ByByte, ByWord};

    fn size(
        memory_limit: usize,
        unit: Unit,
        [rows, rare]: [usize; 2],
        [prime, length]: [usize; 2],
    ) -> Result<Whole> {
        let settings = Settings { memory_limit, unit: Some(unit) };
        let (size, tokens) = match unit {
            Unit::Byte => settings.size::<ByByte>(rows, rare, prime, length),
            Unit::Word => settings.size::<ByWord>(rows, rare, prime, length),
        }?;
        Ok(Whole { size, rare, tokens })
    }

    proptest! {
        #[test]
        fn sizes_keep_the_limit(bits in 10f64..32.0, prime in 0usize..10_000_000, length in 0usize..100_000_000, strong in any::<bool>(), unit in prop_oneof![Just(Unit::Byte), Just(Unit::Word)]) {
            let contexts = if strong { [4, 2] } else { [3, 0] };
            let at = |limit: usize| size(limit, unit, contexts, [prime, length]);
            let limit = bits.exp2() as usize;
            if let Ok(whole) = at(limit) {
                prop_assert!(whole.bytes() + prime + REST <= limit);
                let more = at(2 * limit).expect("twice the memory is enough, too");
                prop_assert!(more.bytes() >= whole.bytes());
            }
        }
    }

    #[test]
    fn an_error_names_the_least_that_is_enough() {
        let at = |limit| size(limit, Unit::Word, [4, 2], [5_000, 9_000]);
        let Err(pressmark_sdk::Error::Unsupported(message)) = at(10_000) else {
            panic!("it is too little")
        };
        let least = message.rsplit(' ').next().and_then(|number| number.parse().ok());
        let least: usize = least.expect("it ends with a number");
        assert!(at(least).is_ok() && at(least - 1).is_err(), "{message}");
        assert!(least <= 524_288 - 65_536, "{least}: the least limit of the strategy is enough");
    }
}
