//! The whole system line by line: groups, word order and machine, and what they claim.

use super::exact::log2;
use super::features::{Features, UNIVERSE};
use super::learner::{Learner, Seen};
use super::machine::{CONTEXT, Machine, Program};
use super::replay::{Episode, Replay};
use super::sequence::Sequence;
use super::store::Store;

/// Weight of the word order in the claim.
const SEQUENCE_WEIGHT: f64 = 0.1;
/// What the original calls one second, one minute and one hour in lines is by this option.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Groups at most; the original's benchmark has 20,000.
    pub max_groups: usize,
    /// Lines that pass in one second of the original's clock.
    pub lines_per_second: u64,
    /// Where the draws of the replay begin.
    pub seed: u64,
    /// Whether the machine runs beside the groups.
    pub machine: bool,
    /// Whether the code says lines by groups where the original would.
    pub groups: bool,
}

/// What the original says a line costs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claim {
    /// Bits of the features no group explains.
    pub group: f64,
    /// Bits of the program; infinite where there is none.
    pub program: f64,
    /// Bits of the word order, of which a tenth is added.
    pub sequence: f64,
}

impl Claim {
    /// Whether the program is cheaper than the groups.
    pub fn by_program(&self) -> bool {
        self.program < self.group
    }

    /// The bits claimed for the line; without the machine those of the groups.
    pub fn bits(&self) -> f64 {
        self.group.min(self.program) + SEQUENCE_WEIGHT * self.sequence
    }

    /// The bits claimed for the line by groups alone.
    pub fn group_bits(&self) -> f64 {
        self.group + SEQUENCE_WEIGHT * self.sequence
    }
}

/// All that learns.
#[derive(Debug, Clone)]
pub struct Engine {
    settings: Settings,
    features: Features,
    store: Store,
    learner: Learner,
    replay: Replay,
    sequence: Sequence,
    machine: Machine,
    /// The last words, [`CONTEXT`] at most.
    context: Vec<u32>,
    learns: bool,
    /// Distinct words met while learning.
    vocabulary: u32,
    /// Lines looked at, and lines learned.
    clock: u64,
    steps: u64,
}

impl Engine {
    /// Knows nothing, and learns.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            features: Features::default(),
            store: Store::new(settings.max_groups),
            learner: Learner::new(10 * settings.lines_per_second),
            replay: Replay::new(settings.seed),
            sequence: Sequence::default(),
            machine: Machine::default(),
            context: Vec::new(),
            learns: true,
            vocabulary: 0,
            clock: 0,
            steps: 0,
        }
    }

    /// The words and features known.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The number of a word, new or known.
    pub fn word(&mut self, word: &str) -> u32 {
        self.features.word(word)
    }

    /// The groups.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The model of word order.
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// Lines learned.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Ends the learning as the original's benchmark does, by writing the model to a file and
    /// reading it: words order seen once is gone, the machine has seen no word, the index is in
    /// order of age. What comes from now on changes no group.
    pub fn reload(&mut self) {
        self.learns = false;
        self.store.sort_index();
        self.sequence.reload();
        self.machine.reload();
    }

    /// The words a line of so many words can copy.
    pub fn context(&self, words: usize) -> &[u32] {
        let room = CONTEXT.saturating_sub(words);
        &self.context[self.context.len().saturating_sub(room)..]
    }

    /// The active groups of a line and what they leave unexplained. Changes no group.
    pub fn look(&mut self, line: &[u32]) -> Seen {
        self.clock += 1;
        if self.learns {
            self.vocabulary = self.features.words();
        }
        let features = self.features.of(line, self.learns);
        let holders = self.store.holders(&features);
        let seen = self.learner.look(features, &self.store, &holders);
        for &number in &seen.active {
            self.store.use_in(number, self.clock);
        }
        seen
    }

    /// The machine's program for a line, where there is a machine.
    pub fn program(&mut self, line: &[u32]) -> Option<Program> {
        if line.is_empty() || !self.settings.machine {
            return None;
        }
        let context = self.context(line.len()).to_vec();
        Some(self.machine.encode(line, &context))
    }

    /// The machine, to plan with.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What the groups leave, in bits.
    pub fn group_bits(&self, seen: &Seen) -> f64 {
        let words = if self.vocabulary == 0 { 1000 } else { self.vocabulary };
        let universe = words.saturating_mul(2).clamp(1000, UNIVERSE);
        seen.surprise.len() as f64 * log2(f64::from(universe))
    }

    /// Takes a line that was looked at into the past, learns it, and says what it costs. As in
    /// the original, the word order is priced after it was learned.
    pub fn take(&mut self, line: &[u32], seen: &Seen, program: Option<&Program>) -> Claim {
        if self.learns {
            self.learn(line, seen);
        }
        self.context.extend_from_slice(line);
        self.context.drain(..self.context.len().saturating_sub(CONTEXT));
        Claim {
            group: self.group_bits(seen),
            program: program.map_or(f64::INFINITY, |program| program.bits),
            sequence: self.sequence.cost(line),
        }
    }

    fn learn(&mut self, line: &[u32], seen: &Seen) {
        let importance = Learner::importance(seen);
        Learner::update(seen, importance, &mut self.store);
        self.learner.create(seen, &mut self.store, self.clock);
        let (features, active) = (seen.features.clone(), seen.active.clone());
        self.replay.add(Episode { features, active, importance }, seen.surprise.len());
        self.sequence.learn(line);
        self.steps += 1;
        self.maintain();
    }

    fn maintain(&mut self) {
        let second = self.settings.lines_per_second;
        if self.steps.is_multiple_of(1000) {
            self.store.decay(self.clock, 60 * second);
        }
        if self.steps.is_multiple_of(100) {
            for episode in self.replay.sample(10) {
                let importance = episode.importance * 0.3;
                let again = self.learner.explain(episode.features, episode.active, &self.store);
                Learner::update(&again, importance, &mut self.store);
            }
        }
        if self.steps.is_multiple_of(500) {
            Learner::consolidate(&mut self.store);
        }
        if self.steps.is_multiple_of(1000) {
            self.store.prune(self.clock, 3600 * second);
        }
    }
}
