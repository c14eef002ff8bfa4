//! From a key to its slot: an open-addressing hash table that does not store keys.
//!
//! A bucket is eight bytes: 32 bits of the key's hash and the slot. Whether the key in
//! the slot is the one sought is for the caller to say, who reads the slot anyway; the
//! hash makes it all but certain. Probing is linear and deletion shifts buckets back, so
//! there are no tombstones and nothing decays over a long trace.

/// No slot.
pub const NONE: u32 = u32::MAX;

const EMPTY: u64 = u64::MAX;
const LEAST: usize = 16;

/// The table; see the front page of the module.
#[derive(Debug)]
pub struct Index {
    buckets: Vec<u64>,
    /// Hashes begin at the bucket of their highest bits: `hash >> shift`.
    shift: u32,
    used: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { buckets: vec![EMPTY; LEAST], shift: 32 - LEAST.trailing_zeros(), used: 0 }
    }
}

/// 32 bits of a key, the highest of them the best.
#[inline]
pub fn hash(key: u64) -> u32 {
    let folded = (key ^ (key >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((folded ^ (folded >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

impl Index {
    fn mask(&self) -> usize {
        self.buckets.len() - 1
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }

    /// The slot in the first bucket of a hash, right most of the time: to have it fetched.
    #[inline]
    pub fn guess(&self, hash: u32) -> u32 {
        self.buckets[self.home(hash)] as u32
    }

    /// The slot of the key with this hash for which `is` is true.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> u32 {
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

    /// Adds a key that is not there.
    pub fn insert(&mut self, hash: u32, slot: u32) {
        // At most two thirds full.
        if self.used * 3 >= self.buckets.len() * 2 {
            self.grow();
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

    fn grow(&mut self) {
        let twice = self.buckets.len() * 2;
        let old = std::mem::replace(&mut self.buckets, vec![EMPTY; twice]);
        // Beyond 2^32 buckets hashes share their beginning, and only probes grow longer.
        self.shift = self.shift.saturating_sub(1);
        for bucket in old.into_iter().filter(|&bucket| bucket != EMPTY) {
            self.place((bucket >> 32) as u32, bucket as u32);
        }
    }

    fn at(&self, hash: u32, slot: u32) -> usize {
        let mask = self.mask();
        let mut at = self.home(hash);
        while self.buckets[at & mask] as u32 != slot {
            at += 1;
        }
        at & mask
    }

    /// Points the key with this hash from one slot to another.
    pub fn redirect(&mut self, hash: u32, from: u32, to: u32) {
        let at = self.at(hash, from);
        self.buckets[at] = u64::from(hash) << 32 | u64::from(to);
    }

    /// Removes the key with this hash and slot, which must be there.
    pub fn remove(&mut self, hash: u32, slot: u32) {
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

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.buckets.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few keys and many operations, so that clusters form, wrap and shift back.
        #[test]
        fn it_is_a_map(operations in prop::collection::vec((0u64..40, any::<bool>()), 1..400)) {
            let mut index = Index::default();
            let mut keys: Vec<u64> = Vec::new();
            let mut model: HashMap<u64, u32> = HashMap::new();
            for (key, add) in operations {
                // Hashes of three bits only, at both ends: as bad as hashes can be.
                let hash = |key: u64| [0, 1, u32::MAX, u32::MAX - 1][key as usize % 4];
                let found = index.find(hash(key), |slot| keys[slot as usize] == key);
                prop_assert_eq!(found, model.get(&key).copied().unwrap_or(NONE));
                match (add, found) {
                    (true, NONE) => {
                        keys.push(key);
                        index.insert(hash(key), keys.len() as u32 - 1);
                        model.insert(key, keys.len() as u32 - 1);
                    }
                    (true, from) => {
                        keys.push(key);
                        index.redirect(hash(key), from, keys.len() as u32 - 1);
                        model.insert(key, keys.len() as u32 - 1);
                    }
                    (false, NONE) => {}
                    (false, slot) => {
                        index.remove(hash(key), slot);
                        model.remove(&key);
                    }
                }
            }
            prop_assert_eq!(index.used, model.len());
        }
    }
}
