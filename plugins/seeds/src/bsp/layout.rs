//! What stands between words, each kind after the kind before it.

use pressmark_coding::adaptive::{NumberModel, SymbolModel};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::Wire;
use pressmark_coding::token::Kind;
use pressmark_sdk::{Error, Result};

use super::wire::{Meter, Speller};

/// The first kinds have a symbol each; this one says that it is another.
const OTHER: u32 = 255;

/// The kinds of gaps met, by first occurrence.
#[derive(Debug, Clone)]
pub struct Layout {
    kinds: Lexicon,
    /// By the symbol of the gap before.
    symbols: Vec<SymbolModel>,
    others: NumberModel,
    speller: Speller,
    last: usize,
}

/// Knows no gap.
impl Default for Layout {
    fn default() -> Self {
        Self {
            kinds: Lexicon::default(),
            symbols: vec![SymbolModel::new(8); OTHER as usize + 1],
            others: NumberModel::new(),
            speller: Speller::default(),
            last: 0,
        }
    }
}

impl Layout {
    /// The bytes of a kind.
    pub fn bytes(&self, kind: u32) -> &[u8] {
        self.kinds.bytes(kind)
    }

    /// Codes a gap of at most `limit` bytes; gives its kind.
    ///
    /// # Errors
    /// [`Error::BadInput`].
    pub fn code<W: Wire>(
        &mut self,
        meter: &mut Meter<'_, W>,
        given: Option<&[u8]>,
        limit: usize,
    ) -> Result<u32> {
        let known = self.kinds.len() as u32;
        let wanted = given.map_or(0, |bytes| self.kinds.number(Kind::Gap, bytes));
        let mut kind = self.symbols[self.last].code(meter, wanted.min(OTHER));
        if kind == OTHER {
            kind = kind.saturating_add(self.others.code(meter, wanted.saturating_sub(OTHER)));
        }
        if kind > known {
            return Err(Error::damaged("a gap is of no kind"));
        }
        if kind == known {
            let bytes = self.speller.code(meter, given.unwrap_or_default(), limit)?;
            if self.kinds.number(Kind::Gap, &bytes) != kind {
                return Err(Error::damaged("a known gap is spelled"));
            }
        }
        if self.kinds.bytes(kind).len() > limit {
            return Err(Error::damaged("a gap is longer than what is left"));
        }
        self.last = kind.min(OTHER) as usize;
        Ok(kind)
    }

    /// The symbol of the gap before, to tell cases by.
    pub fn symbol(kind: u32) -> usize {
        kind.min(OTHER) as usize
    }
}
