//! The peers: well-kept compressors as pressmark strategies.
#![forbid(unsafe_code)]

pub mod coder;
pub mod peers;
mod pipe;
mod whole;

pub use whole::{compress, decompress};
