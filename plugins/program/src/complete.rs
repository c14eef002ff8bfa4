//! Words completed from their first letters.
//!
//! After three letters, the words that began so before are few. Cells keyed by the letters
//! begun, alone and with the word before, propose completions that were not guessed
//! already; a right one replaces the remaining letters by a single decision.
//!
//! Cost: two cache misses per spelled word.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;

use crate::cell::{Cell, TOKEN, TRUSTS, scramble, trust};

/// Completions are tried after this many letters.
pub(crate) const AFTER: usize = 3;
const SOURCES: usize = 2;
const TRIES: usize = 2;
const INPUTS: usize = 4;
const HASHED: usize = 1 << 16;
/// 16 MiB of cells.
const MOST_CELLS: usize = 1 << 20;

/// Completes words; see the module.
#[derive(Debug, Clone)]
pub(crate) struct Completer {
    cells: Vec<Cell>,
    taught: usize,
    /// Cells consulted for the word begun, to be taught its token.
    visited: Vec<(usize, u32)>,
    by_trust: Vec<AdaptiveBit>,
    by_token: Vec<AdaptiveBit>,
    by_pair: Vec<AdaptiveBit>,
    mixer: Mixer<INPUTS>,
}

impl Completer {
    /// A fresh completer.
    pub(crate) fn new() -> Self {
        Self {
            cells: vec![Cell::default(); 1 << 10],
            taught: 0,
            visited: Vec::new(),
            by_trust: vec![AdaptiveBit::new(); TRIES * TRUSTS * TRUSTS],
            by_token: vec![AdaptiveBit::new(); HASHED],
            by_pair: vec![AdaptiveBit::new(); HASHED * 2],
            mixer: Mixer::new(TRIES * 4 * TRUSTS, 12000, 6),
        }
    }

    /// Tries completions of the letters begun, given the hashes of the letters alone and
    /// with the word before; `matches` tells whether a token is one.
    pub(crate) fn try_all<Io: BitIo, const LEARN: bool>(
        &mut self,
        io: &mut Io,
        hashes: [u64; SOURCES],
        wanted: Option<u32>,
        matches: impl Fn(u32) -> bool,
        tables: &Logistic,
    ) -> Option<u32> {
        let mut proposals = [(0u32, 0usize); SOURCES];
        for (proposal, hash) in proposals.iter_mut().zip(hashes) {
            let hash = scramble(hash);
            let place = hash as usize & (self.cells.len() - 1);
            let check = (hash >> 32) as u32;
            if LEARN {
                self.visited.push((place, check));
            }
            let successors = self.cells[place].successors(check).iter();
            let mut fitting = successors.filter(|&&s| s > TOKEN && matches(s & TOKEN));
            if let Some(&best) = fitting.next() {
                *proposal = (best & TOKEN, trust(best));
            }
        }
        let [alone, paired] = proposals;
        let agree = alone.0 == paired.0;
        let turns = [
            if paired.1 > 0 { (paired, alone) } else { (alone, paired) },
            if paired.1 > 0 && !agree { (alone, paired) } else { ((0, 0), (0, 0)) },
        ];
        for (turn, (proposal, other)) in turns.into_iter().enumerate() {
            let (token, trusted) = proposal;
            if trusted == 0 {
                break;
            }
            let nodes = [
                &mut self.by_trust[(turn * TRUSTS + trusted) * TRUSTS + other.1],
                &mut self.by_token[scramble(u64::from(token)) as usize % HASHED],
                &mut self.by_pair[scramble(hashes[1] ^ u64::from(token)) as usize % (HASHED * 2)],
            ];
            let mut inputs = [0i16; INPUTS];
            for (input, node) in inputs.iter_mut().zip(&nodes) {
                *input = tables.stretch(node.p1() >> 3);
            }
            inputs[INPUTS - 1] = 256;
            let set = ((turn * 2 + usize::from(paired.1 > 0)) * 2 + usize::from(agree)) * TRUSTS
                + trusted;
            self.mixer.mix(&inputs, set, tables);
            let right = io.bit(self.mixer.p1(), wanted == Some(token));
            if LEARN {
                self.mixer.update(&inputs, right);
                nodes.into_iter().for_each(|node| node.learn(right));
            }
            if right {
                return Some(token);
            }
        }
        None
    }

    /// Leaves the cells consulted as they are.
    pub(crate) fn forget(&mut self) {
        self.visited.clear();
    }

    /// Teaches the cells consulted the token that the word turned out to be.
    pub(crate) fn end_word(&mut self, token: u32) {
        self.taught += self.visited.len();
        for (place, check) in self.visited.drain(..) {
            self.cells[place].learn(check, token & TOKEN);
        }
        // Memory grows with the text: a doubled table finds all it knew in one of its halves.
        if self.taught > self.cells.len() && self.cells.len() < MOST_CELLS {
            self.cells.extend_from_within(..);
        }
    }
}

impl Default for Completer {
    fn default() -> Self {
        Self::new()
    }
}
