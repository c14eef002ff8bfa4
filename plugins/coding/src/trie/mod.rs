//! The trie's model of the next byte: every depth of context has an opinion on the next bit, and
//! each opinion counts by what it proved to be worth.
//!
//! | module | it is |
//! |---|---|
//! | [`context`] | the contexts of the next byte |
//! | [`history`] | what a node remembers, in a byte per decision |
//! | [`nodes`] | the bounded set of nodes, frozen under pressure |
//! | [`past`] | the text so far |
//! | [`mod@pointer`] | deep nodes as pointers into the past |
//! | [`estimate`] | what a history is worth |
//! | [`model`] | the next byte, from all of these by their credibility |

pub mod context;
pub mod estimate;
pub mod history;
pub mod model;
pub mod nodes;
pub mod past;
pub mod pointer;
