//! `pressmark-worker`: loads one plugin, does one thing with it, reports, and leaves.
//!
//! The harness spawns it; a person has no use for it. It links neither the reports nor
//! the datasets, because its start-up time and its memory are part of every figure.
//!
//! Order of things: read the request from standard input, limit itself, map the shared
//! page, load the plugin, run the task, write the response, `_exit`. The library is never
//! unloaded and no destructor of it runs at exit.

mod audit;
mod context;
mod host;
mod instance;
mod limits;
mod loader;
mod mapping;
mod memory;
mod page;
mod sink;
mod tasks;

use std::io::{Read, Write};
use std::process::ExitCode;

use pressmark_protocol::page::word;
use pressmark_protocol::{Failure, FailureKind, Observations, Phase, Request, Response};

/// Exit code of a worker that could not report.
const CANNOT_REPORT: i32 = 97;

fn main() -> ExitCode {
    let mut text = String::new();
    let request = std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str::<Request>(&text).map_err(|error| error.to_string()));
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            eprintln!("pressmark-worker is started by pressmark, with a request: {error}");
            return ExitCode::FAILURE;
        }
    };
    let page = match page::SharedPage::map(request.descriptors.page) {
        Ok(page) => page,
        Err(error) => {
            eprintln!("the status page cannot be mapped: {error}");
            return ExitCode::FAILURE;
        }
    };
    let response = match limits::enter(&request, page) {
        Ok(()) => tasks::run(&request, page),
        Err(error) => Response {
            outcome: Err(Failure {
                kind: FailureKind::Worker,
                phase: Phase::Start,
                message: format!("the worker cannot limit itself: {error}"),
            }),
            observations: Observations::default(),
        },
    };
    page.enter(Phase::Report);
    let code = match report(&response, request.descriptors.response) {
        Ok(()) => {
            page.set(word::COMPLETE, 1);
            0
        }
        Err(_) => CANNOT_REPORT,
    };
    // A plugin's exit handlers and destructors are none of ours.
    limits::leave(code)
}

fn report(response: &Response, descriptor: i32) -> std::io::Result<()> {
    let json = serde_json::to_vec(response)?;
    mapping::file(descriptor).write_all(&json)
}
