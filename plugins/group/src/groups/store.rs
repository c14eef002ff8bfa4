//! Groups and the index from words to the groups that hold them.
//!
//! Cost: 8 bytes per member, 4 per index entry, about 80 per group.

/// One of a member's count.
pub const UNIT: u32 = 128;
/// A count from which a word is a member; below, it is on trial.
pub const MEMBER: u32 = 2 * UNIT;
/// No count grows above this.
const MOST: u32 = 32 * UNIT;
/// Words a group has at most, those on trial included.
const LARGEST: usize = 64;
/// Groups one word is a member of at most.
const HOLDERS: usize = 24;

/// A word in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The word.
    pub word: u32,
    /// How firmly it belongs, in units of 1 / [`UNIT`].
    pub count: u32,
}

/// A set of words that occur together.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// By word.
    words: Vec<Member>,
    weight: u32,
    size: u32,
    /// 256 is neutral; it grows when predictions come true.
    pub salience: u32,
    /// Passages since it was made, or last checked for a split, in which it took part.
    pub uses: u32,
    /// The passage in which it took part last.
    pub used: u32,
    wakefulness: u32,
    woken: u32,
    /// Whether it is in the list of groups awake.
    pub awake: bool,
    /// Whether its members have mass.
    pub active: bool,
}

impl Group {
    /// The members, by word; words on trial are not among them.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        self.words.iter().copied().filter(|member| member.count >= MEMBER)
    }

    /// How many members there are.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The sum of the members' counts.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// A member was read that weighs `evidence`.
    pub fn wake(&mut self, step: u32, half_life: u32, evidence: u32) {
        let now = self.wakefulness(step, half_life);
        self.wakefulness = (now + evidence).min(1 << 16);
        self.woken = step;
    }

    fn wakefulness(&self, step: u32, half_life: u32) -> u32 {
        let (halves, part) = ((step - self.woken) / half_life, (step - self.woken) % half_life);
        let left = self.wakefulness.checked_shr(halves).unwrap_or(0);
        left - (u64::from(left) * u64::from(part) / (2 * u64::from(half_life))) as u32
    }

    /// Wakefulness and salience together.
    pub fn strength(&self, step: u32, half_life: u32) -> u64 {
        u64::from(self.wakefulness(step, half_life)) * u64::from(self.salience)
    }

    /// A prediction came true.
    pub fn earn(&mut self) {
        self.salience = (self.salience + 6).min(1024);
    }

    fn recount(&mut self) {
        self.weight = self.members().map(|member| member.count).sum();
        self.size = self.members().count() as u32;
    }
}

/// All groups.
#[derive(Debug, Clone, Default)]
pub struct Store {
    groups: Vec<Group>,
    free: Vec<u32>,
    holders: Vec<Vec<u32>>,
}

impl Store {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of all groups, in order.
    pub fn numbers(&self) -> Vec<u32> {
        (0..self.groups.len() as u32).filter(|&id| !self.get(id).words.is_empty()).collect()
    }

    /// A group by number.
    pub fn get(&self, id: u32) -> &Group {
        &self.groups[id as usize]
    }

    /// A group by number; its words are changed through the store only.
    pub fn get_mut(&mut self, id: u32) -> &mut Group {
        &mut self.groups[id as usize]
    }

    /// The groups a word is a member of.
    pub fn holders(&self, word: u32) -> &[u32] {
        self.holders.get(word as usize).map_or(&[], Vec::as_slice)
    }

    /// Makes a group of distinct words.
    pub fn create(&mut self, words: &[Member], salience: u32, passage: u32) -> u32 {
        let id = self.free.pop().unwrap_or_else(|| {
            self.groups.push(Group::default());
            self.groups.len() as u32 - 1
        });
        self.groups[id as usize] = Group { salience, used: passage, ..Group::default() };
        self.change(id, |all| all.extend_from_slice(words));
        id
    }

