//! Context mixing: every context and every match has an opinion on the next bit, and networks of
//! mixers weigh them.
//!
//! | module | it is |
//! |---|---|
//! | [`context`] | the contexts of the next byte |
//! | [`expansion`] | how contexts see codes of words |
//! | [`nodes`] | what contexts lead to: histories and probabilities |
//! | [`matcher`] | where the text went on when it last was as it is now |
//! | [`unanimity`] | decisions that need no network |
//! | [`pace`] | how fast weights learn |
//! | [`plan`] | what a level uses |
//! | [`model`] | the next byte, from all of these |
//! | [`bounds`] | what fits a memory limit |
//! | [`plugin`] | the strategy `mixing.text`, whose fastest levels have the model of [`pressmark_coding::trie`] instead |
//!
//! The codec is [`pressmark_coding::codec`].
#![forbid(unsafe_code)]

pub mod bounds;
pub mod context;
pub mod expansion;
pub mod matcher;
pub mod model;
pub mod nodes;
pub mod pace;
pub mod plan;
pub mod plugin;
pub mod unanimity;

pub use plugin::TEXT;

pressmark_sdk::export_plugin! { id: "mixing", strategies: [TEXT] }
