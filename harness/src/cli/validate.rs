//! `pressmark validate`: check experiments without running them.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use pressmark::config::Config;
use pressmark::plan::Plan;
use pressmark_datasets::{FetchOptions, Source, verify};

use super::{Global, Style, exit, tools};

/// Check experiments without running them: keys, types, options, datasets
#[derive(Args)]
pub(crate) struct Validate {
    /// Experiments, TOML files
    #[arg(required = true)]
    configs: Vec<PathBuf>,
}

impl Validate {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let workers = tools::workers()?;
        let mut code = exit::OK;
        for path in &self.configs {
            match check(global, path, &workers) {
                Ok(cells) if !global.quiet => eprintln!("{}: {cells} cells, valid", path.display()),
                Ok(_) => {}
                Err(error) => {
                    eprintln!("{} {error:#}", Style::stderr().red("error:"));
                    code = exit::USAGE;
                }
            }
        }
        Ok(code)
    }
}

fn check(
    global: &Global,
    path: &std::path::Path,
    workers: &pressmark::worker::Workers,
) -> anyhow::Result<usize> {
    let config = Config::read(path)?;
    let registry = tools::registry_for(global, &config, workers)?;
    let plan = Plan::new(&config, &registry)?;
    let fetch = FetchOptions::from_env(config.base_dir());
    for spec in &config.datasets {
        let source: Source = spec.source.parse().with_context(|| path.display().to_string())?;
        // What the hub holds is known once it is fetched; everything else is here to be read.
        if !matches!(source, Source::Hub(_)) {
            verify(spec, &fetch).with_context(|| path.display().to_string())?;
        }
    }
    Ok(plan.cells.len())
}