    /// Changes the words of a group, and what follows from them: a group left with fewer than
    /// two members is forgotten. Returns whether it lives.
    pub fn change(&mut self, id: u32, change: impl FnOnce(&mut Vec<Member>)) -> bool {
        let group = &mut self.groups[id as usize];
        let before: Vec<u32> = group.members().map(|member| member.word).collect();
        change(&mut group.words);
        group.words.iter_mut().for_each(|member| member.count = member.count.min(MOST));
        group.words.retain(|member| member.count > 0);
        if group.words.len() > LARGEST {
            group.words.sort_by_key(|m| (std::cmp::Reverse(m.count), m.word));
            group.words.truncate(LARGEST);
        }
        group.words.sort_by_key(|member| member.word);
        // A word that is everywhere tells nothing: it joins no further group.
        let holders = &self.holders;
        for member in &mut group.words {
            let full = holders.get(member.word as usize).is_some_and(|list| list.len() >= HOLDERS);
            if full && member.count >= MEMBER && before.binary_search(&member.word).is_err() {
                member.count = MEMBER - 1;
            }
        }
        group.recount();
        let lives = group.size >= 2;
        if !lives {
            *group = Group::default();
            self.free.push(id);
        }
        let after: Vec<u32> = group.members().map(|member| member.word).collect();
        for &word in before.iter().filter(|word| after.binary_search(word).is_err()) {
            self.holders[word as usize].retain(|&holder| holder != id);
        }
        for &word in after.iter().filter(|word| before.binary_search(word).is_err()) {
            if self.holders.len() <= word as usize {
                self.holders.resize(word as usize + 1, Vec::new());
            }
            self.holders[word as usize].push(id);
        }
        lives
    }

    /// Forgets a group.
    pub fn remove(&mut self, id: u32) {
        self.change(id, Vec::clear);
    }

    /// Groups that share members with `words`, and how many, in the order of their numbers.
    pub fn overlaps(&self, words: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
        let mut found: Vec<u32> = words.flat_map(|word| self.holders(word)).copied().collect();
        found.sort_unstable();
        let mut counted: Vec<(u32, u32)> = Vec::new();
        for id in found {
            match counted.last_mut() {
                Some((last, times)) if *last == id => *times += 1,
                _ => counted.push((id, 1)),
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(word: u32, count: u32) -> Member {
        Member { word, count }
    }

    #[test]
    fn a_group_on_trial_does_not_live() {
        let mut store = Store::default();
        let id = store.create(&[member(3, MEMBER), member(1, MEMBER), member(2, 5)], 256, 0);
        assert_eq!((store.len(), store.get(id).size()), (1, 2));
        assert_eq!((store.holders(3), store.holders(2)), (&[id][..], &[][..]));
        assert!(!store.change(id, |words| words[0].count -= 1));
        assert!(store.is_empty() && store.holders(3).is_empty());
    }

    #[test]
    fn wakefulness_halves() {
        let mut group = Group { salience: 1, ..Group::default() };
        group.wake(10, 8, 1000);
        assert_eq!(group.strength(18, 8), 500);
        assert_eq!(group.strength(14, 8), 750);
        assert_eq!(group.strength(10_000, 8), 0);
    }

    proptest! {
        #[test]
        fn the_index_mirrors_the_members(changes in prop::collection::vec((0u32..6, 0u32..30, 0u32..700), 0..200)) {
            let mut store = Store::default();
            for (id, word, count) in changes {
                if (id as usize) < store.groups.len() && !store.get(id).words.is_empty() {
                    store.change(id, |words| {
                        words.retain(|m| m.word != word);
                        words.push(member(word, count));
                    });
                } else {
                    store.create(&[member(word, count), member(word + 1, MEMBER)], 256, 0);
                }
            }
            for word in 0..31 {
                let mut held = store.holders(word).to_vec();
                held.sort_unstable();
                let holds = |&id: &u32| store.get(id).members().any(|m| m.word == word);
                let expected: Vec<u32> = store.numbers().into_iter().filter(holds).collect();
                prop_assert_eq!(held, expected);
            }
        }
    }
}
