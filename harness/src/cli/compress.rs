//! `pressmark compress`: compress a file with a strategy.

use std::path::PathBuf;

use clap::Args;

use super::tools::{
    StrategyArgs, read_input, refuse_to_overwrite, registry, workers, write_output,
};
use super::{Global, exit, output};

/// Compress a file with one strategy, in a worker with limits
///
/// The archive is decoded in another process and compared before it is written.
#[derive(Args)]
pub(crate) struct Compress {
    #[command(flatten)]
    strategy: StrategyArgs,
    /// The file; - for standard input
    file: PathBuf,
    /// The archive; - for standard output [default: FILE.pm]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A text that decompression will be given too
    #[arg(long, value_name = "FILE")]
    prime: Option<PathBuf>,
    /// Replace an archive that exists
    #[arg(long, short)]
    force: bool,
}

impl Compress {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let target = self.output.clone().unwrap_or_else(|| match self.file.as_os_str() == "-" {
            true => PathBuf::from("-"),
            false => PathBuf::from(format!("{}.pm", self.file.display())),
        });
        refuse_to_overwrite(&target, self.force)?;
        let workers = workers()?;
        let registry = registry(global, &workers)?;
        let job = self.strategy.job(global, &registry, &workers, self.prime.as_deref())?;
        let input = read_input(&self.file)?;
        let archive = job.compress(&input).map_err(|error| anyhow::anyhow!("{error}"))?;
        let encoded = archive.len()?;
        write_output(&target, &archive)?;
        if !global.quiet {
            let bits = if input.is_empty() {
                String::new()
            } else {
                format!(", {:.3} bits/byte", 8.0 * encoded as f64 / input.len() as f64)
            };
            eprintln!(
                "{} → {}{bits}, decoded and compared",
                output::bytes(input.len() as u64),
                output::bytes(encoded)
            );
        }
        Ok(exit::OK)
    }
}
