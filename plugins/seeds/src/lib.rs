//! The original systems over text, reproduced: what each claimed, beside what a decoder needs.
//!
//! Each strategy here follows the formulas, defaults, call order and defects of a published
//! system, so that a claim made about it can be tested. Where an original is no code, the least
//! is added to make it one, and said. The strategies of the other crates are the same ideas,
//! repaired.
//!
//! | module | it is |
//! |---|---|
//! | [`bsp`] | `group.seed` and `program.seed`: groups of words, and programs of copies |
//! | [`trie`] | `trie.seed`: a context trie with credibilities, and its node compressor |
#![forbid(unsafe_code)]

pub mod bsp;
pub mod trie;

pressmark_sdk::export_plugin! { id: "seeds", strategies: [bsp::GROUP_SEED, bsp::PROGRAM_SEED, trie::SEED] }
