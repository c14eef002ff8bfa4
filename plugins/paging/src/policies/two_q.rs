//! 2Q (T. Johnson and D. Shasha, 2Q: A Low Overhead High Performance Buffer Management
//! Replacement Algorithm, VLDB 1994), the full version.

use super::of_the_table;
use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// New pages wait in a queue and leave it as ghosts; a page that comes back while it is a
/// ghost goes to the main list, which is least recently used.
#[derive(Debug)]
pub struct TwoQ {
    table: Table,
    capacity: u64,
    /// What the queue of new pages may weigh before it is the one to shrink: a quarter.
    queue_target: u64,
    /// Half the capacity, as the paper has it.
    ghost_capacity: u64,
    queue: List,
    ghosts: List,
    main: List,
}

impl Rules for TwoQ {
    of_the_table!();

    fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let mut table = Table::default();
        let [queue, ghosts, main] = [(); 3].map(|()| table.list());
        let (queue_target, ghost_capacity) = (capacity / 4, capacity / 2);
        Self { table, capacity, queue_target, ghost_capacity, queue, ghosts, main }
    }

    fn used(&self) -> u64 {
        self.table.weight(self.queue) + self.table.weight(self.main)
    }

    fn resident(&self, slot: Slot) -> bool {
        self.table.list_of(slot) != self.ghosts
    }

    fn hit(&mut self, slot: Slot) {
        if self.table.list_of(slot) == self.main {
            self.table.renew(slot, self.main);
        }
    }

    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        if let Some(ghost) = ghost {
            self.table.remove(ghost);
        }
        self.make_room(size, gone);
        self.table.insert(key, size, if ghost.is_some() { self.main } else { self.queue });
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        let too_long = self.table.weight(self.queue) > self.queue_target;
        match (self.table.oldest(self.queue), self.table.oldest(self.main)) {
            (Some(victim), main) if too_long || main.is_none() => {
                gone(self.table.key(victim));
                self.table.renew(victim, self.ghosts);
                self.table.trim(self.ghosts, self.ghost_capacity);
            }
            (_, Some(victim)) => gone(self.table.remove(victim)),
            _ => {}
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
