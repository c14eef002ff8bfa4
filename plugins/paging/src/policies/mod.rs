//! The policies, each as its authors published it, made exact for pages of any size.

mod arc;
mod clock;
mod fifo;
mod lfu;
mod lirs;
mod lru;
mod s3fifo;
mod sieve;
mod two_q;
mod w_tiny_lfu;

pub use arc::Arc;
pub use clock::Clock;
pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lirs::Lirs;
pub use lru::Lru;
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;
pub use two_q::TwoQ;
pub use w_tiny_lfu::WTinyLfu;

/// The parts of [`Rules`](crate::policy::Rules) that are the same for all whose state is a
/// `table` and a `capacity`.
macro_rules! of_the_table {
    () => {
        fn capacity(&self) -> u64 {
            self.capacity
        }
        fn table(&self) -> &Table {
            &self.table
        }
        fn resize(&mut self, slot: Slot, size: u64) {
            self.table.resize(slot, size);
        }
    };
}
pub(crate) use of_the_table;

/// The parts that are the same for all that have one queue, `pages`, in which hits move nothing;
/// the fields besides are given with their first values.
macro_rules! of_one_queue {
    ($($field:ident: $first:expr),*) => {
        const MOVES: bool = false;
        of_the_table!();

        fn new(capacity: u64) -> Self {
            let mut table = Table::default();
            let pages = table.list();
            Self { table, capacity: $crate::policy::bounded(capacity), pages, $($field: $first),* }
        }

        fn used(&self) -> u64 {
            self.table.weight(self.pages)
        }

        fn resident(&self, _slot: Slot) -> bool {
            true
        }

        fn miss(&mut self, key: u64, size: u64, _ghost: Option<Slot>, gone: &mut impl FnMut(u64)) {
            self.make_room(size, gone);
            self.table.insert(key, size, self.pages);
        }
    };
}
pub(crate) use of_one_queue;
