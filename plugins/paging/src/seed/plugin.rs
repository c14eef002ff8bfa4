//! The strategies `paging.seed.*`.
//!
//! The original counts pages, or tokens in its context window, and takes types, importance
//! and segment summaries from its caller. What a trace does not say is left at the original's
//! default, or derived as an option tells.

use std::collections::HashMap;

use pressmark_sdk::{
    Access, AccessKind, Cache, Descriptor, Error, Events, Host, OptionSpec, Options, Result,
    Strategy,
};

use super::prefetch::Prefetcher;
use super::tlb::{Tlb, WithTable};
use super::working_set::{AntiThrash, ContextWindow, HotCache};
use crate::plugin::PAGING;

/// `paging.seed.tlb`.
pub const TLB: Descriptor = Descriptor {
    id: c"paging.seed.tlb",
    name: c"Original TLB",
    doc: c"The TLB of chuk-ai-session-manager 0.8: least recently used, and every update of a page's location drops its entry.",
    options: &[
        OptionSpec::bool(
            c"page_table",
            c"Put it in front of a page table, where pages are registered when they are first missed.",
            false,
        ),
        OptionSpec::int(
            c"update_every",
            c"Update the location of every n-th page accessed; 0 is never.",
            c"accesses",
            0,
            0..=1_000_000_000,
        ),
    ],
    create: |host, options| {
        let settings = (options.bool(c"page_table")?, options.size(c"update_every")? as u64);
        Ok(Box::new(TlbCache { host: host.clone(), settings, ..TlbCache::empty(host, 1) }))
    },
    ..PAGING
};

/// `paging.seed.prefetch`.
pub const PREFETCH: Descriptor = Descriptor {
    id: c"paging.seed.prefetch",
    name: c"Original prefetcher",
    doc: c"The TLB of chuk-ai-session-manager 0.8 with its prefetcher: busy pages, the last summary and what tools were called after are fetched when a turn begins.",
    options: &[
        OptionSpec::int(
            c"claim_every",
            c"Every n-th page, by first appearance, is a claim; 0: types are not known.",
            c"pages",
            0,
            0..=1_000_000_000,
        ),
        OptionSpec::int(
            c"summary_every",
            c"The first page of every n-th turn is the summary of a segment; 0: there are none.",
            c"turns",
            0,
            0..=1_000_000_000,
        ),
    ],
    create: |host, options| Ok(Box::new(Prefetching::new(host, options)?)),
    ..PAGING
};

const ANTI_THRASH: OptionSpec = OptionSpec::bool(
    c"anti_thrash",
    c"Protect pages that were faulted in less than 2 turns ago or evicted less than 3 turns ago.",
    true,
);

/// `paging.seed.l0`.
pub const L0: Descriptor = Descriptor {
    id: c"paging.seed.l0",
    name: c"Original context window",
    doc: c"The context window of chuk-ai-session-manager 0.8, evicting by its score; all pages are alike in importance.",
    options: &[ANTI_THRASH],
    create: |host, options| {
        let anti_thrash = options.bool(c"anti_thrash")?;
        let window = ContextWindow::new(1, AntiThrash::new(anti_thrash));
        Ok(Box::new(Window { host: host.clone(), window, anti_thrash }))
    },
    ..PAGING
};

/// `paging.seed.l1`.
pub const L1: Descriptor = Descriptor {
    id: c"paging.seed.l1",
    name: c"Original hot cache",
    doc: c"The hot cache of chuk-ai-session-manager 0.8, evicting by its score of age and accesses; all pages are alike in importance, and the clock is simulated.",
    options: &[
        ANTI_THRASH,
        OptionSpec::int(
            c"seconds_per_access",
            c"How far the simulated clock goes on before each access.",
            c"seconds",
            60,
            0..=1_000_000,
        ),
    ],
    create: |host, options| {
        let anti_thrash = options.bool(c"anti_thrash")?;
        let step = options.size(c"seconds_per_access")? as u64;
        let cache = HotCache::new(1, AntiThrash::new(anti_thrash));
        Ok(Box::new(Hot { host: host.clone(), cache, anti_thrash, step, now: 0 }))
    },
    ..PAGING
};

