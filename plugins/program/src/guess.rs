//! Whole tokens guessed from the tokens before.
//!
//! Most tokens of a text have followed one of the last tokens before, or continue a
//! passage being repeated. For each context of one to three tokens a cell remembers
//! three successors and how often each was right; the candidates of all contexts are
//! ranked and tried in turn, each with one mixed binary decision. Only when all fail
//! is the token spelled, by letter statistics that never saw the guessable tokens:
//! update exclusion, as in PPM (Moffat 1990), which makes the letters what they
//! should be, the distribution of surprises, and saves their time.
//!
//! Cost: one cache miss per context and token; 16 bytes per cell.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;

use crate::cell::{Cell, TOKEN, TRUSTS, WIDTH, scramble, trust};
use crate::cursor::{Passage, Template};

mod without;

use without::Without;

/// Contexts of one to this many tokens.
const ORDERS: usize = 3;
/// The passages being followed, as sources of candidates beside the contexts.
const PASSAGE: usize = ORDERS;
const TEMPLATE: usize = ORDERS + 1;
const SOURCES: usize = ORDERS + 2;
/// How many guesses are tried at most.
const TRIES: usize = 6;
const CANDIDATES: usize = ORDERS * WIDTH + 2;
/// Opinions by token, pair and triple; then one per source, one by recency, a constant last.
const HASHED_INPUTS: usize = 3;
const INPUTS: usize = 16;
const _: () = assert!(HASHED_INPUTS + SOURCES + 2 <= INPUTS);

/// Which passages the guesser may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursors {
    /// Those that go on as they did.
    pub(crate) copy: bool,
    /// Those in which words were replaced.
    pub(crate) template: bool,
    /// How far back they may lie, in tokens.
    pub(crate) window: usize,
}

impl Default for Cursors {
    fn default() -> Self {
        Self { copy: true, template: true, window: usize::MAX }
    }
}

/// Who proposed a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// The tokens before.
    Contexts,
    /// The passage being followed, whose token stands there.
    Passage(u32),
    /// The same, over replaced words.
    Template(u32),
}

/// A candidate and how much each source trusts it; zero is not at all.
#[derive(Debug, Clone, Copy, Default)]
struct Guess {
    token: u32,
    trusts: [u8; SOURCES],
    score: i32,
}

/// Guesses the next token from the past ones; see the module.
#[derive(Debug, Clone)]
pub(crate) struct Guesser {
    cells: Vec<Cell>,
    past: Vec<u32>,
    places: [usize; ORDERS],
    checks: [u32; ORDERS],
    passage: Passage,
    template: Template,
    cursors: Cursors,
    author: Author,
    guesses: [Guess; CANDIDATES],
    tried: usize,
    /// By source, the trust of the source's best candidate, and the trust of this one.
    by_source: Vec<AdaptiveBit>,
    by_token: Vec<AdaptiveBit>,
    by_pair: Vec<AdaptiveBit>,
    by_triple: Vec<AdaptiveBit>,
    by_recency: Vec<AdaptiveBit>,
    /// Per token one more than its most recent place.
    last: Vec<u32>,
    mixer: Mixer<INPUTS>,
    without: Option<Box<Without>>,
}

const HASHED: usize = 1 << 16;
/// 32 MiB of cells.
const MOST_CELLS: usize = 1 << 21;

/// The weights for a guess at its turn, by the strongest source that proposed it.
fn mixer_set(turn: usize, strongest: usize, trust: u8) -> usize {
    (turn * TRUSTS + usize::from(trust)) * SOURCES + strongest
}

impl Guesser {
    /// A fresh guesser.
    pub(crate) fn new() -> Self {
        let fresh = |n: usize| vec![AdaptiveBit::new(); n];
        Self {
            cells: vec![Cell::default(); 1 << 10],
            past: Vec::new(),
            places: [0; ORDERS],
            checks: [0; ORDERS],
            passage: Passage::new(),
            template: Template::new(),
            cursors: Cursors::default(),
            author: Author::Contexts,
            guesses: [Guess::default(); CANDIDATES],
            tried: 0,
            by_source: fresh(SOURCES * TRIES * TRUSTS * TRUSTS),
            by_token: fresh(HASHED),
            by_pair: fresh(HASHED * 2),
            by_triple: fresh(HASHED * 4),
            by_recency: fresh(32 * TRIES * SOURCES),
            last: Vec::new(),
            mixer: Mixer::new(TRIES * TRUSTS * SOURCES, 8000, 3),
            without: None,
        }
    }

