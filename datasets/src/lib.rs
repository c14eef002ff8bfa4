//! Named bytes with a checksum: text corpora, session logs and traces.
//!
//! A [`DatasetSpec`] says where bytes come from (a file, the Hugging Face hub or a
//! seeded generator) and which of them are used; [`load`] gives them as a
//! [`Dataset`]: bytes that are never changed, cut into documents, with a priming
//! text if one was asked for. This crate knows nothing of strategies or runs.
//!
//! ```
//! use pressmark_datasets::{ByteSize, DatasetSpec, FetchOptions, load};
//!
//! let spec = DatasetSpec {
//!     size: Some(ByteSize(20_000)),
//!     ..DatasetSpec::new("stories", "synthetic:stories")
//! };
//! let dataset = load(&spec, &FetchOptions::from_env("."))?;
//! assert!(dataset.documents.len() > 10);
//! # Ok::<(), pressmark_datasets::DatasetError>(())
//! ```
#![forbid(unsafe_code)]

mod checksum;
mod documents;
mod error;
pub mod evidence;
mod hub;
mod load;
mod manifest;
mod options;
pub mod oracle;
pub mod pages;
pub mod sessions;
mod size;
mod slice;
mod source;
mod spec;
pub mod synthetic;
pub mod trace;

pub use checksum::sha256_hex;
pub use error::DatasetError;
pub use load::{Dataset, Fetched, fetch, load, verify};
pub use manifest::{Manifest, ManifestFile, manifests};
pub use options::{FetchOptions, Progress, ProgressCallback};
pub use sessions::{Question, Session, Turn};
pub use size::{ByteSize, ByteSizeError};
pub use source::{HubFile, Source};
pub use spec::{Columns, DatasetSpec, Format, PrimeSpec, Reader, TailSpec};
