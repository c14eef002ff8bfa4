//! Least recently used, without links.
//!
//! An access appends the page to a log and points the index to its new place; the old place
//! is stale from then on. Victims come from the front of the log, where stale places are
//! skipped. A hit thus writes the index and the end of the log, where a linked list would
//! write three entries that lie anywhere; the log is packed when it is three times as long as
//! it need be, which costs each access a read or two, in order.

use crate::index::{Index, NONE};
use crate::policy::{Policy, bounded};

/// The page whose last access is the longest ago leaves first.
#[derive(Debug)]
pub struct Lru {
    capacity: u64,
    used: u64,
    /// Pages in order of access, with stale places in between.
    log: Vec<u64>,
    sizes: Sizes,
    /// Nothing before this place is valid.
    front: usize,
    /// By key: the valid place.
    index: Index,
}

/// The size of the page at each place of the log.
#[derive(Debug)]
enum Sizes {
    /// One for all: a hit then need not look it up.
    Same(u64),
    /// One for each.
    Each(Vec<u64>),
}

impl Sizes {
    fn get(&self, place: u32) -> u64 {
        match self {
            Self::Same(size) => *size,
            Self::Each(sizes) => sizes[place as usize],
        }
    }
}

/// The log is not packed before it is this long.
const LEAST: usize = 1024;
/// So many times as long as it need be is it after that.
const ROOM: usize = 3;
/// How many victims are looked up ahead.
const VICTIMS: usize = 12;

impl Lru {
    /// Removes the oldest page.
    #[inline]
    fn evict(&mut self) -> Option<u64> {
        loop {
            let place = self.front as u32;
            let key = *self.log.get(self.front)?;
            self.front += 1;
            if self.index.points(key, place) {
                self.index.remove(key, place);
                self.used -= self.sizes.get(place);
                return Some(key);
            }
        }
    }

    #[inline]
    fn make_room(&mut self, gone: &mut impl FnMut(u64)) {
        while self.used > self.capacity {
            let Some(victim) = self.evict() else { break };
            gone(victim);
        }
    }

    /// The place of a new end of the log.
    #[inline]
    fn append(&mut self, key: u64, size: u64) -> u32 {
        if let Sizes::Same(same) = self.sizes
            && same != size
        {
            self.tell_apart(same);
        }
        if let Sizes::Each(sizes) = &mut self.sizes {
            sizes.push(size);
        }
        self.log.push(key);
        self.log.len() as u32 - 1
    }

    #[cold]
    fn tell_apart(&mut self, same: u64) {
        let mut sizes = Vec::with_capacity(self.log.capacity());
        sizes.resize(self.log.len(), same);
        self.sizes = Sizes::Each(sizes);
    }

    /// Makes room in the log: valid places move to its beginning.
    #[cold]
    fn pack(&mut self) {
        let mut end = 0;
        for place in self.front..self.log.len() {
            let key = self.log[place];
            self.log[end] = key;
            if let Sizes::Each(sizes) = &mut self.sizes {
                sizes[end] = sizes[place];
            }
            end += usize::from(self.index.redirect_if(key, place as u32, end as u32));
        }
        let room = (end * ROOM).max(LEAST);
        // Places are 32 bits; the last number says that there is none.
        assert!(room < NONE as usize, "more than a billion pages at a time");
        self.log.truncate(end);
        self.log.reserve_exact(room - end);
        if let Sizes::Each(sizes) = &mut self.sizes {
            sizes.truncate(end);
            sizes.reserve_exact(room - end);
        }
        self.front = 0;
    }
}

impl Policy for Lru {
    fn new(capacity: u64) -> Self {
        let (log, index) = (Vec::new(), Index::default());
        let sizes = Sizes::Same(1);
        Self { capacity: bounded(capacity), used: 0, log, sizes, front: 0, index }
    }

    #[inline]
    fn access(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool {
        if self.log.len() == self.log.capacity() {
            self.pack();
        }
        let log = &self.log;
        let place = self.index.find(key, |place| log[place as usize] == key);
        if size > self.capacity {
            if place != NONE {
                self.index.remove(key, place);
                self.used -= self.sizes.get(place);
            }
            gone(key);
            return place != NONE;
        }
        if place == NONE {
            self.used += size;
            self.make_room(gone);
            let new = self.append(key, size);
            let log = &self.log;
            self.index.insert(key, new, |place| log[place as usize]);
            return false;
        }
        let before = self.sizes.get(place);
        let new = self.append(key, size);
        self.index.redirect(key, place, new);
        if size != before {
            self.used = self.used - before + size;
            self.make_room(gone);
        }
        true
    }

    #[inline]
    fn touch(&self, keys: &[u64]) -> u32 {
        let mut sum = 0;
        for &key in keys {
            sum ^= self.index.guess(key);
        }
        let end = self.log.len().min(self.front + VICTIMS);
        for &key in self.log.get(self.front..end).unwrap_or_default() {
            sum ^= self.index.guess(key);
        }
        sum
    }

    fn used(&self) -> u64 {
        self.used
    }

    fn holds(&self, key: u64) -> bool {
        self.index.find(key, |place| self.log[place as usize] == key) != NONE
    }

    fn pages(&self) -> Vec<(u64, u64)> {
        let places = self.front as u32..self.log.len() as u32;
        let valid = places.filter(|&place| self.index.points(self.log[place as usize], place));
        valid.map(|place| (self.log[place as usize], self.sizes.get(place))).collect()
    }

    fn keys(&self) -> usize {
        self.index.len()
    }

    fn bytes(&self) -> usize {
        let sizes = if let Sizes::Each(sizes) = &self.sizes { sizes.capacity() } else { 0 };
        (self.log.capacity() + sizes) * 8 + self.index.bytes()
    }
}
