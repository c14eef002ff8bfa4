//! The pressmark harness: config → plan → worker → record.
//!
//! [`config`] reads an experiment, [`plan`] expands it to cells, [`run`] gives each run of a
//! cell to a [`worker`] process and keeps a record of what came of it. The command line in
//! `main.rs` only joins these; reports are made by `pressmark-reports` from records alone.
//!
//! Nothing here loads a plugin: that is done by the worker, a process of its own.

#![forbid(unsafe_code)]

pub mod codefile;
pub mod config;
pub mod environment;
pub mod memfile;
pub mod plan;
pub mod plugins;
pub mod run;
pub mod suggest;
pub mod worker;

use std::sync::atomic::{AtomicBool, Ordering};

/// Set once the person asked to stop; workers are then killed and nothing new begins.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Asks everything under way to stop.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether the person asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
