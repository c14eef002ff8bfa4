//! From a key to its slot, in one of two ways.
//!
//! While keys are dense (numbered from 0, as the host numbers them) the index is an array of
//! slots by key: one read, and pages that came early, the busiest as a rule, lie close. When
//! the array would take more than 64 bytes per entry, the index becomes an open-addressing
//! hash table for good. It does not store keys: a bucket is 32 bits of the key's hash and the
//! slot, and the caller, who reads the slot anyway, says whether the key is there. Probing is
//! linear and deletion shifts buckets back, so nothing decays over a long trace.

/// No slot.
pub const NONE: u32 = u32::MAX;

const EMPTY: u64 = u64::MAX;
const LEAST: usize = 16;
/// How many places of the array each entry justifies, beyond those of a small array.
const DENSE: usize = 16;
const SMALL: usize = 4096;

/// The index; see the front page of the module.
#[derive(Debug, Default)]
pub struct Index {
    /// Slots by key, while keys are dense.
    array: Vec<u32>,
    /// Used as soon as it has buckets.
    table: Hash,
    used: usize,
}

impl Index {
    fn dense(&self) -> bool {
        self.table.buckets.is_empty()
    }

    /// A slot that is that of the key most of the time, to have it fetched.
    #[inline]
    pub fn guess(&self, key: u64) -> u32 {
        if self.dense() { self.array_slot(key) } else { self.table.guess(hash(key)) }
    }

    #[inline]
    fn array_slot(&self, key: u64) -> u32 {
        // A key beyond any memory is beyond the array.
        usize::try_from(key).ok().and_then(|key| self.array.get(key)).copied().unwrap_or(NONE)
    }

    /// The slot of a key; `is` tells whether a slot is that of the key.
    #[inline]
    pub fn find(&self, key: u64, is: impl Fn(u32) -> bool) -> u32 {
        if self.dense() { self.array_slot(key) } else { self.table.find(hash(key), is) }
    }

    /// Whether this is the slot of the key.
    #[inline]
    pub fn points(&self, key: u64, slot: u32) -> bool {
        self.find(key, |found| found == slot) == slot
    }

    /// Adds a key that is not there. `key_of` gives the keys of slots in use.
    #[inline]
    pub fn insert(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) {
        self.used += 1;
        if self.dense() {
            if let Some(place) = usize::try_from(key).ok().and_then(|key| self.array.get_mut(key)) {
                *place = slot;
                return;
            }
            if self.extend(key, slot, key_of) {
                return;
            }
        }
        self.table.insert(hash(key), slot);
    }

    /// Makes the array long enough for a key, or gives it up for the hash table.
    #[cold]
    fn extend(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) -> bool {
        let most = (self.used * DENSE).max(SMALL);
        match usize::try_from(key) {
            Ok(key) if key < most => {
                let length = (key + key / 4 + 64).min(most);
                self.array.reserve_exact(length - self.array.len());
                self.array.resize(length, NONE);
                self.array[key] = slot;
                true
            }
            _ => {
                let array = std::mem::take(&mut self.array);
                self.table = Hash::for_entries(self.used);
                for slot in array.into_iter().filter(|&slot| slot != NONE) {
                    self.table.insert(hash(key_of(slot)), slot);
                }
                false
            }
        }
    }

    /// Points a key from one slot to another.
    #[inline]
    pub fn redirect(&mut self, key: u64, from: u32, to: u32) {
        if self.dense() {
            self.array[key as usize] = to;
        } else {
            self.table.redirect(hash(key), from, to);
        }
    }

    /// Points a key from one slot to another if it is that of the key; returns whether it was.
    #[inline]
    pub fn redirect_if(&mut self, key: u64, from: u32, to: u32) -> bool {
        if self.dense() {
            // Written in any case: which of many keys are meant cannot be predicted.
            let place = &mut self.array[key as usize];
            let was = *place == from;
            *place = if was { to } else { *place };
            return was;
        }
        let was = self.points(key, from);
        if was {
            self.table.redirect(hash(key), from, to);
        }
        was
    }

