//! Groups of words that occur together, as a predictor inside a lossless word coder.
#![forbid(unsafe_code)]

pub mod alphabet;
pub mod case;
pub mod cell;
pub mod codec;
pub mod explain;
pub mod groups;
pub mod guess;
pub mod history;
pub mod meter;
pub mod model;
pub mod plugin;
pub mod report;
pub mod spell;
pub mod votes;

pub use plugin::ONLINE;

pressmark_sdk::export_plugin! { id: "group", strategies: [ONLINE] }
