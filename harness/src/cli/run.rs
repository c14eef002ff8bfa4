//! `pressmark run`: run an experiment.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use pressmark::config::Config;
use pressmark::plan::Plan;
use pressmark::run::{RunOptions, run};
use pressmark_datasets::FetchOptions;

use super::progress::Progress;
use super::{Global, output, report, tools};

/// Run an experiment: records, tables and a report in runs/NAME
///
/// Every cell is encoded in one process and decoded in another. A record is kept as soon as its
/// cell ends; the same command after an interruption runs what is missing.
#[derive(Args)]
pub(crate) struct Run {
    /// The experiment, a TOML file
    config: PathBuf,
    /// Folder of the run [default: runs/NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Run cells again whose record says that they failed
    #[arg(long)]
    retry_failed: bool,
    /// Run every cell again
    #[arg(long)]
    fresh: bool,
    /// Cells at once, instead of the experiment's jobs; more than one disturbs times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Keep every archive in DIR/archives
    #[arg(long)]
    keep_archives: bool,
    /// Never ask the network for a dataset
    #[arg(long)]
    offline: bool,
    /// Write records and tables, and no report
    #[arg(long)]
    no_report: bool,
}

impl Run {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let mut config = Config::read(&self.config)?;
        if let Some(jobs) = self.jobs {
            config.experiment.jobs = jobs;
        }
        let workers = tools::workers()?;
        let registry = tools::registry_for(global, &config, &workers)?;
        let plan = Plan::new(&config, &registry)?;
        let out = self.out.unwrap_or_else(|| PathBuf::from("runs").join(&config.experiment.name));
        let mut fetch = FetchOptions::from_env(config.base_dir());
        fetch.offline |= self.offline;
        let options = RunOptions {
            retry_failed: self.retry_failed,
            fresh: self.fresh,
            keep_archives: self.keep_archives,
        };
        if cfg!(debug_assertions) {
            tools::warn(
                global,
                "this is a debug build: sizes are right, times and memory say little",
            );
        }
        let progress = Progress::new(global);
        let summary = run(&config, &plan, &workers, &out, &fetch, &options, &progress)
            .map_err(|error| anyhow!("{error}"))?;
        if !self.no_report && !summary.interrupted && !summary.records.is_empty() {
            let experiment = &config.experiment;
            let description = experiment.description.as_deref();
            report::write(&out, &experiment.name, description, &summary.records)?;
        }
        if !global.quiet {
            let failed = summary.failed();
            eprintln!(
                "{} run, {} kept from before, {failed} not ok; {} in {}",
                summary.ran,
                summary.reused,
                if self.no_report { "records" } else { "report.html" },
                out.display()
            );
            if failed == 0 && !global.json && !summary.records.is_empty() {
                output::print(&report::brief(&summary.records))?;
            }
        }
        Ok(summary.exit_code())
    }
}
