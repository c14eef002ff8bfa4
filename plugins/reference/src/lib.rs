//! The peers: well-kept compressors as pressmark strategies, to be compared with.
//!
//! | strategy | library | primed by |
//! |---|---|---|
//! | `ref.store` | none | difference |
//! | `ref.gzip` | zlib, through flate2 | preset dictionary (last 32 KiB) |
//! | `ref.bzip2` | libbz2-rs | difference |
//! | `ref.xz` | liblzma | difference |
//! | `ref.zstd` | zstd | dictionary of raw content |
//! | `ref.brotli` | brotli | custom dictionary |
//! | `ref.ppmd` | ppmd-rust | its model, which codes the priming text first |
//! | `ref.lz4` | lz4 | difference |
//!
//! By difference means that the strategy has no mechanism and the host subtracts. Each
//! peer is one file that makes encoders and decoders; one session turns any of them into
//! the codec and the stream that the host calls. All memory comes from the host, except
//! that of liblzma and lz4, which is seen in resident memory only.

#![forbid(unsafe_code)]

mod coder;
mod peers;
mod pipe;
mod session;
mod store;

pub use peers::{BROTLI, BZIP2, GZIP, LZ4, PPMD, XZ, ZSTD};
pub use store::STORE;

pressmark_sdk::export_plugin! {
    id: "reference",
    strategies: [STORE, GZIP, BZIP2, XZ, ZSTD, BROTLI, PPMD, LZ4],
}
