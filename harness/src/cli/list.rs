//! `pressmark list`: strategies, options, plugins, datasets.

use clap::{Args, ValueEnum};
use pressmark::plugins::{Registry, SearchPath};
use pressmark_protocol::StrategyInfo;
use serde_json::json;

use super::output::{print, print_json, table};
use super::{Global, Style, data, exit, tools};

/// List strategies, the options of a strategy, plugins or datasets
#[derive(Args)]
pub(crate) struct List {
    /// What to list
    #[arg(value_enum, default_value_t = What::Strategies)]
    what: What,
    /// Strategies whose options are listed; all by default
    strategy: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Strategies,
    Options,
    Plugins,
    Datasets,
}

impl List {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        if let What::Datasets = self.what {
            return data::list(global);
        }
        let workers = tools::workers()?;
        let registry = tools::registry(global, &workers)?;
        match self.what {
            What::Strategies => strategies(global, &registry)?,
            What::Options => {
                let mut wanted = Vec::new();
                for id in &self.strategy {
                    wanted.push(registry.strategy(id).map_err(|e| anyhow::anyhow!("{e}"))?.info);
                }
                if wanted.is_empty() {
                    wanted = registry.strategies().map(|strategy| strategy.info).collect();
                }
                options(global, &wanted)?;
            }
            What::Plugins => plugins(global, &registry)?,
            What::Datasets => unreachable!("answered above"),
        }
        if registry.plugins().is_empty() && !global.quiet {
            let path = SearchPath::new(&global.plugin_dir);
            let folders: Vec<String> =
                path.folders().map(|dir| dir.display().to_string()).collect();
            eprintln!("no plugin was found in {}", folders.join(", "));
        }
        Ok(exit::OK)
    }
}

fn strategies(global: &Global, registry: &Registry) -> anyhow::Result<()> {
    let mut rows = vec![["strategy", "version", "plugin", "what it is"].map(String::from).to_vec()];
    for strategy in registry.strategies() {
        if global.json {
            print_json(strategy.info)?;
            continue;
        }
        let doc = strategy.info.doc.split(". ").next().unwrap_or_default();
        rows.push(vec![
            strategy.info.id.clone(),
            strategy.info.version.clone(),
            strategy.plugin.info().id.clone(),
            doc.trim_end_matches('.').to_string(),
        ]);
    }
    if !global.json {
        print(&table(&rows))?;
    }
    broken(global, registry);
    Ok(())
}

fn options(global: &Global, strategies: &[&StrategyInfo]) -> anyhow::Result<()> {
    let style = Style::stdout();
    for info in strategies {
        if global.json {
            print_json(&json!({ "strategy": info.id, "options": info.options }))?;
            continue;
        }
        print(&format!("{}  {}\n", style.bold(&info.id), info.name))?;
        let mut rows = Vec::new();
        for spec in &info.options {
            let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
            rows.push(vec![
                format!("  {}", spec.name),
                format!("{}{unit}", spec.default_value()),
                spec.allowed(),
                spec.doc.clone(),
            ]);
        }
        print(&if rows.is_empty() { "  no options\n".into() } else { table(&rows) })?;
    }
    Ok(())
}

fn plugins(global: &Global, registry: &Registry) -> anyhow::Result<()> {
    let mut rows =
        vec![["plugin", "version", "ABI", "strategies", "library"].map(String::from).to_vec()];
    for plugin in registry.plugins() {
        let info = plugin.info();
        if global.json {
            print_json(&json!({ "path": plugin.path, "manifest": plugin.manifest }))?;
        }
        rows.push(vec![
            info.id.clone(),
            info.version.clone(),
            info.abi.clone(),
            info.strategies.len().to_string(),
            plugin.path.display().to_string(),
        ]);
    }
    if !global.json {
        print(&table(&rows))?;
    }
    broken(global, registry);
    Ok(())
}

/// Libraries that could not be used, and why.
fn broken(global: &Global, registry: &Registry) {
    for broken in registry.broken() {
        let ending = &broken.ending;
        tools::warn(
            global,
            &format!(
                "{}: {} in {}: {}",
                broken.path.display(),
                ending.state,
                ending.phase.name(),
                ending.reason
            ),
        );
    }
}
