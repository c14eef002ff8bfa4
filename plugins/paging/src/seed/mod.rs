//! The paging of an earlier system for session memory, chuk-ai-session-manager 0.8,
//! reproduced with its defects, so that what is claimed of it can be tested.
//!
//! Written from a description of its behaviour and checked count for count and hash for hash
//! against outputs of the original (`tests/seed.rs`).

pub mod plugin;
pub mod prefetch;
pub mod tlb;
pub mod working_set;
