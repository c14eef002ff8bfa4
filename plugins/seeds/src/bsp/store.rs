//! The groups and the inverted index over their members.

use super::features::UNIVERSE;
use super::hash::Map;

/// A set of features that occurred together.
#[derive(Debug, Clone)]
pub struct Group {
    /// In ascending order, all below [`UNIVERSE`].
    pub members: Vec<u32>,
    /// How firmly each feature belongs here, members and those on the way.
    pub counts: Map<u32, f64>,
    /// Set by how the group was made; it adds to each score.
    pub salience: f64,
    /// Decays survived.
    pub age: u32,
    /// The line in which it was last active.
    pub used: u64,
}

impl Group {
    fn has(&self, feature: u32) -> bool {
        self.members.binary_search(&feature).is_ok()
    }
}

/// Groups by number; numbers are never given again.
#[derive(Debug, Clone)]
pub struct Store {
    groups: Vec<Option<Box<Group>>>,
    /// The numbers of those that still are, ascending.
    alive: Vec<u32>,
    max_groups: usize,
    /// The groups that hold each feature, in the order in which they took it up: ties of scores
    /// are broken by it.
    index: Vec<Vec<u32>>,
    /// How many of the features asked for each group holds; zero between calls.
    shared: Vec<u32>,
    /// Groups merged into others, and groups that went otherwise.
    pub merged: u64,
    /// See `merged`.
    pub pruned: u64,
}

impl Store {
    /// No groups, and room for so many.
    pub fn new(max_groups: usize) -> Self {
        Self {
            groups: Vec::new(),
            alive: Vec::new(),
            max_groups,
            index: Vec::new(),
            shared: Vec::new(),
            merged: 0,
            pruned: 0,
        }
    }

    /// The numbers of the groups there are, oldest first.
    pub fn alive(&self) -> &[u32] {
        &self.alive
    }

    /// How many groups were ever made.
    pub fn created(&self) -> u64 {
        self.groups.len() as u64
    }

    /// A group, if it still is.
    pub fn get(&self, number: u32) -> Option<&Group> {
        self.groups.get(number as usize)?.as_deref()
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Group> {
        self.groups.get_mut(number as usize)?.as_deref_mut()
    }

    /// Notes that a group was active in a line.
    pub fn use_in(&mut self, number: u32, line: u64) {
        if let Some(group) = self.get_mut(number) {
            group.used = line;
        }
    }

    /// Makes a group. Its counts begin at 1, below the 2 that keep a member: the first line in
    /// which the group is active and a member is missing removes that member.
    pub fn create(&mut self, members: Vec<u32>, salience: f64, line: u64) {
        if self.alive.len() >= self.max_groups {
            self.drop_least_salient();
        }
        let number = self.groups.len() as u32;
        for &feature in &members {
            self.add_to_index(feature, number);
        }
        let counts = members.iter().map(|&feature| (feature, 1.0)).collect();
        let group = Group { members, counts, salience, age: 0, used: line };
        self.groups.push(Some(Box::new(group)));
        self.shared.push(0);
        self.alive.push(number);
    }

    /// The groups that hold any of these features, in the order in which they are met, with how
    /// many of the features each holds. Each feature is given once.
    pub fn holders(&mut self, features: &[u32]) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for &feature in features {
            for &number in self.index.get(feature as usize).map_or(&[][..], Vec::as_slice) {
                let shared = &mut self.shared[number as usize];
                if *shared == 0 {
                    found.push((number, 0));
                }
                *shared += 1;
            }
        }
        for (number, shared) in &mut found {
            *shared = std::mem::take(&mut self.shared[*number as usize]);
        }
        found
    }

