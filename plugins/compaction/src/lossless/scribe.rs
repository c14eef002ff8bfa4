//! Text as symbols, on both sides alike: what codes a text also reads what it coded.
//!
//! In codes of words, each side numbers the words as they come. For the numbers to be the same
//! where the text jumps to another place and where it is known already, both sides read every
//! symbol, and spell from what they read: the side that has a text spells it to code it, both spell
//! what they pass over.

use pressmark_coding::range::BitIo;
use pressmark_coding::trie::Model;
use pressmark_coding::unit::Symbols;
use pressmark_coding::words::LONGEST;
use pressmark_sdk::{Error, Result};

/// The most bytes that a symbol stands for: a word and the blank before it.
pub(super) const WIDEST: usize = LONGEST + 1;
/// The most symbols of a token.
const SYMBOLS: usize = 2 * LONGEST + 2;
/// Symbols passed over at a time.
const PASSED: usize = 1 << 10;

/// The model, and the reader of its symbols.
pub(super) struct Scribe<S: Symbols> {
    model: Model<S::Reading>,
    reader: S::Reader,
    /// Symbols that were spelled, and how many of them are coded.
    symbols: Vec<u8>,
    coded: usize,
    /// What a symbol that is passed over stands for.
    passed: Vec<u8>,
}

/// A text to be coded, and how much of it is.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'t> {
    text: &'t [u8],
    coded: usize,
}

impl<'t> Wanted<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, coded: 0 }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.text.get(self.coded..).unwrap_or_default()
    }
}

impl<S: Symbols> Scribe<S> {
    /// Bytes that one allocates besides model and reader.
    pub(super) const ALLOCATED: usize = PASSED + SYMBOLS + WIDEST;

    pub(super) fn new(model: Model<S::Reading>, reader: S::Reader) -> Self {
        Self {
            model,
            reader,
            symbols: Vec::with_capacity(PASSED + SYMBOLS),
            coded: 0,
            passed: Vec::with_capacity(WIDEST),
        }
    }

    /// What comes next stands behind a byte `last`, and no token goes on there.
    pub(super) fn turn(&mut self, last: u8) {
        S::turn(&mut self.reader, last);
        self.model.begin();
        self.symbols.clear();
        self.coded = 0;
    }

    /// Codes the next symbol of `wanted`, without one reads it, and appends what it stands for to
    /// `text`: often nothing, at most [`WIDEST`] bytes. Gives back how many these are.
    #[inline]
    pub(super) fn symbol<Io: BitIo>(
        &mut self,
        io: &mut Io,
        wanted: Option<&mut Wanted<'_>>,
        text: &mut Vec<u8>,
    ) -> Result<usize> {
        let symbol = wanted.as_ref().map_or(0, |wanted| self.next(wanted.rest()));
        let symbol = self.model.symbol(io, symbol);
        let before = text.len();
        S::read(&mut self.reader, symbol, text)
            .map_err(|_| Error::damaged("it holds what no text gives"))?;
        let grown = text.len() - before;
        if let Some(wanted) = wanted {
            wanted.coded += grown;
        }
        Ok(grown)
    }

    /// The next symbol of a text.
    #[inline]
    fn next(&mut self, rest: &[u8]) -> u8 {
        if self.coded == self.symbols.len() {
            self.symbols.clear();
            self.coded = 0;
            self.symbols.extend_from_slice(S::spell(&mut self.reader, rest).1.as_ref());
        }
        self.coded += 1;
        self.symbols.get(self.coded - 1).copied().unwrap_or_default()
    }

    /// Takes in text that both sides know, behind a byte `last`.
    ///
    /// # Errors
    ///
    /// For what no text gives, which spelled text is not.
    pub(super) fn pass(&mut self, last: u8, text: &[u8]) -> Result<()> {
        self.turn(last);
        let mut at = 0;
        while at < text.len() {
            let from = self.symbols.len();
            let (taken, symbols) = S::spell(&mut self.reader, &text[at..]);
            self.symbols.extend_from_slice(symbols.as_ref());
            drop(symbols);
            at += taken;
            for &symbol in &self.symbols[from..] {
                self.passed.clear();
                S::read(&mut self.reader, symbol, &mut self.passed)
                    .map_err(|_| Error::damaged("it holds what no text gives"))?;
            }
            if self.symbols.len() >= PASSED || at >= text.len() {
                self.model.pass(&self.symbols);
                self.symbols.clear();
            }
        }
        self.turn(text.last().copied().unwrap_or(last));
        Ok(())
    }
}
