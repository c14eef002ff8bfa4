//! The policies that the adaptive one chooses from, and what they have earned.

use crate::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use crate::policy::Policy;

macro_rules! experts {
    ($($kind:ident $name:literal),*) => {
        /// One of the policies.
        #[derive(Debug)]
        pub(super) enum Expert {
            $(#[doc = "See there."] $kind($kind)),*
        }

        impl Expert {
            /// All of them, empty.
            pub(super) fn all(capacity: u64) -> Vec<Self> {
                vec![$(Self::$kind(<$kind as Policy>::new(capacity))),*]
            }

            /// A fresh one of the same kind.
            pub(super) fn fresh(&self, capacity: u64) -> Self {
                match self {
                    $(Self::$kind(_) => Self::$kind(<$kind as Policy>::new(capacity))),*
                }
            }

            #[inline]
            pub(super) fn access(
                &mut self,
                key: u64,
                size: u64,
                gone: &mut impl FnMut(u64),
            ) -> bool {
                match self {
                    $(Self::$kind(policy) => policy.access(key, size, gone)),*
                }
            }

            pub(super) fn touch(&self, keys: &[u64]) -> u32 {
                match self {
                    $(Self::$kind(policy) => policy.touch(keys)),*
                }
            }

            pub(super) fn holds(&self, key: u64) -> bool {
                match self {
                    $(Self::$kind(policy) => policy.holds(key)),*
                }
            }

            pub(super) fn pages(&self) -> Vec<(u64, u64)> {
                match self {
                    $(Self::$kind(policy) => policy.pages()),*
                }
            }

            pub(super) fn used(&self) -> u64 {
                match self {
                    $(Self::$kind(policy) => Policy::used(policy)),*
                }
            }

            pub(super) fn keys(&self) -> usize {
                match self {
                    $(Self::$kind(policy) => policy.keys()),*
                }
            }

            pub(super) fn bytes(&self) -> usize {
                match self {
                    $(Self::$kind(policy) => policy.bytes()),*
                }
            }

            /// The policy's name, as in its strategy's id.
            pub(super) fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name),*
                }
            }
        }
    };
}

// Of experts alike the earlier one is taken.
experts!(
    Sieve "sieve",
    Arc "arc",
    S3Fifo "s3fifo",
    Lru "lru",
    Clock "clock",
    Fifo "fifo",
    Lfu "lfu",
    Lirs "lirs",
    TwoQ "2q",
    WTinyLfu "wtinylfu"
);

/// Who leads at first, by its place: LIRS. Without any evidence it keeps what it has, and if
/// that is wrong one knows soon; a loop tells nothing to those that keep what is new.
pub(super) const FIRST: usize = 7;
