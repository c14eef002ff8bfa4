//! What a strategy says about itself before it is made.

use std::ffi::CStr;

use pressmark_abi as abi;

use crate::{Host, OptionSpec, Options, Result, Strategy};

/// A strategy's constant description. See the crate's front page for one in full.
#[derive(Clone, Copy)]
pub struct Descriptor {
    /// Unique, `[a-z0-9_]+(\.[a-z0-9_]+)+`: `c"ref.xz"`.
    pub id: &'static CStr,
    /// For people.
    pub name: &'static CStr,
    /// See [`version!`](crate::version).
    pub version: &'static CStr,
    /// An SPDX expression.
    pub license: &'static CStr,
    /// Who made it.
    pub vendor: &'static CStr,
    /// What it does and where the idea comes from; a sentence or more.
    pub doc: &'static CStr,
    /// The version of what `encode` writes; a decoder reads its own only.
    pub format_version: u32,
    /// What it promises.
    pub capabilities: Capabilities,
    /// The options it reads in `create`.
    pub options: &'static [OptionSpec],
    /// The interfaces it answers with `Some`.
    pub interfaces: &'static [Interface],
    /// Makes an instance.
    pub create: fn(&Host, &Options<'_>) -> Result<Box<dyn Strategy>>,
}

/// What a strategy promises; the host checks what it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(pub(crate) u64);

impl Capabilities {
    /// None.
    pub const NONE: Self = Self(0);
    /// `decode(encode(x)) = x` for every `x`.
    pub const LOSSLESS: Self = Self(abi::CAP_LOSSLESS);
    /// Same input, options and seed: the same bytes anywhere.
    pub const DETERMINISTIC: Self = Self(abi::CAP_DETERMINISTIC);
    /// Two instances may be at work at the same time.
    pub const CONCURRENT: Self = Self(abi::CAP_CONCURRENT);
    /// Starts threads of its own, at most [`Host::max_threads`]. Each is joined by its handle
    /// before the call returns: the end of a `std::thread::scope` alone does not wait until
    /// a thread has given back its memory.
    pub const THREADS: Self = Self(abi::CAP_THREADS);
    /// All its memory comes from the host: true of pure Rust, not of a linked C library.
    pub const HOST_MEMORY: Self = Self(abi::CAP_HOST_MEMORY);
    /// What a codec in pure safe Rust without threads normally has: lossless,
    /// deterministic, concurrent, memory from the host.
    pub const PURE_CODEC: Self =
        Self::LOSSLESS.and(Self::DETERMINISTIC).and(Self::CONCURRENT).and(Self::HOST_MEMORY);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is promised.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An interface of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// [`Codec`](crate::Codec).
    Codec,
    /// [`Stream`](crate::Stream).
    Stream,
    /// [`Prime`](crate::Prime).
    Prime,
    /// [`Trainable`](crate::Trainable).
    Trainable,
    /// [`Model`](crate::Model).
    Model,
    /// [`Compact`](crate::Compact).
    Compact,
    /// [`Cache`](crate::Cache).
    Cache,
    /// [`Explain`](crate::Explain).
    Explain,
    /// [`Pack`](crate::Pack).
    Pack,
}

impl Interface {
    /// The id that the ABI gives it.
    pub const fn id(self) -> &'static CStr {
        match self {
            Self::Codec => abi::CODEC_1,
            Self::Stream => abi::STREAM_1,
            Self::Prime => abi::PRIME_1,
            Self::Trainable => abi::TRAINABLE_1,
            Self::Model => abi::MODEL_1,
            Self::Compact => abi::COMPACT_1,
            Self::Cache => abi::CACHE_1,
            Self::Explain => abi::DRAFT_EXPLAIN,
            Self::Pack => abi::DRAFT_PACK_1,
        }
    }
}
