//! `pressmark compare`: what changed between two runs, and whether a gate lets it pass.

use std::path::PathBuf;

use clap::Args;
use pressmark_reports::compare::{Gate, Thresholds, compare, gate};

use super::{Global, exit, output, report};

/// Compare two runs; with --gate, exit 3 if anything got worse
///
/// Sizes, bits per character and counts are compared exactly. A speed counts as changed only if
/// the intervals of both runs are further apart than the threshold, so repeats are needed.
#[derive(Args)]
pub(crate) struct Compare {
    /// The run to compare with: a folder, or a results.jsonl
    baseline: PathBuf,
    /// The new run
    new: PathBuf,
    /// Exit 3 on a regression or a missing cell, 4 if nothing could be compared
    #[arg(long)]
    gate: bool,
    /// With --gate, fail on any change of a count as well
    #[arg(long, requires = "gate")]
    strict: bool,
    /// Growth of sizes that passes, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = Thresholds::default().size_percent)]
    size: f64,
    /// Loss of speed that passes, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = Thresholds::default().time_percent)]
    time: f64,
    /// Growth of memory that passes, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = Thresholds::default().memory_percent)]
    memory: f64,
}

impl Compare {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let baseline = report::read(global, &self.baseline)?;
        let new = report::read(global, &self.new)?;
        let thresholds = Thresholds {
            size_percent: self.size,
            time_percent: self.time,
            memory_percent: self.memory,
        };
        let comparison = compare(&baseline, &new, &thresholds);
        output::print(&comparison.to_markdown())?;
        if !self.gate {
            return Ok(exit::OK);
        }
        Ok(match gate(&comparison, self.strict) {
            Gate::Passed => exit::OK,
            Gate::Failed => exit::REGRESSION,
            Gate::NothingCompared => exit::NOTHING_RAN,
        })
    }
}
