//! `probe.cache`: least recently used, with an optional fetch of the next key.

use std::collections::{BTreeMap, HashMap};

use pressmark_sdk::{
    Access, AccessKind, Cache, Descriptor, Events, Host, Interface, OptionSpec, Result, Strategy,
};

use crate::PROBE;

pub(crate) const CACHE: Descriptor = Descriptor {
    id: c"probe.cache",
    doc: c"Least recently used; with `ahead`, each turn fetches the key after the last one used.",
    options: &[OptionSpec::bool(c"ahead", c"Fetch the next key when a turn begins.", false)],
    interfaces: &[Interface::Cache],
    create: |host, options| {
        let ahead = options.bool(c"ahead")?;
        Ok(Box::new(Lru { host: host.clone(), ahead, ..Lru::empty(host.clone()) }))
    },
    ..PROBE
};

struct Lru {
    host: Host,
    ahead: bool,
    capacity: u64,
    used: u64,
    now: u64,
    last: Option<u64>,
    /// By key: when it was used, and its size.
    resident: HashMap<u64, (u64, u64)>,
    /// By time of use: the key.
    order: BTreeMap<u64, u64>,
}

impl Lru {
    fn empty(host: Host) -> Self {
        Self {
            host,
            ahead: false,
            capacity: 1,
            used: 0,
            now: 0,
            last: None,
            resident: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    /// Makes a key the most recent one, and pushes out what no longer fits: the key itself
    /// if it is larger than the cache.
    fn touch(&mut self, key: u64, size: u64, events: &mut Events<'_>) -> Result<bool> {
        self.now += 1;
        let before = self.resident.insert(key, (self.now, size));
        if let Some((when, size)) = before {
            self.order.remove(&when);
            self.used -= size;
        }
        self.order.insert(self.now, key);
        self.used = self.used.saturating_add(size);
        while self.used > self.capacity {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            if let Some((_, size)) = self.resident.remove(&oldest) {
                self.used -= size;
            }
            events.evict(oldest)?;
        }
        Ok(before.is_some())
    }
}

impl Strategy for Lru {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl Cache for Lru {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        *self = Self { ahead: self.ahead, capacity, ..Self::empty(self.host.clone()) };
        Ok(())
    }

    fn begin_turn(&mut self, _turn: u64, events: &mut Events<'_>) -> Result<()> {
        let next = self.last.and_then(|last| last.checked_add(1));
        if let Some(next) = next.filter(|next| self.ahead && !self.resident.contains_key(next)) {
            events.prefetch(next)?;
            self.touch(next, 1, events)?;
        }
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        if access.kind() == AccessKind::Tool {
            return Ok(false);
        }
        self.last = Some(access.key());
        let hit = self.touch(access.key(), access.size(), events)?;
        self.host.channel("lru", 1, hit.into());
        Ok(hit)
    }
}
