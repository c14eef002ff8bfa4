//! `pressmark replay`: replay a trace through a cache strategy.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use pressmark::plan::{check_option, options_from_texts};
use pressmark::replay::replay;
use pressmark::run::limits;
use pressmark::worker::{Job, Outcome};
use pressmark_datasets::Columns;
use pressmark_datasets::trace::TraceReader;
use pressmark_protocol::{OptionValue, Success, Task};
use serde_json::json;

use super::tools::{StrategyArgs, registry, workers};
use super::{Global, exit, output};

/// Replay a trace through a cache strategy; prints one JSON object
///
/// A trace has one key a line, or is CSV with named columns. Hits are counted by the host from
/// what the strategy reports as evicted and fetched; the capacity is audited.
#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    strategy: StrategyArgs,
    /// The trace; - for standard input
    trace: PathBuf,
    /// Name of the column of keys, of a CSV file
    #[arg(long, value_name = "NAME")]
    key_column: Option<String>,
}

impl Replay {
    pub(crate) fn run(mut self, global: &Global) -> anyhow::Result<u8> {
        let capacity = self.strategy.take_option("capacity");
        let capacity: u64 = match capacity.as_deref().map(str::parse) {
            Some(Ok(capacity)) if capacity > 0 => capacity,
            Some(_) => bail!("--option capacity: write a number of pages, at least 1"),
            None => bail!("a cache has a capacity: give --option capacity=PAGES"),
        };
        let workers = workers()?;
        let registry = registry(global, &workers)?;
        let strategy = self.strategy.find(&registry)?;
        let mut options = options_from_texts(strategy.info, self.strategy.options())
            .map_err(|error| anyhow!("{error}"))?;
        // A strategy may have an option of that name for its own purposes.
        if let Ok(value) =
            check_option(strategy.info, "capacity", &OptionValue::Int(capacity as i64))
        {
            options.insert("capacity".into(), value);
        }
        let input: Box<dyn Read + Send> = if self.trace.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            let file = File::open(&self.trace);
            Box::new(file.with_context(|| format!("cannot read {}", self.trace.display()))?)
        };
        let columns = self.key_column.clone().map(|key| Columns { key, ..Columns::default() });
        let what = self.trace.display().to_string();
        let mut reader = TraceReader::new(what, BufReader::with_capacity(1 << 20, input), columns);
        let job = Job {
            plugin: &strategy.plugin.path,
            strategy: &strategy.info.id,
            options: &options,
            seed: 0,
            limits: limits(self.strategy.limits().memory(), self.timeout(), 1, 0),
            deadline: self.timeout(),
            task: Task::Replay { capacity },
            input: None,
            prime: None,
        };
        let (outcome, fed) = replay(&workers, job, reader.by_ref())?;
        fed?;
        let distinct = reader.distinct();
        let done = match outcome {
            Outcome::Done(done) => done,
            Outcome::Failed(ending) => {
                bail!("{}: {}: {}", strategy.info.id, ending.state, ending.reason)
            }
        };
        let Success::Replayed(result) = done.success else {
            bail!("the worker answered another question")
        };
        let seconds = result.seconds;
        output::print_json(&json!({
            "strategy": strategy.info.id,
            "capacity": capacity,
            "accesses": result.accesses,
            "hits": result.hits,
            "misses": result.misses,
            "hit_rate": (result.accesses > 0).then(|| result.hits as f64 / result.accesses as f64),
            "compulsory_misses": result.compulsory_misses,
            "evictions": result.evictions,
            "prefetched": result.prefetched,
            "prefetch_used": result.prefetch_used,
            "distinct": distinct,
            "seconds": seconds,
            "accesses_per_second": (seconds > 0.0).then(|| result.accesses as f64 / seconds),
            "host_alloc_peak_bytes": result.memory.host_alloc_peak,
            "channels": done.observations.channels,
            "metrics": done.observations.metrics,
        }))?;
        Ok(exit::OK)
    }

    fn timeout(&self) -> Duration {
        self.strategy.limits().timeout()
    }
}
