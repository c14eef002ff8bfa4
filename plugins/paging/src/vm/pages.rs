//! The page table: where each page of a session is, and what is known of it.
//!
//! A page is in one of five tiers. The original's table listed tiers that nothing moved pages
//! between; here a page changes its place only by [`PageTable::set`], which keeps the sizes of
//! the tiers with it and writes the [`log`](super::log), so that a budget can be asked for, and
//! any turn had again, at any time.

use std::collections::{HashMap, VecDeque};

use super::level::Level;
use super::log::{Cause, Log, Mutation, Place};

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// L0: in the context.
    Context,
    /// L1: at hand, to be put into the context without loading.
    Hot,
    /// L2: in the session's store.
    Store,
    /// L3: in files of its own: it would fill a quarter of the resident tiers or more.
    Files,
    /// L4: in the store or a file, and not asked for in [`AGE`] turns.
    Archive,
}

impl Tier {
    /// All, from the context down.
    pub const ALL: [Tier; 5] = [Tier::Context, Tier::Hot, Tier::Store, Tier::Files, Tier::Archive];

    /// Whether a page of this tier counts against the cache's capacity.
    pub fn is_resident(self) -> bool {
        self <= Tier::Hot
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ["context", "at hand", "store", "files", "archive"][self as usize]
    }
}

/// Turns without an access after which a page that left is in the archive.
pub const AGE: u64 = 100;

/// What is known of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it is and how much of it.
    pub place: Place,
    /// Its size there, in the trace's unit.
    pub size: u64,
    /// The turn in which it last came into the context or left the resident tiers.
    pub moved: u64,
    /// How often it was accessed.
    pub accesses: u64,
    /// Whether it was written after it was loaded.
    pub dirty: bool,
}

/// Pages by key, the size of each tier, and the log.
#[derive(Debug, Clone, Default)]
pub struct PageTable {
    entries: HashMap<u64, Entry>,
    sizes: [u64; 5],
    turn: u64,
    /// Pages that left the resident tiers, and when, the first first.
    left: VecDeque<(u64, u64)>,
    /// What changed.
    pub log: Log,
}

impl PageTable {
    /// An empty one with this log.
    pub fn new(log: Log) -> Self {
        Self { log, ..Self::default() }
    }

    /// A turn begins: what has aged is archived. Turns do not fall; one that does counts as the
    /// last.
    pub fn begin_turn(&mut self, turn: u64) {
        self.turn = self.turn.max(turn);
        while let Some((key, left)) = self.left.pop_front_if(|(_, left)| *left + AGE <= self.turn) {
            let waits = |entry: &&Entry| entry.moved == left && !entry.place.tier.is_resident();
            if let Some(entry) = self.entries.get(&key).filter(waits) {
                let to = Place { tier: Tier::Archive, ..entry.place };
                self.set(key, to, entry.size, Cause::Age);
            }
        }
    }

    /// The turn.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// What is known of a page.
    pub fn get(&self, key: u64) -> Option<&Entry> {
        self.entries.get(&key)
    }

    /// The size of the pages of a tier together.
    pub fn size(&self, tier: Tier) -> u64 {
        self.sizes[tier as usize]
    }

    /// The size of the resident pages together.
    pub fn resident(&self) -> u64 {
        self.size(Tier::Context) + self.size(Tier::Hot)
    }

    /// Notes an access; what was known of the page before, if it was known. A page that is new
    /// begins in the context; one whose size changed takes its new size along.
    pub fn access(&mut self, key: u64, size: u64, writes: bool) -> Option<Entry> {
        let before = self.entries.get(&key).copied();
        if before.is_none() {
            let place = Place { tier: Tier::Context, level: Level::Full };
            let moved = self.turn;
            self.entries.insert(key, Entry { place, size: 0, moved, accesses: 0, dirty: false });
            self.note(key, None, place, Cause::Came);
        }
        if let Some(entry) = self.entries.get_mut(&key) {
            let tier = &mut self.sizes[entry.place.tier as usize];
            *tier = *tier - entry.size + size;
            entry.size = size;
            entry.accesses += 1;
            entry.dirty |= writes;
        }
        before
    }

