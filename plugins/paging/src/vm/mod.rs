//! Virtual memory for sessions: what of a long session stands in the context of one answer.
//!
//! | module | it is |
//! |---|---|
//! | [`text`] | words, scalar values, line ends, segments |
//! | [`frame`] | a page as lines that no page can forge |
//! | [`prompt`] | what a context says about itself |
//! | [`manifest`] | the list of pages that a reader may ask for |
//! | [`context`] | what is shown of which page, within a budget |
//! | [`bm25`] | which texts a query is about |
//! | [`plain`] | packers to compare with: by recency, importance, retrieval |
//! | [`seed`] | the original's packer, as it was |
//! | [`recall`] | the packer that chooses excerpts |
//! | [`plugin`] | the strategies `paging.pack` and `paging.pack.*` |
//! | [`level`] | the four levels at which a page can be shown |
//! | [`pages`] | the page table and its five tiers |
//! | [`log`] | what changed, and any turn again |
//! | [`session`] | pages of a session at levels, with faults, pins and protection |
//! | [`pack_cache`] | contexts that were asked for before |
//! | [`working_set`] | the context and the pages at hand |
//! | `cache`, `packs`, [`machine`] | the strategy `paging.vm` over traces, over sessions |

pub mod bm25;
mod cache;
pub mod context;
pub mod frame;
pub mod level;
pub mod log;
pub mod machine;
pub mod manifest;
pub mod pack_cache;
mod packs;
pub mod pages;
pub mod plain;
pub mod plugin;
pub mod prompt;
pub mod recall;
pub mod seed;
pub mod session;
pub mod text;
pub mod working_set;