    /// Removes a key, which must be there, with its slot.
    #[inline]
    pub fn remove(&mut self, key: u64, slot: u32) {
        self.used -= 1;
        if self.dense() {
            self.array[key as usize] = NONE;
        } else {
            self.table.remove(hash(key), slot);
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Bytes of the index.
    pub fn bytes(&self) -> usize {
        self.array.capacity() * 4 + self.table.buckets.capacity() * 8
    }
}

/// 32 bits of a key, the highest of them the best.
#[inline]
pub fn hash(key: u64) -> u32 {
    let folded = (key ^ (key >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((folded ^ (folded >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

#[derive(Debug, Default)]
struct Hash {
    buckets: Vec<u64>,
    /// Hashes begin at the bucket of their highest bits: `hash >> shift`.
    shift: u32,
    used: usize,
}

impl Hash {
    fn for_entries(entries: usize) -> Self {
        let buckets = (entries * 2).next_power_of_two().max(LEAST);
        let shift = 32u32.saturating_sub(buckets.trailing_zeros());
        Self { buckets: vec![EMPTY; buckets], shift, used: 0 }
    }

    fn mask(&self) -> usize {
        self.buckets.len() - 1
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        // Beyond 2^32 buckets only the first 2^32 are homes, and probes grow longer.
        (hash >> self.shift) as usize
    }

    #[inline]
    fn guess(&self, hash: u32) -> u32 {
        self.buckets[self.home(hash)] as u32
    }

    #[inline]
    fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> u32 {
        let mask = self.mask();
        let mut at = self.home(hash);
        loop {
            let bucket = self.buckets[at & mask];
            if bucket == EMPTY {
                return NONE;
            }
            if (bucket >> 32) as u32 == hash && is(bucket as u32) {
                return bucket as u32;
            }
            at += 1;
        }
    }

    fn insert(&mut self, hash: u32, slot: u32) {
        // At most two thirds full.
        if self.used * 3 >= self.buckets.len() * 2 {
            let grown = Self::for_entries(self.buckets.len());
            let old = std::mem::replace(self, grown);
            for bucket in old.buckets.into_iter().filter(|&bucket| bucket != EMPTY) {
                self.place((bucket >> 32) as u32, bucket as u32);
            }
            self.used = old.used;
        }
        self.place(hash, slot);
        self.used += 1;
    }

    fn place(&mut self, hash: u32, slot: u32) {
        let mask = self.mask();
        let mut at = self.home(hash);
        while self.buckets[at & mask] != EMPTY {
            at += 1;
        }
        self.buckets[at & mask] = u64::from(hash) << 32 | u64::from(slot);
    }

    fn at(&self, hash: u32, slot: u32) -> usize {
        let mask = self.mask();
        let mut at = self.home(hash);
        while self.buckets[at & mask] as u32 != slot {
            at += 1;
        }
        at & mask
    }

    fn redirect(&mut self, hash: u32, from: u32, to: u32) {
        let at = self.at(hash, from);
        self.buckets[at] = u64::from(hash) << 32 | u64::from(to);
    }

    fn remove(&mut self, hash: u32, slot: u32) {
        let mask = self.mask();
        let mut hole = self.at(hash, slot);
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let bucket = self.buckets[at];
            if bucket == EMPTY {
                break;
            }
            // A bucket may move back to the hole unless its home lies after the hole.
            let home = self.home((bucket >> 32) as u32);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.buckets[hole] = bucket;
                hole = at;
            }
        }
        self.buckets[hole] = EMPTY;
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// A key stays until it is added again at another slot, or removed.
    fn check(operations: &[(u64, bool)], spread: u64) -> Result<(), TestCaseError> {
        let mut index = Index::default();
        let mut keys: Vec<u64> = Vec::new();
        let mut model: HashMap<u64, u32> = HashMap::new();
        for &(key, add) in operations {
            let key = key.wrapping_mul(spread);
            let found = index.find(key, |slot| keys[slot as usize] == key);
            prop_assert_eq!(found, model.get(&key).copied().unwrap_or(NONE));
            let next = keys.len() as u32;
            match (add, found) {
                (true, NONE) => {
                    index.insert(key, next, |slot| keys[slot as usize]);
                    keys.push(key);
                    model.insert(key, next);
                }
                (true, from) => {
                    index.redirect(key, from, next);
                    keys.push(key);
                    model.insert(key, next);
                    prop_assert!(index.points(key, next) && !index.points(key, from));
                }
                (false, NONE) => {}
                (false, slot) => {
                    index.remove(key, slot);
                    model.remove(&key);
                }
            }
        }
        prop_assert_eq!(index.used, model.len());
        Ok(())
    }

    proptest! {
        #[test]
        fn it_is_a_map(
            operations in prop::collection::vec((0u64..40, any::<bool>()), 1..400),
            spread in prop::sample::select(vec![1, 200, u64::MAX / 40]),
        ) {
            check(&operations, spread)?;
        }

        /// Hashes of three bits only, at both ends: clusters form, wrap and shift back.
        #[test]
        fn clusters_come_and_go(
            operations in prop::collection::vec((0u32..40, any::<bool>()), 1..400),
        ) {
            let mut table = Hash::for_entries(0);
            let mut model = HashMap::new();
            for (slot, add) in operations {
                let hash = [0, 1, u32::MAX, u32::MAX - 1][slot as usize % 4];
                let found = table.find(hash, |found| found == slot) == slot;
                prop_assert_eq!(found, model.contains_key(&slot));
                if add && !found {
                    table.insert(hash, slot);
                    model.insert(slot, ());
                } else if !add && found {
                    table.remove(hash, slot);
                    model.remove(&slot);
                }
            }
            prop_assert_eq!(table.used, model.len());
        }
    }
}
