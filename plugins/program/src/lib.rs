//! The procedural machine: text as a program of literals, copies and repeats.
#![forbid(unsafe_code)]

pub mod alphabet;
pub mod cell;
pub mod complete;
pub mod context;
pub mod explain;
pub mod guess;
pub mod literal;
pub mod machine;
pub mod matcher;
pub mod ops;
pub mod parse;
pub mod plugin;
pub mod recency;
pub mod record;
pub mod report;

pub use plugin::MACHINE;

pressmark_sdk::export_plugin! { id: "program", strategies: [MACHINE] }
