//! The literal model: what every next symbol is likely to be.
//!
//! Words are spelled letter by letter and gaps byte by byte, but no letter is
//! predicted from letters alone: fourteen contexts, from the last bytes up to the
//! last three words with the letters begun so far, each give an opinion, two match
//! models add what followed the last time, and selected mixers weigh them all; two
//! adaptive maps correct the result (the architecture of Mahoney's paq and lpaq,
//! over words and gaps instead of bytes). Words known from their context cost a
//! fraction of a bit per letter, and unknown ones are still spelled well.
//!
//! The model takes in every token, copied or not. A literal therefore costs the same
//! whatever the parse does around it, and the parse can know all literal prices
//! before it starts.
//!
//! Cost: about 60 ns per decision, four decisions per letter; memory is the table
//! (see [`LiteralModel::new`]) and 1 byte per symbol.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::apm::{Apm, ConfidenceMap};
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;
use pressmark_coding::slots::SlotTable;
use pressmark_coding::token::{Case, Kind};

use crate::alphabet::{CASES, END, PLACES, Place, Step, Tree};
use crate::context::{CONTEXTS, History};
use crate::recency::Recency;

/// Two opinions per context, two match models with two opinions each at most, one constant.
const INPUTS: usize = 32;
const MATCH_AT: usize = 2 * CONTEXTS;
const _: () = assert!(MATCH_AT + 3 <= INPUTS);

/// The adaptive model of literals; see the module.
#[derive(Debug, Clone)]
pub struct LiteralModel {
    tables: Logistic,
    trees: [Tree; PLACES],
    history: History,
    symbols: Vec<u8>,
    long: Recency,
    short: Recency,
    slots: SlotTable,
    maps: Vec<ConfidenceMap>,
    buckets: [u32; CONTEXTS],
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
    /// A fresh model for texts of about `bytes` bytes in all; the table grows with that, up to
    /// 256 MiB.
    pub fn new(bytes: usize) -> Self {
        let tables = Logistic::new();
        let bits = (bytes.max(1).ilog2() + 2).clamp(12, 23);
        Self {
            trees: [Place::Word, Place::AfterWord, Place::Gap, Place::Case].map(Tree::new),
            history: History::default(),
            symbols: vec![END],
            long: Recency::new(16, bits.min(20)),
            short: Recency::new(7, bits.min(20)),
            slots: SlotTable::new(bits),
            maps: vec![ConfidenceMap::new(&tables); CONTEXTS],
            buckets: [0; CONTEXTS],
            contexts: [0; CONTEXTS],
            inputs: [0; INPUTS],
            outputs: [0; 4],
            by_node: Mixer::new(PLACES * 256, 5000, 6),
            by_match: Mixer::new(PLACES * 16 * 2, 5000, 6),
            by_trust: Mixer::new(PLACES * 81, 5000, 6),
            last: Mixer::new(PLACES * 256, 10922, 2),
            node_map: Apm::new(PLACES * 256 * 4, 6, &tables),
            pair_map: Apm::new(1 << 16, 6, &tables),
            letter_case: [AdaptiveBit::new(30); 8],
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
    pub fn pass<Io: BitIo>(&mut self, io: &mut Io, kind: Kind, bytes: &[u8]) {
        // A known token is never too long.
        let _ = self.token(io, kind, bytes, bytes.len());
    }

    /// Reads a token of at most `limit` bytes; its bytes are then in [`LiteralModel::spelled`].
    ///
    /// # Errors
    ///
    /// [`TooLong`] when it does not end in time.
    pub fn read<Io: BitIo>(&mut self, io: &mut Io, limit: usize) -> Result<Kind, TooLong> {
        self.token(io, Kind::Word, &[], limit)
    }

    /// The bytes of the last token.
    pub fn spelled(&self) -> &[u8] {
        &self.spelled
    }

    /// What kind the last token was; `None` at the start of a text.
    pub fn previous(&self) -> Option<Kind> {
        self.previous
    }

    fn token<Io: BitIo>(
        &mut self,
        io: &mut Io,
        kind: Kind,
        bytes: &[u8],
        limit: usize,
    ) -> Result<Kind, TooLong> {
        self.spelled.clear();
        let case_symbol = CASES[Case::of(bytes) as usize];
        let opening = if self.previous == Some(Kind::Word) {
            let wanted = if kind == Kind::Gap { bytes.first().copied() } else { None };
            self.symbol(io, Place::AfterWord, wanted.unwrap_or(case_symbol))
        } else {
            self.symbol(io, Place::Case, case_symbol)
        };
        let kind = match CASES.iter().position(|&c| c == opening) {
            Some(class) => {
                self.history.begin_word(class, self.previous == Some(Kind::Word));
                self.word(io, Case::ALL[class], bytes, limit)?;
                Kind::Word
            }
            None => {
                self.history.begin_gap(opening);
                self.spelled.push(opening);
                self.gap(io, bytes, limit)?;
                Kind::Gap
            }
        };
        self.previous = Some(kind);
        Ok(kind)
    }

    fn word<Io: BitIo>(
        &mut self,
        io: &mut Io,
        case: Case,
        bytes: &[u8],
        limit: usize,
    ) -> Result<(), TooLong> {
        let mut capital_before = 0;
        loop {
            let position = self.spelled.len();
            let wanted = bytes.get(position).copied();
            let folded = self.symbol(io, Place::Word, wanted.map_or(END, |b| b.to_ascii_lowercase()));
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
                let capital = self.letter_case[state].code(io, capital);
                capital_before = (capital_before * 2 + usize::from(capital)) & 3;
                if capital { folded.to_ascii_uppercase() } else { folded }
            });
            self.spelled.push(byte);
        }
    }

