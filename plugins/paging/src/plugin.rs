//! The strategies `paging.*`: policies behind `pressmark.cache/1`.

use pressmark_sdk::{
    Access, AccessKind, Cache, Capabilities, Descriptor, Events, Interface, Result, Strategy,
    version,
};

use crate::adaptive::Adaptive;
use crate::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use crate::policy::Policy;
use crate::table::AHEAD;

/// What the descriptions have in common.
pub(crate) const PAGING: Descriptor = Descriptor {
    id: c"",
    name: c"",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"",
    format_version: 1,
    capabilities: Capabilities::DETERMINISTIC
        .and(Capabilities::CONCURRENT)
        .and(Capabilities::HOST_MEMORY),
    options: &[],
    interfaces: &[Interface::Cache],
    create: |_, _| Err(pressmark_sdk::Error::BadCall(String::new())),
};

/// `paging.fifo`.
pub const FIFO: Descriptor = Descriptor {
    id: c"paging.fifo",
    name: c"First in, first out",
    doc: c"The page that came first leaves first.",
    create: |_, _| Ok(Box::new(Paging::<Fifo>::default())),
    ..PAGING
};

/// `paging.lru`.
pub const LRU: Descriptor = Descriptor {
    id: c"paging.lru",
    name: c"Least recently used",
    doc: c"The page whose last access is the longest ago leaves first.",
    create: |_, _| Ok(Box::new(Paging::<Lru>::default())),
    ..PAGING
};

/// `paging.clock`.
pub const CLOCK: Descriptor = Descriptor {
    id: c"paging.clock",
    name: c"CLOCK",
    doc: c"First in, first out, with a second chance for pages that were hit (Corbato 1968).",
    create: |_, _| Ok(Box::new(Paging::<Clock>::default())),
    ..PAGING
};

/// `paging.lfu`.
pub const LFU: Descriptor = Descriptor {
    id: c"paging.lfu",
    name: c"Least frequently used",
    doc: c"The page with the fewest accesses since it came leaves first, in constant time (Shah, Mitra and Matani 2010).",
    create: |_, _| Ok(Box::new(Paging::<Lfu>::default())),
    ..PAGING
};

/// `paging.sieve`.
pub const SIEVE: Descriptor = Descriptor {
    id: c"paging.sieve",
    name: c"SIEVE",
    doc: c"A queue no page moves in, and a hand that evicts what was not hit since it came by (Zhang et al. 2024).",
    create: |_, _| Ok(Box::new(Paging::<Sieve>::default())),
    ..PAGING
};

/// `paging.s3fifo`.
pub const S3FIFO: Descriptor = Descriptor {
    id: c"paging.s3fifo",
    name: c"S3-FIFO",
    doc: c"A small queue on probation, a main queue and a queue of ghosts (Yang et al. 2023).",
    create: |_, _| Ok(Box::new(Paging::<S3Fifo>::default())),
    ..PAGING
};

/// `paging.arc`.
pub const ARC: Descriptor = Descriptor {
    id: c"paging.arc",
    name: c"ARC",
    doc: c"Pages seen once and pages seen often, balanced by hits on their ghosts (Megiddo and Modha 2003).",
    create: |_, _| Ok(Box::new(Paging::<Arc>::default())),
    ..PAGING
};

/// `paging.lirs`.
pub const LIRS: Descriptor = Descriptor {
    id: c"paging.lirs",
    name: c"LIRS",
    doc: c"Pages whose last two accesses were close own the cache, the others pass through (Jiang and Zhang 2002).",
    create: |_, _| Ok(Box::new(Paging::<Lirs>::default())),
    ..PAGING
};

/// `paging.2q`.
pub const TWO_Q: Descriptor = Descriptor {
    id: c"paging.2q",
    name: c"2Q",
    doc: c"New pages wait in a queue; those that come back after it are kept, least recently used (Johnson and Shasha 1994).",
    create: |_, _| Ok(Box::new(Paging::<TwoQ>::default())),
    ..PAGING
};

/// `paging.wtinylfu`.
pub const W_TINY_LFU: Descriptor = Descriptor {
    id: c"paging.wtinylfu",
    name: c"W-TinyLFU",
    doc: c"A window, and behind it a main part that admits who was seen more often than its victim (Einziger, Friedman and Manes 2017).",
    create: |_, _| Ok(Box::new(Paging::<WTinyLfu>::default())),
    ..PAGING
};

/// `paging.adaptive`.
pub const ADAPTIVE: Descriptor = Descriptor {
    id: c"paging.adaptive",
    name: c"Adaptive",
    doc: c"Eight policies play the trace in shadow caches, on a sample of the pages where these are many, and the cache turns into that of the one that does best of late.",
    create: |_, _| Ok(Box::new(Paging::<Adaptive>::default())),
    ..PAGING
};

/// A policy as a strategy.
pub(crate) struct Paging<P> {
    policy: P,
    /// What left, by the place in the batch; told to the host in one go.
    gone: Vec<(u64, u64)>,
}

impl<P: Policy> Default for Paging<P> {
    fn default() -> Self {
        Self { policy: P::new(1), gone: Vec::new() }
    }
}

impl<P: Policy> Strategy for Paging<P> {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl<P: Policy> Paging<P> {
    #[inline]
    fn step(&mut self, access: &Access, at: u64) -> bool {
        let gone = &mut self.gone;
        access.kind() != AccessKind::Tool
            && self.policy.access(access.key(), access.size(), &mut |key| gone.push((key, at)))
    }

    fn tell(&mut self, events: &mut Events<'_>) -> Result<()> {
        self.gone.drain(..).try_for_each(|(key, at)| {
            events.at(at);
            events.evict(key)
        })
    }
}

impl<P: Policy> Cache for Paging<P> {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        *self = Self { policy: P::new(capacity), gone: Vec::new() };
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let hit = self.step(access, 0);
        self.tell(events)?;
        Ok(hit)
    }

    fn access_batch(
        &mut self,
        accesses: &[Access],
        hits: &mut [u8],
        events: &mut Events<'_>,
    ) -> Result<()> {
        let mut keys = [0; AHEAD];
        let mut at = 0;
        for (accesses, hits) in accesses.chunks(AHEAD).zip(hits.chunks_mut(AHEAD)) {
            for (key, access) in keys.iter_mut().zip(accesses) {
                *key = access.key();
            }
            std::hint::black_box(self.policy.touch(&keys[..accesses.len()]));
            for (access, hit) in accesses.iter().zip(hits) {
                *hit = self.step(access, at).into();
                at += 1;
            }
            self.tell(events)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::conformance;

    use super::*;

    #[test]
    fn all_keep_the_contract() {
        for strategy in [
            &FIFO,
            &LRU,
            &CLOCK,
            &LFU,
            &SIEVE,
            &S3FIFO,
            &ARC,
            &LIRS,
            &TWO_Q,
            &W_TINY_LFU,
            &ADAPTIVE,
        ] {
            conformance(strategy);
        }
    }
}
