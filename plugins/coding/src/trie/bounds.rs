//! What fits a memory limit.
//!
//! Everything that is allocated is decided here, before the first byte, from the limit and the
//! lengths of the texts, so that the limit holds at every moment and both sides agree. While
//! all that is of use fits, it is taken. Then an eighth goes to pointers, up to a quarter to
//! tables, a sixteenth to the text so far, and the nodes get what is left.

use std::fmt;

use super::context::{DEEPEST, Reading, Tokens};
use super::model::{MOST_SHRINK, Size};
use super::nodes::Bounds;
use crate::unit::Unit;
use crate::words::MOST_WORDS;
use crate::words::dictionary::Dictionary;

/// What a codec is asked for that has the trie's model. Both sides must be given the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The deepest context that has nodes, 1 to [`DEEPEST`].
    pub max_order: usize,
    /// The most nodes alive at a time; 0 for no bound but `memory_limit`.
    pub max_active_nodes: usize,
    /// The most bytes allocated at a time.
    pub memory_limit: usize,
    /// The most visits of a node that is frozen for lack of room; 0 if no node is packed.
    pub freeze: u32,
    /// What the symbols are; [`Unit::of`] the text if none is given.
    pub unit: Option<Unit>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_order: DEEPEST,
            max_active_nodes: 0,
            memory_limit: 512 << 20,
            freeze: FREEZE,
            unit: None,
        }
    }
}

/// The default of [`Settings::freeze`]: memory is cheaper than the time that packing takes.
pub const FREEZE: u32 = 0;
/// Small tables, names, and what a run needs beside its model.
const REST: usize = 112 << 10;
const POINTER_BITS: std::ops::RangeInclusive<u32> = 10..=24;
/// A text of so many bytes, at least, for each token that is numbered.
const BYTES_PER_TOKEN: usize = 8;
const FEWEST_TOKENS: usize = 64;
/// Symbols kept, at least.
const SHORTEST_PAST: usize = 1 << 12;

impl Settings {
    /// What the symbols of a text are.
    pub fn unit_of(self, text: &[u8]) -> Unit {
        self.unit.unwrap_or_else(|| Unit::of(text))
    }

    /// The least memory limit that is enough for `texts`, read like this.
    ///
    /// # Errors
    ///
    /// [`Misfit::TooLong`].
    pub fn least<R: Reading>(self, texts: Texts) -> Result<usize, Misfit> {
        let least = bytes(&self.smallest(R::UNIT, texts.all(R::UNIT)?));
        Ok(texts.prime.saturating_add(texts.beside).saturating_add(REST + least))
    }

    /// The size of a model for `texts`, read like this.
    ///
    /// # Errors
    ///
    /// [`Misfit`] if the texts are too long, or the limit is too low for them.
    pub fn size<R: Reading>(self, texts: Texts) -> Result<Size, Misfit> {
        let unit = R::UNIT;
        let all = texts.all(unit)?;
        let Texts { prime, length, .. } = texts;
        let once = prime + length;
        let with = |nodes, pointers, past, tokens, shrink| {
            self.fit(unit, all, nodes, pointers, past, tokens, shrink)
        };
        let bare = |pointers, past, tokens, shrink| {
            bytes(&with(Bounds::LEAST, pointers, past, tokens, shrink))
        };
        let least = self.smallest(unit, all);
        let needed = self.least::<R>(texts)?;
        let Some(room) = self.memory_limit.checked_sub(needed) else {
            return Err(Misfit::TooTight { limit: self.memory_limit, prime, length, needed });
        };
        let room = room + bytes(&least);
        // Even a short text is worth a table of some size.
        let of_use = once.max(1 << 14);
        let pointers = (2 * of_use).ilog2().min(*POINTER_BITS.end());
        let nodes = R::node_bytes(of_use);
        let tokens = (once / BYTES_PER_TOKEN).clamp(FEWEST_TOKENS, MOST_WORDS);
        let whole = with(nodes, pointers, all, tokens, 0);
        if bytes(&whole) <= room {
            return Ok(whole);
        }
        // Two tables of four bytes each.
        let pointers = pointers.min((room / 64).max(1).ilog2()).max(*POINTER_BITS.start());
        let past = (room / 16).clamp(SHORTEST_PAST, all.max(SHORTEST_PAST));
        let a_token = Tokens::allocated(MOST_WORDS) / MOST_WORDS
            + Dictionary::allocated(MOST_WORDS) / MOST_WORDS
            + 2;
        let tokens = tokens.min(room / 32 / a_token).max(FEWEST_TOKENS);
        let tables = |&shrink: &u32| {
            let least = bare(pointers, past, tokens, MOST_SHRINK);
            bare(pointers, past, tokens, shrink) - least <= room / 4
        };
        let shrink = (0..MOST_SHRINK).find(tables).unwrap_or(MOST_SHRINK);
        let nodes = room.checked_sub(bare(pointers, past, tokens, shrink));
        let fit = |nodes: usize| {
            let nodes = (nodes + Bounds::LEAST).min(whole.nodes.bytes);
            with(nodes, pointers, past, tokens, shrink)
        };
        Ok(nodes.map_or(least, fit))
    }

