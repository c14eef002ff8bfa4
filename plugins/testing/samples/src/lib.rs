//! What the tests and benchmarks of strategies have in common: texts made on the spot, and a
//! codec put through what a codec must survive.
//!
//! ```text
//! proptest! {
//!     #[test]
//!     fn texts_come_back(input in text(), prime in text()) {
//!         Subject::new(&XZ).primed(&[&prime]).comes_back(&input);
//!     }
//!     #[test]
//!     fn damaged_archives_end(input in text(), damage in damage()) {
//!         Subject::new(&XZ).survives_damage(&input, &damage);
//!     }
//! }
//! ```
#![forbid(unsafe_code)]

mod fuzz;
mod measure;
mod subject;
mod texts;

pub use fuzz::fuzz;
pub use measure::measure;
pub use subject::{Damage, Subject, damage};
pub use texts::{repeated, sentences, shared, text, turns};
