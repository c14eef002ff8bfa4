//! `pressmark data`: list, fetch and verify datasets.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use pressmark::config::Config;
use pressmark_datasets::{DatasetSpec, FetchOptions, Fetched, fetch, manifests, verify};
use serde_json::json;

use super::output::{bytes, print, print_json, table};
use super::{Global, Style, exit};

/// List, fetch and verify datasets
#[derive(Args)]
pub(crate) struct Data {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand)]
enum DataCommand {
    /// List the datasets that pressmark knows by name
    List,
    /// Fetch datasets into the cache and verify them
    Fetch(Which),
    /// Verify datasets that are here, without the network
    Verify(Which),
}

#[derive(Args)]
struct Which {
    /// Names from pressmark data list, sources as hf://…, or experiments (TOML files)
    #[arg(required = true)]
    datasets: Vec<String>,
    /// Longest time for one file
    #[arg(long, value_name = "DURATION", default_value = "10m",
          value_parser = pressmark::config::parse_duration)]
    deadline: std::time::Duration,
    /// Never ask the network
    #[arg(long)]
    offline: bool,
}

impl Data {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        match self.command {
            DataCommand::List => list(global),
            DataCommand::Fetch(which) => each(global, &which, fetch),
            DataCommand::Verify(which) => each(global, &which, verify),
        }
    }
}

/// Prints the datasets with a manifest, and the generators.
pub(super) fn list(global: &Global) -> anyhow::Result<u8> {
    let mut rows = vec![["name", "source", "bytes", "licence"].map(String::from).to_vec()];
    for manifest in manifests() {
        for file in &manifest.files {
            let source = manifest.source(file);
            if global.json {
                print_json(&json!({
                    "name": manifest.id, "source": source, "bytes": file.bytes,
                    "licence": manifest.licence, "title": manifest.title,
                }))?;
            }
            rows.push(vec![
                manifest.id.clone(),
                source,
                file.bytes.to_string(),
                manifest.licence.clone(),
            ]);
        }
    }
    for kind in ["stories", "sessions", "zipf", "scan", "loop"] {
        let source = format!("synthetic:{kind}");
        if global.json {
            print_json(&json!({ "name": kind, "source": source }))?;
        }
        rows.push(vec![kind.into(), source, "any".into(), "generated".into()]);
    }
    if !global.json {
        print(&table(&rows))?;
    }
    Ok(exit::OK)
}

fn each(
    global: &Global,
    which: &Which,
    act: impl Fn(&DatasetSpec, &FetchOptions) -> Result<Fetched, pressmark_datasets::DatasetError>,
) -> anyhow::Result<u8> {
    let mut code = exit::OK;
    for name in &which.datasets {
        let (specs, base) = specs(name)?;
        let mut options = FetchOptions::from_env(base);
        options.deadline = which.deadline;
        options.offline |= which.offline;
        for spec in &specs {
            match act(spec, &options) {
                Ok(fetched) if global.json => print_json(&json!({
                    "id": spec.id, "source": spec.source, "bytes": fetched.bytes,
                    "sha256": fetched.sha256, "paths": fetched.paths,
                }))?,
                Ok(fetched) => {
                    print(&format!("{}  {}  {}\n", spec.id, bytes(fetched.bytes), fetched.sha256))?;
                    for path in &fetched.paths {
                        print(&format!("  {}\n", path.display()))?;
                    }
                }
                Err(error) => {
                    eprintln!("{} {}: {error}", Style::stderr().red("error:"), spec.id);
                    code = exit::USAGE;
                }
            }
        }
    }
    Ok(code)
}

/// The datasets that a word on the command line means, and where their paths start.
fn specs(name: &str) -> anyhow::Result<(Vec<DatasetSpec>, PathBuf)> {
    let here = PathBuf::from(".");
    if name.ends_with(".toml") {
        let config = Config::read(Path::new(name))?;
        let base = config.base_dir().to_path_buf();
        return Ok((config.datasets, base));
    }
    if name.contains(':') {
        return Ok((vec![DatasetSpec::new(name, name)], here));
    }
    let manifest = manifests().iter().find(|manifest| manifest.id == name).with_context(|| {
        let known = manifests().iter().map(|manifest| manifest.id.as_str());
        format!("there is no dataset {name}{}", pressmark::suggest::hint(name, known))
    })?;
    let files = manifest.files.iter();
    Ok((files.map(|file| DatasetSpec::new(&manifest.id, manifest.source(file))).collect(), here))
}