    /// The smallest model for a text of `all` bytes.
    fn smallest(self, unit: Unit, all: usize) -> Size {
        let pointers = *POINTER_BITS.start();
        self.fit(unit, all, Bounds::LEAST, pointers, SHORTEST_PAST, FEWEST_TOKENS, MOST_SHRINK)
    }

    #[allow(clippy::too_many_arguments)]
    fn fit(
        self,
        unit: Unit,
        text: usize,
        nodes: usize,
        pointer_bits: u32,
        past: usize,
        tokens: usize,
        shrink: u32,
    ) -> Size {
        let most = if self.max_active_nodes == 0 { usize::MAX } else { self.max_active_nodes };
        let bytes = nodes.min(most.saturating_mul(Bounds::NODE).saturating_add(Bounds::LEAST));
        let (text, tokens) = match unit {
            Unit::Byte => (text, 0),
            Unit::Word => (2 * text, tokens),
        };
        Size {
            depth: self.max_order,
            nodes: Bounds { bytes, nodes: most as u64, freeze: self.freeze },
            pointer_bits,
            text,
            past,
            tokens,
            shrink,
        }
    }
}

/// The texts of a run, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Texts {
    /// What is learned first, and held meanwhile.
    pub prime: usize,
    /// The text.
    pub length: usize,
    /// How much of it is taken in a second time.
    pub again: usize,
    /// What else is held.
    pub beside: usize,
}

impl Texts {
    /// All bytes that a model in these units takes in.
    ///
    /// # Errors
    ///
    /// [`Misfit::TooLong`].
    pub fn all(self, unit: Unit) -> Result<usize, Misfit> {
        // Symbols are counted in 32 bits. At worst, each byte has an escape.
        let most = match unit {
            Unit::Byte => u32::MAX as usize,
            Unit::Word => u32::MAX as usize / 2,
        };
        let all = self.prime.checked_add(self.length);
        let all = all.and_then(|once| once.checked_add(self.again)).filter(|&all| all < most);
        all.ok_or(Misfit::TooLong { length: self.length, most })
    }
}

/// Why texts have no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// They are too long for positions of 32 bits.
    TooLong {
        /// Bytes of the text,
        length: usize,
        /// and those that texts must stay below together.
        most: usize,
    },
    /// The limit is too low for them.
    TooTight {
        /// The limit, in bytes.
        limit: usize,
        /// Bytes of what is learned first,
        prime: usize,
        /// and of the text.
        length: usize,
        /// The least limit, in bytes.
        needed: usize,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLong { length, most } => write!(
                out,
                "an input of {length} bytes is too long: together with its priming text it must stay below {} GiB",
                most / (1 << 30) + 1
            ),
            Self::TooTight { limit, prime, length, needed } => write!(
                out,
                "memory_limit is {limit} bytes, and a text of {length} bytes after {prime} bytes of priming text takes at least {needed}",
            ),
        }
    }
}

impl std::error::Error for Misfit {}

/// What a model of a size allocates with its dictionary, if it has one.
fn bytes(size: &Size) -> usize {
    let dictionary = if size.tokens > 0 { Dictionary::allocated(size.tokens) } else { 0 };
    size.bytes() + dictionary
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trie::{Bytes, Codes, FewCodes};

    proptest! {
        #[test]
        fn sizes_keep_the_limit(bits in 10f64..32.0, prime in 0usize..10_000_000, length in 0usize..100_000_000, again in 0usize..10_000_000, beside in 0usize..1_000_000, nodes in prop_oneof![Just(0usize), 1usize..1_000_000], unit in prop_oneof![Just(Unit::Byte), Just(Unit::Word)]) {
            let settings = Settings {
                memory_limit: bits.exp2() as usize,
                max_active_nodes: nodes,
                ..Settings::default()
            };
            let texts = Texts { prime, length, again, beside };
            let sized = |settings: Settings| match unit {
                Unit::Byte => settings.size::<Bytes>(texts),
                Unit::Word => settings.size::<FewCodes>(texts),
            };
            if let Ok(size) = sized(settings) {
                prop_assert!(bytes(&size) + prime + beside + REST <= settings.memory_limit);
                let more = Settings { memory_limit: settings.memory_limit * 2, ..settings };
                let more = sized(more).expect("twice the memory is enough, too");
                prop_assert!(more.nodes.bytes >= size.nodes.bytes);
                prop_assert!(more.past >= size.past.min(length + prime + again) && more.shrink <= size.shrink && more.tokens >= size.tokens);
            }
        }
    }

    #[test]
    fn an_error_names_the_least_that_is_enough() {
        let at = |memory_limit| {
            let texts = Texts { prime: 5_000, length: 9_000, ..Texts::default() };
            Settings { memory_limit, ..Settings::default() }.size::<Codes>(texts)
        };
        let message = at(10_000).expect_err("it is too little").to_string();
        let least = message.rsplit(' ').next().and_then(|number| number.parse().ok());
        let least: usize = least.expect("it ends with a number");
        assert!(at(least).is_ok() && at(least - 1).is_err(), "{message}");
    }
}
