//! Which groups a line makes active, and what groups learn from it.

use super::exact::ln;
use super::features::UNIVERSE;
use super::hash::Map;
use super::pairs::Pairs;
use super::store::{Store, jaccard};

/// Groups active at once.
pub const TOP_K: usize = 16;
/// Scores from here on can be active. Every group that shares a feature reaches it.
const THRESHOLD: f64 = 0.05;
/// What a feature of the line gains in an active group, and what an absent member loses.
const GAIN: f64 = 0.2;
const LOSS: f64 = 0.05;
/// A surprise must be so much of the line for its pattern to be noted.
const NOTED: f64 = 0.2;
/// Groups this similar are merged.
const MERGED: f64 = 0.8;

/// What the groups make of a line.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The features of the line, in the order in which they were found.
    pub features: Vec<u32>,
    /// Active groups, best first.
    pub active: Vec<u32>,
    /// All members of active groups, ascending.
    pub reconstructed: Vec<u32>,
    /// Features no active group has, ascending.
    pub surprise: Vec<u32>,
    /// Members that are not in the line, ascending.
    pub hallucination: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Pattern {
    features: Vec<u32>,
    seen: u64,
}

/// What is remembered to make groups from.
#[derive(Debug, Clone)]
pub struct Learner {
    /// Lines for which a pattern is remembered.
    patience: u64,
    lines: u64,
    frequencies: Vec<u32>,
    pairs: Pairs,
    patterns: Map<u32, Pattern>,
    /// `0.005 ln(size + 1)` by size.
    penalties: Vec<f64>,
    marks: Marks,
}

/// A set of features that is emptied at once.
#[derive(Debug, Clone, Default)]
struct Marks {
    stamps: Vec<u64>,
    now: u64,
}

impl Marks {
    fn clear(&mut self) {
        self.now += 1;
    }

    fn add(&mut self, feature: u32) {
        let feature = feature as usize;
        if feature >= self.stamps.len() {
            self.stamps.resize(feature + 1, 0);
        }
        self.stamps[feature] = self.now;
    }

    fn has(&self, feature: u32) -> bool {
        self.stamps.get(feature as usize).is_some_and(|&stamp| stamp == self.now)
    }

    /// Takes a feature out; says whether it was in.
    fn take(&mut self, feature: u32) -> bool {
        let had = self.has(feature);
        if had {
            self.stamps[feature as usize] = 0;
        }
        had
    }
}

impl Learner {
    /// Nothing learned; patterns are forgotten after `patience` lines.
    pub fn new(patience: u64) -> Self {
        Self {
            patience,
            lines: 0,
            frequencies: Vec::new(),
            pairs: Pairs::default(),
            patterns: Map::default(),
            penalties: Vec::new(),
            marks: Marks::default(),
        }
    }

    /// Chooses the active groups by looking at the line itself: best scores first, each with a
    /// feature of the line that none before it has.
    pub fn look(&mut self, features: Vec<u32>, store: &Store, holders: &[(u32, u32)]) -> Seen {
        let mut scored: Vec<(u32, f64)> = Vec::with_capacity(holders.len());
        for &(number, shared) in holders {
            let score = self.score(number, shared, features.len(), store);
            if score >= THRESHOLD {
                scored.push((number, score));
            }
        }
        scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        self.marks.clear();
        features.iter().for_each(|&feature| self.marks.add(feature));
        let (mut active, mut reconstructed) = (Vec::new(), Vec::new());
        for (number, _) in scored {
            if active.len() == TOP_K {
                break;
            }
            let members = store.get(number).map_or(&[][..], |group| &group.members);
            let explained = members.iter().filter(|&&member| self.marks.take(member)).count();
            if explained > 0 {
                active.push(number);
                reconstructed.extend_from_slice(members);
            }
        }
        reconstructed.sort_unstable();
        reconstructed.dedup();
        self.split(features, active, reconstructed)
    }

    /// What of a line given groups explain, and what they add to it.
    pub fn explain(&mut self, features: Vec<u32>, active: Vec<u32>, store: &Store) -> Seen {
        let members = |&number: &u32| store.get(number).map_or(&[][..], |group| &group.members);
        let mut reconstructed: Vec<u32> = active.iter().flat_map(members).copied().collect();
        reconstructed.sort_unstable();
        reconstructed.dedup();
        self.split(features, active, reconstructed)
    }

