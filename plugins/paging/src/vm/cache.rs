//! `paging.vm`: a session's accesses through TLB, page table and working set.

use pressmark_sdk::{
    Access, AccessKind, Cache, Descriptor, Events, Host, Interface, OptionSpec, Result, Strategy,
};

use super::working_set::WorkingSet;
use crate::plugin::PAGING;
use crate::seed::tlb::Tlb;

/// `paging.vm`.
pub const VM: Descriptor = Descriptor {
    id: c"paging.vm",
    name: c"Virtual memory",
    doc: c"chuk's paging with its defects repaired: a TLB that fills, a context that hits move pages in, pages at hand behind it, and protection for what comes back too soon.",
    options: &[OptionSpec::int(c"tlb", c"Entries of the TLB.", c"entries", 64, 1..=1 << 20)],
    interfaces: &[Interface::Cache],
    create: |host, options| {
        let entries = options.int(c"tlb")? as u64;
        Ok(Box::new(Vm {
            host: host.clone(),
            entries,
            tlb: Tlb::new(entries),
            set: WorkingSet::new(1),
            told: [0; 3],
            tlb_counts: (0, 0),
        }))
    },
    ..PAGING
};

struct Vm {
    host: Host,
    entries: u64,
    tlb: Tlb,
    set: WorkingSet,
    /// What was told of [`WorkingSet::found`].
    told: [u64; 3],
    /// Lookups and hits of the TLB that were not told yet.
    tlb_counts: (u64, u64),
}

impl Vm {
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
        let [context, hot, missed] = std::array::from_fn(|at| self.set.found[at] - self.told[at]);
        self.told = self.set.found;
        let (lookups, hits) = std::mem::take(&mut self.tlb_counts);
        for (name, lookups, hits) in [
            ("tlb", lookups, hits),
            ("context", context + hot + missed, context),
            ("at hand", hot + missed, hot),
        ] {
            self.host.channel(name, lookups, hits);
        }
    }
}

impl Strategy for Vm {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
}

impl Cache for Vm {
    fn reset(&mut self, capacity: u64) -> Result<()> {
        self.tlb = Tlb::new(self.entries);
        self.set = WorkingSet::new(capacity);
        self.told = [0; 3];
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

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::{conformance, replay};

    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        conformance(&VM);
    }

    /// The original's TLB stayed empty behind a fault handler that took empty for absent: 1000
    /// faults on 50 pages gave no hit.
    #[test]
    fn the_tlb_fills() {
        let trace: Vec<Access> =
            (0..1000).map(|at| Access::new(AccessKind::Read, at * 7 % 50, 1, at / 10)).collect();
        let run = replay(&VM, &[], 100, &trace, true).expect("it replays");
        assert_eq!(run.output.channels["tlb"], (1000, 950));
        assert_eq!(run.output.channels["context"], (1000, 950));
        assert_eq!(run.output.channels["at hand"], (50, 0));
    }
}
