//! `pressmark decompress`: restore a file from its archive.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Args;
use pressmark::codefile::{FileJob, checksum, header};

use super::tools::{
    LimitArgs, read_input, refuse_to_overwrite, registry, warn, workers, write_output,
};
use super::{Global, exit, output};

/// Restore a file from an archive that compress wrote
#[derive(Args)]
pub(crate) struct Decompress {
    /// The archive; - for standard input
    archive: PathBuf,
    /// The file; - for standard output [default: the archive's name without .pm]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The text that compression was given
    #[arg(long, value_name = "FILE")]
    prime: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Decompress {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let target = self.target()?;
        refuse_to_overwrite(&target, self.force)?;
        let archive = read_input(&self.archive)?;
        let header = header(&self.archive, &archive).map_err(|error| anyhow!("{error}"))?;
        let prime = self.prime.as_deref().map(read_input).transpose()?;
        match (&header.prime_checksum, &prime) {
            (None, Some(_)) => {
                bail!("the archive was made without a priming text: leave out --prime")
            }
            (Some(_), None) => {
                bail!("the archive was primed: give the same text with --prime FILE")
            }
            (Some(sum), Some(prime)) if checksum(prime) != *sum => {
                bail!("this is not the priming text that the archive was made with")
            }
            _ => {}
        }
        let workers = workers()?;
        let registry = registry(global, &workers)?;
        let strategy = registry.strategy(&header.strategy).map_err(|error| anyhow!("{error}"))?;
        let job = FileJob {
            workers: &workers,
            strategy,
            options: header.options.clone(),
            memory_limit: self.limits.memory(),
            timeout: self.limits.timeout(),
            prime,
            tell: Box::new(|note| warn(global, note)),
        };
        let decoded = job.decompress(&archive, &header).map_err(|error| anyhow!("{error}"))?;
        write_output(&target, &decoded)?;
        if !global.quiet {
            eprintln!(
                "{} → {} by {}",
                output::bytes(archive.len() as u64),
                output::bytes(header.decoded_len),
                header.strategy
            );
        }
        Ok(exit::OK)
    }

    fn target(&self) -> anyhow::Result<PathBuf> {
        if let Some(output) = &self.output {
            return Ok(output.clone());
        }
        if self.archive.as_os_str() == "-" {
            return Ok(PathBuf::from("-"));
        }
        if self.archive.extension().is_some_and(|extension| extension == "pm") {
            return Ok(self.archive.with_extension(""));
        }
        bail!("{} does not end in .pm: name the file to write with -o", self.archive.display())
    }
}
