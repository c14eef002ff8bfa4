//! The policies, each as its authors published it, made exact for pages of any size.

mod arc;
mod clock;
mod fifo;
mod lfu;
mod lru;
mod s3fifo;
mod sieve;

pub use arc::Arc;
pub use clock::Clock;
pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lru::Lru;
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;

/// The parts of [`Policy`](crate::policy::Policy) that are the same for all whose state is a
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
