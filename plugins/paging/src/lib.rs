//! Which pages of a session stay in memory.
//!
//! | module | it is |
//! |---|---|
//! | [`index`] | from a key to its slot |
//! | [`table`] | entries and the lists they are in |
//! | [`policy`] | what a policy is |
//! | [`policies`] | the published ones |
//! | [`adaptive`] | the one that follows whichever of them does best |
//! | [`prefetch`] | a policy that fetches ahead what followed before |
//! | [`sketch`] | how often a key was seen, roughly |
//! | [`seed`] | an earlier system, as it was |
//! | [`vm`] | virtual memory for sessions: contexts within a budget, tiers, a working set |
//! | [`plugin`] | the strategies `paging.*` |
#![forbid(unsafe_code)]

pub mod adaptive;
pub mod index;
pub mod plugin;
pub mod policies;
pub mod policy;
pub mod prefetch;
pub mod seed;
pub mod sketch;
pub mod table;
pub mod vm;

use plugin::{ADAPTIVE, ARC, CLOCK, FIFO, LFU, LIRS, LRU, S3FIFO, SIEVE, TWO_Q, W_TINY_LFU};
use prefetch::plugin::PREFETCH as AHEAD;
use seed::plugin::{L0, L1, PREFETCH, TLB};
use vm::machine::VM;
use vm::plugin as packing;

pressmark_sdk::export_plugin! {
    id: "paging",
    strategies: [FIFO, LRU, CLOCK, LFU, SIEVE, S3FIFO, ARC, LIRS, TWO_Q, W_TINY_LFU, ADAPTIVE, AHEAD, TLB, PREFETCH, L0, L1,
        packing::PACK, packing::RECENCY, packing::IMPORTANCE, packing::BM25, packing::SEED, VM]
}
