//! The procedural machine: text as a program of literals, copies and repeats.
#![forbid(unsafe_code)]

pub mod alphabet;
pub mod cell;
pub mod complete;
pub mod context;
pub mod guess;
pub mod literal;
pub mod recency;
