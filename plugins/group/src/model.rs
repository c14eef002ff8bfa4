//! The model of a text: words by groups, contexts and spelling; layout and case apart.
//!
//! One function reads and writes: it is given the token, or `None`, and whatever passes
//! the bits decides which of the two happens. Both sides and priming therefore go
//! through the same states.

use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::range::Wire;
use pressmark_coding::token::Kind;

use crate::alphabet::{END, Place};
use crate::case::CaseModel;
use crate::groups::{Groups, Settings};
use crate::guess::Guesser;
use crate::history::History;
use crate::meter::{Meter, Source};
use crate::spell::Speller;
use crate::votes::Votes;

/// A token that does not end: the code is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endless;

/// What a token was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// Word or gap.
    pub kind: Kind,
    /// What it cost, in bits, the blank before it included.
    pub bits: f64,
    /// The active group that has the word, if any.
    pub group: Option<u32>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Model {
    tables: Logistic,
    lexicon: Lexicon,
    history: History,
    guesser: Guesser,
    speller: Speller,
    case: CaseModel,
    votes: [Votes; 2],
    groups: Groups,
    previous: Option<Kind>,
    token: Vec<u8>,
}

impl Model {
    /// A model that knows nothing.
    pub fn new(settings: Settings) -> Self {
        let tables = Logistic::new();
        Self {
            lexicon: Lexicon::default(),
            history: History::default(),
            guesser: Guesser::new(),
            speller: Speller::new(&tables),
            case: CaseModel::default(),
            votes: [Votes::default(), Votes::default()],
            groups: Groups::new(settings),
            previous: None,
            token: Vec::new(),
            tables,
        }
    }

    /// A text begins.
    pub fn begin_text(&mut self) {
        self.previous = None;
    }

    /// A text ends; what came before stays known.
    pub fn end_text(&mut self) {
        self.groups.end_text();
    }

    /// The groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Counts from here on.
    pub fn reset_counts(&mut self) {
        self.groups.reset_counts();
    }

    /// The kind of the last token of this text.
    pub fn previous(&self) -> Option<Kind> {
        self.previous
    }

    /// The bytes of the last token.
    pub fn bytes(&self) -> &[u8] {
        &self.token
    }

    /// A word by number, folded.
    pub fn word(&self, number: u32) -> &[u8] {
        self.lexicon.bytes(number)
    }

    /// Passes a token, `wanted` or read, of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`Endless`] when it does not end within the limit or the code.
    pub fn token<Io: Wire>(
        &mut self,
        io: &mut Meter<'_, Io>,
        wanted: Option<(Kind, &[u8])>,
        limit: usize,
    ) -> Result<Taken, Endless> {
        self.token.clear();
        let bytes = wanted.map(|(_, bytes)| bytes);
        let mut bits = 0.0;
        if self.previous == Some(Kind::Word) {
            let first = match wanted {
                Some((Kind::Gap, bytes)) => bytes.first().copied().unwrap_or(END),
                _ => END,
            };
            let first = self.symbol(io, Place::After, first);
            if first != END {
                self.gap(io, first, bytes, limit)?;
                bits = io.book(Source::Layout);
                self.previous = Some(Kind::Gap);
                return Ok(Taken { kind: Kind::Gap, bits, group: None });
            }
            self.history.blank();
            bits = io.book(Source::Layout);
        }
        let number = bytes.map(|bytes| {
            self.token.extend(bytes.iter().map(u8::to_ascii_lowercase));
            self.lexicon.number(Kind::Word, &self.token)
        });
        let (number, source) = self.word_number(io, number, limit)?;
        bits += io.book(source);
        self.token.clear();
        self.token.extend_from_slice(self.lexicon.bytes(number));
        self.case.code(io, &mut self.token, u64::from(number), &self.history, bytes, &self.tables);
        bits += io.book(Source::Case);
        let group = self.groups.holder(number);
        for &letter in self.lexicon.bytes(number) {
            self.history.push(letter);
        }
        self.history.end_word(number);
        if !self.token.is_empty() {
            self.guesser.learn(number);
            self.groups.read(number);
        }
        self.previous = Some(Kind::Word);
        Ok(Taken { kind: Kind::Word, bits, group })
    }

    fn word_number<Io: Wire>(
        &mut self,
        io: &mut Meter<'_, Io>,
        wanted: Option<u32>,
        limit: usize,
    ) -> Result<(u32, Source), Endless> {
        let hit = self.guesser.guess(io, &self.history, &self.groups, wanted, &self.tables);
        if let Some(hit) = hit {
            if self.lexicon.bytes(hit.word).len() > limit {
                return Err(Endless);
            }
            let source = if hit.by_groups { Source::Group } else { Source::Word };
            return Ok((hit.word, source));
        }
        let tried = self.guesser.tried();
        self.votes[0].begin(self.groups.predicted(), tried);
        self.votes[1].begin(self.groups.passage(), tried);
        let word = self.spell(io, wanted, limit);
        self.votes.iter_mut().for_each(Votes::silence);
        let number = self.lexicon.number(Kind::Word, &word?);
        let source = if self.groups.covers(number) { Source::Group } else { Source::Spelling };
        Ok((number, source))
    }

    /// Spells a folded word. Leaves the history as it was.
    fn spell<Io: Wire>(
        &mut self,
        io: &mut Meter<'_, Io>,
        wanted: Option<u32>,
        limit: usize,
    ) -> Result<Vec<u8>, Endless> {
        let before = self.history.clone();
        let mut word = Vec::new();
        loop {
            let begun = word.len();
            for votes in &mut self.votes {
                votes.letter(self.speller.letters(), &self.lexicon, begun);
            }
            let letter = wanted.and_then(|number| self.lexicon.bytes(number).get(begun).copied());
            let letter = self.symbol(io, Place::Word, letter.unwrap_or(END));
            if letter == END {
                self.history = before;
                return Ok(word);
            }
            if begun >= limit || io.io.overrun() {
                return Err(Endless);
            }
            for votes in &mut self.votes {
                votes.keep(&self.lexicon, begun, letter);
            }
            self.history.push(letter);
            word.push(letter);
        }
    }

    fn gap<Io: Wire>(
        &mut self,
        io: &mut Meter<'_, Io>,
        first: u8,
        wanted: Option<&[u8]>,
        limit: usize,
    ) -> Result<(), Endless> {
        let mut byte = first;
        while byte != END {
            if self.token.len() >= limit || io.io.overrun() {
                return Err(Endless);
            }
            self.history.push(byte);
            self.token.push(byte);
            let next = wanted.and_then(|bytes| bytes.get(self.token.len()).copied());
            byte = self.symbol(io, Place::Gap, next.unwrap_or(END));
        }
        self.history.end_gap();
        self.groups.gap(&self.token);
        Ok(())
    }

    fn symbol<Io: Wire>(&mut self, io: &mut Meter<'_, Io>, place: Place, wanted: u8) -> u8 {
        self.speller.symbol(io, place, &self.history, &mut self.votes, wanted, &self.tables)
    }
}
