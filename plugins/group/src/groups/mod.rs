//! Groups of words that occur together: learned from passages, active by past words.
//!
//! A *passage* is a paragraph, or 48 distinct content words of one. After each passage
//! the groups learn from it (see [`learn`]); between, every content word wakes the groups
//! it belongs to, and what is awake fades with the words that follow. The heaviest awake
//! groups are *active*: their members get mass, which the coder uses. Only words that are
//! already known to both sides ever count. The ideas are those of BSP (Bitset System for
//! Prediction); clocks became step counters, and the rules that could not work as
//! published were repaired.
//!
//! Cost: about 1.5 µs per content word with 16 active groups.

pub mod learn;
pub mod pairs;
pub mod store;

use learn::Learner;
use store::{Store, UNIT};

/// How groups behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Groups kept at most.
    pub max_groups: usize,
    /// Groups active at once.
    pub top_k: usize,
    /// Content words after which half of a group's wakefulness is gone.
    pub half_life: usize,
    /// What every count loses per thousand passages, in hundredths.
    pub decay: usize,
    /// Whether established groups are used at all.
    pub groups: bool,
    /// Whether the words of the passage at hand, a group not yet established, are used.
    pub passage: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_groups: 4096, top_k: 16, half_life: 32, decay: 10, groups: true, passage: true }
    }
}

/// What happened to groups, and how good their predictions were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups made.
    pub created: u64,
    /// Groups that another absorbed.
    pub merged: u64,
    /// Groups divided in two.
    pub split: u64,
    /// Groups forgotten.
    pub pruned: u64,
    /// Words read.
    pub words: u64,
    /// Of these, words that were a member of an active group.
    pub covered: u64,
    /// Words that can be members: neither layout nor among the most frequent.
    pub content: u64,
    /// Of these, words no active group had.
    pub surprises: u64,
    /// Members that active groups predicted, each once per passage.
    pub predicted: u64,
    /// Of these, members that the passage never used.
    pub hallucinated: u64,
}

/// Predicted members that are kept in order.
const LISTED: usize = 40;
/// Words of the passage remembered.
const RECENT: usize = 48;
/// Groups awake at once.
const AWAKE: usize = 64;
/// Content words from one choice of the active groups to the next.
const EVERY: u32 = 2;
/// Distinct content words that end a passage.
const LONGEST: usize = 48;
/// A paragraph shorter than this is learned with the next one.
const SHORTEST: usize = 10;
/// A word is content while fewer than one in this many words are it.
const RARE: u32 = 100;

#[derive(Debug, Clone, Copy, Default)]
struct WordState {
    frequency: u32,
    /// Mass from active groups.
    mass: u32,
    /// When it was last read, in content words, plus one.
    seen: u32,
    /// The last passage in which it was predicted, and used, plus one.
    predicted: u32,
    used: u32,
}

/// All groups with their state; see the module.
#[derive(Debug, Clone)]
pub struct Groups {
    settings: Settings,
    store: Store,
    learner: Learner,
    words: Vec<WordState>,
    total: u32,
    step: u32,
    awake: Vec<u32>,
    /// Scratch of `refresh`.
    ranked: Vec<(u64, u32)>,
    active: Vec<u32>,
    listed: Vec<(u32, u32)>,
    massed: Vec<u32>,
    recent: Vec<(u32, u32)>,
    recent_words: Vec<(u32, u32)>,
    passage: Vec<u32>,
    foretold: u64,
    counts: Counts,
}

impl Groups {
    /// No groups yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            store: Store::default(),
            learner: Learner::default(),
            words: Vec::new(),
            total: 0,
            step: 0,
            awake: Vec::new(),
            ranked: Vec::new(),
            active: Vec::new(),
            listed: Vec::new(),
            massed: Vec::new(),
            recent: Vec::new(),
            recent_words: Vec::new(),
            passage: Vec::new(),
            foretold: 0,
            counts: Counts::default(),
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Forgets what was counted, not what was learned.
    pub fn reset_counts(&mut self) {
        self.counts = Counts::default();
    }

