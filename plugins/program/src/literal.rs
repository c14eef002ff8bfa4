//! The literal model: what every next symbol is likely to be.
//!
//! Words are spelled letter by letter and gaps byte by byte, but no letter is
//! predicted from letters alone: seven contexts, from the last bytes up to the
//! last two words with the letters begun so far, each give an opinion, a match model
//! adds what followed the last time, and selected mixers weigh them all; two adaptive
//! maps correct the result (the architecture of Mahoney's paq and lpaq,
//! over words and gaps instead of bytes). Words known from their context cost a
//! fraction of a bit per letter, and unknown ones are still spelled well.
//!
//! The model takes in every token, copied or not. A literal therefore costs the same
//! whatever the parse does around it, and the parse can know all literal prices
//! before it starts.
//!
//! Cost: 0.2 to 0.3 µs per decision, four decisions per letter spelled; memory is the
//! table (see [`LiteralModel::new`]) and a byte per symbol spelled.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::apm::{Apm, ConfidenceMap};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;
use pressmark_coding::slots::{Counter, SlotTable};
use pressmark_coding::token::{Case, Kind};

use crate::alphabet::{CASES, END, PLACES, Place, Step, Tree};
use crate::complete::{AFTER, Completer};
use crate::context::{CONTEXTS, History, TRUSTED};
use crate::edit::Edits;
use crate::guess::{Author, Cursors, Guesser};
use crate::recency::Recency;

mod derive;

pub use derive::Derivation;

/// Two opinions per context, one of the match model, one constant.
const INPUTS: usize = 16;
const MATCH_AT: usize = 2 * CONTEXTS;
const _: () = assert!(MATCH_AT + 2 <= INPUTS);

/// The adaptive model of literals; see the module.
#[derive(Debug, Clone)]
pub struct LiteralModel {
    tables: Logistic,
    trees: [Tree; PLACES],
    history: History,
    symbols: Vec<u8>,
    guesser: Guesser,
    completer: Completer,
    edits: Edits,
    /// A word is spelled for its edit: what was guessed in vain may be it.
    deriving: bool,
    recency: Recency,
    slots: SlotTable<CONTEXTS>,
    maps: ConfidenceMap<CONTEXTS>,
    contexts: [u64; CONTEXTS],
    inputs: [i16; INPUTS],
    outputs: [i16; 4],
    by_node: Mixer<INPUTS>,
    by_match: Mixer<INPUTS>,
    by_trust: Mixer<INPUTS>,
    last: Mixer<4>,
    node_map: Apm,
    pair_map: Apm,
    letter_case: [AdaptiveBit; 8],
    previous: Option<Kind>,
    spelled: Vec<u8>,
}