/// The importance of a page that nobody set.
fn alike(_page: u64) -> f64 {
    0.5
}

/// Gathers what a call to the core evicts, and tells the host.
fn telling<T>(events: &mut Events<'_>, call: impl FnOnce(&mut dyn FnMut(u64)) -> T) -> Result<T> {
    let mut told = Ok(());
    let result = call(&mut |key| {
        if told.is_ok() {
            told = events.evict(key);
        }
    });
    told.map(|()| result)
}

struct TlbCache {
    host: Host,
    settings: (bool, u64),
    capacity: u64,
    tlb: WithTable,
    accesses: u64,
}

impl TlbCache {
    fn empty(host: &Host, capacity: u64) -> Self {
        let tlb = WithTable::new(capacity);
        Self { host: host.clone(), settings: (false, 0), capacity, tlb, accesses: 0 }
    }
}

impl Strategy for TlbCache {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

/// Sizes are not the original's: with them, what no longer fits leaves too.
fn fit(tlb: &mut Tlb, capacity: u64, gone: &mut impl FnMut(u64)) {
    while tlb.weight() > capacity {
        tlb.evict(gone);
    }
}

impl Cache for TlbCache {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        *self = Self { settings: self.settings, ..Self::empty(&self.host, capacity) };
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        if access.kind() == AccessKind::Tool {
            return Ok(false);
        }
        self.accesses += 1;
        let (key, size) = (access.key(), access.size());
        let (with_table, update_every) = self.settings;
        let hit = self.tlb.tlb.contains(key);
        let updated = update_every > 0 && self.accesses.is_multiple_of(update_every);
        if size > self.capacity {
            self.tlb.tlb.invalidate(key);
            events.evict(key)?;
            return Ok(hit);
        }
        self.host.channel("tlb", 1, hit.into());
        telling(events, |gone| {
            let mut gone = gone;
            let known = self.tlb.lookup(key, size, &mut gone);
            if with_table && !hit {
                self.host.channel("page_table", 1, known.into());
            }
            // Also when it is there: the size may be new.
            self.tlb.register(key, size, &mut gone);
            fit(&mut self.tlb.tlb, self.capacity, &mut gone);
            if updated && self.tlb.update_location(key) {
                gone(key);
            }
        })?;
        Ok(hit)
    }
}

struct Prefetching {
    host: Host,
    claim_every: usize,
    summary_every: u64,
    capacity: u64,
    tlb: Tlb,
    prefetcher: Prefetcher,
    /// Sizes of the pages seen.
    sizes: HashMap<u64, u64>,
    /// The turn and the pages accessed in it.
    turn: Option<u64>,
    block: Vec<u64>,
    /// What the prefetcher asked for when the turn began.
    wanted: Vec<u64>,
}