    fn split(&mut self, features: Vec<u32>, active: Vec<u32>, reconstructed: Vec<u32>) -> Seen {
        self.marks.clear();
        features.iter().for_each(|&feature| self.marks.add(feature));
        let absent = |&&feature: &&u32| !self.marks.has(feature);
        let hallucination = reconstructed.iter().filter(absent).copied().collect();
        let unexplained =
            |&&feature: &&u32| feature < UNIVERSE && reconstructed.binary_search(&feature).is_err();
        let mut surprise: Vec<u32> = features.iter().filter(unexplained).copied().collect();
        surprise.sort_unstable();
        Seen { features, active, reconstructed, surprise, hallucination }
    }

    /// Half the share of the group that is in the line and of the line that is in the group, less
    /// a little for size, more for salience.
    fn score(&mut self, number: u32, shared: u32, line: usize, store: &Store) -> f64 {
        let Some(group) = store.get(number) else { return 0.0 };
        let size = group.members.len();
        while self.penalties.len() <= size {
            self.penalties.push(0.01 * ln(self.penalties.len() as f64 + 1.0) * 0.5);
        }
        let shared = f64::from(shared);
        let coverage = (shared / size as f64 + shared / line as f64) / 2.0;
        coverage - self.penalties[size] + 0.1 * group.salience + 0.05
    }

    /// How much a line teaches, without reward: novelty counts, and that some group was active.
    pub fn importance(seen: &Seen) -> f64 {
        let novelty = seen.surprise.len() as f64 / seen.features.len().max(1) as f64;
        let stability = if seen.active.is_empty() { 0.0 } else { 0.5 };
        let raw = 0.25 * novelty.min(1.0) + 0.2 * stability;
        0.7 * (raw + 0.1).clamp(0.1, 1.0) + 0.3 * 0.2
    }

    /// Every feature of the line grows in every active group, whatever the group explains; absent
    /// members shrink.
    pub fn update(seen: &Seen, importance: f64, store: &mut Store) {
        for &number in &seen.active {
            store.strengthen(number, &seen.features, GAIN * importance);
            store.weaken(number, &seen.hallucination, LOSS * importance);
        }
    }

    /// Makes at most one group from a line.
    pub fn create(&mut self, seen: &Seen, store: &mut Store, line: u64) {
        self.count(&seen.features);
        if self.lines.is_multiple_of(500) {
            self.pairs.bound(20_000, 10_000);
        }
        if self.lines.is_multiple_of(100) && self.create_from_pairs(store, line) {
            return;
        }
        let (surprise, features) = (seen.surprise.len(), seen.features.len());
        let share = surprise as f64 / features.max(1) as f64;
        if share >= NOTED && surprise >= 2 && self.create_from_pattern(seen, store, line) {
            return;
        }
        if surprise >= 5 && share > 0.7 {
            let frequent = |&&feature: &&u32| self.frequencies[feature as usize] >= 2;
            let first = seen.features.iter().filter(frequent).take(10);
            let mut members: Vec<u32> = first.copied().collect();
            if members.len() >= 2 {
                members.retain(|&feature| feature < UNIVERSE);
                members.sort_unstable();
                store.create(members, 0.4, line);
            }
        }
    }

    /// Counts all features, and the pairs of the first eight: the first words of the line.
    fn count(&mut self, features: &[u32]) {
        self.lines += 1;
        for &feature in features {
            let feature = feature as usize;
            if feature >= self.frequencies.len() {
                self.frequencies.resize(feature + 1, 0);
            }
            self.frequencies[feature] = self.frequencies[feature].saturating_add(1);
        }
        let first = &features[..features.len().min(8)];
        for (at, &a) in first.iter().enumerate() {
            first[at + 1..].iter().for_each(|&b| self.pairs.count(a, b));
        }
    }

    /// The most frequent pair, with those of the next nine that share a feature with it.
    fn create_from_pairs(&mut self, store: &mut Store, line: u64) -> bool {
        let least = (self.lines as f64 * 0.01).floor() as u64;
        let frequent = self.pairs.frequent(least.max(3));
        let Some(&top) = frequent.first() else { return false };
        let touches = |pair: &&(u32, u32)| {
            [pair.0, pair.1].iter().any(|&feature| feature == top.0 || feature == top.1)
        };
        let others = frequent[1..].iter().take(9).filter(touches);
        let mut members = vec![top.0, top.1];
        others.for_each(|pair| members.extend([pair.0, pair.1]));
        members.retain(|&feature| feature < UNIVERSE);
        members.sort_unstable();
        members.dedup();
        let holders = store.holders(&members);
        let similar = |&(number, _): &(u32, u32)| {
            store.get(number).is_some_and(|group| jaccard(&group.members, &members) > 0.6)
        };
        if members.len() < 2 || holders.iter().any(similar) {
            return false;
        }
        self.pairs.remove(top);
        store.create(members, 0.6, line);
        true
    }

