//! Least frequently used, in constant time (K. Shah, A. Mitra and D. Matani, An O(1)
//! algorithm for implementing the LFU cache eviction scheme, 2010).

use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// The page with the fewest accesses since it came leaves first; of those alike the one that
/// reached its count first. Counts end with residence.
#[derive(Debug)]
pub struct Lfu {
    table: Table,
    capacity: u64,
    used: u64,
    /// A ring of the counts that occur, in ascending order, around the first.
    counts: Vec<Count>,
    /// Unused places in `counts`.
    free: Vec<u32>,
}

/// The pages of one count. The note of an entry is the place of its count.
#[derive(Debug, Clone, Copy)]
struct Count {
    count: u64,
    pages: List,
    next: u32,
    previous: u32,
}

impl Lfu {
    fn count(&mut self, at: u32) -> &mut Count {
        &mut self.counts[at as usize]
    }

    /// The place of the count that is one higher than that at `at`, made if there is none.
    fn above(&mut self, at: u32) -> u32 {
        let Count { count, next, .. } = self.counts[at as usize];
        if next != 0 && self.counts[next as usize].count == count + 1 {
            return next;
        }
        let made = Count { count: count + 1, pages: self.table.list(), next, previous: at };
        let place = match self.free.pop() {
            Some(place) => {
                *self.count(place) = made;
                place
            }
            None => {
                self.counts.push(made);
                self.counts.len() as u32 - 1
            }
        };
        self.count(at).next = place;
        self.count(next).previous = place;
        place
    }

    fn drop_if_empty(&mut self, at: u32) {
        let Count { pages, next, previous, .. } = self.counts[at as usize];
        if self.table.len(pages) == 0 {
            self.table.drop_list(pages);
            self.count(previous).next = next;
            self.count(next).previous = previous;
            self.free.push(at);
        }
    }
}

impl Rules for Lfu {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn new(capacity: u64) -> Self {
        let mut table = Table::default();
        let none = Count { count: 0, pages: table.list(), next: 0, previous: 0 };
        Self { table, capacity: bounded(capacity), used: 0, counts: vec![none], free: Vec::new() }
    }

    fn used(&self) -> u64 {
        self.used
    }

    fn resident(&self, _slot: Slot) -> bool {
        true
    }

    fn hit(&mut self, slot: Slot) {
        let at = self.table.note(slot);
        let Count { count, pages, next, .. } = self.counts[at as usize];
        if self.table.len(pages) == 1 && (next == 0 || self.counts[next as usize].count > count + 1)
        {
            // Alone, with no one to join.
            self.count(at).count += 1;
            return;
        }
        let above = self.above(at);
        self.table.renew(slot, self.counts[above as usize].pages);
        self.table.set_note(slot, above);
        self.drop_if_empty(at);
    }

    fn miss(&mut self, key: u64, size: u64, _ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        self.make_room(size, gone);
        let once = self.above(0);
        let slot = self.table.insert(key, size, self.counts[once as usize].pages);
        self.table.set_note(slot, once);
        self.used += size;
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        let lowest = &self.counts[self.counts[0].next as usize];
        if let Some(victim) = self.table.oldest(lowest.pages) {
            gone(self.table.key(victim));
            self.forget(victim);
        }
    }

    fn resize(&mut self, slot: Slot, size: u64) {
        self.used = self.used - self.table.size(slot) + size;
        self.table.resize(slot, size);
    }

    fn forget(&mut self, slot: Slot) {
        let at = self.table.note(slot);
        self.used -= self.table.size(slot);
        self.table.remove(slot);
        self.drop_if_empty(at);
    }
}
