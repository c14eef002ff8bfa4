//! SIEVE (Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, SIEVE is Simpler than
//! LRU, NSDI 2024).

use super::{of_one_queue, of_the_table};
use crate::policy::Rules;
use crate::table::{List, Slot, Table};

/// A queue in order of arrival that no page ever moves in. A hand walks from the oldest to
/// the newest and evicts the first page that was not hit since it last came by. The note of
/// an entry says whether it was.
#[derive(Debug)]
pub struct Sieve {
    table: Table,
    capacity: u64,
    pages: List,
    /// Where to go on; without one, at the oldest.
    hand: Option<Slot>,
}

impl Rules for Sieve {
    of_one_queue!(hand: None);

    fn hit(&mut self, slot: Slot) {
        self.table.set_note(slot, 1);
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        while let Some(at) = self.hand.or_else(|| self.table.oldest(self.pages)) {
            self.hand = self.table.newer(at);
            if self.table.note(at) == 0 {
                return gone(self.table.remove(at));
            }
            self.table.set_note(at, 0);
        }
    }

    fn forget(&mut self, slot: Slot) {
        if self.hand == Some(slot) {
            self.hand = self.table.newer(slot);
        }
        self.table.remove(slot);
    }
}
