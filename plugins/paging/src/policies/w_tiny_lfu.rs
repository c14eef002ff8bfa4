//! W-TinyLFU (G. Einziger, R. Friedman and B. Manes, TinyLFU: A Highly Efficient Cache
//! Admission Policy, TOS 2017).

use super::of_the_table;
use crate::policy::{Rules, bounded};
use crate::sketch::Sketch;
use crate::table::{List, Slot, Table};

/// New pages pass a small window. Who leaves it must have been seen more often of late than
/// the page it would displace from the main part, which is least recently used in two
/// segments: probation, and protected pages that were hit there.
#[derive(Debug)]
pub struct WTinyLfu {
    table: Table,
    capacity: u64,
    /// A hundredth, at least 1.
    window_capacity: u64,
    /// Four fifths of the rest.
    protected_capacity: u64,
    window: List,
    probation: List,
    protected: List,
    seen: Sketch,
}

impl WTinyLfu {
    /// The page of the main part that leaves next.
    fn victim(&self) -> Option<Slot> {
        self.table.oldest(self.probation).or_else(|| self.table.oldest(self.protected))
    }

    /// Lets pages out of the window, into the main part or out of the cache.
    fn settle(&mut self, gone: &mut impl FnMut(u64)) {
        while self.table.weight(self.window) > self.window_capacity {
            let Some(candidate) = self.table.oldest(self.window) else { break };
            if self.used() <= self.capacity {
                self.table.renew(candidate, self.probation);
                continue;
            }
            let often = |slot| self.seen.estimate(self.table.key(slot));
            let loser = match self.victim() {
                Some(victim) if often(candidate) > often(victim) => victim,
                _ => candidate,
            };
            gone(self.table.remove(loser));
        }
        self.make_room(0, gone);
    }
}

impl Rules for WTinyLfu {
    of_the_table!();

    fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let mut table = Table::default();
        let [window, probation, protected] = [(); 3].map(|()| table.list());
        let window_capacity = (capacity / 100).max(1);
        let protected_capacity = capacity.saturating_sub(window_capacity) / 5 * 4;
        let seen = Sketch::default();
        Self {
            table,
            capacity,
            window_capacity,
            protected_capacity,
            window,
            probation,
            protected,
            seen,
        }
    }

    fn used(&self) -> u64 {
        [self.window, self.probation, self.protected]
            .map(|list| self.table.weight(list))
            .iter()
            .sum()
    }

    fn resident(&self, _slot: Slot) -> bool {
        true
    }

    fn observe(&mut self, key: u64) {
        self.seen.add(key);
    }

    fn hit(&mut self, slot: Slot) {
        let list = self.table.list_of(slot);
        let to = if list == self.window { self.window } else { self.protected };
        self.table.renew(slot, to);
        while self.table.weight(self.protected) > self.protected_capacity {
            let Some(oldest) = self.table.oldest(self.protected) else { break };
            self.table.renew(oldest, self.probation);
        }
    }

    fn miss(&mut self, key: u64, size: u64, _ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        self.table.insert(key, size, self.window);
        self.settle(gone);
        let lists = [self.window, self.probation, self.protected];
        self.seen.fit(lists.map(|list| self.table.len(list)).iter().sum());
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        if let Some(victim) = self.victim().or_else(|| self.table.oldest(self.window)) {
            gone(self.table.remove(victim));
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }

    fn more_bytes(&self) -> usize {
        self.seen.bytes()
    }
}
