//! Shorter documents.
//!
//! | module | it is |
//! |---|---|
//! | [`level`] | raw, daily, weekly, monthly, root |
//! | [`seed`] | the original's tree, as it is |
//! | [`budgeted`] | our own, within a budget |
//! | [`lossless`] | the summary, and what restores the document |
//! | [`plugin`] | the strategies `compaction.seed` and `compaction.budgeted` |
#![forbid(unsafe_code)]

pub mod budgeted;
pub mod level;
pub mod lossless;
pub mod plugin;
pub mod seed;

pub use lossless::plugin::LOSSLESS;
pub use plugin::{BUDGETED, SEED};

pressmark_sdk::export_plugin! { id: "compaction", strategies: [BUDGETED, LOSSLESS, SEED] }