    fn gap<Io: BitIo>(&mut self, io: &mut Io, bytes: &[u8], limit: usize) -> Result<(), TooLong> {
        loop {
            let position = self.spelled.len();
            if position > limit {
                return Err(TooLong);
            }
            let byte = self.symbol(io, Place::Gap, bytes.get(position).copied().unwrap_or(END));
            if byte == END {
                self.history.end_gap();
                return Ok(());
            }
            self.history.gap_byte(byte);
            self.spelled.push(byte);
        }
    }

    fn symbol<Io: BitIo>(&mut self, io: &mut Io, place: Place, wanted: u8) -> u8 {
        let (code, len) = self.trees[place as usize].code(wanted);
        self.history.contexts(place, &mut self.contexts);
        let mut long = Expectation::new(&self.trees[place as usize], self.long.predicted(&self.symbols));
        let mut short =
            Expectation::new(&self.trees[place as usize], self.short.predicted(&self.symbols));
        let (mut node, mut prefix, mut depth) = (0u16, 1u32, 0u32);
        let symbol = loop {
            if depth % 4 == 0 {
                for (bucket, &context) in self.buckets.iter_mut().zip(&self.contexts) {
                    *bucket = self.slots.find(chunk_hash(context, prefix));
                }
            }
            let slot = (1usize << (depth % 4)) | (prefix as usize & ((1 << (depth % 4)) - 1));
            let p1 = self.predict(place, node, slot, long.next(), short.next());
            let bit = io.bit(p1, depth < u32::from(len) && code >> (u32::from(len) - 1 - depth) & 1 == 1);
            self.update(slot, bit);
            long.follow(bit);
            short.follow(bit);
            match self.trees[place as usize].step(node, bit) {
                Step::Symbol(symbol) => break symbol,
                Step::Node(next) => node = next,
            }
            prefix = prefix << 1 | u32::from(bit);
            depth += 1;
        };
        self.symbols.push(symbol);
        self.long.append(&self.symbols);
        self.short.append(&self.symbols);
        symbol
    }

    #[inline]
    fn predict(
        &mut self,
        place: Place,
        node: u16,
        slot: usize,
        long: Option<bool>,
        short: Option<bool>,
    ) -> u16 {
        let tables = &self.tables;
        let mut trust = 0;
        for k in 0..CONTEXTS {
            let counter = self.slots.counter(self.buckets[k], slot);
            let odds = tables.stretch(counter.p12());
            let refined = self.maps[k].refine(counter, odds);
            let seen = counter.confidence() > 0;
            self.inputs[2 * k] = if seen { odds } else { 0 };
            self.inputs[2 * k + 1] = if seen { tables.stretch(refined) } else { 0 };
            if TRUSTED.contains(&k) {
                trust = trust * 3 + trust_class(counter.confidence());
            }
        }
        self.inputs[MATCH_AT] = self.long.opinion(long, tables);
        self.inputs[MATCH_AT + 1] = self.short.opinion(short, tables);
        self.inputs[MATCH_AT + 2] = 256;
        let place = place as usize;
        let at_node = place * 256 + usize::from(node);
        let matched = if long.is_some() { self.long.level() } else { 0 };
        let at_match = (place * 16 + matched) * 2 + usize::from(short.is_some());
        let outputs = [
            self.by_node.mix(&self.inputs, at_node, tables),
            self.by_match.mix(&self.inputs, at_match, tables),
            self.by_trust.mix(&self.inputs, place * 81 + trust, tables),
            256,
        ];
        self.outputs = outputs;
        let odds = self.last.mix(&outputs, at_node, tables);
        let agree = match (long, short) {
            (None, None) => 0,
            (Some(a), Some(b)) if a != b => 1,
            (Some(bit), _) | (_, Some(bit)) => 2 + usize::from(bit),
        };
        let by_node = u32::from(self.node_map.refine(odds, at_node * 4 + agree));
        let pair = (self.history.pair() ^ (at_node as u64).wrapping_mul(0x9e37_79b9)) as usize & 0xffff;
        let by_pair = u32::from(self.pair_map.refine(odds, pair));
        let mixed = u32::from(self.last.p1());
        (((2 * mixed + by_node + by_pair + 2) >> 2) as u16).clamp(1, 32767)
    }

    #[inline]
    fn update(&mut self, slot: usize, bit: bool) {
        for k in 0..CONTEXTS {
            self.slots.counter_mut(self.buckets[k], slot).update(bit);
            if self.inputs[2 * k] != 0 || self.inputs[2 * k + 1] != 0 {
                self.maps[k].update(bit);
            }
        }
        self.long.update(bit);
        self.short.update(bit);
        self.by_node.update(&self.inputs, bit);
        self.by_match.update(&self.inputs, bit);
        self.by_trust.update(&self.inputs, bit);
        self.last.update(&self.outputs, bit);
        self.node_map.update(bit);
        self.pair_map.update(bit);
    }
}

/// The contexts whose confidences select a weight set: whether long contexts are known.
const TRUSTED: [usize; 4] = [4, 6, 8, 9];

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
