//! Records to tables, plots, Markdown and one HTML file.
//!
//! A [`Record`] is what one cell of an experiment gave. A [`Store`] keeps the
//! records of one run in a folder, so that nothing is lost when a run is
//! interrupted. Everything else is computed from records alone; this crate
//! knows nothing of how they were made.
//!
//! ```
//! use pressmark_reports::{Record, State, Store};
//!
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path();
//! let store = Store::open(dir)?;
//! let mut record = Record { key: "00ff".into(), state: State::Ok, ..Record::default() };
//! record.dataset.bytes = Some(4_000);
//! record.set_encoded_bytes(1_000);
//! store.put(&record)?;
//!
//! let run = store.all()?;
//! assert_eq!(run.records[0].bits_per_byte, Some(2.0));
//! store.write_exports(&run.records)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod compare;
mod definitions;
mod format;
mod groups;
mod html;
mod markdown;
mod plots;
pub mod record;
mod report;
mod scaling;
mod sheet;
mod sheets;
pub mod statistics;
pub mod store;
mod sweeps;
mod table;

pub use record::{Record, State};
pub use report::{ReportMeta, write_report};
pub use store::{Loaded, Store, StoreError, load};
