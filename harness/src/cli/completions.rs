//! `pressmark completions`: completions for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, exit};

/// Print completions for a shell, to be sourced by it
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pressmark", &mut text);
        super::output::print(&String::from_utf8(text)?)?;
        Ok(exit::OK)
    }
}