    /// Which passages may be followed; both sides must agree.
    pub(crate) fn set_cursors(&mut self, cursors: Cursors) {
        self.cursors = cursors;
    }

    /// From now on, find out what following passages saves.
    pub(crate) fn compare(&mut self) {
        self.without = Some(Box::new(Without::new(&self.mixer)));
    }

    /// Notes what a token cost that was not guessed, if that is asked for.
    pub(crate) fn note_spelled(&mut self, price: u32) {
        if let Some(without) = &mut self.without {
            without.note_spelled(price);
        }
    }

    /// What passages saved since they were [compared](Self::compare), and those over replaced
    /// words; units of 2^-20 bit.
    pub(crate) fn saved(&self) -> [i64; 2] {
        self.without.as_ref().map_or([0; 2], |without| without.saved())
    }

    /// Who proposed the guess that was right last.
    pub(crate) fn author(&self) -> Author {
        self.author
    }

    /// The tokens tried in vain just now.
    pub(crate) fn rejects(&self) -> impl Iterator<Item = u32> {
        self.guesses[..self.tried].iter().map(|guess| guess.token)
    }

    /// Whether this is the most recent place of its token.
    pub(crate) fn is_latest(&self, place: usize) -> bool {
        self.last[self.past[place] as usize] as usize == place + 1
    }

    /// Whether a token was tried in vain just now.
    pub(crate) fn rejected(&self, token: u32) -> bool {
        self.guesses[..self.tried].iter().any(|guess| guess.token == token)
    }

    /// All tokens so far.
    pub(crate) fn past(&self) -> &[u32] {
        &self.past
    }

    /// Tries its guesses; returns the token if one is right. `wanted` is the token, if known.
    pub(crate) fn try_all<Io: BitIo>(
        &mut self,
        io: &mut Io,
        wanted: Option<u32>,
        allowed: impl Fn(u32) -> bool,
        tables: &Logistic,
    ) -> Option<u32> {
        let count = self.rank(allowed, tables);
        self.tried = 0;
        for turn in 0..count.min(TRIES) {
            // The best of those left.
            let best =
                (turn..count).max_by_key(|&k| (self.guesses[k].score, count - k)).unwrap_or(turn);
            self.guesses[turn..=best].rotate_right(1);
            let guess = self.guesses[turn];
            self.tried = turn + 1;
            if self.decide(io, turn, guess, wanted == Some(guess.token), tables) {
                self.author = if guess.trusts[TEMPLATE] > 0 {
                    Author::Template(self.template.next() as u32)
                } else if guess.trusts[PASSAGE] > 0 {
                    Author::Passage(self.passage.next() as u32)
                } else {
                    Author::Contexts
                };
                return Some(guess.token);
            }
        }
        None
    }

    fn rank(&mut self, allowed: impl Fn(u32) -> bool, tables: &Logistic) -> usize {
        let mut count = 0;
        let guesses = &mut self.guesses;
        let mut add = |token: u32, source: usize, trust: u8| {
            let known = guesses[..count].iter().position(|g| g.token == token);
            if known.is_none() && !allowed(token) {
                return;
            }
            let at = known.unwrap_or(count);
            if known.is_none() {
                guesses[at] = Guess { token, ..Guess::default() };
                count += 1;
            }
            guesses[at].trusts[source] = trust;
        };
        if self.cursors.copy && self.passage.next() > 0 {
            add(self.past[self.passage.next()], PASSAGE, self.passage.trust());
        }
        if self.cursors.template && self.template.trust() > 0 {
            add(self.past[self.template.next()], TEMPLATE, self.template.trust());
        }
        for order in (0..ORDERS).rev() {
            let successors = self.cells[self.places[order]].successors(self.checks[order]);
            for &successor in successors.iter().filter(|&&s| s > TOKEN) {
                add(successor & TOKEN, order, trust(successor) as u8);
            }
        }
        for guess in &mut self.guesses[..count] {
            guess.score = 0;
            for (source, &trust) in guess.trusts.iter().enumerate() {
                let node = self.by_source[Self::source_node(source, 0, trust, 0)];
                let weight = source as i32 + 2;
                guess.score += weight * (i32::from(tables.stretch(node.p1() >> 3)) + 1024);
            }
        }
        count
    }

