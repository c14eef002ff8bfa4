//! Passages being followed: where in the past the text goes on as it did before.
//!
//! Both sides find them alike. A [`Passage`] begins where the last four tokens have stood
//! before and ends with the first token that differs: followed, it is a COPY whose source
//! and length need not be said. A [`Template`] takes over where a passage ended and is
//! *gapped*: a token that differs fills a slot, and after it the template goes on in the
//! source, past as many tokens as the slot replaced. Which of them it learns from what comes:
//! a token found a little further on in the source tells where the source goes on; otherwise
//! one token stands for one. Per state of the alignment it is learned how often the token
//! expected comes, so a template that no longer fits is not asked.
//!
//! Cost: a few comparisons per token; 4 bytes per token for finding passages.

use pressmark_coding::adaptive::AdaptiveBit;

use crate::cell::{TRUSTS, scramble};

/// So many tokens must have stood before, in the same order.
const FOUND_BY: usize = 4;
/// 8 MiB of places.
const MOST_PLACES: usize = 1 << 21;

/// The most recent passage that ended as the text does.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    places: Vec<u32>,
    /// The token expected next; zero for none.
    next: usize,
    length: usize,
}

impl Passage {
    pub(crate) fn new() -> Self {
        Self { places: vec![0; 1 << 10], next: 0, length: 0 }
    }

    /// Where the token expected next stands; zero for none.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// How long the passage has fitted, as a class below 16; zero without one.
    pub(crate) fn trust(&self) -> u8 {
        let length = self.length;
        if self.next == 0 {
            return 0;
        }
        (if length < 8 { length } else { 5 + length.ilog2() as usize }).min(TRUSTS - 1) as u8
    }

    /// Compares with the token that came, not yet in `past`; gives back the place and the length
    /// of a passage that ended with it.
    pub(crate) fn step(&mut self, past: &[u32], token: u32) -> Option<(usize, usize)> {
        if self.next == 0 {
            return None;
        }
        if past[self.next] == token {
            self.length += 1;
            self.next += 1;
            return None;
        }
        let ended = (self.next, self.length);
        (self.next, self.length) = (0, 0);
        Some(ended)
    }

    /// Looks for a passage to follow if there is none, `window` tokens back at most. `hash` is
    /// that of the last three tokens.
    pub(crate) fn look_up(&mut self, past: &[u32], hash: u64, window: usize) {
        // Memory grows with the text: a doubled table finds all it knew in one of its halves.
        if past.len() > self.places.len() && self.places.len() < MOST_PLACES {
            self.places.extend_from_within(..);
        }
        if past.len() < FOUND_BY {
            return;
        }
        let hash = scramble(hash ^ u64::from(past[past.len() - FOUND_BY]) ^ 5 << 40);
        let place = (hash >> 20) as usize & (self.places.len() - 1);
        if self.next == 0 {
            let candidate = self.places[place] as usize;
            let agree = past[..candidate].iter().rev().zip(past.iter().rev());
            let length = agree.take(32).take_while(|(a, b)| a == b).count();
            if length >= FOUND_BY && past.len() - candidate <= window {
                (self.next, self.length) = (candidate, length);
            }
        }
        self.places[place] = past.len() as u32;
    }
}

/// How far behind a slot the source is searched for the token that came.
const AHEAD: usize = 8;
/// A template is given up after so many slots without a long run, or tokens in one slot.
const PATIENCE: usize = 8;
const LONGEST_SLOT: usize = AHEAD + 4;
/// After a run this long the slots before it are forgotten.
const LONG: usize = 16;
/// A template without a slot for so long is a passage again.
const WHOLE: usize = 32;

/// A passage followed on over replaced words.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The token expected next; zero for none.
    next: usize,
    /// The first source token that the slot begun, or the last one, replaces.
    slot: usize,
    /// Tokens that fitted since the last slot, and before it.
    run: usize,
    before: usize,
    /// Slots since the last long run.
    slots: usize,
    /// Per state of the alignment, how often the token expected came.
    hits: Vec<AdaptiveBit>,
}

const STATES: usize = 5 * 5 * 4 * 4;

impl Template {
    pub(crate) fn new() -> Self {
        let hits = vec![AdaptiveBit::starting_at(20000, 2); STATES];
        Self { next: 0, slot: 0, run: 0, before: 0, slots: 0, hits }
    }

    /// Where the token expected next stands; zero for none.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// How likely the token expected is, from 0 (not worth asking) to 15.
    pub(crate) fn trust(&self) -> u8 {
        const STEPS: [u16; TRUSTS - 1] = [
            6144, 8192, 10240, 12288, 14336, 16384, 18432, 20480, 24576, 27648, 29696, 31232,
            32000, 32384, 32640,
        ];
        if self.next == 0 {
            return 0;
        }
        let p = self.hits[self.state()].p1();
        STEPS.iter().take_while(|&&step| p >= step).count() as u8
    }

