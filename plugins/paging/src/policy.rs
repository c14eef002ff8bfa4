//! What a policy is: the rules for hits, misses and victims, over one [`Table`].

use crate::table::{AHEAD, MOST, Slot, Table};

/// A cache policy. A key has at most one visible entry in the policy's table: that of a
/// resident page or of a ghost.
pub trait Policy: Sized {
    /// An empty cache for pages of `capacity` units together.
    fn new(capacity: u64) -> Self;
    /// Its capacity, in units.
    fn capacity(&self) -> u64;
    /// Its entries.
    fn table(&self) -> &Table;
    /// What the resident pages weigh, in units.
    fn used(&self) -> u64;
    /// Whether an entry is that of a resident page.
    fn resident(&self, slot: Slot) -> bool;
    /// A resident page was accessed.
    fn hit(&mut self, slot: Slot);
    /// Takes up a page that fits into an empty cache; `ghost` is its entry, if it has one.
    /// Keys of pages that had to leave go to `gone`.
    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64));
    /// Evicts one page of those there are.
    fn evict(&mut self, gone: &mut impl FnMut(u64));
    /// Changes the size of a resident page.
    fn resize(&mut self, slot: Slot, size: u64);
    /// Removes a resident page without a trace.
    fn forget(&mut self, slot: Slot);
    /// Told of every access first, for policies that count what is not resident.
    fn observe(&mut self, _key: u64) {}

    /// One access: true if the page was resident. The page is resident afterwards unless
    /// its key is itself given to `gone`, as that of a page larger than the cache is.
    #[inline]
    fn access(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool {
        self.observe(key);
        let entry = self.table().find(key);
        match entry {
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

    /// A hit on a page whose size is another than before.
    #[cold]
    fn changed(&mut self, slot: Slot, size: u64, gone: &mut impl FnMut(u64)) {
        if size > self.capacity() {
            gone(self.table().key(slot));
            return self.forget(slot);
        }
        self.resize(slot, size);
        self.hit(slot);
        while self.used() > self.capacity() {
            self.evict(gone);
        }
    }

    /// Evicts until `size` more units fit.
    #[inline]
    fn make_room(&mut self, size: u64, gone: &mut impl FnMut(u64)) {
        while self.used() + size > self.capacity() {
            self.evict(gone);
        }
    }
}

/// How many accesses are looked ahead at a time, see [`Table::touch`].
pub const LOOKAHEAD: usize = AHEAD;

/// The capacity a policy works with: sums of a few of them do not overflow.
pub fn bounded(capacity: u64) -> u64 {
    capacity.min(MOST)
}