    /// How many groups there are.
    pub fn alive(&self) -> usize {
        self.store.len()
    }

    /// Members of active groups with their mass, the heaviest first.
    pub fn predicted(&self) -> &[(u32, u32)] {
        &self.listed
    }

    /// Content words of the passage at hand with their mass, the latest first.
    pub fn passage(&self) -> &[(u32, u32)] {
        &self.recent
    }

    /// The mass of a word on a logarithmic scale, below 16; 0 is none.
    #[inline]
    pub fn mass_class(&self, word: u32) -> u8 {
        let mass = self.words.get(word as usize).map_or(0, |state| state.mass);
        if mass == 0 { 0 } else { (mass.ilog2() as u8).saturating_sub(4).clamp(1, 15) }
    }

    /// How long ago a content word came, in classes below 10; 0 is too long, or never.
    #[inline]
    pub fn passage_class(&self, word: u32) -> u8 {
        let seen = self.words.get(word as usize).map_or(0, |state| state.seen);
        if seen == 0 || !self.settings.passage {
            return 0;
        }
        let age = self.step + 1 - seen;
        if age < 512 { 1 + age.max(1).ilog2() as u8 } else { 0 }
    }

    /// Whether a word is a member of an active group.
    pub fn covers(&self, word: u32) -> bool {
        self.words.get(word as usize).is_some_and(|state| state.mass > 0)
    }

    /// The most awake of the active groups that have this word.
    pub fn holder(&self, word: u32) -> Option<u32> {
        let holders = self.store.holders(word);
        self.active.iter().copied().find(|id| holders.contains(id))
    }

    /// The members of a group, the firmest first.
    pub fn members(&self, id: u32) -> Vec<u32> {
        let mut members: Vec<_> = self.store.get(id).members().collect();
        members.sort_by_key(|member| (std::cmp::Reverse(member.count), member.word));
        members.into_iter().map(|member| member.word).collect()
    }

    /// A word was read.
    pub fn read(&mut self, word: u32) {
        let at = word as usize;
        if at >= self.words.len() {
            self.words.resize(at + 1, WordState::default());
        }
        self.total = self.total.saturating_add(1);
        self.counts.words += 1;
        let covered = self.words[at].mass > 0;
        self.counts.covered += u64::from(covered);
        let state = &mut self.words[at];
        state.frequency = state.frequency.saturating_add(1);
        if state.frequency.saturating_mul(RARE) >= self.total.saturating_add(40 * RARE) {
            return;
        }
        self.counts.content += 1;
        self.counts.surprises += u64::from(!covered);
        self.step += 1;
        state.seen = self.step;
        let passage = self.learner.passages() + 1;
        if state.used != passage {
            state.used = passage;
            self.passage.push(word);
        }
        if self.settings.passage {
            self.remember(word);
        }
        if self.settings.groups {
            self.wake(word);
            if self.step.is_multiple_of(EVERY) {
                self.refresh();
            }
            if self.passage.len() >= LONGEST {
                self.end_passage();
            }
        }
    }

    /// A gap was read; a line end may end the passage.
    pub fn gap(&mut self, bytes: &[u8]) {
        let line_end = bytes.contains(&b'\n') || bytes.windows(2).any(|pair| pair == b"\\n");
        if self.settings.groups && line_end && self.passage.len() >= SHORTEST {
            self.end_passage();
        }
    }

    fn remember(&mut self, word: u32) {
        let known = self.recent_words.iter().position(|&(known, _)| known == word);
        let times = match known {
            Some(at) => self.recent_words.remove(at).1,
            None => 0,
        };
        self.recent_words.truncate(RECENT - 1);
        self.recent_words.insert(0, (word, (times + 1).min(8)));
        self.recent.clear();
        self.recent.extend(
            (0u32..)
                .zip(&self.recent_words)
                .map(|(k, &(word, times))| (word, (times + 1) * 2048 / (8 + k))),
        );
    }

