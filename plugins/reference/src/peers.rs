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

use pressmark_sdk::{Capabilities, Result};

use crate::coder::Coder;

pub(crate) use self::brotli::BROTLI;
pub(crate) use self::bzip2::BZIP2;
pub(crate) use self::gzip::GZIP;
pub(crate) use self::lz4::LZ4;
pub(crate) use self::ppmd::PPMD;
pub(crate) use self::xz::XZ;
pub(crate) use self::zstd::ZSTD;

/// What a C library with an allocator of its own promises.
const C_CODEC: Capabilities =
    Capabilities::LOSSLESS.and(Capabilities::DETERMINISTIC).and(Capabilities::CONCURRENT);

/// A compressor with its options: makes encoders and decoders.
pub trait Peer {
    /// An encoder for a text of `total` bytes, where that is known, given the priming
    /// text (empty: none; ignored by a peer that has no mechanism for it).
    ///
    /// # Errors
    /// [`Error::Failed`](pressmark_sdk::Error) when the library refuses its options or memory.
    fn encoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>>;

    /// The decoder of what [`Peer::encoder`] writes with the same options and priming text.
    ///
    /// # Errors
    /// As [`Peer::encoder`]; `Error::Unsupported` where the length must be known and is not.
    fn decoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>>;
}
