//! `pressmark plan`: list the cells of an experiment.

use std::path::PathBuf;

use clap::Args;
use pressmark::config::Config;
use serde_json::json;

use super::output::{print, print_json, table};
use super::{Global, exit, tools};

/// List the cells of an experiment without running them
#[derive(Args)]
pub(crate) struct Plan {
    /// The experiment, a TOML file
    config: PathBuf,
}

impl Plan {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let config = Config::read(&self.config)?;
        let workers = tools::workers()?;
        let registry = tools::registry_for(global, &config, &workers)?;
        let plan = pressmark::plan::Plan::new(&config, &registry)?;
        let mut rows = vec![
            ["strategy", "options", "dataset", "protocol", "room", "seed"]
                .map(String::from)
                .to_vec(),
        ];
        for cell in &plan.cells {
            let strategy = &plan.strategies[cell.strategy];
            let dataset = &config.datasets[cell.dataset].id;
            if global.json {
                print_json(&json!({
                    "strategy": strategy.id,
                    "options": strategy.options,
                    "dataset": dataset,
                    "protocol": cell.protocol,
                    "amount": cell.amount,
                    "seed": cell.seed,
                }))?;
                continue;
            }
            let options: Vec<String> =
                strategy.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
            rows.push(vec![
                strategy.id.clone(),
                options.join(" "),
                dataset.clone(),
                cell.protocol.name().to_string(),
                cell.amount.map(|amount| amount.to_string()).unwrap_or_default(),
                cell.seed.to_string(),
            ]);
        }
        if !global.json {
            print(&table(&rows))?;
            if !global.quiet {
                eprintln!("{} cells, {} repeats each", plan.cells.len(), config.experiment.repeats);
            }
        }
        Ok(exit::OK)
    }
}
