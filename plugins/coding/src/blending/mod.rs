//! A fast model of the next symbol: what contexts have seen, blended by linear weights.
//!
//! Mixing in the logistic domain decides bit by bit; it is what a small archive needs and what takes
//! the time. Here a symbol is two choices out of sixteen, and a context's opinion on a choice is a
//! whole distribution, which a vector unit reads, scales, adds and teaches in a few instructions. So
//! that opinions can be added, they are probabilities, and blended (Bell, Cleary and Witten, *Text
//! compression*, 1990): from the deepest context down, each takes its share of what the ones before it
//! left. Shares are not guessed from counts, they
//! are learned for each class of counts, by what a context turned out to have said (expectation
//! maximisation for the weights of a mixture: Dempster, Laird and Rubin, 1977).
//!
//! | module | it is |
//! |---|---|
//! | `vector` | sixteen numbers at a time, with AVX2 where there is |
//! | `choices` | distributions of half a symbol: all of a frequent context |
//! | `successors` | the last three symbols after a rare context, in eight bytes |
//! | `context` | the contexts of the next symbol, a byte or a code of a word |
//! | `model` | the next symbol, from all of these |
//! | `bounds` | levels, and what fits a memory limit |
//!
//! A [codec](crate::codec) has a model from [`Fast`] or [`Strong`], which hold [`Settings`].

mod bounds;
mod choices;
mod context;
mod model;
mod successors;
mod vector;

pub use bounds::{Asking, Fast, Settings, Strong};
pub use context::{Bytes, Codes, Context};
pub use model::{Counts, Model, Size};