    /// Takes over a passage that fitted for `length` tokens and ended at `place`, when `token`
    /// came instead; a template that has fitted as long stays.
    pub(crate) fn take_over(&mut self, past: &[u32], place: usize, length: usize, token: u32) {
        if self.next > 0 && self.run >= length {
            return;
        }
        (self.next, self.slot) = (place, place);
        (self.run, self.before, self.slots) = (length, length, 0);
        self.miss(past, token);
    }

    /// Compares with the token that came, not yet in `past`.
    pub(crate) fn step(&mut self, past: &[u32], token: u32) {
        if self.next == 0 {
            return;
        }
        let hit = past[self.next] == token;
        let state = self.state();
        self.hits[state].learn(hit);
        if !hit {
            self.miss(past, token);
            return;
        }
        self.next += 1;
        self.run += 1;
        if self.run == LONG {
            self.slots = 0;
        } else if self.run >= WHOLE {
            self.next = 0;
        }
    }

    fn miss(&mut self, past: &[u32], token: u32) {
        if self.run > 0 {
            self.slot = self.next;
            if self.run > 1 {
                self.before = self.run;
            }
            self.run = 0;
            self.slots += 1;
        }
        let end = (self.slot + AHEAD).min(past.len());
        self.next = match past[self.slot..end].iter().position(|&t| t == token) {
            Some(skipped) => {
                self.run = 1;
                self.slot + skipped + 1
            }
            None => self.next + 1,
        };
        let lost = self.slots > PATIENCE || self.next > self.slot + LONGEST_SLOT;
        if lost || self.next >= past.len() {
            self.next = 0;
        }
    }

    fn state(&self) -> usize {
        let run = match self.run {
            0 | 1 => self.run,
            2..4 => 2,
            4..LONG => 3,
            _ => 4,
        };
        let before = match self.before {
            0 | 1 => 0,
            2..4 => 1,
            4..16 => 2,
            16..32 => 3,
            _ => 4,
        };
        let slots = match self.slots {
            0 | 1 => 0,
            2 => 1,
            3 | 4 => 2,
            _ => 3,
        };
        let replaced = (self.next - self.slot).min(3);
        ((run * 5 + before) * 4 + slots) * 4 + replaced
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Follows `changed` with a template over `source`, which it leaves after `fitted` tokens;
    /// returns whether each later token was the one expected.
    fn follow(source: &[u32], changed: &[u32], fitted: usize) -> Vec<bool> {
        let mut template = Template::new();
        let mut past = source.to_vec();
        past.extend_from_slice(&changed[..fitted]);
        template.take_over(&past, fitted, fitted, changed[fitted]);
        past.push(changed[fitted]);
        let mut hits = Vec::new();
        for &token in &changed[fitted + 1..] {
            hits.push(template.next() > 0 && past[template.next()] == token);
            template.step(&past, token);
            past.push(token);
        }
        hits
    }

    #[test]
    fn it_goes_on_behind_what_was_replaced() {
        let source: Vec<u32> = (1..30).collect();
        let change = |from: usize, gone: usize, new: &[u32]| {
            [&source[..from], new, &source[from + gone..]].concat()
        };
        let late = |hits: Vec<bool>| hits.iter().skip(3).all(|&hit| hit);
        assert!(follow(&source, &change(8, 1, &[99]), 8).iter().all(|&hit| hit), "one for one");
        assert!(late(follow(&source, &change(8, 2, &[98, 99]), 8)), "two for two");
        assert!(late(follow(&source, &change(8, 3, &[]), 8)), "left out");
        assert!(late(follow(&source, &change(8, 0, &[99]), 8)), "put in");
        assert!(late(follow(&source, &change(8, 1, &[97, 98, 99]), 8)), "three for one");
    }

    proptest! {
        #[test]
        fn it_points_into_the_past(tokens in prop::collection::vec(0u32..6, 1..400)) {
            let (mut passage, mut template) = (Passage::new(), Template::new());
            let mut past: Vec<u32> = Vec::new();
            for &token in &tokens {
                prop_assert!(passage.next() < past.len().max(1) && template.next() < past.len().max(1));
                prop_assert!(passage.trust() < TRUSTS as u8 && template.trust() < TRUSTS as u8);
                template.step(&past, token);
                if let Some((place, length)) = passage.step(&past, token) {
                    prop_assert!(length >= FOUND_BY);
                    template.take_over(&past, place, length, token);
                }
                past.push(token);
                let last = past.iter().rev().take(3).fold(0, |hash, &t| scramble(hash ^ u64::from(t)));
                passage.look_up(&past, last, 100);
                let next = passage.next();
                prop_assert!(next == 0 || past[..next].ends_with(&past[past.len() - FOUND_BY..]));
                prop_assert!(next == 0 || past.len() - next <= 100);
            }
        }
    }
}
