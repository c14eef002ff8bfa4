//! The procedural machine: text as a program of literals, copies and repeats.
#![forbid(unsafe_code)]

pub mod alphabet;
pub mod context;
pub mod literal;
pub mod recency;
