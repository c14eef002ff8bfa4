//! BSP (Bitset System for Prediction) at its commit 569d82c: `group.seed` and `program.seed`.
//!
//! The original takes a line as a set of words, pairs and triples, explains it by groups of
//! features that came together before, and calls the rest surprise, at a flat price each; or it
//! takes the line as a program of literals, copies and repeats. The cheaper price of the two and
//! a tenth of the cost of the word order are its bits. Nothing can be decoded from them. Here the
//! same engine makes the same claim, and the least is added that makes the idea a code; the
//! crate's README lists it, with the defects that were kept.
//!
//! | module | it is |
//! |---|---|
//! | [`text`] | the original's lines and words |
//! | [`features`] | lines as sets |
//! | [`store`], [`learner`], [`pairs`], [`replay`] | groups, and how they learn |
//! | [`sequence`] | the cost of word order |
//! | [`machine`] | programs and their prices |
//! | [`engine`] | all of it, line by line: the claim |
//! | [`mod@line`], [`layout`], [`wire`], [`codec`] | the code |
//!
//! Cost: about 5,000 lines/s, learning included; the original learned 48 and evaluated 178.

pub mod codec;
pub mod engine;
pub mod exact;
pub mod features;
pub mod hash;
pub mod layout;
pub mod learner;
pub mod line;
pub mod machine;
pub mod pairs;
mod plugin;
pub mod replay;
pub mod report;
pub mod sequence;
pub mod store;
pub mod text;
pub mod wire;

pub use plugin::{GROUP_SEED, PROGRAM_SEED};