    /// What comes a second time among surprises with the same first ten features.
    fn create_from_pattern(&mut self, seen: &Seen, store: &mut Store, line: u64) -> bool {
        let first = seen.surprise.iter().take(10);
        let hash = first.fold(0u32, |hash, &feature| hash.wrapping_mul(31).wrapping_add(feature));
        let mut repeated = None;
        if let Some(pattern) = self.patterns.get_mut(&hash) {
            let mut common = pattern.features.clone();
            common.retain(|feature| seen.surprise.binary_search(feature).is_ok());
            if common.len() >= 2 {
                pattern.seen = line;
                repeated = Some(common);
            }
        } else {
            let pattern = Pattern { features: seen.surprise.clone(), seen: line };
            self.patterns.insert(hash, pattern);
        }
        if self.lines.is_multiple_of(50) {
            self.patterns.retain(|_, pattern| line - pattern.seen <= self.patience);
        }
        let Some(members) = repeated else { return false };
        self.patterns.remove(&hash);
        store.create(members, 0.5, line);
        true
    }

    /// Merges similar groups into the larger ones.
    pub fn consolidate(store: &mut Store) {
        let size = |store: &Store, number| store.get(number).map_or(0, |g| g.members.len());
        let mut order = store.alive().to_vec();
        order.sort_by_key(|&number| std::cmp::Reverse(size(store, number)));
        let mut done: Map<u32, ()> = Map::default();
        for primary in order {
            let Some(group) = store.get(primary) else { continue };
            let members = group.members.clone();
            for (other, _) in store.holders(&members) {
                if other == primary || done.contains_key(&other) {
                    continue;
                }
                let (Some(group), Some(candidate)) = (store.get(primary), store.get(other)) else {
                    continue;
                };
                // Sets of too different sizes cannot be similar.
                let sizes = (group.members.len() as f64, candidate.members.len() as f64);
                let possible = sizes.0.min(sizes.1) >= MERGED * sizes.0.max(sizes.1);
                if possible && jaccard(&group.members, &candidate.members) >= MERGED {
                    store.merge(primary, other);
                }
            }
            done.insert(primary, ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(features: &[u32], store: &mut Store, learner: &mut Learner) -> Seen {
        let holders = store.holders(features);
        learner.look(features.to_vec(), store, &holders)
    }

    #[test]
    fn a_line_is_explained_greedily() {
        let (mut store, mut learner) = (Store::new(100), Learner::new(480));
        store.create(vec![1, 2, 3], 0.5, 0);
        store.create(vec![1, 2], 0.5, 0);
        store.create(vec![3, 9], 0.5, 0);
        store.create(vec![7, 8], 0.5, 0);
        let seen = seen(&[3, 1, 2, 5, 200_000], &mut store, &mut learner);
        assert_eq!(seen.active, [0], "the others explain nothing more");
        assert_eq!((seen.surprise, seen.hallucination), (vec![5], vec![]));
    }

    #[test]
    fn frequent_features_end_in_every_active_group() {
        let (mut store, mut learner) = (Store::new(100), Learner::new(480));
        store.create(vec![1, 2], 0.5, 0);
        for _ in 0..100 {
            let seen = seen(&[1, 2, 77], &mut store, &mut learner);
            Learner::update(&seen, Learner::importance(&seen), &mut store);
        }
        assert_eq!(store.get(0).map(|group| group.members.clone()), Some(vec![1, 2, 77]));
    }

    #[test]
    fn a_surprise_that_comes_again_becomes_a_group() {
        let (mut store, mut learner) = (Store::new(100), Learner::new(480));
        let lines = [vec![1, 2, 3, 4], vec![9, 10], vec![1, 2, 3, 4]];
        for (line, features) in (0..).zip(&lines) {
            let seen = seen(features, &mut store, &mut learner);
            learner.create(&seen, &mut store, line);
        }
        assert_eq!(store.get(0).map(|group| group.members.clone()), Some(vec![1, 2, 3, 4]));
        assert_eq!(store.alive().len(), 1);
    }

    #[test]
    fn similar_groups_become_one() {
        let mut store = Store::new(100);
        store.create(vec![1, 2, 3, 4], 0.4, 0);
        store.create(vec![1, 2, 3, 4, 5], 0.5, 0);
        store.create(vec![5, 6, 7], 0.5, 0);
        Learner::consolidate(&mut store);
        assert_eq!(store.alive(), [1, 2]);
        assert_eq!(store.get(1).map(|group| group.members.len()), Some(5));
    }
}