    /// Adds `step` to the count of each of `features` in a group; 2 makes a member.
    pub fn strengthen(&mut self, number: u32, features: &[u32], step: f64) {
        let Some(group) = self.groups.get_mut(number as usize).and_then(Option::as_deref_mut)
        else {
            return;
        };
        let mut grown = Vec::new();
        for &feature in features {
            let count = group.counts.entry(feature).or_insert(0.0);
            *count += step;
            if *count >= 2.0 && feature < UNIVERSE && !group.has(feature) {
                let at = group.members.partition_point(|&member| member < feature);
                group.members.insert(at, feature);
                grown.push(feature);
            }
        }
        for feature in grown {
            self.add_to_index(feature, number);
        }
    }

    /// Takes `step` from the count of each member among `features`; below 2 it leaves.
    pub fn weaken(&mut self, number: u32, features: &[u32], step: f64) {
        for &feature in features {
            let Some(group) = self.get_mut(number) else { return };
            if !group.has(feature) {
                continue;
            }
            let count = (group.counts.get(&feature).copied().unwrap_or(0.0) - step).max(0.0);
            if count < 2.0 {
                group.counts.remove(&feature);
                self.remove_member(number, feature);
            } else {
                group.counts.insert(feature, count);
            }
        }
    }

    /// Takes 0.1 from every count; what reaches zero leaves. Groups unused for `idle` lines lose
    /// a thousandth of their salience.
    pub fn decay(&mut self, line: u64, idle: u64) {
        for number in self.alive.clone() {
            let Some(group) = self.get_mut(number) else { continue };
            group.age += 1;
            if line - group.used > idle {
                group.salience *= 0.999;
            }
            let mut gone = Vec::new();
            group.counts.retain(|&feature, count| {
                *count -= 0.1;
                if *count <= 0.0 {
                    gone.push(feature);
                }
                *count > 0.0
            });
            gone.retain(|&feature| group.has(feature));
            for feature in gone {
                self.remove_member(number, feature);
            }
        }
    }

    /// Removes groups of fewer than two members, old ones without salience, and those unused for
    /// `idle` lines.
    pub fn prune(&mut self, line: u64, idle: u64) {
        for number in self.alive.clone() {
            let worthless = self.get(number).is_some_and(|group| {
                group.members.len() < 2
                    || group.salience < 0.01 && group.age > 100
                    || line - group.used > idle
            });
            if worthless && self.take(number).is_some() {
                self.pruned += 1;
            }
        }
    }

    /// Moves all that `from` holds to `into`.
    pub fn merge(&mut self, into: u32, from: u32) {
        let Some(source) = self.take(from) else { return };
        self.merged += 1;
        let Some(target) = self.groups.get_mut(into as usize).and_then(Option::as_deref_mut) else {
            return;
        };
        for (&feature, count) in &source.counts {
            *target.counts.entry(feature).or_insert(0.0) += count;
        }
        target.salience = target.salience.max(source.salience);
        let mut added = source.members;
        added.retain(|&feature| !target.has(feature));
        target.members.extend_from_slice(&added);
        target.members.sort_unstable();
        for feature in added {
            self.add_to_index(feature, into);
        }
    }

    /// Lists the groups of each feature by their age, as after they were written and read.
    pub fn sort_index(&mut self) {
        self.index.iter_mut().for_each(|numbers| numbers.sort_unstable());
    }

    fn drop_least_salient(&mut self) {
        let mut numbers = self.alive.clone();
        let salience = |&number: &u32| self.get(number).map_or(0.0, |group| group.salience);
        numbers.sort_by(|a, b| salience(a).total_cmp(&salience(b)));
        numbers.truncate((numbers.len() / 10).max(1));
        for number in numbers {
            self.pruned += u64::from(self.take(number).is_some());
        }
    }

    /// Takes a group out.
    fn take(&mut self, number: u32) -> Option<Group> {
        let group = *self.groups.get_mut(number as usize)?.take()?;
        if let Ok(at) = self.alive.binary_search(&number) {
            self.alive.remove(at);
        }
        for &feature in &group.members {
            self.remove_from_index(feature, number);
        }
        Some(group)
    }

