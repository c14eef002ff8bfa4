//! The strategies `paging.pack` and `paging.pack.*`, behind `pressmark.draft.pack/1`.

use pressmark_sdk::{
    Chosen, Descriptor, Interface, OptionSpec, Pack, PackRequest, Page, Result, Sink, Strategy,
};

use super::bm25::Index;
use super::context::Packed;
use super::recall::Memory;
use super::{plain, seed};
use crate::plugin::PAGING;

const PACKING: Descriptor = Descriptor { interfaces: &[Interface::Pack], ..PAGING };

/// `paging.pack`.
pub const PACK: Descriptor = Descriptor {
    id: c"paging.pack",
    name: c"Packed excerpts",
    doc: c"Excerpts of the pages that the next answer is likely to need, each thing once: names and words by rarity and age, words of the question, neighbours of hits.",
    create: |_, _| Ok(Box::new(Packer::<Memory>::default())),
    ..PACKING
};

/// `paging.pack.recency`.
pub const RECENCY: Descriptor = Descriptor {
    id: c"paging.pack.recency",
    name: c"Newest pages",
    doc: c"The newest pages, the last one cut.",
    create: |_, _| Ok(Box::new(Ordered(plain::recency))),
    ..PACKING
};

/// `paging.pack.importance`.
pub const IMPORTANCE: Descriptor = Descriptor {
    id: c"paging.pack.importance",
    name: c"Pages by importance",
    doc: c"The system's prompt and the last turns, then pages by their place and kind as chuk's working set weighs them.",
    create: |_, _| Ok(Box::new(Ordered(plain::importance))),
    ..PACKING
};

/// `paging.pack.bm25`.
pub const BM25: Descriptor = Descriptor {
    id: c"paging.pack.bm25",
    name: c"Pages by BM25",
    doc: c"Pages by BM25 for the question (Robertson and Zaragoza 2009), k1 = 1.2, b = 0.75.",
    create: |_, _| Ok(Box::new(Packer::<Pages>::default())),
    ..PACKING
};

/// `paging.pack.seed`.
pub const SEED: Descriptor = Descriptor {
    id: c"paging.pack.seed",
    name: c"chuk's packer",
    doc: c"The packer of chuk-ai-session-manager 0.8 with its defects: it overshoots its budget, and a page can forge a turn.",
    options: &[OptionSpec::int(
        c"budget_slack",
        c"The share of the budget that is held back, since the packer overshoots.",
        c"%",
        0,
        0..=90,
    )],
    create: |_, options| Ok(Box::new(Seed { slack: options.int(c"budget_slack")? as u64 })),
    ..PACKING
};

/// What a packer keeps of a session.
trait Remembers: Default {
    fn add(&mut self, page: &Page<'_>);
    fn pack(&self, request: &PackRequest<'_>) -> Packed;
}

impl Remembers for Memory {
    fn add(&mut self, page: &Page<'_>) {
        Self::add(self, page);
    }

    fn pack(&self, request: &PackRequest<'_>) -> Packed {
        Self::pack(self, request)
    }
}

/// Pages as they are.
#[derive(Default)]
struct Pages(Index);

impl Remembers for Pages {
    fn add(&mut self, page: &Page<'_>) {
        self.0.add(page.text);
    }

    fn pack(&self, request: &PackRequest<'_>) -> Packed {
        plain::pack(request, plain::bm25(&self.0, request))
    }
}

/// A packer that takes up the pages of a session as they come.
#[derive(Default)]
struct Packer<M> {
    memory: M,
    /// Of each page that was taken up, what tells it from another.
    marks: Vec<u64>,
}

impl<M: Remembers> Strategy for Packer<M> {
    fn pack(&mut self) -> Option<&mut dyn Pack> {
        Some(self)
    }
}

impl<M: Remembers> Pack for Packer<M> {
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()> {
        let marks: Vec<u64> = request.pages.iter().map(mark).collect();
        if !marks.starts_with(&self.marks) {
            // Another session, or an earlier place of this one.
            *self = Self::default();
        }
        for page in &request.pages[self.marks.len()..] {
            self.memory.add(page);
        }
        self.marks = marks;
        write(&self.memory.pack(request), out, chosen)
    }
}

/// A hash of a page's text that is the same on every machine (FNV-1a).
pub(super) fn mark(page: &Page<'_>) -> u64 {
    page.text.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A packer by an order of pages.
struct Ordered(fn(&PackRequest<'_>) -> Vec<usize>);

impl Strategy for Ordered {
    fn pack(&mut self) -> Option<&mut dyn Pack> {
        Some(self)
    }
}

impl Pack for Ordered {
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()> {
        write(&plain::pack(request, (self.0)(request)), out, chosen)
    }
}

struct Seed {
    slack: u64,
}

impl Strategy for Seed {
    fn pack(&mut self) -> Option<&mut dyn Pack> {
        Some(self)
    }
}

impl Pack for Seed {
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()> {
        let (bytes, pages) = seed::pack(request, self.slack);
        pages.into_iter().try_for_each(|page| chosen.add(page as u64))?;
        out.write(&bytes)
    }
}

pub(super) fn write(packed: &Packed, out: &mut Sink<'_>, chosen: &mut Chosen<'_>) -> Result<()> {
    packed.chosen.iter().try_for_each(|&page| chosen.add(page as u64))?;
    out.write(&packed.bytes)
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::conformance;

    use super::*;

    #[test]
    fn all_but_the_original_keep_the_contract() {
        for strategy in [&PACK, &RECENCY, &IMPORTANCE, &BM25] {
            conformance(strategy);
        }
    }
}
