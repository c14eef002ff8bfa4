//! Whole words, guessed from the words before and from the active groups.
//!
//! Contexts of zero to three words remember what followed them, active groups name
//! their heaviest members, and the words of the passage may come again. The candidates
//! are ranked by the sum of what their supporters were worth so far and tried in turn,
//! each by one mixed decision. When all fail the word is spelled by statistics that saw
//! only such words (update exclusion, Moffat 1990).
//!
//! Cost: one cache miss per context and word; 40 bytes per context.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;

use crate::cell::{Cell, STATES, WIDTH, scramble};
use crate::groups::Groups;
use crate::history::{History, ORDERS};

/// Each order of context, the groups, the words of the passage.
const SOURCES: usize = ORDERS + 2;
const GROUP: usize = ORDERS;
const PRESENT: usize = ORDERS + 1;
/// How many guesses are tried at most.
pub const TRIES: usize = 6;
/// Members that groups name beyond those the contexts name, and words of the passage.
const NAMED: usize = 3;
const CANDIDATES: usize = ORDERS * WIDTH + 2 * NAMED;
const INPUTS: usize = 12;
const HASHED: usize = 1 << 18;
/// 40 MiB of cells.
const MOST_CELLS: usize = 1 << 20;

/// A candidate and the state of each source's support; zero is none.
#[derive(Debug, Clone, Copy, Default)]
struct Guess {
    word: u32,
    support: [u8; SOURCES],
    score: i32,
}

/// A word that was guessed right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its number.
    pub word: u32,
    /// Whether only groups or the passage had named it.
    pub by_groups: bool,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Guesser {
    cells: Vec<Cell>,
    contexts: [u64; ORDERS],
    learned: usize,
    guesses: Vec<Guess>,
    tried: Vec<u32>,
    /// By turn, source and state.
    by_source: Vec<AdaptiveBit>,
    /// By hashed context; see `decide`.
    hashed: Vec<AdaptiveBit>,
    by_order: Mixer<INPUTS>,
    by_group: Mixer<INPUTS>,
    last: Mixer<2>,
}

impl Guesser {
    /// A guesser that knows nothing.
    pub fn new() -> Self {
        Self {
            cells: vec![Cell::default(); 1 << 12],
            contexts: [0; ORDERS],
            learned: 0,
            guesses: Vec::with_capacity(CANDIDATES),
            tried: Vec::with_capacity(TRIES),
            by_source: vec![AdaptiveBit::starting_at(4000, 2); TRIES * SOURCES * STATES],
            hashed: vec![AdaptiveBit::new(); HASHED],
            by_order: Mixer::new(TRIES * STATES * SOURCES, 6000, 4),
            by_group: Mixer::new(TRIES * 81, 6000, 4),
            last: Mixer::new(TRIES, 16384, 2),
        }
    }

    /// The words tried and refused by the last [`Guesser::guess`].
    pub fn tried(&self) -> &[u32] {
        &self.tried
    }

    /// Tries candidates; `wanted` is the word, if known.
    pub fn guess<Io: BitIo>(
        &mut self,
        io: &mut Io,
        history: &History,
        groups: &Groups,
        wanted: Option<u32>,
        tables: &Logistic,
    ) -> Option<Hit> {
        self.contexts = history.word_contexts();
        self.rank(groups, tables);
        self.tried.clear();
        for turn in 0..self.guesses.len().min(TRIES) {
            let left = turn..self.guesses.len();
            let best = left.min_by_key(|&k| (-self.guesses[k].score, k)).unwrap_or(turn);
            self.guesses.swap(turn, best);
            let guess = self.guesses[turn];
            if self.decide(io, turn, &guess, wanted == Some(guess.word), tables) {
                let by_groups = guess.support[1..ORDERS].iter().all(|&state| state == 0);
                return Some(Hit { word: guess.word, by_groups });
            }
            self.tried.push(guess.word);
        }
        None
    }

