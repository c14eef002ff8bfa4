//! Shorter documents.
//!
//! | module | it is |
//! |---|---|
//! | [`level`] | raw, daily, weekly, monthly, root |
//! | [`seed`] | the original's tree, as it is |
//! | [`budgeted`] | our own, within a budget |
//! | [`plugin`] | the strategies `compaction.seed` and `compaction.budgeted` |
#![forbid(unsafe_code)]

pub mod budgeted;
pub mod level;
pub mod plugin;
pub mod seed;

pub use plugin::{BUDGETED, SEED};

pressmark_sdk::export_plugin! { id: "compaction", strategies: [BUDGETED, SEED] }
