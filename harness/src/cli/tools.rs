//! What several commands need: plugins, limits, files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use pressmark::codefile::FileJob;
use pressmark::config::{Config, parse_duration};
use pressmark::memfile::read_path;
use pressmark::plan::options_from_texts;
use pressmark::plugins::{Registry, SearchPath, Strategy};
use pressmark::worker::Workers;
use pressmark_datasets::ByteSize;

use super::{Global, Style};

/// Limits of a command that works on files.
#[derive(Args, Debug)]
pub(crate) struct LimitArgs {
    /// Time each process may take
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    timeout: Duration,
    /// Memory the strategy may use
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = parse_size)]
    memory_limit: ByteSize,
}

/// A strategy and how it is used.
#[derive(Args, Debug)]
pub(crate) struct StrategyArgs {
    /// The strategy, as ref.xz; see pressmark list
    #[arg(long, short, value_name = "ID")]
    pub(crate) strategy: String,
    /// An option of the strategy; may be given more than once
    #[arg(long = "option", short = 'O', value_name = "NAME=VALUE")]
    options: Vec<String>,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(crate) fn parse_size(text: &str) -> Result<ByteSize, String> {
    text.parse::<ByteSize>().map_err(|error| error.to_string())
}

/// Plugins on the search path, for commands that use them.
pub(crate) fn registry(global: &Global, workers: &Workers) -> anyhow::Result<Registry> {
    let registry = Registry::discover(&SearchPath::new(&global.plugin_dir), workers)
        .map_err(|error| anyhow!("{error}"))?;
    warn_all(global, &registry.warnings);
    Ok(registry)
}

/// Plugins that an experiment can use: those of `--plugin-dir`, then of its own folders, then
/// all others.
pub(crate) fn registry_for(
    global: &Global,
    config: &Config,
    workers: &Workers,
) -> anyhow::Result<Registry> {
    let mut dirs = global.plugin_dir.clone();
    dirs.extend(config.experiment.plugin_dirs.iter().map(|dir| config.base_dir().join(dir)));
    let mut registry =
        Registry::discover(&SearchPath::new(&dirs), workers).map_err(|error| anyhow!("{error}"))?;
    for path in config.strategies.iter().filter_map(|strategy| strategy.plugin.as_ref()) {
        let path = config.base_dir().join(path);
        // A library that is missing is an error of the config, which knows its line.
        if path.exists() {
            registry.add(&path, workers).map_err(|error| anyhow!("{error}"))?;
        }
    }
    warn_all(global, &registry.warnings);
    Ok(registry)
}

pub(crate) fn workers() -> anyhow::Result<Workers> {
    Workers::find().map_err(|error| anyhow!("{error}"))
}

pub(crate) fn warn_all(global: &Global, warnings: &[String]) {
    for warning in warnings {
        warn(global, warning);
    }
}

pub(crate) fn warn(global: &Global, warning: &str) {
    if !global.quiet {
        eprintln!("{} {warning}", Style::stderr().yellow("warning:"));
    }
}

impl StrategyArgs {
    /// The job that these arguments describe.
    pub(crate) fn job<'a>(
        &self,
        global: &'a Global,
        registry: &'a Registry,
        workers: &'a Workers,
        prime: Option<&Path>,
    ) -> anyhow::Result<FileJob<'a>> {
        let strategy = self.find(registry)?;
        let options =
            options_from_texts(strategy.info, &self.options).map_err(|e| anyhow!("{e}"))?;
        Ok(FileJob {
            workers,
            strategy,
            options,
            memory_limit: self.limits.memory_limit.0,
            timeout: self.limits.timeout,
            prime: prime.map(read_input).transpose()?,
            tell: Box::new(|note| warn(global, note)),
        })
    }

    /// The strategy.
    pub(crate) fn find<'a>(&self, registry: &'a Registry) -> anyhow::Result<Strategy<'a>> {
        registry.strategy(&self.strategy).map_err(|error| anyhow!("{error}"))
    }

    /// Limits as they were given.
    pub(crate) fn limits(&self) -> &LimitArgs {
        &self.limits
    }

    /// Options as they were given.
    pub(crate) fn options(&self) -> &[String] {
        &self.options
    }

    /// Takes an option away from those that go to the strategy, for a command of its own.
    pub(crate) fn take_option(&mut self, name: &str) -> Option<String> {
        let prefix = format!("{name}=");
        let place = self.options.iter().position(|text| text.starts_with(&prefix))?;
        Some(self.options.remove(place)[prefix.len()..].to_string())
    }
}

impl LimitArgs {
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn memory(&self) -> u64 {
        self.memory_limit.0
    }
}

/// All bytes of a file, or of standard input for `-`.
pub(crate) fn read_input(path: &Path) -> anyhow::Result<Vec<u8>> {
    read_path(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Where a result goes: a file that must not exist yet, or standard output for `-`.
pub(crate) fn refuse_to_overwrite(path: &Path, force: bool) -> anyhow::Result<()> {
    if !force && path.as_os_str() != "-" && path.exists() {
        bail!("{} exists: choose another name with -o, or --force to replace it", path.display());
    }
    Ok(())
}

/// Writes a result whole or not at all.
pub(crate) fn write_output(
    path: &Path,
    content: &pressmark::memfile::MemFile,
) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        content
            .copy_to(&mut std::io::stdout().lock())
            .context("cannot write to standard output")?;
        return Ok(());
    }
    let temporary = PathBuf::from(format!("{}.{}.tmp", path.display(), std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&temporary)?;
        content.copy_to(&mut file)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        // It may not even have been made.
        let _ = std::fs::remove_file(&temporary);
        anyhow!("cannot write {}: {error}", path.display())
    })
}
