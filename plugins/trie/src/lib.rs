//! A credibility trie: every depth of context has an opinion on the next bit, and each
//! opinion counts by what it proved to be worth.
//!
//! | module | it is |
//! |---|---|
//! | [`context`] | the contexts of the next byte |
//! | [`history`] | what a node remembers, in a byte per decision |
//! | [`nodes`] | the bounded set of nodes, frozen under pressure |
//! | [`past`] | the text so far |
//! | [`mod@pointer`] | deep nodes as pointers into the past |
//! | [`estimate`] | what a history is worth |
//! | [`model`] | the next byte, from all of these by their credibility |
//! | [`bounds`] | what fits a memory limit |
//! | [`trie`] | the codec |
//! | [`explain`] | what came from where, for a person |
//! | [`plugin`] | the strategy `trie.credibility` |
#![forbid(unsafe_code)]

pub mod bounds;
pub mod context;
pub mod estimate;
pub mod explain;

pub mod model;
pub mod nodes;

pub mod plugin;
pub mod pointer;
pub mod trie;

pub use plugin::CREDIBILITY;
pub use pressmark_coding::{history, past};

pressmark_sdk::export_plugin! { id: "trie", strategies: [CREDIBILITY] }
