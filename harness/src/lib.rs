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
pub mod replay;
pub mod run;
pub mod suggest;
pub mod worker;

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once the person asks to stop; workers are then killed and nothing new begins. A signal
/// handler reaches it, so it cannot be handed down as a value.
pub fn stop_flag() -> &'static Arc<AtomicBool> {
    static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    STOP.get_or_init(Arc::default)
}

/// Whether the person asked to stop.
pub fn interrupted() -> bool {
    stop_flag().load(Ordering::Relaxed)
}
