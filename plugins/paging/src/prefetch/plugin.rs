//! The strategy `paging.prefetch`.

use pressmark_sdk::{
    Access, AccessKind, Cache, Descriptor, Events, Host, OptionSpec, Result, Strategy,
};

use super::{Fetches, Prefetching};
use crate::adaptive::Adaptive;
use crate::plugin::PAGING;
use crate::policies::{Lirs, Lru};
use crate::policy::Policy;

/// `paging.prefetch`.
pub const PREFETCH: Descriptor = Descriptor {
    id: c"paging.prefetch",
    name: c"Prefetching",
    doc: c"A policy, and ahead of it what followed the same page or tool the last times, where such predictions came true of late and cost fewer hits than they bring.",
    options: &[OptionSpec::choice(
        c"policy",
        c"What decides which pages stay.",
        c"lru",
        &[c"lru", c"lirs", c"adaptive"],
    )],
    create: |host, options| {
        Ok(match options.choice(c"policy")? {
            "lirs" => Box::new(Ahead::<Lirs>::new(host)),
            "adaptive" => Box::new(Ahead::<Adaptive>::new(host)),
            _ => Box::new(Ahead::<Lru>::new(host)),
        })
    },
    ..PAGING
};

/// The channels, by what pages were fetched after.
const CHANNELS: [&str; 2] = ["fetched after a page", "fetched after a tool"];

struct Ahead<P> {
    host: Host,
    cache: Prefetching<P>,
    /// Pages that came and went in one access.
    moves: Moves,
    /// What the channels were told.
    told: [Fetches; 2],
    alone: u64,
}

#[derive(Default)]
struct Moves {
    gone: Vec<u64>,
    fetched: Vec<u64>,
}

impl super::Events for Moves {
    fn gone(&mut self, key: u64) {
        self.gone.push(key);
    }

    fn fetched(&mut self, key: u64) {
        self.fetched.push(key);
    }
}

impl<P: Policy> Ahead<P> {
    fn new(host: &Host) -> Self {
        let (moves, told) = (Moves::default(), [Fetches::default(); 2]);
        Self { host: host.clone(), cache: Prefetching::new(1), moves, told, alone: 0 }
    }

    fn step(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let hit = self.cache.access(access, &mut self.moves);
        self.moves.fetched.drain(..).try_for_each(|key| events.prefetch(key))?;
        self.moves.gone.drain(..).try_for_each(|key| events.evict(key))?;
        Ok(hit)
    }

    /// Tells the channels what is new after so many lookups.
    fn tell(&mut self, lookups: u64) {
        let alone = std::mem::replace(&mut self.alone, self.cache.alone);
        self.host.channel("policy alone", lookups, self.cache.alone - alone);
        let told = std::mem::replace(&mut self.told, self.cache.fetches);
        for ((name, now), told) in CHANNELS.iter().zip(&self.told).zip(told) {
            self.host.channel(name, now.fetched - told.fetched, now.used - told.used);
        }
    }
}

impl<P: Policy> Strategy for Ahead<P> {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

fn is_looked_up(access: &Access) -> bool {
    access.kind() != AccessKind::Tool
}

impl<P: Policy> Cache for Ahead<P> {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        *self = Self { cache: Prefetching::new(capacity), ..Self::new(&self.host) };
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let hit = self.step(access, events);
        self.tell(is_looked_up(access).into());
        hit
    }

    fn access_batch(
        &mut self,
        accesses: &[Access],
        hits: &mut [u8],
        events: &mut Events<'_>,
    ) -> Result<()> {
        for (index, (access, hit)) in accesses.iter().zip(hits).enumerate() {
            events.at(index as u64);
            *hit = self.step(access, events)?.into();
        }
        self.tell(accesses.iter().filter(|access| is_looked_up(access)).count() as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::conformance;

    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        conformance(&PREFETCH);
    }
}