    fn source_node(source: usize, turn: usize, trust: u8, best: u8) -> usize {
        ((source * TRIES + turn) * TRUSTS + usize::from(trust)) * TRUSTS + usize::from(best)
    }

    fn decide<Io: BitIo>(
        &mut self,
        io: &mut Io,
        turn: usize,
        guess: Guess,
        right: bool,
        tables: &Logistic,
    ) -> bool {
        let last = self.past.last().copied().unwrap_or(0);
        let before = self.past.len().checked_sub(2).map_or(0, |k| self.past[k]);
        let pair = scramble(u64::from(guess.token) << 32 | u64::from(last));
        let triple = scramble(pair ^ u64::from(before));
        let hashed = [
            &mut self.by_token[scramble(u64::from(guess.token)) as usize % HASHED],
            &mut self.by_pair[(pair >> 20) as usize % (HASHED * 2)],
            &mut self.by_triple[(triple >> 20) as usize % (HASHED * 4)],
        ];
        let mut inputs = [0i16; INPUTS];
        for (input, node) in inputs.iter_mut().zip(&hashed) {
            *input = tables.stretch(node.p1() >> 3);
        }
        let sources: [usize; SOURCES] =
            std::array::from_fn(|source| Self::source_node(source, turn, guess.trusts[source], 1));
        for (input, &node) in inputs[HASHED_INPUTS..].iter_mut().zip(&sources) {
            *input = tables.stretch(self.by_source[node].p1() >> 3);
        }
        inputs[INPUTS - 1] = 256;
        let strongest = (0..SOURCES).rev().find(|&s| guess.trusts[s] > 0).unwrap_or(0);
        let since =
            self.last.get(guess.token as usize).map_or(0, |&at| self.past.len() as u32 - at);
        let recency = (32 - since.leading_zeros()) as usize & 31;
        let recent = (recency * TRIES + turn) * SOURCES + strongest;
        inputs[HASHED_INPUTS + SOURCES] = tables.stretch(self.by_recency[recent].p1() >> 3);
        let set = mixer_set(turn, strongest, guess.trusts[strongest]);
        self.mixer.mix(&inputs, set, tables);
        let right = io.bit(self.mixer.p1(), right);
        if let Some(without) = &mut self.without {
            without.compare(&inputs, &guess, turn, (self.mixer.p1(), right), tables);
        }
        self.mixer.update(&inputs, right);
        for node in hashed {
            node.learn(right);
        }
        self.by_recency[recent].learn(right);
        for (source, node) in sources.into_iter().enumerate() {
            self.by_source[node].learn(right);
            self.by_source[Self::source_node(source, 0, guess.trusts[source], 0)].learn(right);
        }
        right
    }

    /// Takes in the token that came.
    pub(crate) fn append(&mut self, token: u32) {
        for (&place, &check) in self.places.iter().zip(&self.checks) {
            self.cells[place].learn(check, token & TOKEN);
        }
        self.template.step(&self.past, token);
        if let Some((place, length)) = self.passage.step(&self.past, token) {
            self.template.take_over(&self.past, place, length, token);
        }
        self.past.push(token);
        if self.last.len() <= token as usize {
            self.last.resize(token as usize + 1, 0);
        }
        self.last[token as usize] = self.past.len() as u32;
        // Memory grows with the text: a doubled table finds all it knew in one of its halves.
        if self.past.len() * 2 > self.cells.len() && self.cells.len() < MOST_CELLS {
            self.cells.extend_from_within(..);
        }
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        let mut hash = 0u64;
        let mask = self.cells.len() - 1;
        for (order, &token) in self.past.iter().rev().take(ORDERS).enumerate() {
            hash = scramble(hash ^ u64::from(token) ^ ((order as u64 + 1) << 40));
            self.places[order] = hash as usize & mask;
            self.checks[order] = (hash >> 32) as u32;
        }
        self.passage.look_up(&self.past, hash, self.cursors.window);
    }
}

impl Default for Guesser {
    fn default() -> Self {
        Self::new()
    }
}
