//! What every policy is made of: entries in a slab, found by key, linked into lists.
//!
//! A list is a ring of entries around an entry of its own, its *mark*, so that linking
//! has no special cases; the mark adds up how many entries there are and their weight.
//! Resident pages and ghosts (keys remembered after their eviction) are entries alike,
//! told apart by their list. An entry is 32 bytes, half a cache line.

use crate::index::{Index, NONE};

/// A capacity above this is treated as this: sums of weights cannot overflow.
pub const MOST: u64 = 1 << 60;

#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Entry {
    /// The page; of a mark: how many entries its list has.
    key: u64,
    /// The page's size; of a mark: that of its list.
    size: u64,
    /// Towards the newest entry.
    newer: u32,
    /// Towards the oldest.
    older: u32,
    /// The mark of the list it is in; `NONE` for one that is in none.
    list: u32,
    /// For the policy.
    note: u32,
}

/// Entries, lists and the index; see the front page of the module.
#[derive(Debug, Default)]
pub struct Table {
    entries: Vec<Entry>,
    index: Index,
    /// The first of the free slots, linked by `newer`; `NONE` without any. One less than
    /// stored, so that the default is no slot.
    free: u32,
}

/// A list, by the slot of its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List(u32);

/// An entry, by its slot; stays valid until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    /// No entry: what a policy's hand holds before it points anywhere.
    pub const NONE: Slot = Slot(NONE);

    /// As a number, to be kept in a note.
    pub fn number(self) -> u32 {
        self.0
    }

    /// From a number that [`Slot::number`] gave.
    pub fn from_number(number: u32) -> Slot {
        Slot(number)
    }
}

impl Table {
    /// A new empty list.
    pub fn list(&mut self) -> List {
        let slot = self.take(0, 0);
        let mark = &mut self.entries[slot as usize];
        (mark.newer, mark.older) = (slot, slot);
        List(slot)
    }

    /// Gives up an empty list.
    pub fn drop_list(&mut self, list: List) {
        self.give_back(list.0);
    }

    fn take(&mut self, key: u64, size: u64) -> u32 {
        let entry = Entry { key, size, newer: NONE, older: NONE, list: NONE, note: 0 };
        if self.free == 0 {
            // Slots are 32 bits; the last number says that there is none.
            assert!(self.entries.len() < NONE as usize, "more than 2^32 pages at a time");
            self.entries.push(entry);
            return self.entries.len() as u32 - 1;
        }
        let slot = self.free - 1;
        self.free = self.entries[slot as usize].newer;
        self.entries[slot as usize] = entry;
        slot
    }

    fn give_back(&mut self, slot: u32) {
        self.entries[slot as usize].newer = self.free;
        self.free = slot + 1;
    }

    /// The entry of a key, resident or ghost.
    #[inline]
    pub fn find(&self, key: u64) -> Option<Slot> {
        let found = self.index.find(key, |slot| self.entries[slot as usize].key == key);
        (found != NONE).then_some(Slot(found))
    }

    /// Adds a key that has no entry, as the newest of a list.
    #[inline]
    pub fn insert(&mut self, key: u64, size: u64, list: List) -> Slot {
        let slot = self.take(key, size);
        let entries = &self.entries;
        self.index.insert(key, slot, |slot| entries[slot as usize].key);
        self.link(slot, list);
        Slot(slot)
    }

    /// Adds an entry that cannot be found by its key, as the newest of a list.
    pub fn insert_hidden(&mut self, key: u64, size: u64, list: List) -> Slot {
        let slot = self.take(key, size);
        self.link(slot, list);
        Slot(slot)
    }

    /// Makes an entry the one that is found by its key, instead of another of that key.
    pub fn expose(&mut self, slot: Slot, instead: Slot) {
        self.index.redirect(self.key(slot), instead.0, slot.0);
    }

    /// Removes an entry and returns its key.
    #[inline]
    pub fn remove(&mut self, slot: Slot) -> u64 {
        let key = self.remove_hidden(slot);
        self.index.remove(key, slot.0);
        key
    }

    /// Removes an entry that cannot be found by its key.
    pub fn remove_hidden(&mut self, slot: Slot) -> u64 {
        self.unlink(slot.0);
        self.give_back(slot.0);
        self.key(slot)
    }

    /// Makes an entry the newest of a list, its own or another.
    #[inline]
    pub fn renew(&mut self, slot: Slot, list: List) {
        self.unlink(slot.0);
        self.link(slot.0, list);
    }

    #[inline]
    fn link(&mut self, slot: u32, list: List) {
        let size = self.entries[slot as usize].size;
        let mark = &mut self.entries[list.0 as usize];
        mark.key += 1;
        mark.size += size;
        let newest = std::mem::replace(&mut mark.older, slot);
        self.entries[newest as usize].newer = slot;
        let entry = &mut self.entries[slot as usize];
        (entry.newer, entry.older, entry.list) = (list.0, newest, list.0);
    }