/// A token did not end within the bytes left for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl LiteralModel {
    /// A fresh model. Its memory grows with what it reads, up to about 200 MiB.
    pub fn new() -> Self {
        let tables = Logistic::new();
        Self {
            trees: [Place::Word, Place::AfterWord, Place::Gap, Place::Case].map(Tree::new),
            history: History::default(),
            symbols: vec![END],
            guesser: Guesser::new(),
            completer: Completer::new(),
            edits: Edits::new(),
            deriving: false,
            recency: Recency::new(7),
            slots: SlotTable::new(),
            maps: ConfidenceMap::new(&tables),
            contexts: [0; CONTEXTS],
            inputs: [0; INPUTS],
            outputs: [0; 4],
            by_node: Mixer::new(PLACES * 256, 5000, 6),
            by_match: Mixer::new(PLACES * 16, 5000, 6),
            by_trust: Mixer::new(PLACES * 81, 5000, 6),
            last: Mixer::new(PLACES * 256, 10922, 2),
            node_map: Apm::new(PLACES * 256 * 4, 6, &tables),
            pair_map: Apm::new(1 << 14, 6, &tables),
            letter_case: [AdaptiveBit::new(); 8],
            previous: None,
            spelled: Vec::new(),
            tables,
        }
    }

    /// Forgets where it stands, not what it learned: the next token begins a text.
    pub fn begin_text(&mut self) {
        self.previous = None;
    }

    /// Passes a known token through `io`: writes, prices or merely learns it.
    pub fn pass<Io: BitIo>(&mut self, io: &mut Io, lexicon: &Lexicon, number: u32) {
        if self.guess(io, lexicon, Some(number)).is_none() {
            self.spell(io, lexicon, number);
        }
    }

    /// Tries guesses of the next token, which is `wanted` if it is known. The right one is taken
    /// in and given back; after none, the token must be spelled, derived or learned.
    pub fn guess<Io: BitIo>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        wanted: Option<u32>,
    ) -> Option<u32> {
        let after_word = self.previous == Some(Kind::Word);
        let allowed = |token| after_word || lexicon.kind(token) == Kind::Word;
        let number = self.guesser.try_all(io, wanted, allowed, &self.tables)?;
        self.skip(lexicon, number);
        self.guesser.append(number);
        Some(number)
    }

    /// Passes a known token that was not guessed through `io`.
    pub fn spell<Io: BitIo>(&mut self, io: &mut Io, lexicon: &Lexicon, number: u32) {
        // A known token is never too long.
        let _ = self.token::<_, true>(io, lexicon, Some(number), usize::MAX);
        self.completer.end_word(number);
        self.guesser.append(number);
    }

    /// Reads a token of at most `limit` bytes that was not guessed, and returns its number.
    ///
    /// # Errors
    ///
    /// [`TooLong`] when it does not end in time.
    pub fn read<Io: BitIo>(
        &mut self,
        io: &mut Io,
        lexicon: &mut Lexicon,
        limit: usize,
    ) -> Result<u32, TooLong> {
        let kind = self.token::<_, true>(io, lexicon, None, limit)?;
        let number = lexicon.number(kind, &self.spelled);
        self.completer.end_word(number);
        self.guesser.append(number);
        Ok(number)
    }

    /// Takes in a guessed token without spelling it.
    fn skip(&mut self, lexicon: &Lexicon, number: u32) {
        self.take_in(lexicon.kind(number), lexicon.bytes(number));
    }

    fn take_in(&mut self, kind: Kind, bytes: &[u8]) {
        match kind {
            Kind::Word => {
                self.history
                    .begin_word(Case::of(bytes) as usize, self.previous == Some(Kind::Word));
                bytes.iter().for_each(|b| self.history.letter(b.to_ascii_lowercase()));
                self.history.end_word();
            }
            Kind::Gap => {
                self.history.begin_gap(bytes[0]);
                bytes[1..].iter().for_each(|&b| self.history.gap_byte(b));
                self.history.end_gap();
            }
        }
        self.previous = Some(kind);
    }

    /// From now on, find out what following passages saves.
    pub(crate) fn compare(&mut self) {
        self.guesser.compare();
    }

    /// Notes what a token cost that was not guessed.
    pub(crate) fn note_spelled(&mut self, price: u32) {
        self.guesser.note_spelled(price);
    }

    /// What passages saved, and those over replaced words; units of 2^-20 bit.
    pub(crate) fn saved(&self) -> [i64; 2] {
        self.guesser.saved()
    }

    /// Who proposed the guess that was right last.
    pub(crate) fn author(&self) -> Author {
        self.guesser.author()
    }

    /// Which passages are followed; both sides must agree.
    pub(crate) fn set_cursors(&mut self, cursors: Cursors) {
        self.guesser.set_cursors(cursors);
    }

    /// The tokens guessed in vain just now.
    pub(crate) fn rejects(&self) -> impl Iterator<Item = u32> {
        self.guesser.rejects()
    }

    /// Whether this is the most recent place of its token.
    pub(crate) fn is_latest(&self, place: usize) -> bool {
        self.guesser.is_latest(place)
    }

    /// All tokens so far, by number.
    pub fn past(&self) -> &[u32] {
        self.guesser.past()
    }

    /// What kind the last token was; `None` at the start of a text.
    pub fn previous(&self) -> Option<Kind> {
        self.previous
    }

    fn token<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        number: Option<u32>,
        limit: usize,
    ) -> Result<Kind, TooLong> {
        let kind = number.map_or(Kind::Word, |n| lexicon.kind(n));
        let bytes = number.map_or(&[][..], |n| lexicon.bytes(n));
        self.spelled.clear();
        let case_symbol = CASES[Case::of(bytes) as usize];
        let opening = if self.previous == Some(Kind::Word) {
            let wanted = if kind == Kind::Gap { bytes.first().copied() } else { None };
            self.symbol::<_, LEARN>(io, Place::AfterWord, wanted.unwrap_or(case_symbol))
        } else {
            self.symbol::<_, LEARN>(io, Place::Case, case_symbol)
        };
        let kind = match CASES.iter().position(|&c| c == opening) {
            Some(class) => {
                self.history.begin_word(class, self.previous == Some(Kind::Word));
                self.word::<_, LEARN>(io, lexicon, number, Case::ALL[class], limit)?;
                Kind::Word
            }
            None => {
                self.history.begin_gap(opening);
                self.spelled.push(opening);
                self.gap::<_, LEARN>(io, bytes, limit)?;
                Kind::Gap
            }
        };
        self.previous = Some(kind);
        Ok(kind)
    }

    fn word<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        number: Option<u32>,
        case: Case,
        limit: usize,
    ) -> Result<(), TooLong> {
        let bytes = number.map_or(&[][..], |n| lexicon.bytes(n));
        let mut capital_before = 0;
        loop {
            let position = self.spelled.len();
            if position == AFTER && self.complete::<_, LEARN>(io, lexicon, number) {
                self.history.end_word();
                return if self.spelled.len() > limit { Err(TooLong) } else { Ok(()) };
            }
            let wanted = bytes.get(position).copied();
            let folded = self.symbol::<_, LEARN>(
                io,
                Place::Word,
                wanted.map_or(END, |b| b.to_ascii_lowercase()),
            );
            if folded == END {
                self.history.end_word();
                return Ok(());
            }
            if position >= limit {
                return Err(TooLong);
            }
            self.history.letter(folded);
            let byte = case.apply(folded, position).unwrap_or_else(|| {
                if !folded.is_ascii_lowercase() {
                    return folded;
                }
                let state = capital_before * 2 + usize::from(position == 0);
                let capital = wanted.is_some_and(|b| b.is_ascii_uppercase());
                let chance = &mut self.letter_case[state];
                let capital =
                    if LEARN { chance.code(io, capital) } else { io.bit(chance.p1(), capital) };
                capital_before = (capital_before * 2 + usize::from(capital)) & 3;
                if capital { folded.to_ascii_uppercase() } else { folded }
            });
            self.spelled.push(byte);
        }
    }

    /// Tries to complete the word begun; then it is spelled and part of the history.
    fn complete<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        lexicon: &Lexicon,
        number: Option<u32>,
    ) -> bool {
        let spelled = &self.spelled;
        let guesser = &self.guesser;
        let deriving = self.deriving;
        let matches = |token| {
            lexicon.kind(token) == Kind::Word
                && lexicon.bytes(token).starts_with(spelled)
                && (deriving || !guesser.rejected(token))
        };
        let found = self.completer.try_all::<_, LEARN>(
            io,
            self.history.begun(),
            number,
            matches,
            &self.tables,
        );
        let Some(token) = found else { return false };
        let rest = &lexicon.bytes(token)[self.spelled.len()..];
        rest.iter().for_each(|b| self.history.letter(b.to_ascii_lowercase()));
        self.spelled.extend_from_slice(rest);
        true
    }

    fn gap<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        bytes: &[u8],
        limit: usize,
    ) -> Result<(), TooLong> {
        loop {
            let position = self.spelled.len();
            if position > limit {
                return Err(TooLong);
            }
            let byte = self.symbol::<_, LEARN>(
                io,
                Place::Gap,
                bytes.get(position).copied().unwrap_or(END),
            );
            if byte == END {
                self.history.end_gap();
                return Ok(());
            }
            self.history.gap_byte(byte);
            self.spelled.push(byte);
        }
    }

    fn symbol<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        place: Place,
        wanted: u8,
    ) -> u8 {
        let (code, len) = self.trees[place as usize].code(wanted);
        self.history.contexts(place, &mut self.contexts);
        let mut short =
            Expectation::new(&self.trees[place as usize], self.recency.predicted(&self.symbols));
        let (mut node, mut prefix, mut depth) = (0u16, 1u32, 0u32);
        let mut hashes = [0; CONTEXTS];
        let symbol = loop {
            if depth % 4 == 0 {
                hashes = self.contexts.map(|context| chunk_hash(context, prefix));
                if LEARN {
                    self.slots.select(&hashes);
                }
            }
            let slot = (1usize << (depth % 4)) | (prefix as usize & ((1 << (depth % 4)) - 1));
            let counters =
                if LEARN { *self.slots.read(slot) } else { self.slots.peek(&hashes, slot) };
            let p1 = self.predict(place, node, &counters, short.next());
            let bit =
                io.bit(p1, depth < u32::from(len) && code >> (u32::from(len) - 1 - depth) & 1 == 1);
            if LEARN {
                self.update(slot, bit);
            }
            short.follow(bit);
            match self.trees[place as usize].step(node, bit) {
                Step::Symbol(symbol) => break symbol,
                Step::Node(next) => node = next,
            }
            prefix = prefix << 1 | u32::from(bit);
            depth += 1;
        };
        self.symbols.push(symbol);
        if LEARN {
            if self.symbols.len() * 10 > self.slots.len() {
                self.slots.double();
            }
            self.recency.append(&self.symbols);
        } else {
            self.recency.follow(&self.symbols);
        }
        symbol
    }

    #[inline]
    fn predict(
        &mut self,
        place: Place,
        node: u16,
        counters: &[Counter; CONTEXTS],
        short: Option<bool>,
    ) -> u16 {
        let tables = &self.tables;
        self.maps.refine(counters, &mut self.inputs[..MATCH_AT], tables);
        let trust =
            TRUSTED.iter().fold(0, |sum, &k| 3 * sum + trust_class(counters[k].confidence()));
        self.inputs[MATCH_AT] = self.recency.opinion(short, tables);
        self.inputs[MATCH_AT + 1] = 256;
        let place = place as usize;
        let at_node = place * 256 + usize::from(node);
        let matched = if short.is_some() { self.recency.level() } else { 0 };
        let at_match = place * 16 + matched;
        let outputs = [
            self.by_node.mix(&self.inputs, at_node, tables),
            self.by_match.mix(&self.inputs, at_match, tables),
            self.by_trust.mix(&self.inputs, place * 81 + trust, tables),
            256,
        ];
        self.outputs = outputs;
        let odds = self.last.mix(&outputs, at_node, tables);
        let agree = short.map_or(0, |bit| 1 + usize::from(bit));
        let by_node = u32::from(self.node_map.refine(odds, at_node * 4 + agree));
        let pair =
            (self.history.pair() ^ (at_node as u64).wrapping_mul(0x9e37_79b9)) as usize & 0x3fff;
        let by_pair = u32::from(self.pair_map.refine(odds, pair));
        let mixed = u32::from(self.last.p1());
        (((2 * mixed + by_node + by_pair + 2) >> 2) as u16).clamp(1, 32767)
    }

    #[inline]
    fn update(&mut self, slot: usize, bit: bool) {
        self.slots.update(slot, bit);
        self.maps.update(bit);
        self.recency.update(bit);
        self.by_node.update(&self.inputs, bit);
        self.by_match.update(&self.inputs, bit);
        self.by_trust.update(&self.inputs, bit);
        self.last.update(&self.outputs, bit);
        self.node_map.update(bit);
        self.pair_map.update(bit);
    }
}

fn trust_class(confidence: u16) -> usize {
    match confidence {
        0 => 0,
        1..4 => 1,
        _ => 2,
    }
}

#[inline]
fn chunk_hash(context: u64, prefix: u32) -> u64 {
    let hash = (context ^ u64::from(prefix).wrapping_mul(0xd6e8_feb8_6659_fd93))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 25)
}

/// The path to a predicted symbol, as long as the decisions taken agree with it.
#[derive(Debug, Clone, Copy)]
struct Expectation {
    code: u32,
    left: u8,
}

impl Expectation {
    fn new(tree: &Tree, symbol: Option<u8>) -> Self {
        let (code, left) = symbol.map_or((0, 0), |s| tree.code(s));
        Self { code, left }
    }

    fn next(self) -> Option<bool> {
        (self.left > 0).then(|| self.code >> (self.left - 1) & 1 == 1)
    }

    fn follow(&mut self, bit: bool) {
        self.left = if self.next() == Some(bit) { self.left - 1 } else { 0 };
    }
}

impl Default for LiteralModel {
    fn default() -> Self {
        Self::new()
    }
}
