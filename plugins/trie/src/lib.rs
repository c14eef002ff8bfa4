//! Tries of contexts: one for size, in which every depth has an opinion on the next bit that counts
//! by what it proved to be worth, and one for speed, in which a few contexts add up what they saw.
//!
//! The models are [`pressmark_coding::trie`] and [`pressmark_coding::blending`], their codec is
//! [`pressmark_coding::codec`].
//!
//! | module | it is |
//! |---|---|
//! | [`credibility`] | the strategy `trie.credibility` |
//! | [`explain`] | what came from where in it, for a person |
//! | [`blending`] | the strategy `trie.blending` |
#![forbid(unsafe_code)]

pub mod blending;
pub mod credibility;
pub mod explain;

pub use blending::BLENDING;
pub use credibility::CREDIBILITY;

pressmark_sdk::export_plugin! { id: "trie", strategies: [CREDIBILITY, BLENDING] }
