//! The working set: the context (L0) and what is at hand (L1), within one capacity.
//!
//! Three quarters of the capacity are the context's. A page that is accessed comes to its front;
//! the page at its back falls into L1, and the page at the back of L1 leaves. What the original
//! did otherwise, and what it cost there, is in the crate's README:
//!
//! * its context was a list that hits never moved a page in, so that it was first in, first out;
//! * its guard against thrashing only excluded pages, and its penalty was always 0. Here a page
//!   that comes back within [`SOON`] turns of leaving is protected: it is passed over
//!   when pages leave, up to [`MOST_PASSES`] times; where all are protected the one at
//!   the back leaves, so that there is always a victim;
//! * a page that was added twice was charged twice, and one that left leaked its tokens. Sizes
//!   are the page table's here, and move with the page.

use std::collections::{BTreeMap, HashMap};

use super::log::Cause;
use super::pages::{PageTable, Tier};

/// Turns after which coming back is no thrashing.
pub const SOON: u64 = 3;
/// How often a protected page is passed over.
pub const MOST_PASSES: u8 = 2;

/// Pages in order of use.
#[derive(Debug, Clone, Default)]
struct Queue {
    by_time: BTreeMap<u64, u64>,
    times: HashMap<u64, u64>,
}

impl Queue {
    fn touch(&mut self, key: u64, now: u64) {
        if let Some(before) = self.times.insert(key, now) {
            self.by_time.remove(&before);
        }
        self.by_time.insert(now, key);
    }

    fn remove(&mut self, key: u64) {
        if let Some(time) = self.times.remove(&key) {
            self.by_time.remove(&time);
        }
    }

    /// The page that was used longest ago.
    fn back(&self) -> Option<u64> {
        self.by_time.first_key_value().map(|(_, key)| *key)
    }
}

/// The resident pages of a session.
#[derive(Debug, Clone)]
pub struct WorkingSet {
    table: PageTable,
    context: Queue,
    hot: Queue,
    /// Passes that protected pages have left.
    passes: HashMap<u64, u8>,
    capacity: u64,
    clock: u64,
    /// Accesses that found their page in each tier; the others were to new pages.
    pub found: [u64; Tier::ALL.len()],
    /// Accesses.
    pub accesses: u64,
    /// How often a page was to leave for others, and how often it was passed over instead.
    pub chosen: [u64; 2],
}

impl WorkingSet {
    /// An empty one.
    pub fn new(capacity: u64) -> Self {
        Self {
            table: PageTable::default(),
            context: Queue::default(),
            hot: Queue::default(),
            passes: HashMap::new(),
            capacity,
            clock: 0,
            found: [0; Tier::ALL.len()],
            accesses: 0,
            chosen: [0; 2],
        }
    }

    /// A turn begins.
    pub fn begin_turn(&mut self, turn: u64) {
        self.table.begin_turn(turn);
    }

    /// The page table.
    pub fn table(&self) -> &PageTable {
        &self.table
    }

    /// One access; true if the page was resident. `gone` hears what leaves, the page itself if
    /// it has no room.
    pub fn access(
        &mut self,
        key: u64,
        size: u64,
        writes: bool,
        gone: &mut impl FnMut(u64),
    ) -> bool {
        let before = self.table.access(key, size, writes);
        self.accesses += 1;
        if let Some(page) = before {
            self.found[page.place.tier as usize] += 1;
        }
        let hit = before.is_some_and(|page| page.place.tier.is_resident());
        let left = before.filter(|_| !hit).map(|page| page.moved);
        if left.is_some_and(|left| self.table.turn() - left < SOON) {
            self.passes.insert(key, MOST_PASSES);
        }
        self.clock += 1;
        self.hot.remove(key);
        self.context.touch(key, self.clock);
        self.table.move_to(key, Tier::Context, Cause::Asked);
        if size > self.capacity {
            self.leave(key, Cause::Size, gone);
        }
        self.settle(gone);
        hit
    }

    /// Lets pages fall until both tiers are within their room.
    fn settle(&mut self, gone: &mut impl FnMut(u64)) {
        // A page larger than the context's share has the whole capacity to itself.
        let share = (self.capacity - self.capacity / 4).max(1);
        while self.table.size(Tier::Context) > share && self.context.by_time.len() > 1 {
            let Some(key) = self.context.back() else { break };
            self.clock += 1;
            self.context.remove(key);
            self.hot.touch(key, self.clock);
            self.table.move_to(key, Tier::Hot, Cause::Room);
        }
        while self.table.resident() > self.capacity {
            let Some(key) = self.victim() else { break };
            self.chosen[0] += 1;
            self.leave(key, Cause::Room, gone);
        }
    }

    /// The page that leaves: the one used longest ago, L1 before the context, that is not
    /// protected. Those that were passed over have one pass less; if all are protected, the
    /// first of them leaves.
    fn victim(&mut self) -> Option<u64> {
        let mut first = None;
        for &key in self.hot.by_time.values().chain(self.context.by_time.values()) {
            match self.passes.get_mut(&key).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    self.chosen[1] += 1;
                }
                None => return Some(key),
            }
            first = first.or(Some(key));
        }
        first
    }

    fn leave(&mut self, key: u64, cause: Cause, gone: &mut impl FnMut(u64)) {
        self.context.remove(key);
        self.hot.remove(key);
        self.passes.remove(&key);
        let size = self.table.get(key).map_or(0, |page| page.size);
        let tier = if size > self.capacity / 4 { Tier::Files } else { Tier::Store };
        self.table.move_to(key, tier, cause);
        gone(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(set: &mut WorkingSet, keys: &[u64]) -> Vec<bool> {
        keys.iter().map(|&key| set.access(key, 1, false, &mut |_| {})).collect()
    }

    #[test]
    fn a_hit_moves_a_page() {
        let mut set = WorkingSet::new(4);
        set.begin_turn(0);
        replay(&mut set, &[1, 2, 3, 4, 1]);
        set.begin_turn(9);
        // First in, first out would have lost 1.
        assert_eq!(replay(&mut set, &[5, 1]), [false, true]);
    }

    #[test]
    fn a_page_that_comes_back_soon_is_passed_over() {
        let mut set = WorkingSet::new(2);
        let mut gone = Vec::new();
        for (turn, key) in [(0, 1), (0, 2), (0, 3), (1, 1), (1, 4), (1, 5)] {
            set.begin_turn(turn);
            set.access(key, 1, false, &mut |key| gone.push(key));
        }
        assert_eq!(set.table().get(1).map(|page| page.place.tier), Some(Tier::Hot), "{gone:?}");
    }

    #[test]
    fn what_is_too_large_passes_through() {
        let mut set = WorkingSet::new(10);
        let mut gone = Vec::new();
        set.access(1, 4, true, &mut |key| gone.push(key));
        set.access(2, 11, false, &mut |key| gone.push(key));
        assert_eq!((gone, set.table().resident()), (vec![2], 4));
        assert_eq!(set.table().get(1).map(|page| page.dirty), Some(true));
    }
}
