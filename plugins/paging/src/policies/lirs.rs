//! LIRS (S. Jiang and X. Zhang, LIRS: An Efficient Low Inter-reference Recency Set
//! Replacement Policy, SIGMETRICS 2002).

use crate::policy::{Rules, bounded};
use crate::table::{List, Slot, Table};

/// Pages are ranked by the distance between their last two accesses. Those with a small one
/// (*low*) own the cache but for a hundredth; the others (*high*) pass through a short queue,
/// and become low if they come back before the oldest low page was accessed again.
///
/// The stack has low pages, high pages and ghosts of high pages in order of access; its end
/// is always low. A high page in the stack has a second entry, its twin, in the queue while
/// it is resident and among the ghosts afterwards. The note of an entry is its twin plus one;
/// low pages, and high pages that are in the queue only, have none.
#[derive(Debug)]
pub struct Lirs {
    table: Table,
    capacity: u64,
    /// What low pages may weigh.
    low_capacity: u64,
    low: u64,
    stack: List,
    queue: List,
    /// In order of eviction, to forget the oldest: they weigh no more than the capacity.
    ghosts: List,
}

impl Lirs {
    fn twin(&self, slot: Slot) -> Option<Slot> {
        self.table.note(slot).checked_sub(1).map(Slot::from_number)
    }

    fn in_stack(&self, slot: Slot) -> bool {
        self.table.list_of(slot) == self.stack
    }

    /// Puts a visible entry of the stack and a hidden twin together.
    fn pair(&mut self, slot: Slot, twin: Slot) {
        self.table.set_note(slot, twin.number() + 1);
        self.table.set_note(twin, slot.number() + 1);
    }

    /// Takes the twin from a page in the stack: it becomes low.
    fn raise(&mut self, slot: Slot) {
        if let Some(twin) = self.twin(slot) {
            self.table.remove_hidden(twin);
        }
        self.table.set_note(slot, 0);
        self.low += self.table.size(slot);
    }

    /// Moves low pages from the end of the stack to the queue until the low ones fit.
    fn lower(&mut self) {
        while self.low > self.low_capacity {
            self.prune();
            let Some(end) = self.table.oldest(self.stack) else { break };
            self.low -= self.table.size(end);
            self.table.renew(end, self.queue);
        }
        self.prune();
    }

    /// Removes high pages and ghosts from the end of the stack: nothing older than the oldest
    /// low page tells anything.
    fn prune(&mut self) {
        while let Some(end) = self.table.oldest(self.stack)
            && let Some(twin) = self.twin(end)
        {
            self.leave_stack(end, twin);
        }
    }

    /// Removes a page with a twin from the stack.
    fn leave_stack(&mut self, slot: Slot, twin: Slot) {
        if self.table.list_of(twin) == self.queue {
            self.table.expose(twin, slot);
            self.table.set_note(twin, 0);
            self.table.remove_hidden(slot);
        } else {
            self.table.remove_hidden(twin);
            self.table.remove(slot);
        }
    }
}

impl Rules for Lirs {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let mut table = Table::default();
        let [stack, queue, ghosts] = [(); 3].map(|()| table.list());
        let low_capacity = capacity - (capacity / 100).max(1).min(capacity);
        Self { table, capacity, low_capacity, low: 0, stack, queue, ghosts }
    }

    fn used(&self) -> u64 {
        self.low + self.table.weight(self.queue)
    }

    fn resident(&self, slot: Slot) -> bool {
        self.twin(slot).is_none_or(|twin| self.table.list_of(twin) == self.queue)
    }

    fn hit(&mut self, slot: Slot) {
        let twin = self.twin(slot);
        if !self.in_stack(slot) {
            // Forgotten by the stack: another chance to prove itself.
            let (key, size) = (self.table.key(slot), self.table.size(slot));
            let top = self.table.insert_hidden(key, size, self.stack);
            self.table.expose(top, slot);
            self.table.renew(slot, self.queue);
            self.pair(top, slot);
        } else {
            self.table.renew(slot, self.stack);
            if twin.is_some() {
                self.raise(slot);
                self.lower();
            } else {
                self.prune();
            }
        }
    }

    fn miss(&mut self, key: u64, size: u64, ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
        // A page comes to the stack at once, and to its weight when there is room.
        if let Some(ghost) = ghost {
            self.table.resize(ghost, size);
            self.table.renew(ghost, self.stack);
            self.raise(ghost);
            self.lower();
            self.make_room(0, gone);
            return;
        }
        if self.low + size <= self.low_capacity {
            self.make_room(size, gone);
            self.table.insert(key, size, self.stack);
            self.low += size;
            return;
        }
        self.make_room(size, gone);
        let slot = self.table.insert(key, size, self.stack);
        let twin = self.table.insert_hidden(key, size, self.queue);
        self.pair(slot, twin);
        self.prune();
    }

    fn evict(&mut self, gone: &mut impl FnMut(u64)) {
        if self.table.oldest(self.queue).is_none() {
            // All are low: the end of the stack joins the queue first.
            self.prune();
            if let Some(end) = self.table.oldest(self.stack) {
                self.low -= self.table.size(end);
                self.table.renew(end, self.queue);
                self.prune();
            }
        }
        let Some(victim) = self.table.oldest(self.queue) else { return };
        gone(self.table.key(victim));
        if self.twin(victim).is_none() {
            self.table.remove(victim);
            return;
        }
        self.table.renew(victim, self.ghosts);
        while self.table.weight(self.ghosts).max(self.table.len(self.ghosts)) > self.capacity {
            let Some(oldest) = self.table.oldest(self.ghosts) else { break };
            let Some(slot) = self.twin(oldest) else { break };
            self.leave_stack(slot, oldest);
        }
    }

    fn resize(&mut self, slot: Slot, size: u64) {
        if let Some(twin) = self.twin(slot) {
            self.table.resize(twin, size);
        } else if self.in_stack(slot) {
            self.low = self.low - self.table.size(slot) + size;
        }
        self.table.resize(slot, size);
    }

    fn forget(&mut self, slot: Slot) {
        if let Some(twin) = self.twin(slot) {
            self.table.remove_hidden(twin);
        } else if self.in_stack(slot) {
            self.low -= self.table.size(slot);
        }
        self.table.remove(slot);
        self.prune();
    }
}
