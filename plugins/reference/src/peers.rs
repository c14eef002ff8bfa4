//! One module per peer.

mod brotli;
mod bzip2;
mod gzip;
mod lz4;
mod ppmd;
mod xz;
mod zstd;

pub use self::brotli::Brotli;
pub use self::bzip2::Bzip2;
pub use self::gzip::Gzip;
pub use self::lz4::Lz4;
pub use self::ppmd::Ppmd;
pub use self::xz::Xz;
pub use self::zstd::Zstd;

use crate::coder::{Coder, Error};

/// A compressor with its options: makes encoders and decoders.
pub trait Peer {
    /// An encoder for a text of `total` bytes, where that is known, given the priming
    /// text (empty: none; ignored by a peer that has no mechanism for it).
    ///
    /// # Errors
    /// [`Error::Library`] when the library refuses its options or memory.
    fn encoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>, Error>;

    /// The decoder of what [`Peer::encoder`] writes with the same options and priming text.
    ///
    /// # Errors
    /// As [`Peer::encoder`]; [`Error::LengthUnknown`] where the length is needed.
    fn decoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>, Error>;
}
