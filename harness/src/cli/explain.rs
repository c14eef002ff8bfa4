//! `pressmark explain`: how a strategy sees a file.

use std::path::PathBuf;

use clap::Args;

use super::tools::{StrategyArgs, read_input, registry, workers, write_output};
use super::{Global, exit};

/// Print how a strategy sees a file, as the program of program.machine
#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    strategy: StrategyArgs,
    /// The file; - for standard input
    file: PathBuf,
    /// A text that the strategy has seen before
    #[arg(long, value_name = "FILE")]
    prime: Option<PathBuf>,
}

impl Explain {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let workers = workers()?;
        let registry = registry(global, &workers)?;
        let job = self.strategy.job(global, &registry, &workers, self.prime.as_deref())?;
        let input = read_input(&self.file)?;
        let text = job.explain(&input).map_err(|error| anyhow::anyhow!("{error}"))?;
        write_output(&PathBuf::from("-"), &text)?;
        Ok(exit::OK)
    }
}