    fn remove_member(&mut self, number: u32, feature: u32) {
        let Some(group) = self.get_mut(number) else { return };
        if let Ok(at) = group.members.binary_search(&feature) {
            group.members.remove(at);
            self.remove_from_index(feature, number);
        }
    }

    fn add_to_index(&mut self, feature: u32, number: u32) {
        let feature = feature as usize;
        if feature >= self.index.len() {
            self.index.resize_with(feature + 1, Vec::new);
        }
        self.index[feature].push(number);
    }

    fn remove_from_index(&mut self, feature: u32, number: u32) {
        let numbers = &mut self.index[feature as usize];
        if let Some(at) = numbers.iter().position(|&other| other == number) {
            numbers.remove(at);
        }
    }
}

/// The share of the union of two ascending sets that is in both.
pub fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        both += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    let union = a.len() + b.len() - both;
    if union == 0 { 0.0 } else { both as f64 / union as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The index lists exactly the members.
    fn check(store: &Store) {
        for &number in store.alive() {
            let group = store.get(number).expect("it is alive");
            assert!(group.members.is_sorted_by(|a, b| a < b));
            for &feature in &group.members {
                assert!(store.index[feature as usize].contains(&number));
            }
        }
        let members: usize = store
            .alive()
            .iter()
            .filter_map(|&number| store.get(number))
            .map(|g| g.members.len())
            .sum();
        assert_eq!(store.index.iter().map(Vec::len).sum::<usize>(), members);
        assert_eq!(store.created(), store.alive().len() as u64 + store.merged + store.pruned);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Create(Vec<u32>),
        Strengthen(u32, Vec<u32>),
        Weaken(u32, Vec<u32>),
        Merge(u32, u32),
        Decay,
        Prune,
    }

    fn act() -> impl Strategy<Value = Act> {
        let set =
            || prop::collection::btree_set(0u32..12, 0..6).prop_map(|s| s.into_iter().collect());
        prop_oneof![
            set().prop_map(Act::Create),
            (0u32..8, set()).prop_map(|(number, set)| Act::Strengthen(number, set)),
            (0u32..8, set()).prop_map(|(number, set)| Act::Weaken(number, set)),
            (0u32..8, 0u32..8).prop_map(|(a, b)| Act::Merge(a, b)),
            Just(Act::Decay),
            Just(Act::Prune),
        ]
    }

    proptest! {
        #[test]
        fn the_index_follows_the_members(acts in prop::collection::vec(act(), 0..60)) {
            let mut store = Store::new(6);
            for (line, act) in (0..).zip(acts) {
                match act {
                    Act::Create(members) => store.create(members, 0.5, line),
                    Act::Strengthen(number, set) => store.strengthen(number, &set, 0.8),
                    Act::Weaken(number, set) => store.weaken(number, &set, 0.3),
                    Act::Merge(a, b) if a != b && store.get(a).is_some() => store.merge(a, b),
                    Act::Merge(..) => {}
                    Act::Decay => store.decay(line, 5),
                    Act::Prune => store.prune(line, 20),
                }
                check(&store);
                prop_assert!(store.alive().len() <= 6);
            }
        }

        #[test]
        fn jaccard_is_that_of_sets(a in prop::collection::btree_set(0u32..20, 0..12), b in prop::collection::btree_set(0u32..20, 0..12)) {
            let both = a.intersection(&b).count() as f64;
            let union = a.union(&b).count().max(1) as f64;
            let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
            prop_assert!((jaccard(&a, &b) - both / union).abs() < 1e-12);
        }
    }

    #[test]
    fn a_new_member_leaves_at_its_first_absence() {
        let mut store = Store::new(10);
        store.create(vec![3, 5], 0.5, 0);
        store.weaken(0, &[5], 0.01);
        assert_eq!(store.get(0).map(|group| group.members.clone()), Some(vec![3]));
    }
}