    fn rank(&mut self, groups: &Groups, tables: &Logistic) {
        let mask = self.cells.len() - 1;
        let guesses = &mut self.guesses;
        guesses.clear();
        for order in (0..ORDERS).rev() {
            let hash = self.contexts[order];
            for (word, state) in self.cells[hash as usize & mask].successors((hash >> 32) as u32) {
                let known = guesses.iter().position(|guess| guess.word == word);
                let at = known.unwrap_or_else(|| {
                    guesses.push(Guess { word, ..Guess::default() });
                    guesses.len() - 1
                });
                guesses[at].support[order] = state;
            }
        }
        for list in [groups.predicted(), groups.passage()] {
            for &(word, _) in list.iter().take(NAMED) {
                if guesses.iter().all(|guess| guess.word != word) {
                    guesses.push(Guess { word, ..Guess::default() });
                }
            }
        }
        for guess in guesses {
            guess.support[GROUP] = groups.mass_class(guess.word);
            guess.support[PRESENT] = groups.passage_class(guess.word);
            guess.score = (0..SOURCES)
                .map(|source| {
                    let bit = self.by_source[place(0, source, guess.support[source])];
                    i32::from(tables.stretch(bit.p1() >> 3)) * (3 + source.min(ORDERS - 1) as i32)
                })
                .sum();
        }
    }

    fn decide<Io: BitIo>(
        &mut self,
        io: &mut Io,
        turn: usize,
        guess: &Guess,
        right: bool,
        tables: &Logistic,
    ) -> bool {
        let support = guess.support.map(u64::from);
        let word = u64::from(guess.word);
        let joint = |a: usize, b: usize, c: usize| {
            (support[a] << 16 | support[b] << 8 | support[c]) << 8 | turn as u64
        };
        let hashes = [
            word << 8 | support[GROUP],
            word ^ self.contexts[1],
            joint(1, 2, GROUP),
            joint(2, 3, PRESENT),
            joint(1, GROUP, PRESENT),
        ];
        let mut places = [0usize; INPUTS - 1];
        for (k, hash) in hashes.into_iter().enumerate() {
            places[k] = (scramble(hash << 3 ^ k as u64) >> 30) as usize % HASHED;
        }
        for (source, &state) in guess.support.iter().enumerate() {
            places[hashes.len() + source] = place(turn, source, state);
        }
        let mut inputs = [256i16; INPUTS];
        for (k, (input, &place)) in inputs.iter_mut().zip(&places).enumerate() {
            let table = if k < hashes.len() { &self.hashed } else { &self.by_source };
            *input = tables.stretch(table[place].p1() >> 3);
        }
        let order = (0..ORDERS).rev().find(|&order| guess.support[order] > 0).unwrap_or(0);
        let set = (turn * STATES + usize::from(guess.support[order])) * SOURCES + order;
        let groups = usize::from(guess.support[GROUP].min(8)) * 9
            + usize::from(guess.support[PRESENT].min(8));
        let outputs = [
            self.by_order.mix(&inputs, set, tables),
            self.by_group.mix(&inputs, turn * 81 + groups, tables),
        ];
        self.last.mix(&outputs, turn, tables);
        let right = io.bit(self.last.p1(), right);
        self.last.update(&outputs, right);
        self.by_order.update(&inputs, right);
        self.by_group.update(&inputs, right);
        for (k, &place) in places.iter().enumerate() {
            let table = if k < hashes.len() { &mut self.hashed } else { &mut self.by_source };
            table[place].learn(right);
        }
        if turn > 0 {
            // The ranking reads turn 0, and must know of all that was tried.
            for (source, &state) in guess.support.iter().enumerate() {
                self.by_source[place(0, source, state)].learn(right);
            }
        }
        right
    }

    /// Takes in the word that came after the contexts of the last [`Guesser::guess`].
    pub fn learn(&mut self, word: u32) {
        let mask = self.cells.len() - 1;
        for hash in self.contexts {
            self.cells[hash as usize & mask].learn((hash >> 32) as u32, word);
        }
        self.learned += 1;
        if self.learned * 2 > self.cells.len() && self.cells.len() < MOST_CELLS {
            // What a cell knew is found in whichever half its context now belongs to.
            self.cells.extend_from_within(..);
        }
    }
}

fn place(turn: usize, source: usize, state: u8) -> usize {
    (turn * SOURCES + source) * STATES + usize::from(state)
}

impl Default for Guesser {
    fn default() -> Self {
        Self::new()
    }
}
