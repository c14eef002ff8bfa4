//! The credibility trie of uchi-python 0.1.0: its predictor and its node compressor.
//!
//! The predictor blends one distribution per depth of context, shallow to deep, each by the
//! *credibility* of its node, and is then told the symbol: the whole path gains if the blend's
//! best guess was right and loses if not. A compressor freezes nodes that are often seen and
//! trusted. Nothing is repaired here; see the crate's README for the defects that are kept.
//!
//! | module | it is |
//! |---|---|
//! | [`predictor`] | prediction and update, in the original's order |
//! | [`nodes`] | the trie as an arena |
//! | [`compressor`] | the store of frozen nodes |
//! | [`power`] | logarithm and power that are the same on every machine |
//! | [`symbols`] | characters or bytes, numbered as they appear |
//! | [`coder`] | what is added: an escape, and a code |
//! | [`codec`] | the text, on either side |
//! | [`plugin`] | the strategy `trie.seed` |
//!
//! # Order
//!
//! The original iterates over sets, so that ties and sums depend on the hash seed of its
//! process. Here symbols are numbered as they appear; sums run in that order, over the vocabulary
//! or over the successors of a node, and of equal probabilities the first wins.
//!
//! # Cost
//!
//! O(V) additions per symbol for a vocabulary of V, plus the successors of k nodes. A node is
//! found through the entry that the last update touched, so that no context is walked.

pub mod codec;
pub mod coder;
pub mod compressor;
pub mod nodes;
pub mod plugin;
pub mod power;
pub mod predictor;
pub mod symbols;

pub use plugin::SEED;
