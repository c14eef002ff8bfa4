//! First in, first out.

use super::of_the_table;
use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// The page that came first leaves first; hits change nothing.
#[derive(Debug)]
pub struct Fifo {
    table: Table,
    capacity: u64,
    pages: List,
}

impl Rules for Fifo {
    const MOVES: bool = false;
    of_the_table!();

    fn new(capacity: u64) -> Self {
        let mut table = Table::default();
        let pages = table.list();
        Self { table, capacity: bounded(capacity), pages }
    }

    fn used(&self) -> u64 {
        self.table.weight(self.pages)
    }

    fn resident(&self, _slot: Slot) -> bool {
        true
    }

    fn hit(&mut self, _slot: Slot) {}

    fn miss(&mut self, key: u64, size: u64, _ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        self.make_room(size, gone);
        self.table.insert(key, size, self.pages);
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        if let Some(victim) = self.table.oldest(self.pages) {
            gone(self.table.remove(victim));
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
