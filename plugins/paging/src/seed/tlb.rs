//! The TLB, and the TLB in front of a page table.

use std::collections::HashSet;

use crate::table::{List, Table};

/// A least recently used map of entries. Inserting never counts as a lookup. With room for
/// none it still holds one, as the original does.
#[derive(Debug)]
pub struct Tlb {
    table: Table,
    pages: List,
    capacity: u64,
    /// Lookups that found their page.
    pub hits: u64,
    /// Lookups that did not, of unknown pages too.
    pub misses: u64,
}

impl Tlb {
    /// An empty one for so many entries.
    pub fn new(capacity: u64) -> Self {
        let mut table = Table::default();
        let pages = table.list();
        Self { table, pages, capacity, hits: 0, misses: 0 }
    }

    /// Looks a page up, which makes it the most recent one.
    pub fn lookup(&mut self, key: u64) -> bool {
        let found = self.table.find(key);
        match found {
            Some(slot) => {
                self.table.renew(slot, self.pages);
                self.hits += 1;
            }
            None => self.misses += 1,
        }
        found.is_some()
    }

    /// Whether a page is there; changes nothing.
    pub fn contains(&self, key: u64) -> bool {
        self.table.find(key).is_some()
    }

    /// Puts a page there as the most recent one; of those that leave for it the key goes to
    /// `gone`.
    pub fn insert(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) {
        if let Some(slot) = self.table.find(key) {
            self.table.resize(slot, size);
            self.table.renew(slot, self.pages);
            return;
        }
        if self.len() >= self.capacity {
            self.evict(gone);
        }
        self.table.insert(key, size, self.pages);
    }

    /// Drops the least recent page.
    pub fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        if let Some(oldest) = self.table.oldest(self.pages) {
            gone(self.table.remove(oldest));
        }
    }

    /// Drops a page; the counters stay.
    pub fn invalidate(&mut self, key: u64) -> bool {
        let found = self.table.find(key);
        if let Some(slot) = found {
            self.table.remove(slot);
        }
        found.is_some()
    }

    /// How many pages there are.
    pub fn len(&self) -> u64 {
        self.table.len(self.pages)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sizes of all pages together, which the original does not know.
    pub fn weight(&self) -> u64 {
        self.table.weight(self.pages)
    }

    /// The pages, the most recent first.
    pub fn recent(&self) -> Vec<u64> {
        let mut keys: Vec<u64> = self.table.pages(self.pages).map(|(key, _)| key).collect();
        keys.reverse();
        keys
    }
}

/// The TLB in front of a table of all pages.
#[derive(Debug)]
pub struct WithTable {
    /// The front.
    pub tlb: Tlb,
    known: HashSet<u64>,
}

impl WithTable {
    /// Empty, with room for so many entries in front.
    pub fn new(capacity: u64) -> Self {
        Self { tlb: Tlb::new(capacity), known: HashSet::new() }
    }

    /// A page is known from now on, to the table alone.
    pub fn preregister(&mut self, key: u64) {
        self.known.insert(key);
    }

    /// A page is known from now on, to table and TLB.
    pub fn register(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) {
        self.known.insert(key);
        self.tlb.insert(key, size, gone);
    }

    /// Looks a page up, in the table if the TLB has it not; then the TLB gets it. An unknown
    /// page is a miss of the TLB each time.
    pub fn lookup(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool {
        if self.tlb.lookup(key) {
            return true;
        }
        let known = self.known.contains(&key);
        if known {
            self.tlb.insert(key, size, gone);
        }
        known
    }

    /// The page is somewhere else now. The original drops it from the TLB, although both have
    /// the same entry and nothing could be stale.
    pub fn update_location(&mut self, key: u64) -> bool {
        self.known.contains(&key) && self.tlb.invalidate(key)
    }

    /// How many pages the table knows.
    pub fn known(&self) -> usize {
        self.known.len()
    }
}
