//! S3-FIFO (J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, FIFO queues are all you need
//! for cache eviction, SOSP 2023).

use super::of_the_table;
use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// A small queue for pages on probation, a main queue for those that were hit there twice,
/// and a queue of ghosts: a page that comes back while it is one goes to the main queue at
/// once. The note of an entry counts hits, up to three matter.
#[derive(Debug)]
pub struct S3Fifo {
    table: Table,
    capacity: u64,
    /// What the main queue may weigh before it is the one to shrink.
    main_target: u64,
    ghost_capacity: u64,
    small: List,
    main: List,
    ghosts: List,
}

impl S3Fifo {
    fn remember(&mut self, slot: Slot) {
        self.table.set_note(slot, 0);
        self.table.renew(slot, self.ghosts);
        self.table.trim(self.ghosts, self.ghost_capacity);
    }
}

impl Rules for S3Fifo {
    const MOVES: bool = false;
    of_the_table!();

    fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let mut table = Table::default();
        let [small, main, ghosts] = [(); 3].map(|()| table.list());
        let main_target = capacity - capacity / 10;
        let ghost_capacity = capacity / 10 * 9 + capacity % 10 * 9 / 10;
        Self { table, capacity, main_target, ghost_capacity, small, main, ghosts }
    }

    fn used(&self) -> u64 {
        self.table.weight(self.small) + self.table.weight(self.main)
    }

    fn resident(&self, slot: Slot) -> bool {
        self.table.list_of(slot) != self.ghosts
    }

    fn hit(&mut self, slot: Slot) {
        let hits = self.table.note(slot);
        if hits < 3 {
            self.table.set_note(slot, hits + 1);
        }
    }

    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        // The ghost goes first: evictions may need its place.
        if let Some(ghost) = ghost {
            self.table.remove(ghost);
        }
        self.make_room(size, gone);
        self.table.insert(key, size, if ghost.is_some() { self.main } else { self.small });
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        loop {
            let small = self.table.oldest(self.small);
            let full = self.table.weight(self.main) > self.main_target;
            let from_main =
                if full || small.is_none() { self.table.oldest(self.main) } else { None };
            if let Some(oldest) = from_main {
                let hits = self.table.note(oldest);
                if hits == 0 {
                    return gone(self.table.remove(oldest));
                }
                self.table.set_note(oldest, hits - 1);
                self.table.renew(oldest, self.main);
            } else if let Some(oldest) = small {
                if self.table.note(oldest) < 2 {
                    gone(self.table.key(oldest));
                    return self.remember(oldest);
                }
                self.table.set_note(oldest, 0);
                self.table.renew(oldest, self.main);
            } else {
                return;
            }
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
