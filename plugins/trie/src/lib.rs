//! A credibility trie: every depth of context has an opinion on the next bit, and each
//! opinion counts by what it proved to be worth.
//!
//! The model is [`pressmark_coding::trie`], its codec [`pressmark_coding::codec`].
//!
//! | module | it is |
//! |---|---|
//! | [`explain`] | what came from where, for a person |
//! | [`plugin`] | the strategy `trie.credibility` |
#![forbid(unsafe_code)]

pub mod explain;
pub mod plugin;

pub use plugin::CREDIBILITY;

pressmark_sdk::export_plugin! { id: "trie", strategies: [CREDIBILITY] }
