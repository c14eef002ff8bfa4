//! What a policy is, and the rules for hits, misses and victims that most of them are.

use crate::table::{MOST, Slot, Table};

/// A cache policy.
pub trait Policy: Sized {
    /// An empty cache for pages of `capacity` units together.
    fn new(capacity: u64) -> Self;
    /// One access: true if the page was resident. The page is resident afterwards unless
    /// its key is itself given to `gone`, as that of a page larger than the cache is. Keys
    /// of pages that had to leave go to `gone`.
    fn access(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool;
    /// Reads what the next accesses (the first [`AHEAD`](crate::table::AHEAD) of them) will
    /// read, so that memory answers to all at once and not to one after the other. Returns a
    /// number that depends on what was read, for otherwise nothing would be.
    fn touch(&self, keys: &[u64]) -> u32;
    /// What the resident pages weigh, in units.
    fn used(&self) -> u64;
    /// Whether a page is resident.
    fn holds(&self, key: u64) -> bool;
    /// The resident pages, as keys and sizes; older ones rather first.
    fn pages(&self) -> Vec<(u64, u64)>;
    /// The policy that is followed at the moment, where there is a choice.
    fn leader(&self) -> Option<&'static str> {
        None
    }
    /// How many keys it knows, of resident pages and of ghosts.
    fn keys(&self) -> usize;
    /// Bytes of what the policy keeps.
    fn bytes(&self) -> usize;
}

/// A policy as rules over one [`Table`], in which a key has at most one visible entry: that
/// of a resident page or of a ghost.
pub trait Rules: Sized {
    /// Whether a hit moves its entry.
    const MOVES: bool = true;

    /// See [`Policy::new`].
    fn new(capacity: u64) -> Self;
    /// The capacity, in units.
    fn capacity(&self) -> u64;
    /// The entries.
    fn table(&self) -> &Table;
    /// See [`Policy::used`].
    fn used(&self) -> u64;
    /// Whether an entry is that of a resident page.
    fn resident(&self, slot: Slot) -> bool;
    /// A resident page was accessed.
    fn hit(&mut self, slot: Slot);
    /// Takes up a page that fits into an empty cache; `ghost` is its entry, if it has one.
    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64));
    /// Evicts one page of those there are.
    fn evict(&mut self, gone: &mut impl FnMut(u64));
    /// Changes the size of a resident page.
    fn resize(&mut self, slot: Slot, size: u64);
    /// Removes a resident page without a trace.
    fn forget(&mut self, slot: Slot);
    /// Told of every access first, for policies that count what is not resident.
    fn observe(&mut self, _key: u64) {}
    /// Bytes besides the table.
    fn more_bytes(&self) -> usize {
        0
    }

    /// A hit on a page whose size is another than before.
    #[cold]
    fn changed(&mut self, slot: Slot, size: u64, gone: &mut impl FnMut(u64)) {
        if size > self.capacity() {
            gone(self.table().key(slot));
            return self.forget(slot);
        }
        self.resize(slot, size);
        self.hit(slot);
        self.make_room(0, gone);
    }

    /// Evicts until `size` more units fit.
    #[inline]
    fn make_room(&mut self, size: u64, gone: &mut impl FnMut(u64)) {
        while self.used() + size > self.capacity() {
            self.evict(gone);
        }
    }
}

impl<R: Rules> Policy for R {
    fn new(capacity: u64) -> Self {
        Rules::new(capacity)
    }

    #[inline]
    fn access(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool {
        self.observe(key);
        match self.table().find(key) {
            Some(slot) if self.resident(slot) => {
                if self.table().size(slot) == size {
                    self.hit(slot);
                } else {
                    self.changed(slot, size, gone);
                }
                true
            }
            ghost => {
                if size > self.capacity() {
                    gone(key);
                } else {
                    self.miss(key, size, ghost, gone);
                }
                false
            }
        }
    }

    fn touch(&self, keys: &[u64]) -> u32 {
        self.table().touch(keys, R::MOVES)
    }

    fn used(&self) -> u64 {
        Rules::used(self)
    }

    fn holds(&self, key: u64) -> bool {
        self.table().find(key).is_some_and(|slot| self.resident(slot))
    }

    fn pages(&self) -> Vec<(u64, u64)> {
        let table = self.table();
        let all = table.visible().filter(|&slot| self.resident(slot));
        all.map(|slot| (table.key(slot), table.size(slot))).collect()
    }

    fn keys(&self) -> usize {
        self.table().keys()
    }

    fn bytes(&self) -> usize {
        self.table().bytes() + self.more_bytes()
    }
}

/// The capacity a policy works with: sums of a few of them do not overflow.
pub fn bounded(capacity: u64) -> u64 {
    capacity.min(MOST)
}
