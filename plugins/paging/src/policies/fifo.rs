//! First in, first out.

use super::{of_one_queue, of_the_table};
use crate::policy::Rules;
use crate::table::{List, Slot, Table};

/// The page that came first leaves first; hits change nothing.
#[derive(Debug)]
pub struct Fifo {
    table: Table,
    capacity: u64,
    pages: List,
}

impl Rules for Fifo {
    of_one_queue!();

    fn hit(&mut self, _slot: Slot) {}

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        if let Some(victim) = self.table.oldest(self.pages) {
            gone(self.table.remove(victim));
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