    fn wake(&mut self, word: u32) {
        let rarity = self.total / self.words[word as usize].frequency.max(1);
        let evidence = rarity.max(2).ilog2() * 64;
        for k in 0..self.store.holders(word).len() {
            let id = self.store.holders(word)[k];
            let group = self.store.get_mut(id);
            group.wake(self.step, self.settings.half_life as u32, evidence);
            if group.active {
                group.earn();
            }
            if !group.awake {
                group.awake = true;
                self.awake.push(id);
            }
        }
    }

    fn refresh(&mut self) {
        let (step, half_life) = (self.step, self.settings.half_life as u32);
        let mut ranked = std::mem::take(&mut self.ranked);
        ranked.clear();
        for &id in &self.awake {
            let group = self.store.get_mut(id);
            group.active = false;
            ranked.push((group.strength(step, half_life), id));
        }
        let order = |&(strength, id): &(u64, u32)| (std::cmp::Reverse(strength), id);
        if ranked.len() > AWAKE {
            ranked.select_nth_unstable_by_key(AWAKE, order);
            for &(_, id) in &ranked[AWAKE..] {
                self.store.get_mut(id).awake = false;
            }
            ranked.truncate(AWAKE);
        }
        let top_k = self.settings.top_k.min(ranked.len());
        if top_k < ranked.len() {
            ranked.select_nth_unstable_by_key(top_k, order);
        }
        ranked[..top_k].sort_unstable_by_key(order);
        self.awake.clear();
        self.awake.extend(ranked.iter().map(|&(_, id)| id));
        for &word in &self.massed {
            self.words[word as usize].mass = 0;
        }
        self.massed.clear();
        self.active.clear();
        for &(strength, id) in &ranked[..top_k] {
            let group = self.store.get_mut(id);
            group.active = true;
            self.active.push(id);
            let weight = strength / u64::from(group.weight().max(UNIT));
            for member in self.store.get(id).members() {
                let state = &mut self.words[member.word as usize];
                if state.mass == 0 {
                    self.massed.push(member.word);
                }
                let mass = (weight * u64::from(member.count)) >> 8;
                state.mass = state.mass.saturating_add((mass as u32).clamp(1, 1 << 20));
            }
        }
        self.ranked = ranked;
        self.list();
    }

    fn list(&mut self) {
        let passage = self.learner.passages() + 1;
        self.listed.clear();
        for &word in &self.massed {
            let state = &mut self.words[word as usize];
            if state.predicted != passage && state.used != passage {
                state.predicted = passage;
                self.foretold += 1;
            }
            self.listed.push((word, state.mass));
        }
        let order = |&(word, mass): &(u32, u32)| (std::cmp::Reverse(mass), word);
        if self.listed.len() > LISTED {
            self.listed.select_nth_unstable_by_key(LISTED - 1, order);
            self.listed.truncate(LISTED);
        }
        self.listed.sort_unstable_by_key(order);
    }

    /// A text ends, and with it the passage.
    pub fn end_text(&mut self) {
        if self.settings.groups && !self.passage.is_empty() {
            self.end_passage();
        }
    }

    fn end_passage(&mut self) {
        let number = self.learner.passages() + 1;
        let foretold = |&&word: &&u32| self.words[word as usize].predicted == number;
        let kept = self.passage.iter().filter(foretold).count() as u64;
        self.counts.predicted += self.foretold;
        self.counts.hallucinated += self.foretold - kept;
        self.foretold = 0;
        let passage = std::mem::take(&mut self.passage);
        let words = &self.words;
        self.learner.learn(
            &mut self.store,
            &passage,
            |word| words[word as usize].frequency,
            &self.settings,
            &mut self.counts,
        );
        // Groups may have gone or changed.
        let store = &self.store;
        self.awake.retain(|&id| store.get(id).awake);
        self.refresh();
    }
}