    #[inline]
    fn unlink(&mut self, slot: u32) {
        let Entry { newer, older, list, size, .. } = self.entries[slot as usize];
        self.entries[newer as usize].older = older;
        self.entries[older as usize].newer = newer;
        let mark = &mut self.entries[list as usize];
        mark.key -= 1;
        mark.size -= size;
    }

    /// The oldest entry of a list.
    #[inline]
    pub fn oldest(&self, list: List) -> Option<Slot> {
        let slot = self.entries[list.0 as usize].newer;
        (slot != list.0).then_some(Slot(slot))
    }

    /// The next newer entry of the same list.
    #[inline]
    pub fn newer(&self, slot: Slot) -> Option<Slot> {
        let Entry { newer, list, .. } = self.entries[slot.0 as usize];
        (newer != list).then_some(Slot(newer))
    }

    /// Keys and sizes of a list, the oldest first.
    pub fn pages(&self, list: List) -> impl Iterator<Item = (u64, u64)> {
        let slots = std::iter::successors(self.oldest(list), |&slot| self.newer(slot));
        slots.map(|slot| (self.key(slot), self.size(slot)))
    }

    /// All entries that are found by their key, in no order that means much.
    pub fn visible(&self) -> impl Iterator<Item = Slot> {
        (0..self.entries.len() as u32)
            .filter(|&slot| self.index.points(self.entries[slot as usize].key, slot))
            .map(Slot)
    }

    /// How many entries are found by their key.
    pub fn keys(&self) -> usize {
        self.index.len()
    }

    /// The page of an entry.
    #[inline]
    pub fn key(&self, slot: Slot) -> u64 {
        self.entries[slot.0 as usize].key
    }

    /// Its size.
    #[inline]
    pub fn size(&self, slot: Slot) -> u64 {
        self.entries[slot.0 as usize].size
    }

    /// Changes its size.
    #[inline]
    pub fn resize(&mut self, slot: Slot, size: u64) {
        let entry = &mut self.entries[slot.0 as usize];
        let before = std::mem::replace(&mut entry.size, size);
        let mark = entry.list as usize;
        self.entries[mark].size = self.entries[mark].size - before + size;
    }

    /// The list an entry is in.
    #[inline]
    pub fn list_of(&self, slot: Slot) -> List {
        List(self.entries[slot.0 as usize].list)
    }

    /// What the policy noted on an entry; 0 at first.
    #[inline]
    pub fn note(&self, slot: Slot) -> u32 {
        self.entries[slot.0 as usize].note
    }

    /// Notes something on an entry.
    #[inline]
    pub fn set_note(&mut self, slot: Slot, note: u32) {
        self.entries[slot.0 as usize].note = note;
    }

    /// What all entries of a list weigh.
    #[inline]
    pub fn weight(&self, list: List) -> u64 {
        self.entries[list.0 as usize].size
    }

    /// How many entries a list has.
    #[inline]
    pub fn len(&self, list: List) -> u64 {
        self.entries[list.0 as usize].key
    }

    /// Removes the oldest ghosts of a list until it weighs no more than `most`. A ghost
    /// without size counts as one, or there would be no end of them.
    pub fn trim(&mut self, ghosts: List, most: u64) {
        while self.weight(ghosts).max(self.len(ghosts)) > most {
            let Some(oldest) = self.oldest(ghosts) else { break };
            self.remove(oldest);
        }
    }

    /// Bytes of entries and index.
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.index.bytes()
    }

    /// Reads what the accesses to come will read, so that memory answers to all of them at
    /// once and not to one after the other: buckets, then entries, then, where hits move
    /// entries, their neighbours. Returns a number that depends on all of it.
    #[inline]
    pub fn touch(&self, keys: &[u64], neighbours: bool) -> u32 {
        let mut slots = [0u32; AHEAD];
        for (slot, &key) in slots.iter_mut().zip(keys) {
            *slot = self.index.guess(key);
        }
        let slots = &slots[..keys.len().min(AHEAD)];
        let entry = |slot: u32| self.entries.get(slot as usize);
        if !neighbours {
            return slots.iter().fold(0, |sum, &slot| sum ^ entry(slot).map_or(0, |e| e.note));
        }
        let mut links = [(0, 0); AHEAD];
        for (links, &slot) in links.iter_mut().zip(slots) {
            if let Some(entry) = entry(slot) {
                *links = (entry.newer, entry.older);
            }
        }
        let list = |slot: u32| entry(slot).map_or(0, |entry| entry.list);
        links[..slots.len()].iter().fold(0, |sum, &(newer, older)| sum ^ list(newer) ^ list(older))
    }
}

/// How many accesses [`Table::touch`] looks ahead.
pub const AHEAD: usize = 32;
