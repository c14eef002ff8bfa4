//! The command line: one file per command.

mod compact;
mod compare;
mod completions;
mod compress;
mod data;
mod decompress;
mod doctor;
mod explain;
mod list;
mod output;
mod plan;
mod progress;
mod replay;
mod report;
mod run;
mod style;
mod tools;
mod validate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use style::Style;

/// Exit codes, as the README documents them.
pub(crate) mod exit {
    /// All ok.
    pub(crate) const OK: u8 = 0;
    /// Usage or config error.
    pub(crate) const USAGE: u8 = 1;
    /// A gate found a regression.
    pub(crate) const REGRESSION: u8 = 3;
    /// Nothing ran, or nothing could be compared.
    pub(crate) const NOTHING_RAN: u8 = 4;
    /// Interrupted.
    pub(crate) const INTERRUPTED: u8 = 130;
}

/// Compression benchmarks with decoded figures: bits per character, memory and hit rates.
#[derive(Parser)]
#[command(name = "pressmark", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 all ok; 1 usage or config error; 2 some cells did not end ok; \
                        3 a gate found a regression; 4 nothing ran; 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// A folder of plugins, searched before all others; may be given more than once
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) plugin_dir: Vec<PathBuf>,
    /// Print nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print results as JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Plan(plan::Plan),
    Validate(validate::Validate),
    List(list::List),
    Report(report::Report),
    Compare(compare::Compare),
    Data(data::Data),
    Compress(compress::Compress),
    Decompress(decompress::Decompress),
    Compact(compact::Compact),
    Replay(replay::Replay),
    Explain(explain::Explain),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

impl Cli {
    /// Runs the command and says with which code to exit.
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let global = &self.global;
        match self.command {
            Command::Run(command) => command.run(global),
            Command::Plan(command) => command.run(global),
            Command::Validate(command) => command.run(global),
            Command::List(command) => command.run(global),
            Command::Report(command) => command.run(global),
            Command::Compare(command) => command.run(global),
            Command::Data(command) => command.run(global),
            Command::Compress(command) => command.run(global),
            Command::Decompress(command) => command.run(global),
            Command::Compact(command) => command.run(global),
            Command::Replay(command) => command.run(global),
            Command::Explain(command) => command.run(global),
            Command::Doctor(command) => command.run(global),
            Command::Completions(command) => command.run(),
        }
    }
}
