//! The page table: where each page of a session is, and what is known of it.
//!
//! A page is in one of five tiers. The original's table listed tiers that nothing moved pages
//! between; here a page changes its tier only by [`PageTable::move_to`], which keeps the sizes
//! of the tiers with it, so that a budget can be asked for at any time.

use std::collections::HashMap;

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// L0: in the context.
    Context,
    /// L1: at hand, to be put into the context without loading.
    Hot,
    /// L2: in the session's store.
    Store,
    /// L3: in files of its own, where its size says so.
    Files,
    /// L4: written once and not asked for since.
    Archive,
}

impl Tier {
    /// All, from the context down.
    pub const ALL: [Tier; 5] = [Tier::Context, Tier::Hot, Tier::Store, Tier::Files, Tier::Archive];

    /// Whether a page of this tier counts against the cache's capacity.
    pub fn is_resident(self) -> bool {
        self <= Tier::Hot
    }
}

/// What is known of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub tier: Tier,
    /// Its size in the trace's unit.
    pub size: u64,
    /// The turn in which it last came into the context or left the resident tiers.
    pub moved: u64,
    /// How often it was accessed.
    pub accesses: u64,
    /// Whether it was written after it was loaded.
    pub dirty: bool,
}

/// Pages by key, and the size of each tier.
#[derive(Debug, Clone, Default)]
pub struct PageTable {
    entries: HashMap<u64, Entry>,
    sizes: [u64; 5],
}

impl PageTable {
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

    /// Notes an access. A page that is new begins in the store; one whose size changed takes its
    /// new size along.
    pub fn access(&mut self, key: u64, size: u64, writes: bool, turn: u64) -> Entry {
        let entry = self.entries.entry(key).or_insert_with(|| {
            self.sizes[Tier::Store as usize] += size;
            Entry { tier: Tier::Store, size, moved: turn, accesses: 0, dirty: false }
        });
        let tier = &mut self.sizes[entry.tier as usize];
        *tier = *tier - entry.size + size;
        entry.size = size;
        entry.accesses += 1;
        entry.dirty |= writes;
        *entry
    }

    /// Moves a page; nothing if the page is unknown.
    pub fn move_to(&mut self, key: u64, tier: Tier, turn: u64) {
        if let Some(entry) = self.entries.get_mut(&key) {
            self.sizes[entry.tier as usize] -= entry.size;
            self.sizes[tier as usize] += entry.size;
            entry.tier = tier;
            entry.moved = turn;
            entry.dirty &= tier.is_resident();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tiers_have_the_size_of_their_pages(
            steps in prop::collection::vec((0u64..9, 1u64..50, 0usize..6), 0..200),
        ) {
            let mut table = PageTable::default();
            for (turn, (key, size, to)) in (0..).zip(steps) {
                match Tier::ALL.get(to) {
                    Some(&tier) => table.move_to(key, tier, turn),
                    None => _ = table.access(key, size, size % 2 == 0, turn),
                }
                for tier in Tier::ALL {
                    let of = (0..9).filter_map(|key| table.get(key)).filter(|page| page.tier == tier);
                    prop_assert_eq!(table.size(tier), of.map(|page| page.size).sum::<u64>());
                }
            }
        }
    }
}
