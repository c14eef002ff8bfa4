//! The strategies behind the plugin interface.

use pressmark_sdk::{
    Budget, Capabilities, Compact, Descriptor, Error, Explain, Host, Interface, OptionSpec,
    Options, Result, Sink, Spans, Strategy, version,
};

use crate::budgeted::{self, marker};
use crate::level::Level;
use crate::seed;

const LOSSY: Capabilities =
    Capabilities::DETERMINISTIC.and(Capabilities::CONCURRENT).and(Capabilities::HOST_MEMORY);

const LEVELS: &[&std::ffi::CStr] = &[c"raw", c"daily", c"weekly", c"monthly", c"root"];

/// The description of `compaction.seed`.
pub const SEED: Descriptor = Descriptor {
    id: c"compaction.seed",
    name: c"Compaction tree, as published",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"The rules of oxios-memory 1.38.1 CompactionTree, byte for byte: structural lines, the first, the last, and every so-many-th between; it knows no budget and refuses one that it would exceed.",
    format_version: 1,
    capabilities: LOSSY,
    options: &[
        OptionSpec::choice(c"from", c"The level that the document is at.", c"raw", LEVELS),
        OptionSpec::choice(
            c"to",
            c"The level to go to, step by step; not above `from`: the document comes back.",
            c"daily",
            LEVELS,
        ),
        OptionSpec::int(
            c"promote",
            c"Cut the document into so many entries, join and take them one step up from `from`, whatever `to` says; 0: do not.",
            c"entries",
            0,
            0..=1_000_000,
        ),
    ],
    interfaces: &[Interface::Compact],
    create: |_, options| Ok(Box::new(Seed::new(options)?)),
};

struct Seed {
    from: Level,
    to: Level,
    promote: usize,
}

impl Seed {
    fn new(options: &Options<'_>) -> Result<Self> {
        Ok(Self {
            from: level(options, c"from")?,
            to: level(options, c"to")?,
            promote: options.size(c"promote")?,
        })
    }
}

fn level(options: &Options<'_>, name: &std::ffi::CStr) -> Result<Level> {
    let chosen = options.choice(name)?;
    Level::named(chosen).ok_or_else(|| Error::BadOption(format!("{chosen} is no level")))
}

impl Strategy for Seed {
    fn compact(&mut self) -> Option<&mut dyn Compact> {
        Some(self)
    }
}

impl Compact for Seed {
    fn compact(
        &mut self,
        document: &[u8],
        budget: Budget,
        out: &mut Sink<'_>,
        kept: &mut Spans<'_>,
    ) -> Result<()> {
        let compacted = match self.promote {
            0 => seed::compact(document, self.from, self.to),
            entries => seed::promote(document, self.from, entries),
        };
        if !budget.allows(&compacted.text) {
            return Err(Error::Unsupported(format!(
                "the original has no budget, and its {} bytes exceed this one",
                compacted.text.len()
            )));
        }
        out.write(&compacted.text)?;
        compacted.kept.iter().try_for_each(|span| kept.add(span.start as u64, span.len() as u64))
    }
}

/// The description of `compaction.budgeted`.
pub const BUDGETED: Descriptor = Descriptor {
    id: c"compaction.budgeted",
    name: c"Compaction within a budget",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Keeps the lines, sentences and members that tell most per byte (identifiers, names, rare words, what is new), never more than the budget or the input; markers count what is left out and where it was, through any number of compactions.",
    format_version: 1,
    capabilities: LOSSY,
    options: &[OptionSpec::choice(
        c"to",
        c"Without a budget: the level, of 100, 30, 15, 10 and 7 % of the source's bytes.",
        c"daily",
        LEVELS,
    )],
    interfaces: &[Interface::Compact, Interface::Explain],
    create: |host, options| {
        Ok(Box::new(Budgeted { host: host.clone(), to: level(options, c"to")? }))
    },
};

struct Budgeted {
    host: Host,
    to: Level,
}

impl Strategy for Budgeted {
    fn compact(&mut self) -> Option<&mut dyn Compact> {
        Some(self)
    }
    fn explain(&mut self) -> Option<&mut dyn Explain> {
        Some(self)
    }
}

impl Compact for Budgeted {
    fn compact(
        &mut self,
        document: &[u8],
        budget: Budget,
        out: &mut Sink<'_>,
        kept: &mut Spans<'_>,
    ) -> Result<()> {
        let compacted = budgeted::compact(document, budget, self.to)?;
        self.host.progress(document.len() as u64, document.len() as u64)?;
        let tally = compacted.tally;
        self.host.channel("bytes_kept", tally.bytes, tally.bytes - tally.bytes_omitted);
        self.host.channel("lines_seen", tally.lines, tally.lines - tally.lines_omitted);
        self.host.metric("markers", "markers", tally.markers as f64);
        out.write(&compacted.text)?;
        compacted.kept.iter().try_for_each(|span| kept.add(span.start as u64, span.len() as u64))
    }
}

impl Explain for Budgeted {
    /// The spans of the source that the markers of a compacted document stand for.
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let Some(gaps) = marker::gaps(input) else {
            return out.write(b"not a compacted document, or one that was changed since\n");
        };
        for gap in gaps {
            let (start, end) = (gap.source.start, gap.source.end);
            let line = format!(
                "at {}: bytes {start}..{end} of the source, {} whole lines\n",
                gap.marker.start, gap.lines
            );
            out.write(line.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn the_seed_keeps_the_contract() {
        testing::conformance(&SEED);
    }

    #[test]
    fn the_budgeted_keeps_the_contract() {
        testing::conformance(&BUDGETED);
    }
}
