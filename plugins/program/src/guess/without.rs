//! What following passages saves, by comparison with what guesses would cost without.
//!
//! The same evidence is mixed once more, without that of passages, by weights that learn for
//! themselves. It takes no part in coding. A guess that passages alone proposed would have
//! been spelled: it counts as what spelling costs on the average.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;

use super::{Guess, HASHED_INPUTS, INPUTS, ORDERS, PASSAGE, TEMPLATE, mixer_set};

/// Compares, see the module; an encoder's alone.
#[derive(Debug, Clone)]
pub(super) struct Without {
    costs: CostTable,
    mixer: Mixer<INPUTS>,
    /// What a token costs that is not guessed, on the average.
    spelled: u64,
    /// Saved by passages, and by those over replaced words; units of 2^-20 bit.
    saved: [i64; 2],
}

impl Without {
    /// Begins with a copy of the mixer that decides.
    pub(super) fn new(mixer: &Mixer<INPUTS>) -> Self {
        let (costs, mixer) = (CostTable::new(), mixer.clone());
        Self { costs, mixer, spelled: 8 * BIT, saved: [0; 2] }
    }

    /// Notes what a token cost that was not guessed.
    pub(super) fn note_spelled(&mut self, price: u32) {
        self.spelled = self.spelled - self.spelled / 64 + u64::from(price) / 64;
    }

    /// What passages saved so far, and those over replaced words; units of 2^-20 bit.
    pub(super) fn saved(&self) -> [i64; 2] {
        self.saved
    }

    /// Compares a decision, made with probability `p1` of being right, with that without passages.
    pub(super) fn compare(
        &mut self,
        inputs: &[i16; INPUTS],
        guess: &Guess,
        turn: usize,
        (p1, right): (u16, bool),
        tables: &Logistic,
    ) {
        let by_template = guess.trusts[TEMPLATE] > 0;
        if !by_template && guess.trusts[PASSAGE] == 0 {
            return;
        }
        let contexts = &guess.trusts[..ORDERS];
        let without = match contexts.iter().rposition(|&trust| trust > 0) {
            Some(strongest) => {
                let mut inputs = *inputs;
                inputs[HASHED_INPUTS + PASSAGE] = 0;
                inputs[HASHED_INPUTS + TEMPLATE] = 0;
                let set = mixer_set(turn, strongest, contexts[strongest]);
                self.mixer.mix(&inputs, set, tables);
                let cost = self.costs.bit(self.mixer.p1(), right);
                self.mixer.update(&inputs, right);
                cost
            }
            // Nobody else thought of this token.
            None if right => self.spelled,
            None => 0,
        };
        self.saved[usize::from(by_template)] += without as i64 - self.costs.bit(p1, right) as i64;
    }
}
