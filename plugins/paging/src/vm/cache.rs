//! `paging.vm` over a trace: a session's accesses through TLB, page table and working set.

use pressmark_sdk::{Access, AccessKind, Cache, Events, Host, Result};

use super::log::Cause;
use super::machine::tell_moves;
use super::pages::Tier;
use super::working_set::WorkingSet;
use crate::seed::tlb::Tlb;

/// Counts that channels were told.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    accesses: u64,
    found: [u64; Tier::ALL.len()],
    moves: [u64; Cause::ALL.len()],
    chosen: [u64; 2],
}

/// TLB, page table and working set behind `pressmark.cache/1`.
pub(super) struct Tiers {
    host: Host,
    entries: u64,
    tlb: Tlb,
    set: WorkingSet,
    /// What the channels were told.
    told: Told,
    /// Lookups and hits of the TLB that were not told yet.
    tlb_counts: (u64, u64),
}

impl Tiers {
    /// With so many entries in the TLB.
    pub(super) fn new(host: &Host, entries: u64) -> Self {
        Self {
            host: host.clone(),
            entries,
            tlb: Tlb::new(entries),
            set: WorkingSet::new(1),
            told: Told::default(),
            tlb_counts: (0, 0),
        }
    }

    fn one(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let (key, size) = (access.key(), access.size());
        // An entry names a page wherever it is: moving a page does not make it stale.
        let known = self.tlb.lookup(key);
        if !known {
            self.tlb.insert(key, 1, &mut |_| {});
        }
        self.tlb_counts.0 += 1;
        self.tlb_counts.1 += u64::from(known);
        let mut told = Ok(());
        let mut gone = |key| {
            if told.is_ok() {
                told = events.evict(key);
            }
        };
        let writes = access.kind() == AccessKind::Write;
        let hit = self.set.access(key, size, writes, &mut gone);
        told.map(|()| hit)
    }

    /// Tells the channels what is new.
    fn tell(&mut self) {
        let (lookups, hits) = std::mem::take(&mut self.tlb_counts);
        self.host.channel("tlb", lookups, hits);
        let now = Told {
            accesses: self.set.accesses,
            found: self.set.found,
            moves: self.set.table().log.counts(),
            chosen: self.set.chosen,
        };
        let told = std::mem::replace(&mut self.told, now);
        // A tier is asked for what those above it have not.
        let mut asked = now.accesses - told.accesses;
        for (tier, (now, told)) in Tier::ALL.into_iter().zip(now.found.iter().zip(told.found)) {
            self.host.channel(tier.name(), asked, now - told);
            asked -= now - told;
        }
        tell_moves(&self.host, now.moves, told.moves);
        let [left, passed] = [0, 1].map(|at| now.chosen[at] - told.chosen[at]);
        self.host.channel("passed over for coming back", left + passed, passed);
    }
}

impl Cache for Tiers {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        self.tlb = Tlb::new(self.entries);
        self.set = WorkingSet::new(capacity);
        self.told = Told::default();
        Ok(())
    }

    fn begin_turn(&mut self, turn: u64, _events: &mut Events<'_>) -> Result<()> {
        self.set.begin_turn(turn);
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        if access.kind() == AccessKind::Tool {
            return Ok(false);
        }
        let hit = self.one(access, events);
        self.tell();
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
            *hit = match access.kind() {
                AccessKind::Tool => 0,
                _ => self.one(access, events)?.into(),
            };
        }
        self.tell();
        Ok(())
    }
}
