//! The strategy `paging.vm`: virtual memory, over traces and over sessions.

use pressmark_sdk::{
    Cache, Descriptor, Explain, Host, Interface, OptionSpec, Options, Pack, Result, Strategy,
};

use super::cache::Tiers;
use super::log::Cause;
use super::packs::Packs;
use super::session::Settings;
use crate::plugin::PAGING;

/// `paging.vm`.
pub const VM: Descriptor = Descriptor {
    id: c"paging.vm",
    name: c"Virtual memory",
    doc: c"chuk's paging with its defects repaired. Over a trace: a TLB that fills, a context that hits move pages in, pages at hand behind it, three tiers below, and protection for what comes back too soon. Over a session: contexts of pages at four levels, with faults, pins, a pack cache and a log. To explain a text is to show its paragraphs as pages of a session.",
    options: &[
        OptionSpec::int(c"tlb", c"Entries of the TLB.", c"entries", 64, 1..=1 << 20),
        OptionSpec::int(c"faults", c"Most faults served in a turn.", c"pages", 2, 0..=1_000_000),
        OptionSpec::int(
            c"pinned_turns",
            c"Pages said last that stay as they are, as far as half of the budget goes; the system's come after them.",
            c"pages",
            6,
            0..=1_000_000,
        ),
        OptionSpec::bool(c"levels", c"Lower pages level by level before they leave.", true),
        OptionSpec::int(c"contexts", c"Packed contexts that are remembered.", c"contexts", 32, 0..=4096),
        OptionSpec::int(c"budget", c"The budget of what is explained.", c"tokens", 512, 1..=1 << 30),
        OptionSpec::int(
            c"turn",
            c"The turn whose context is explained; -1 is the last.",
            c"turns",
            -1,
            -1..=1 << 40,
        ),
    ],
    interfaces: &[Interface::Cache, Interface::Pack, Interface::Explain],
    create: |host, options| Ok(Box::new(Vm::new(host, options)?)),
    ..PAGING
};

struct Vm {
    tiers: Tiers,
    packs: Packs,
}

impl Vm {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let settings = Settings {
            faults: options.size(c"faults")?,
            pinned_turns: options.size(c"pinned_turns")?,
            contexts: options.size(c"contexts")?,
            levels: options.bool(c"levels")?,
        };
        let budget = options.size(c"budget")? as u64;
        let turn = u64::try_from(options.int(c"turn")?).ok();
        let tiers = Tiers::new(host, options.size(c"tlb")? as u64);
        Ok(Self { tiers, packs: Packs::new(host, settings, budget, turn) })
    }
}

impl Strategy for Vm {
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        Some(&mut self.tiers)
    }

    fn pack(&mut self) -> Option<&mut dyn Pack> {
        Some(&mut self.packs)
    }

    fn explain(&mut self) -> Option<&mut dyn Explain> {
        Some(&mut self.packs)
    }
}

/// Tells how many changes of place there were, and how many of each cause.
pub(super) fn tell_moves(host: &Host, now: [u64; 5], told: [u64; 5]) {
    let all = now.iter().sum::<u64>() - told.iter().sum::<u64>();
    for (cause, (now, told)) in Cause::ALL.into_iter().zip(now.into_iter().zip(told)) {
        host.channel(&format!("moves: {}", cause.name()), all, now - told);
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing::{conformance, replay};

    use super::*;
    use pressmark_sdk::{Access, AccessKind};

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
