//! What fits a memory limit.
//!
//! Everything that is allocated is decided here, before the first byte, from the limit and the
//! lengths of the texts, so that the limit holds at every moment and both sides agree. What a
//! plan needs besides is fixed; while nodes, probabilities, positions and text that are of use
//! fit, they are taken, else a sixteenth goes to the text, as much to each matcher, an eighth to
//! vectors, and what is left to nodes and probabilities in proportion.

use pressmark_coding::bilinear;
use pressmark_coding::codec::Design;
use pressmark_coding::memory::of_use;
use pressmark_coding::trie::{Misfit, Texts};
use pressmark_coding::unit::{Symbols, Unit};
use pressmark_coding::words::MOST_WORDS;
use pressmark_coding::words::dictionary::Dictionary;
use pressmark_sdk::Result;

use crate::model::{Counts, Model, Size};
use crate::plan::Plan;

/// What a run is asked for. Both sides must be given the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is used.
    pub plan: Plan,
    /// The most bytes allocated at a time.
    pub memory_limit: usize,
    /// What the symbols are; what suits plan and text if none is given.
    pub unit: Option<Unit>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { plan: Plan::level(5), memory_limit: 2 << 30, unit: None }
    }
}

/// Bytes of nodes, and of probabilities, for each context and byte of text [that counts](of_use): at 4 MB
/// 35 % less memory than for all bytes, and 0.2 % of size.
const NODE_BYTES: usize = 12;
const LINE_BYTES: usize = 16;
/// Names, and what a run needs beside its model.
const REST: usize = 64 << 10;
const MATCH_BITS: std::ops::RangeInclusive<u32> = 10..=24;
/// Text kept, at least.
const SHORTEST_PAST: usize = 1 << 12;
/// A text of so many bytes, at least, for each token that is numbered.
const BYTES_PER_TOKEN: usize = 8;
const FEWEST_TOKENS: usize = 64;
/// Nodes and probabilities are given room for so many bytes of text, at least.
const SHORTEST: usize = 1 << 12;
/// Vectors of decisions, as a power of two: one for every few bytes of text.
const VECTOR_BITS: std::ops::RangeInclusive<u32> = 8..=19;

impl Settings {
    /// The size of the model for a text of `length` bytes after `prime` bytes that are learned
    /// first, and are held meanwhile, in these units.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](pressmark_sdk::Error::Unsupported) if the texts are too long, or the limit is too low for them.
    pub fn size(&self, unit: Unit, prime: usize, length: usize) -> Result<Size> {
        let all = Texts { prime, length, ..Texts::default() }.all(unit)?;
        let least =
            self.with(unit, all, 0, 0, [*MATCH_BITS.start(), *VECTOR_BITS.start()], SHORTEST_PAST);
        let needed = prime + REST + bytes(&least);
        let Some(spare) = self.memory_limit.checked_sub(needed) else {
            let limit = self.memory_limit;
            return Err(Misfit::TooTight { limit, prime, length, needed }.into());
        };
        let most = all.max(SHORTEST);
        let bits = (2 * most).ilog2().clamp(*MATCH_BITS.start(), *MATCH_BITS.end());
        let decisions = most / if unit == Unit::Word { 4 } else { 2 };
        let vector_bits = decisions.ilog2().clamp(*VECTOR_BITS.start(), *VECTOR_BITS.end());
        // Codes are fewer than bytes by half and more.
        let halved = if unit == Unit::Word { 2 } else { 1 };
        let new = of_use(most);
        let nodes = new.saturating_mul(NODE_BYTES * self.plan.contexts.len()) / halved;
        let lines = new.saturating_mul(LINE_BYTES * self.plan.direct.len()) / halved;
        let whole = self.with(unit, all, nodes, lines, [bits, vector_bits], all);
        let room = spare + bytes(&least);
        if bytes(&whole) <= room {
            return Ok(whole);
        }
        // Positions have four bytes.
        let bits = bits.min((spare / 64).max(1).ilog2()).max(*MATCH_BITS.start());
        let past = (spare / 16).max(SHORTEST_PAST);
        // A vector and a quarter of four bytes a number.
        let vectors = spare / 8 / (5 * self.plan.dimensions.max(16));
        let vector_bits = vector_bits.min(vectors.max(1).ilog2()).max(*VECTOR_BITS.start());
        let bits = [bits, vector_bits];
        let bare = bytes(&self.with(unit, all, 0, 0, bits, past));
        let Some(left) = room.checked_sub(bare) else { return Ok(least) };
        let share =
            |part: usize| (left as u128 * part as u128 / (nodes + lines).max(1) as u128) as usize;
        Ok(self.with(unit, all, share(nodes).min(nodes), share(lines).min(lines), bits, past))
    }

    fn with(
        &self,
        unit: Unit,
        text: usize,
        nodes: usize,
        lines: usize,
        [match_bits, vector_bits]: [u32; 2],
        past: usize,
    ) -> Size {
        let tokens = (text / BYTES_PER_TOKEN).clamp(FEWEST_TOKENS, MOST_WORDS);
        let (text, tokens) = match unit {
            Unit::Byte => (text, None),
            Unit::Word => (2 * text, Some(tokens)),
        };
        let vectors = bilinear::Size {
            dimensions: self.plan.dimensions,
            features: self.plan.features,
            bits: vector_bits,
            kin: self.plan.kin,
        };
        Size { plan: self.plan.clone(), nodes, lines, match_bits, text, past, vectors, tokens }
    }
}

impl Design for Settings {
    type Counts = Counts;
    type Model<S: Symbols> = Model;

    /// Where size is all, bytes.
    fn unit_of(&self, text: &[u8]) -> Unit {
        self.unit.unwrap_or_else(|| if self.plan.bytes { Unit::Byte } else { Unit::of(text) })
    }

    fn model<S: Symbols>(&self, prime: usize, length: usize) -> Result<(Model, usize)> {
        let size = self.size(S::UNIT, prime, length)?;
        let tokens = size.tokens.unwrap_or(0);
        Ok((Model::new(size), tokens))
    }
}

/// What a model of a size allocates, and who makes its symbols.
fn bytes(size: &Size) -> usize {
    size.bytes() + size.tokens.map_or(0, Dictionary::allocated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sizes_keep_the_limit(bits in 22f64..33.0, prime in 0usize..10_000_000, length in 0usize..100_000_000, level in 1usize..=9, unit in prop::sample::select(vec![Unit::Byte, Unit::Word])) {
            let settings = Settings { memory_limit: bits.exp2() as usize, plan: Plan::level(level), unit: None };
            if let Ok(size) = settings.size(unit, prime, length) {
                prop_assert!(bytes(&size) + prime + REST <= settings.memory_limit);
                let more = Settings { memory_limit: settings.memory_limit * 2, ..settings };
                let more = more.size(unit, prime, length).expect("twice the memory is enough, too");
                prop_assert!(more.nodes >= size.nodes && more.lines >= size.lines);
                prop_assert!(more.match_bits >= size.match_bits);
                prop_assert!(more.vectors.bits >= size.vectors.bits);
            }
        }
    }

    #[test]
    fn an_error_names_the_least_that_is_enough() {
        let at = |memory_limit| {
            Settings { memory_limit, ..Settings::default() }.size(Unit::Word, 5_000, 9_000)
        };
        let message = at(10_000).expect_err("it is too little").to_string();
        let least = message.rsplit(' ').next().and_then(|number| number.parse().ok());
        let least: usize = least.expect("it ends with a number");
        assert!(at(least).is_ok() && at(least - 1).is_err(), "{message}");
    }
}
