//! One module per peer.

mod brotli;
mod bzip2;
mod gzip;
mod lz4;
mod ppmd;
mod xz;
mod zstd;

use pressmark_sdk::{Capabilities, Result};

use crate::coder::Coder;

pub use self::brotli::BROTLI;
pub use self::bzip2::BZIP2;
pub use self::gzip::GZIP;
pub use self::lz4::LZ4;
pub use self::ppmd::PPMD;
pub use self::xz::XZ;
pub use self::zstd::ZSTD;

/// What a C library with an allocator of its own promises.
const C_CODEC: Capabilities =
    Capabilities::LOSSLESS.and(Capabilities::DETERMINISTIC).and(Capabilities::CONCURRENT);

/// A compressor with its options: makes encoders and decoders.
pub(crate) trait Peer {
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

/// Cheap settings of every peer.
#[cfg(test)]
pub(crate) fn cheap() -> Vec<Box<dyn Peer>> {
    vec![
        Box::new(gzip::Gzip { level: 6 }),
        Box::new(bzip2::Bzip2 { level: 1 }),
        Box::new(xz::Xz { level: 1, extreme: false }),
        Box::new(zstd::Zstd { level: 3, long: 20 }),
        Box::new(brotli::Brotli { level: 5, window: 18 }),
        Box::new(ppmd::Ppmd { order: 6, memory_mb: 1 }),
        Box::new(lz4::Lz4 { level: 4 }),
    ]
}
