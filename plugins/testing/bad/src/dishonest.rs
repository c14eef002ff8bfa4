//! Caches and compactions that tell the host what is not so.

use pressmark_sdk::{
    Access, Budget, Cache, Compact, Descriptor, Events, Interface, Result, Sink, Spans, Strategy,
};

use crate::BAD;

pub(crate) const OVERFULL: Descriptor = Descriptor {
    id: c"bad.cache_overfull",
    doc: c"A cache that evicts nothing, whatever its capacity.",
    interfaces: &[Interface::Cache],
    create: |_, _| Ok(Box::new(Liar { lie: Lie::Overfull, seen: Vec::new() })),
    ..BAD
};

pub(crate) const FALSE_HIT: Descriptor = Descriptor {
    id: c"bad.cache_false_hit",
    doc: c"A cache that says every access is a hit.",
    create: |_, _| Ok(Box::new(Liar { lie: Lie::FalseHit, seen: Vec::new() })),
    ..OVERFULL
};

pub(crate) const FALSE_EVICTION: Descriptor = Descriptor {
    id: c"bad.cache_false_eviction",
    doc: c"A cache that evicts keys it never had.",
    create: |_, _| Ok(Box::new(Liar { lie: Lie::FalseEviction, seen: Vec::new() })),
    ..OVERFULL
};

pub(crate) const OVER_BUDGET: Descriptor = Descriptor {
    id: c"bad.compact_over_budget",
    doc: c"A compaction that keeps everything, whatever the budget.",
    interfaces: &[Interface::Compact],
    create: |_, _| Ok(Box::new(Liar { lie: Lie::OverBudget, seen: Vec::new() })),
    ..BAD
};

pub(crate) const FALSE_SPAN: Descriptor = Descriptor {
    id: c"bad.compact_false_span",
    doc: c"A compaction that writes nothing and says it kept bytes past the document's end.",
    create: |_, _| Ok(Box::new(Liar { lie: Lie::FalseSpan, seen: Vec::new() })),
    ..OVER_BUDGET
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    Overfull,
    FalseHit,
    FalseEviction,
    OverBudget,
    FalseSpan,
}

struct Liar {
    lie: Lie,
    seen: Vec<u64>,
}

impl Strategy for Liar {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(self)
    }
    fn compact(&mut self) -> Option<&mut dyn Compact> {
        Some(self)
    }
}

impl Cache for Liar {
    fn reset(&mut self, _capacity: u64) -> Result<()> {
        self.seen.clear();
        Ok(())
    }

    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool> {
        let hit = self.seen.contains(&access.key());
        if !hit {
            self.seen.push(access.key());
        }
        if self.lie == Lie::FalseEviction {
            events.evict(access.key().wrapping_add(1_000_000))?;
        }
        Ok(hit || self.lie == Lie::FalseHit)
    }
}

impl Compact for Liar {
    fn compact(
        &mut self,
        document: &[u8],
        _budget: Budget,
        out: &mut Sink<'_>,
        kept: &mut Spans<'_>,
    ) -> Result<()> {
        let len = document.len() as u64;
        if self.lie == Lie::FalseSpan {
            return kept.add(len, 10);
        }
        out.write(document)?;
        kept.add(0, len)
    }
}
