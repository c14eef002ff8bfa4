//! `pressmark compact`: shorten a document with a strategy.

use std::path::PathBuf;

use clap::Args;
use pressmark_datasets::ByteSize;
use serde_json::json;

use super::tools::{StrategyArgs, parse_size, read_input, registry, workers, write_output};
use super::{Global, exit, output};

/// Shorten a document, to standard output; lossy
#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    strategy: StrategyArgs,
    /// The document; - for standard input
    file: PathBuf,
    /// At most so many bytes
    #[arg(long, value_name = "SIZE", value_parser = parse_size, conflicts_with = "tokens")]
    bytes: Option<ByteSize>,
    /// At most so many tokens, of four characters each
    #[arg(long, value_name = "N")]
    tokens: Option<u64>,
    /// Where the result goes
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

impl Compact {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let workers = workers()?;
        let registry = registry(global, &workers)?;
        let job = self.strategy.job(global, &registry, &workers, None)?;
        let document = read_input(&self.file)?;
        let budget = self.tokens.or(self.bytes.map(|bytes| bytes.0));
        let (result, text) = job
            .compact(&document, budget, self.tokens.is_some())
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        if global.json {
            return output::print_json(&json!({
                "strategy": self.strategy.strategy,
                "input_bytes": document.len(),
                "output_bytes": result.output_bytes,
                "kept": result.kept,
                "seconds": result.seconds,
                "text": String::from_utf8_lossy(&text.bytes()?),
            }))
            .map(|()| exit::OK);
        }
        write_output(&self.output, &text)?;
        if !global.quiet {
            let kept: u64 = result.kept.iter().map(|(_, len)| len).sum();
            eprintln!(
                "{} → {}; {} spans of the document kept, {}",
                output::bytes(document.len() as u64),
                output::bytes(result.output_bytes),
                result.kept.len(),
                output::bytes(kept)
            );
        }
        Ok(exit::OK)
    }
}
