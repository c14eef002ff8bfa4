//! The strategies `paging.*`: policies behind `pressmark.cache/1`.

use pressmark_sdk::{
    Access, AccessKind, Cache, Capabilities, Descriptor, Events, Host, Interface, Result, Strategy,
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
    create: |host, _| Ok(Box::new(Paging::<Fifo>::new(host))),
    ..PAGING
};

/// `paging.lru`.
pub const LRU: Descriptor = Descriptor {
    id: c"paging.lru",
    name: c"Least recently used",
    doc: c"The page whose last access is the longest ago leaves first.",
    create: |host, _| Ok(Box::new(Paging::<Lru>::new(host))),
    ..PAGING
};

/// `paging.clock`.
pub const CLOCK: Descriptor = Descriptor {
    id: c"paging.clock",
    name: c"CLOCK",
    doc: c"First in, first out, with a second chance for pages that were hit (Corbato 1968).",
    create: |host, _| Ok(Box::new(Paging::<Clock>::new(host))),
    ..PAGING
};

/// `paging.lfu`.
pub const LFU: Descriptor = Descriptor {
    id: c"paging.lfu",
    name: c"Least frequently used",
    doc: c"The page with the fewest accesses since it came leaves first, in constant time (Shah, Mitra and Matani 2010).",
    create: |host, _| Ok(Box::new(Paging::<Lfu>::new(host))),
    ..PAGING
};

/// `paging.sieve`.
pub const SIEVE: Descriptor = Descriptor {
    id: c"paging.sieve",
    name: c"SIEVE",
    doc: c"A queue no page moves in, and a hand that evicts what was not hit since it came by (Zhang et al. 2024).",
    create: |host, _| Ok(Box::new(Paging::<Sieve>::new(host))),
    ..PAGING
};

/// `paging.s3fifo`.
pub const S3FIFO: Descriptor = Descriptor {
    id: c"paging.s3fifo",
    name: c"S3-FIFO",
    doc: c"A small queue on probation, a main queue and a queue of ghosts (Yang et al. 2023).",
    create: |host, _| Ok(Box::new(Paging::<S3Fifo>::new(host))),
    ..PAGING
};

/// `paging.arc`.
pub const ARC: Descriptor = Descriptor {
    id: c"paging.arc",
    name: c"ARC",
    doc: c"Pages seen once and pages seen often, balanced by hits on their ghosts (Megiddo and Modha 2003).",
    create: |host, _| Ok(Box::new(Paging::<Arc>::new(host))),
    ..PAGING
};

/// `paging.lirs`.
pub const LIRS: Descriptor = Descriptor {
    id: c"paging.lirs",
    name: c"LIRS",
    doc: c"Pages whose last two accesses were close own the cache, the others pass through (Jiang and Zhang 2002).",
    create: |host, _| Ok(Box::new(Paging::<Lirs>::new(host))),
    ..PAGING
};

/// `paging.2q`.
pub const TWO_Q: Descriptor = Descriptor {
    id: c"paging.2q",
    name: c"2Q",
    doc: c"New pages wait in a queue; those that come back after it are kept, least recently used (Johnson and Shasha 1994).",
    create: |host, _| Ok(Box::new(Paging::<TwoQ>::new(host))),
    ..PAGING
};

/// `paging.wtinylfu`.
pub const W_TINY_LFU: Descriptor = Descriptor {
    id: c"paging.wtinylfu",
    name: c"W-TinyLFU",
    doc: c"A window, and behind it a main part that admits who was seen more often than its victim (Einziger, Friedman and Manes 2017).",
    create: |host, _| Ok(Box::new(Paging::<WTinyLfu>::new(host))),
    ..PAGING
};

/// `paging.adaptive`.
pub const ADAPTIVE: Descriptor = Descriptor {
    id: c"paging.adaptive",
    name: c"Adaptive",
    doc: c"Eight policies play the trace in shadow caches, on a sample of the pages where these are many, and the cache turns into that of the one that does best of late.",
    create: |host, _| Ok(Box::new(Paging::<Adaptive>::new(host))),
    ..PAGING
};

/// A policy as a strategy.
pub(crate) struct Paging<P> {
    host: Host,
    policy: P,
    /// What left, by the place in the batch; told to the host in one go.
    gone: Vec<(u64, u64)>,
}

impl<P: Policy> Strategy for Paging<P> {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl<P: Policy> Paging<P> {
    fn new(host: &Host) -> Self {
        Self { host: host.clone(), policy: P::new(1), gone: Vec::new() }
    }

    #[inline]
    fn step(&mut self, access: &Access, at: u64) -> bool {
        let gone = &mut self.gone;
        access.kind() != AccessKind::Tool
            && self.policy.access(access.key(), access.size(), &mut |key| gone.push((key, at)))
    }

    /// Counts accesses for the policy that was followed.
    fn credit(&self, leader: Option<&str>, accesses: &[Access], hits: &[u8]) {
        if let Some(leader) = leader {
            let lookups = accesses.iter().filter(|access| access.kind() != AccessKind::Tool);
            let hits = hits.iter().map(|&hit| u64::from(hit)).sum();
            self.host.channel(leader, lookups.count() as u64, hits);
        }
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
        self.policy = P::new(capacity);
        self.gone.clear();
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let leader = self.policy.leader();
        let hit = self.step(access, 0);
        self.credit(leader, std::slice::from_ref(access), &[hit.into()]);
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
            let leader = self.policy.leader();
            for (access, hit) in accesses.iter().zip(hits.iter_mut()) {
                *hit = self.step(access, at).into();
                at += 1;
            }
            self.credit(leader, accesses, hits);
            self.tell(events)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::{conformance, drive, replay};

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

    #[test]
    fn without_an_audit_it_hits_as_often() {
        let read = |at: u64| Access::new(AccessKind::Read, at * at % 613, 1, 0);
        let trace: Vec<Access> = (0..9000).map(read).collect();
        for batch in [false, true] {
            let run = replay(&LRU, &[], 100, &trace, batch).expect("it runs");
            let hits = run.hits.iter().filter(|&&hit| hit).count() as u64;
            let misses = trace.len() as u64 - hits;
            assert_eq!(drive(&LRU, &[], 100, &trace, batch), Ok((hits, misses - 100)));
        }
    }

    #[test]
    fn the_leaders_account_for_every_access() {
        let tool = Access::new(AccessKind::Tool, 3, 0, 0);
        let cycle = (0..9000).map(|at| Access::new(AccessKind::Read, at % 300, 1, at / 100));
        let trace: Vec<Access> = std::iter::once(tool).chain(cycle).collect();
        for batch in [false, true] {
            let run = replay(&ADAPTIVE, &[], 100, &trace, batch).expect("it runs");
            let channels = run.output.channels.values();
            let (lookups, hits) =
                channels.fold((0, 0), |sum, &(lookups, hits)| (sum.0 + lookups, sum.1 + hits));
            assert_eq!((lookups, hits), (9000, run.hits.iter().filter(|&&hit| hit).count() as u64));
            assert!(run.output.channels["lirs"].1 > 2000, "a loop is for LIRS");
        }
    }
}
