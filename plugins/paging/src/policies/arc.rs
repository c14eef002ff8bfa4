//! ARC (N. Megiddo and D. S. Modha, ARC: A Self-Tuning, Low Overhead Replacement Cache,
//! FAST 2003).

use super::of_the_table;
use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// Pages seen once and pages seen more often, each with its ghosts; a hit on a ghost shifts
/// room to the side it left from.
#[derive(Debug)]
pub struct Arc {
    table: Table,
    capacity: u64,
    /// What the pages seen once should weigh.
    target: f64,
    once: List,
    often: List,
    once_ghosts: List,
    often_ghosts: List,
    /// The page to come in is a ghost of those seen often: the paper's rule for ties.
    back_often: bool,
}

impl Arc {
    /// The share of one list of ghosts in the other, at least 1.
    fn step(&self, of: List, to: List) -> f64 {
        (self.table.weight(of) as f64 / self.table.weight(to).max(1) as f64).max(1.0)
    }

    fn drop_oldest(&mut self, list: List) -> bool {
        let oldest = self.table.oldest(list);
        if let Some(oldest) = oldest {
            self.table.remove(oldest);
        }
        oldest.is_some()
    }

    /// Counts a page without size as one, or there would be no end of ghosts.
    fn weight(&self, lists: &[List]) -> u64 {
        lists.iter().map(|&list| self.table.weight(list).max(self.table.len(list))).sum()
    }
}

impl Rules for Arc {
    of_the_table!();

    fn new(capacity: u64) -> Self {
        let mut table = Table::default();
        let [once, often, once_ghosts, often_ghosts] = [(); 4].map(|()| table.list());
        let capacity = bounded(capacity);
        Self {
            table,
            capacity,
            target: 0.0,
            once,
            often,
            once_ghosts,
            often_ghosts,
            back_often: false,
        }
    }

    fn used(&self) -> u64 {
        self.table.weight(self.once) + self.table.weight(self.often)
    }

    fn resident(&self, slot: Slot) -> bool {
        let list = self.table.list_of(slot);
        list == self.once || list == self.often
    }

    fn hit(&mut self, slot: Slot) {
        self.table.renew(slot, self.often);
    }

    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        if let Some(ghost) = ghost {
            self.back_often = self.table.list_of(ghost) == self.often_ghosts;
            let capacity = self.capacity as f64;
            self.target = if self.back_often {
                (self.target - self.step(self.once_ghosts, self.often_ghosts)).max(0.0)
            } else {
                (self.target + self.step(self.often_ghosts, self.once_ghosts)).min(capacity)
            };
            self.table.remove(ghost);
            self.make_room(size, gone);
            self.back_often = false;
            self.table.insert(key, size, self.often);
            return;
        }
        while self.weight(&[self.once, self.once_ghosts]) + size > self.capacity {
            if self.drop_oldest(self.once_ghosts) {
                continue;
            }
            // Pages seen once fill the cache: the oldest leaves without a ghost.
            let Some(oldest) = self.table.oldest(self.once) else { break };
            gone(self.table.remove(oldest));
        }
        let all = [self.once, self.often, self.once_ghosts, self.often_ghosts];
        while self.weight(&all) + size > 2 * self.capacity && self.drop_oldest(self.often_ghosts) {}
        self.make_room(size, gone);
        self.table.insert(key, size, self.once);
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        let once = self.table.weight(self.once) as f64;
        let oldest_once = self.table.oldest(self.once);
        let too_many = once > self.target || (self.back_often && once == self.target);
        let (victim, ghosts) = match (oldest_once, self.table.oldest(self.often)) {
            (Some(victim), other) if too_many || other.is_none() => (victim, self.once_ghosts),
            (_, Some(victim)) => (victim, self.often_ghosts),
            _ => return,
        };
        gone(self.table.key(victim));
        self.table.renew(victim, ghosts);
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
