//! The cheapest program: a shortest path over token positions.
//!
//! The price of every token by the literal model is known exactly (see `literal`), so the only
//! estimate is that of the operators' own numbers. What is used often becomes cheap to say, so
//! there is more than one equilibrium; one pass of dynamic programming, forward over positions
//! (Storer and Szymanski 1982), starts from statistics that favour operators and one from those
//! of literals alone. Both programs, and the one of literals alone, are then priced as they
//! will be coded, and the cheapest is taken.
//!
//! Operators stand where guesses fail. Candidates there are the longest earlier matches
//! (COPY) and the most recent place of the word (REPEAT). Of each length the whole and the
//! powers of two below it are tried, since prices change at powers of two. A long copy that
//! pays is taken at once and its inside is not searched.
//!
//! Cost: about 0.1 µs and 24 bytes per token and pass.

use pressmark_coding::cost::CostTable;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::{Metered, Teacher};
use pressmark_coding::suffix::Match;

use crate::ops::{Op, OpModel, Place, REACH};
use crate::recent::recent;

/// How the literal model produces a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Guessed from the tokens before.
    Guessed,
    /// Guessed from the passage that is followed, at this token.
    Followed(u32),
    /// The same, over replaced words.
    Filled(u32),
    /// Not guessed: spelled.
    Spelled,
    /// Not guessed: derived from another word, by the derivation of this number.
    Derived(u32),
}

impl Way {
    /// Whether an operation code stands there.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Spelled | Self::Derived(_))
    }

    /// The operation without a copy or a repeat.
    pub fn own(self) -> Op {
        if matches!(self, Self::Derived(_)) { Op::Transform } else { Op::Literal }
    }
}

/// A token as the literal model saw it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// How it comes.
    pub way: Way,
    /// How many guesses failed, and whether a word stands before.
    pub failed: u8,
    /// Whether a word stands before.
    pub after_word: bool,
    /// How many of the words spelled lately were new, as a class.
    pub novelty: u8,
    /// The token before.
    pub last: u32,
    /// End of the tokens guessed in vain, in the list of all of them.
    pub rejects: u32,
}

/// What the parse has to choose from.
#[derive(Debug)]
pub struct Problem<'a> {
    /// All tokens, priming text first.
    pub tokens: &'a [u32],
    /// What the tokens are.
    pub lexicon: &'a Lexicon,
    /// Where the input begins in `tokens`.
    pub start: usize,
    /// Per token of the input the prices of its guesses and of its spelling.
    pub prices: &'a [u32],
    /// Every token of the input.
    pub seen: &'a [Seen],
    /// The tokens guessed in vain, all in one list.
    pub rejects: &'a [u32],
    /// Earlier occurrences of every token of `tokens`.
    pub matches: &'a [[Match; 2]],
    /// The longest distance of a copy, in tokens.
    pub window: usize,
    /// Whether COPY may be used.
    pub copy: bool,
    /// Whether REPEAT may be used.
    pub repeat: bool,
}

/// A copy at least this long that pays is taken without looking further.
const LONG: usize = 128;
/// A repeat is not followed further than this, so that its search stays linear.
const LONGEST_REPEAT: usize = 1 << 12;

#[derive(Debug, Clone, Copy)]
struct Step {
    cost: u64,
    op: Op,
}

const UNREACHED: Step = Step { cost: u64::MAX, op: Op::Literal };

