//! `probe.compact`: the first whole lines that fit the budget.

use pressmark_sdk::{Budget, Compact, Descriptor, Interface, Result, Sink, Spans, Strategy};

use crate::PROBE;

pub(crate) const COMPACT: Descriptor = Descriptor {
    id: c"probe.compact",
    doc: c"Keeps the first whole lines within the budget; without a budget, the first half.",
    capabilities: PROBE.capabilities,
    interfaces: &[Interface::Compact],
    create: |_, _| Ok(Box::new(FirstLines)),
    ..PROBE
};

struct FirstLines;

impl Strategy for FirstLines {
    fn compact(&mut self) -> Option<&mut dyn Compact> {
        Some(self)
    }
}

impl Compact for FirstLines {
    fn compact(
        &mut self,
        document: &[u8],
        budget: Budget,
        out: &mut Sink<'_>,
        kept: &mut Spans<'_>,
    ) -> Result<()> {
        let fits = |end: usize| match budget {
            Budget::Free => end <= document.len() / 2,
            budget => budget.allows(&document[..end]),
        };
        let mut start = 0;
        for line in document.split_inclusive(|&byte| byte == b'\n') {
            let end = start + line.len();
            if !fits(end) {
                break;
            }
            out.write(line)?;
            kept.add(start as u64, line.len() as u64)?;
            start = end;
        }
        Ok(())
    }
}
