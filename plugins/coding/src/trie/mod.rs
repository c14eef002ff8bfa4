//! The trie's model of the next symbol: every depth of context has an opinion on the next bit, and
//! each opinion counts by what it proved to be worth.
//!
//! | module | it is |
//! |---|---|
//! | `context` | the contexts of the next symbol, a byte or a code of a word |
//! | `nodes` | the bounded set of nodes, frozen under pressure |
//! | `pointer` | deep nodes as pointers into the past |
//! | `estimate` | what a history is worth |
//! | `model` | the next symbol, from all of these by their credibility |
//! | `bounds` | what fits a memory limit |
//! | `design` | what a codec makes a model from |
//!
//! [`Model`] is all that a coder needs: [`Model::new`] of a [`Size`], [`Model::symbol`] for each
//! symbol that is coded or learned, and [`Model::pass`] over text that both sides know already, so
//! that what stood behind it in a document is coded behind it. Symbols are [`Bytes`], or [`Codes`]
//! of [words](crate::words); [`FewBytes`] and [`FewCodes`] have fewer contexts, for speed. A
//! [codec](crate::codec) has it from [`Settings`], or from [`Few`].

mod bounds;
mod context;
mod design;
mod estimate;
mod model;
mod nodes;
mod pointer;

pub use bounds::{FREEZE, Misfit, Settings, Texts};
pub use context::{
    Bytes, CONTEXTS, Codes, DEEPEST, FewBytes, FewCodes, LEVELS, PLACES, Reading, Tokens,
};
pub use design::Few;
pub use model::{Counts, MOST_SHRINK, Model, SOURCES, Size};
pub use nodes::{Bounds, Events};
pub use pointer::Pointers;