    /// Moves a page as it is; nothing if the page is unknown.
    pub fn move_to(&mut self, key: u64, tier: Tier, cause: Cause) {
        if let Some(Entry { place, size, .. }) = self.entries.get(&key).copied() {
            self.set(key, Place { tier, ..place }, size, cause);
        }
    }

    /// Puts a page somewhere, where it has this size; nothing if the page is unknown.
    pub fn set(&mut self, key: u64, to: Place, size: u64, cause: Cause) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let from = std::mem::replace(&mut entry.place, to);
        self.sizes[from.tier as usize] -= std::mem::replace(&mut entry.size, size);
        self.sizes[to.tier as usize] += size;
        if from.tier != to.tier && to.tier != Tier::Archive {
            entry.moved = self.turn;
        }
        entry.dirty &= to.tier.is_resident();
        if from.tier.is_resident() && !to.tier.is_resident() {
            self.left.push_back((key, self.turn));
        }
        if from != to {
            self.note(key, Some(from), to, cause);
        }
    }

    fn note(&mut self, key: u64, from: Option<Place>, to: Place, cause: Cause) {
        self.log.add(Mutation { turn: self.turn, key, from, to, cause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn tiers_have_the_size_of_their_pages(
            steps in prop::collection::vec((0u64..9, 1u64..50, 0usize..6), 0..200),
        ) {
            let mut table = PageTable::default();
            for (turn, (key, size, to)) in (0..).zip(steps) {
                table.begin_turn(turn);
                match Tier::ALL.get(to) {
                    Some(&tier) => table.move_to(key, tier, Cause::Room),
                    None => _ = table.access(key, size, size % 2 == 0),
                }
                for tier in Tier::ALL {
                    let of = (0..9).filter_map(|key| table.get(key));
                    let of = of.filter(|page| page.place.tier == tier);
                    prop_assert_eq!(table.size(tier), of.map(|page| page.size).sum::<u64>());
                }
            }
        }

        /// The log alone gives back the table of every turn.
        #[test]
        fn any_turn_can_be_had_again(
            steps in prop::collection::vec((0u64..4, 0u64..9, 0usize..6, 0u64..4), 0..200),
        ) {
            let mut table = PageTable::new(Log::keeping());
            let mut turns: BTreeMap<u64, BTreeMap<u64, Place>> = BTreeMap::new();
            let mut turn = 0;
            for (later, key, to, level) in steps {
                turn += later * later * later * 3;
                table.begin_turn(turn);
                let place = |tier| Place { tier, level: Level::from_number(level).unwrap() };
                match Tier::ALL.get(to) {
                    Some(&tier) => table.set(key, place(tier), level, Cause::Room),
                    None => _ = table.access(key, 1, false),
                }
                let all = (0..9).filter_map(|key| Some((key, table.get(key)?.place)));
                turns.insert(turn, all.collect());
            }
            for (turn, places) in turns {
                prop_assert_eq!(table.log.replay(turn), places);
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_is_archived() {
        let mut table = PageTable::default();
        table.access(1, 1, false);
        table.access(2, 1, false);
        table.move_to(1, Tier::Store, Cause::Room);
        table.move_to(2, Tier::Store, Cause::Room);
        table.begin_turn(AGE - 1);
        table.move_to(2, Tier::Context, Cause::Asked);
        table.move_to(2, Tier::Store, Cause::Room);
        table.begin_turn(AGE);
        let tier = |key| table.get(key).map(|page| page.place.tier);
        assert_eq!([tier(1), tier(2)], [Some(Tier::Archive), Some(Tier::Store)]);
        assert_eq!(table.log.counts(), [2, 1, 3, 0, 1]);
    }
}