impl Problem<'_> {
    /// The cheapest program found, by what it will really cost; never dearer than one without
    /// copies and repeats.
    pub fn solve(&self, costs: &CostTable) -> Vec<Op> {
        let mut best: Vec<Op> = self.seen.iter().map(|seen| seen.way.own()).collect();
        let (mut least, literals) = self.real_cost(&best, costs);
        let repeats = if self.repeat { self.repeats() } else { Vec::new() };
        for model in [OpModel::new(), literals] {
            let program = self.pass(&model, &repeats, costs);
            let (cost, _) = self.real_cost(&program, costs);
            if cost < least {
                (best, least) = (program, cost);
            }
        }
        best
    }

    /// What both sides know before token `at` of the input.
    pub fn place(&self, at: usize) -> Place {
        place(self.seen, self.start, at)
    }

    /// What a program costs when its operators are coded adaptively, and the statistics after it.
    fn real_cost(&self, program: &[Op], costs: &CostTable) -> (u64, OpModel) {
        let mut model = OpModel::new();
        let mut teacher = Teacher;
        let mut io = Metered::new(&mut teacher, costs);
        let (mut at, mut literals) = (0, 0u64);
        for &op in program {
            literals += u64::from(self.prices[2 * at]);
            if self.seen[at].way.is_open() {
                // Operators of our own making are in range.
                let _ = model.code(&mut io, self.place(at), op);
                if op == self.seen[at].way.own() {
                    literals += u64::from(self.prices[2 * at + 1]);
                }
            }
            at += op.tokens() as usize;
        }
        (literals + io.total, model)
    }

    fn pass(&self, model: &OpModel, repeats: &[(u32, u32)], costs: &CostTable) -> Vec<Op> {
        let count = self.seen.len();
        let mut sums = Vec::with_capacity(count + 1);
        let mut sum = 0u64;
        for at in 0..count {
            sums.push(sum);
            sum += u64::from(self.prices[2 * at]);
            if self.seen[at].way.is_open() {
                sum += u64::from(self.prices[2 * at + 1]);
                sum += model.price(costs, self.place(at), self.seen[at].way.own());
            }
        }
        sums.push(sum);
        let least = model.least_copy(costs);
        let mut steps = vec![UNREACHED; count + 1];
        steps[0].cost = 0;
        let mut repeats = repeats.iter().peekable();
        let mut at = 0;
        while at < count {
            let cost = steps[at].cost;
            while repeats.next_if(|&&(place, _)| (place as usize) < at).is_some() {}
            let repeat = repeats.next_if(|&&(place, _)| place as usize == at);
            if cost == u64::MAX {
                at += 1;
                continue;
            }
            let seen = self.seen[at];
            relax(&mut steps[at + 1], cost + (sums[at + 1] - sums[at]), seen.way.own());
            if !seen.way.is_open() {
                at += 1;
                continue;
            }
            let guesses = u64::from(self.prices[2 * at]);
            let worth = |length: usize| sums[at + length] - sums[at] - guesses;
            let mut jump = 1;
            let mut offer = |op: Op| {
                let length = op.tokens() as usize;
                let price = model.price(costs, self.place(at), op);
                if price < worth(length) {
                    relax(&mut steps[at + length], cost + guesses + price, op);
                    if length >= LONG {
                        jump = jump.max(length);
                    }
                }
            };
            let here = self.start + at;
            if self.copy {
                for found in self.matches[here] {
                    if found.length == 0 || here - found.source as usize > self.window {
                        continue;
                    }
                    halved(found.length, |length| {
                        let pays = worth(length as usize) > least;
                        if pays {
                            offer(Op::Copy { source: found.source, length });
                        }
                        pays && (found.length as usize) < LONG
                    });
                }
            }
            if let Some(&(_, rank)) = repeat {
                let period = self.period(here);
                let agree = self.tokens[here..].iter().zip(&self.tokens[here - period..]);
                let length = agree.take(LONGEST_REPEAT).take_while(|(a, b)| a == b).count();
                halved(length as u32, |count| {
                    offer(Op::Repeat { rank, count });
                    true
                });
            }
            at += jump;
        }
        trace(&steps, count)
    }

    /// How far back the token at `here` stood last.
    fn period(&self, here: usize) -> usize {
        let past = self.tokens[..here].iter().rev();
        past.take_while(|&&token| token != self.tokens[here]).count() + 1
    }

    /// The places of the input where a word has come again within reach and was not guessed, with
    /// its rank.
    fn repeats(&self) -> Vec<(u32, u32)> {
        let mut next = vec![u32::MAX; self.tokens.len()];
        let mut last = vec![u32::MAX; self.lexicon.len()];
        let mut repeats = Vec::new();
        // Where each token comes next, so that one pass tells what is the latest at any place.
        for (place, &token) in self.tokens.iter().enumerate() {
            let before = std::mem::replace(&mut last[token as usize], place as u32);
            if before != u32::MAX {
                next[before as usize] = place as u32;
            }
        }
        let mut last = vec![u32::MAX; self.lexicon.len()];
        let mut from = 0;
        for (here, &token) in self.tokens.iter().enumerate() {
            let before = std::mem::replace(&mut last[token as usize], here as u32);
            let Some(at) = here.checked_sub(self.start) else { continue };
            let seen = self.seen[at];
            let rejects = &self.rejects[from..seen.rejects as usize];
            from = seen.rejects as usize;
            if !seen.way.is_open() || before == u32::MAX || here - before as usize > REACH {
                continue;
            }
            let is_latest = |place: usize| next[place] as usize >= here;
            let mut words = recent(&self.tokens[..here], self.lexicon, is_latest, rejects);
            if let Some(rank) = words.position(|place| place == before as usize) {
                repeats.push((at as u32, rank as u32));
            }
        }
        repeats
    }
}

/// What both sides know before token `at` of the input, which begins at `start`.
pub(crate) fn place(seen: &[Seen], start: usize, at: usize) -> Place {
    let Seen { failed, after_word, last, novelty, .. } = seen[at];
    Place { position: (start + at) as u32, failed, after_word, last, novelty }
}

/// Tries a length and the powers of two below it, until `go_on` says no.
fn halved(length: u32, mut go_on: impl FnMut(u32) -> bool) {
    let mut length = length;
    while length > 0 && go_on(length) {
        length = if length.is_power_of_two() { length / 2 } else { 1 << length.ilog2() };
    }
}

fn relax(step: &mut Step, cost: u64, op: Op) {
    if cost < step.cost {
        *step = Step { cost, op };
    }
}

fn trace(steps: &[Step], count: usize) -> Vec<Op> {
    let mut program = Vec::new();
    let mut at = count;
    while at > 0 {
        let op = steps[at].op;
        program.push(op);
        at -= op.tokens() as usize;
    }
    program.reverse();
    program
}
