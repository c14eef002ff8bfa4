//! Shorter documents.
//!
//! | module | it is |
//! |---|---|
//! | [`level`] | raw, daily, weekly, monthly, root |
//! | [`seed`] | the original's tree, as it is |
//! | [`plugin`] | the strategy `compaction.seed` |
#![forbid(unsafe_code)]

pub mod level;
pub mod plugin;
pub mod seed;

pub use plugin::SEED;

pressmark_sdk::export_plugin! { id: "compaction", strategies: [SEED] }
