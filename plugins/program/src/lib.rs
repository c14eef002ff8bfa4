//! The procedural machine: text as a program of literals, copies, repeats, templates and
//! transforms.
//!
//! `README.md` beside this crate describes the operators, the format and the options. The
//! strategy is [`MACHINE`]; [`machine`] is the same without a host:
//!
//! | module | it is |
//! |---|---|
//! | [`machine`] | encoding and decoding; the state both sides share |
//! | [`literal`] | what the next token is likely to be |
//! | [`edit`] | what makes one word of another |
//! | [`ops`] | the operators, and what they cost to say |
//! | [`matcher`] | earlier occurrences |
//! | [`parse`] | the cheapest program |
//! | [`plan`] | a program made, priced and written |
//! | [`report`] | what the operators did |
#![forbid(unsafe_code)]

mod alphabet;
mod cell;
mod complete;
mod context;
mod cursor;
pub mod edit;
mod explain;
mod guess;
pub mod literal;
pub mod machine;
pub mod matcher;
pub mod ops;
pub mod parse;
pub mod plan;
mod plugin;
mod recency;
mod recent;
mod record;
pub mod report;

pub use plugin::MACHINE;

pressmark_sdk::export_plugin! { id: "program", strategies: [MACHINE] }
