//! New words derived from known ones: TRANSFORM.
//!
//! A word is derived by naming an edit and then passing the other word through the model as a
//! literal. Whether that is cheaper than spelling is not guessed: both are priced as they would
//! be coded now, without teaching the model anything. The model then goes back to before the
//! word and learns to spell the new one, as if it had been spelled.
//!
//! Cost: three words spelled instead of one, for new words that an edit could make: less than
//! one token of a hundred.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::{BitIo, Pricer, Teacher};
use pressmark_coding::token::Kind;

use super::{LiteralModel, TooLong};
use crate::context::History;
use crate::edit::Edit;

/// A word as an edit of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derivation {
    /// The other word.
    pub source: u32,
    /// What is done to it.
    pub edit: Edit,
    /// How much cheaper that is than spelling, in units of 2^-20 bit.
    pub saved: u64,
}

/// An operation code for a transform costs about this.
const CODE: u64 = 8 * BIT;

/// Where the text stood before a word.
type Before = (History, Option<Kind>);

impl LiteralModel {
    /// A known word and the edit that makes `number` of it, where that is cheaper than to spell
    /// this word, which was not guessed and has just become known; and how much cheaper, in
    /// units of 2^-20 bit, operation codes not counted.
    pub fn derivation(
        &mut self,
        lexicon: &Lexicon,
        costs: &CostTable,
        number: u32,
    ) -> Option<Derivation> {
        if lexicon.kind(number) == Kind::Gap {
            return None;
        }
        let (source, edit) = self.edits.derive(lexicon, lexicon.bytes(number))?;
        // Neither can fail: both words are known, and the edit fits.
        let spelled = self.price(costs, |model, io| {
            let _ = model.token::<_, false>(io, lexicon, Some(number), usize::MAX);
        });
        let derived = self.price(costs, |model, io| {
            let _ = model.edited::<_, false>(io, lexicon, Some(source), edit, usize::MAX);
        });
        let saved = spelled.saturating_sub(derived);
        (saved > CODE).then_some(Derivation { source, edit, saved })
    }

    /// Passes a word that was not guessed through `io` as an edit of another.
    pub fn derive<Io: BitIo>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        number: u32,
        by: Derivation,
    ) {
        let before = (self.history.clone(), self.previous);
        // A known word is never too long, and the edit is known to fit.
        let _ = self.edited::<_, true>(io, lexicon, Some(by.source), by.edit, usize::MAX);
        self.learn(lexicon, number, before);
    }

    /// Reads a word of at most `limit` bytes as an edit of another, and returns its number.
    ///
    /// # Errors
    ///
    /// [`TooLong`] when it does not end in time, or when the edit does not fit.
    pub fn read_derived<Io: BitIo>(
        &mut self,
        io: &mut Io,
        lexicon: &mut Lexicon,
        limit: usize,
    ) -> Result<u32, TooLong> {
        let before = (self.history.clone(), self.previous);
        let edit = self.edited::<_, true>(io, lexicon, None, Edit::Capital, limit)?;
        let word = edit.apply(&self.spelled).filter(|word| word.len() <= limit).ok_or(TooLong)?;
        let number = lexicon.number(Kind::Word, &word);
        self.learn(lexicon, number, before);
        Ok(number)
    }

    /// Codes the edit, then the word it is made of as a literal.
    fn edited<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        source: Option<u32>,
        edit: Edit,
        limit: usize,
    ) -> Result<Edit, TooLong> {
        let edit = self.edits.code::<_, LEARN>(io, edit);
        self.deriving = true;
        let kind = match edit.case() {
            None => self.token::<_, LEARN>(io, lexicon, source, limit),
            Some(case) => {
                self.spelled.clear();
                self.history.begin_word(case as usize, self.previous == Some(Kind::Word));
                self.word::<_, LEARN>(io, lexicon, source, case, limit).map(|()| Kind::Word)
            }
        };
        self.deriving = false;
        if kind? == Kind::Word { Ok(edit) } else { Err(TooLong) }
    }

    /// Goes back to before the word an edit was made of, and learns to spell what it made.
    fn learn(&mut self, lexicon: &Lexicon, number: u32, (history, previous): Before) {
        match lexicon.find(Kind::Word, &self.spelled) {
            Some(source) => self.completer.end_word(source),
            None => self.completer.forget(),
        }
        (self.history, self.previous) = (history, previous);
        self.spell(&mut Teacher, lexicon, number);
    }

    /// What something would cost now, in units of 2^-20 bit; nothing is learned.
    fn price(&mut self, costs: &CostTable, what: impl FnOnce(&mut Self, &mut Pricer<'_>)) -> u64 {
        let before = (self.history.clone(), self.previous);
        let (symbols, recency) = (self.symbols.len(), self.recency.place());
        let mut io = Pricer::new(costs);
        what(self, &mut io);
        (self.history, self.previous) = before;
        self.symbols.truncate(symbols);
        self.recency.go_back(recency);
        io.total
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::Encoder;
    use pressmark_coding::token::tokenise;

    use super::*;

    /// The code of a text, every new word priced both ways or not.
    fn code(priced: bool) -> Vec<u8> {
        let text: String = (0..400)
            .map(|k| format!("walk{} walk{}ed and Walk{}. ", k % 40, k % 90, k % 70))
            .collect();
        let mut tokens = Vec::new();
        tokenise(text.as_bytes(), 0, &mut tokens);
        let (costs, mut lexicon, mut model) =
            (CostTable::new(), Lexicon::default(), LiteralModel::new());
        let mut io = Encoder::new(Vec::new());
        for token in tokens {
            let known = lexicon.len();
            let number = lexicon.number(token.kind, token.bytes(text.as_bytes()));
            if model.guess(&mut io, &lexicon, Some(number)).is_none() {
                if priced && lexicon.len() > known {
                    model.derivation(&lexicon, &costs, number);
                }
                model.spell(&mut io, &lexicon, number);
            }
        }
        io.finish()
    }

    #[test]
    fn asking_for_a_price_teaches_nothing() {
        assert_eq!(code(true), code(false));
    }

    #[test]
    fn a_price_is_what_deriving_pays() {
        let costs = CostTable::new();
        let (mut lexicon, mut model) = (Lexicon::default(), LiteralModel::new());
        let source = lexicon.number(Kind::Word, b"extraordinary");
        let gap = lexicon.number(Kind::Gap, b". ");
        for number in [source, gap].repeat(3) {
            model.pass(&mut Teacher, &lexicon, number);
        }
        let number = lexicon.number(Kind::Word, b"Extraordinary");
        let by = Derivation { source, edit: Edit::Capital, saved: 0 };
        let price = model.price(&costs, |model, io| {
            let _ = model.edited::<_, false>(io, &lexicon, Some(source), by.edit, usize::MAX);
        });
        let mut pricer = Pricer::new(&costs);
        model.derive(&mut pricer, &lexicon, number, by);
        assert!(price.abs_diff(pricer.total) < BIT, "{price} for {}", pricer.total);
    }
}