impl Prefetching {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let claim_every = options.size(c"claim_every")?;
        Ok(Self::empty(host, claim_every, options.size(c"summary_every")? as u64, 1))
    }

    fn empty(host: &Host, claim_every: usize, summary_every: u64, capacity: u64) -> Self {
        Self {
            host: host.clone(),
            claim_every,
            summary_every,
            capacity,
            tlb: Tlb::new(capacity),
            prefetcher: Prefetcher::default(),
            sizes: HashMap::new(),
            turn: None,
            block: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// The pages to fetch now.
    fn pages(&self) -> Vec<u64> {
        let order = |page| self.prefetcher.accesses().order(page).unwrap_or(1);
        let claim = |page| order(page).is_multiple_of(self.claim_every);
        let types: Option<&dyn Fn(u64) -> bool> =
            if self.claim_every > 0 { Some(&claim) } else { None };
        self.prefetcher.pages(types)
    }
}

impl Strategy for Prefetching {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl Cache for Prefetching {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        *self = Self::empty(&self.host, self.claim_every, self.summary_every, capacity);
        Ok(())
    }

    fn begin_turn(&mut self, turn: u64, events: &mut Events<'_>) -> Result<()> {
        let last = self.turn.replace(turn);
        let summarised =
            last.is_some_and(|last| self.summary_every > 0 && (last + 1) % self.summary_every == 0);
        if let Some(&first) = self.block.first().filter(|_| summarised) {
            self.prefetcher.set_summary(first);
        }
        self.block.clear();
        // A page may come and leave again within this turn's beginning, or leave and come back:
        // only what is different at its end is told.
        let (mut come, mut left) = (Vec::new(), Vec::new());
        self.wanted = self.pages();
        for &page in &self.wanted {
            let size = self.sizes.get(&page).copied().unwrap_or(1).max(1);
            if self.tlb.contains(page) || size > self.capacity {
                continue;
            }
            if !left.contains(&page) {
                come.push(page);
            }
            let mut gone = |gone| {
                if !come.contains(&gone) && !left.contains(&gone) {
                    left.push(gone);
                }
            };
            self.tlb.insert(page, size, &mut gone);
            fit(&mut self.tlb, self.capacity, &mut gone);
        }
        come.iter()
            .filter(|&&page| self.tlb.contains(page))
            .try_for_each(|&p| events.prefetch(p))?;
        left.iter().filter(|&&page| !self.tlb.contains(page)).try_for_each(|&p| events.evict(p))?;
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let (key, size) = (access.key(), access.size());
        if access.kind() == AccessKind::Tool {
            self.prefetcher.record_tool(key, access.turn(), &self.block);
            return Ok(false);
        }
        self.block.push(key);
        self.prefetcher.record_access(key);
        self.sizes.insert(key, size);
        let hit = self.tlb.lookup(key);
        self.host.channel("tlb", 1, hit.into());
        self.host.channel("prefetch", 1, self.wanted.contains(&key).into());
        if size > self.capacity {
            self.tlb.invalidate(key);
            events.evict(key)?;
            return Ok(hit);
        }
        telling(events, |gone| {
            let mut gone = gone;
            self.tlb.insert(key, size, &mut gone);
            fit(&mut self.tlb, self.capacity, &mut gone);
        })?;
        Ok(hit)
    }
}

struct Window {
    host: Host,
    window: ContextWindow,
    anti_thrash: bool,
}

impl Strategy for Window {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl Cache for Window {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        self.window = ContextWindow::new(capacity, AntiThrash::new(self.anti_thrash));
        Ok(())
    }

    fn begin_turn(&mut self, _turn: u64, _events: &mut Events<'_>) -> Result<()> {
        self.window.new_turn();
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        if access.kind() == AccessKind::Tool {
            return Ok(false);
        }
        let hit = telling(events, |mut gone| {
            self.window.access(access.key(), access.size(), alike, &mut gone)
        })?;
        self.host.channel("working_set", 1, hit.into());
        Ok(hit)
    }
}

struct Hot {
    host: Host,
    cache: HotCache,
    anti_thrash: bool,
    step: u64,
    now: u64,
}

impl Strategy for Hot {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl Cache for Hot {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        self.cache = HotCache::new(capacity, AntiThrash::new(self.anti_thrash));
        self.now = 0;
        Ok(())
    }

    fn begin_turn(&mut self, _turn: u64, _events: &mut Events<'_>) -> Result<()> {
        self.cache.new_turn();
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        if access.kind() == AccessKind::Tool {
            return Ok(false);
        }
        let time = self.now.checked_add(self.step);
        self.now = time.ok_or_else(|| Error::Failed("the simulated clock is at its end".into()))?;
        let hit = telling(events, |mut gone| {
            self.cache.access(access.key(), access.size(), self.now, alike, &mut gone)
        })?;
        self.host.channel("working_set", 1, hit.into());
        Ok(hit)
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::conformance;

    use super::*;

    #[test]
    fn all_keep_the_contract() {
        [&TLB, &PREFETCH, &L0, &L1].into_iter().for_each(conformance);
    }
}
