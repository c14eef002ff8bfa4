//! The `pressmark` command.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser;
use signal_hook::flag::{register, register_conditional_shutdown};

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; everything else is a usage error, which is 1 here:
            // 2 says that cells failed.
            let code = if error.use_stderr() { cli::exit::USAGE } else { cli::exit::OK };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The first signal asks for a clean end, the second is not kept waiting.
        let flag = pressmark::stop_flag();
        let code = i32::from(cli::exit::INTERRUPTED);
        let registered = register_conditional_shutdown(signal, code, flag.clone())
            .and_then(|_| register(signal, flag.clone()));
        if let Err(error) = registered {
            eprintln!("warning: {error}: an interruption will not be clean");
        }
    }
    let style = cli::Style::stderr();
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{} {error:#}", style.red("error:"));
            ExitCode::from(if pressmark::interrupted() {
                cli::exit::INTERRUPTED
            } else {
                cli::exit::USAGE
            })
        }
    }
}
