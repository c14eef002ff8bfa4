//! What harness and worker say to each other.
//!
//! The harness spawns one worker per run and gives it a [`Request`] on standard input,
//! as one JSON document, and a few inherited descriptors: bytes travel in sealed memory
//! files, never through paths, so that a decoder can see the archive and nothing else.
//! The worker answers with a [`Response`], as one JSON document in a memory file, and
//! keeps a [`page`] of counters in shared memory that survives whatever happens to it.

#![forbid(unsafe_code)]

pub mod archive;
mod packing;
pub mod page;
mod request;
mod response;

pub use packing::{PackMode, PackPage, PackQuestion, PackResult, PackSession, Packed};
pub use page::{Page, Phase};
pub use request::{Descriptors, Limits, OptionValue, Options, Protocol, Request, Task};
pub use response::{
    CacheResult, Channel, CodeResult, CompactResult, Failure, FailureKind, LogLine, Memory, Metric,
    Observations, OptionKind, OptionSpec, PluginInfo, Response, StrategyInfo, Success,
};

/// File name of the worker, which stands beside the harness.
pub const WORKER: &str = "pressmark-worker";

/// Interface ids, as they stand in a strategy's `interfaces`.
pub mod interface {
    /// Bytes in, bytes out.
    pub const CODEC: &str = "pressmark.codec/1";
    /// The codec piece by piece.
    pub const STREAM: &str = "pressmark.stream/1";
    /// Text both sides are given before the first byte.
    pub const PRIME: &str = "pressmark.prime/1";
    /// Training text becomes model bytes.
    pub const TRAINABLE: &str = "pressmark.trainable/1";
    /// Ideal code lengths.
    pub const MODEL: &str = "pressmark.model/1";
    /// Lossy shortening of a document.
    pub const COMPACT: &str = "pressmark.compact/1";
    /// Cache policies.
    pub const CACHE: &str = "pressmark.cache/1";
    /// How a strategy sees an input.
    pub const EXPLAIN: &str = "pressmark.draft.explain";
    /// What of a session goes into a context.
    pub const PACK: &str = "pressmark.draft.pack/1";
}
