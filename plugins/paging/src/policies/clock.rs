//! CLOCK: a second chance for pages that were hit (F. J. Corbató, A Paging Experiment with
//! the Multics System, 1968).

use super::{of_one_queue, of_the_table};
use crate::policy::Rules;
use crate::table::{List, Slot, Table};

/// First in, first out, but a page that was hit since is let off once. The note of an entry
/// is its reference bit.
#[derive(Debug)]
pub struct Clock {
    table: Table,
    capacity: u64,
    pages: List,
}

impl Rules for Clock {
    of_one_queue!();

    fn hit(&mut self, slot: Slot) {
        self.table.set_note(slot, 1);
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        while let Some(oldest) = self.table.oldest(self.pages) {
            if self.table.note(oldest) == 0 {
                return gone(self.table.remove(oldest));
            }
            self.table.set_note(oldest, 0);
            self.table.renew(oldest, self.pages);
        }
    }

    fn forget(&mut self, slot: Slot) {
        self.table.remove(slot);
    }
}
