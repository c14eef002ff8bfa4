//! The C ABI between pressmark and its strategy plugins, version 1.0.
//!
//! This crate is the `repr(C)` mirror of `include/pressmark.h`, and nothing else: no
//! code, no dependency. The header is the specification; each item here carries its
//! name in Rust's spelling and is documented there. `tests/layout.rs` compiles the
//! header with the system's C compiler and compares every size, offset and constant.
//!
//! Plugin authors who write Rust use `pressmark-sdk` and never see these types.

#![no_std]
#![forbid(unsafe_code)]

mod host;
mod interfaces;
mod plugin;

pub use host::{PmHost, PmList, PmSink};
pub use interfaces::{
    ACCESS_READ, ACCESS_TOOL, ACCESS_WRITE, BUDGET_BYTES, BUDGET_TOKENS, CACHE_1, CODEC_1,
    COMPACT_1, DRAFT_EXPLAIN, DRAFT_PACK_1, MODEL_1, PACK_PASSIVE, PACK_RELAXED, PACK_STRICT,
    PRIME_1, PmAccess, PmCache, PmCodec, PmCompact, PmExplain, PmModel, PmPack, PmPage, PmPrime,
    PmStream, PmTrainable, STREAM_1, STREAM_DECODE, STREAM_ENCODE, TRAINABLE_1,
};
pub use plugin::{
    CAP_CONCURRENT, CAP_DETERMINISTIC, CAP_HOST_MEMORY, CAP_LOSSLESS, CAP_THREADS, OPTION_BOOL,
    OPTION_CHOICE, OPTION_FLOAT, OPTION_INT, OPTION_SET, OPTION_TEXT, PmInstance, PmOptionSpec,
    PmPlugin, PmStrategy,
};

/// The text of the header, for tools that hand it to a plugin author.
pub const HEADER: &str = include_str!("../include/pressmark.h");

/// First field of [`PmPlugin`]: the bytes `PMARKPM1` in memory, little-endian.
pub const MAGIC: u64 = 0x314d_504b_5241_4d50;
/// A host loads plugins of its own major version only.
pub const ABI_MAJOR: u16 = 1;
/// Tables may have grown at the tail since minor version 0.
pub const ABI_MINOR: u16 = 0;
/// The one symbol that a plugin exports.
pub const ENTRY_SYMBOL: &core::ffi::CStr = c"pressmark_plugin_v1";

/// `pm_entry_fn`: the type of the function behind [`ENTRY_SYMBOL`].
pub type PmEntryFn = unsafe extern "C" fn() -> *const PmPlugin;

/// `pm_status`: 0 is done, negative is failed, positive is reserved.
pub type PmStatus = i32;

/// `PM_OK`: done.
pub const OK: PmStatus = 0;
/// `PM_ERR_FAILED`: failed for a reason that `set_error` tells.
pub const ERR_FAILED: PmStatus = -1;
/// `PM_ERR_BAD_INPUT`: not an archive, model or document that the strategy can read.
pub const ERR_BAD_INPUT: PmStatus = -2;
/// `PM_ERR_NO_MEMORY`: the host's allocator returned null.
pub const ERR_NO_MEMORY: PmStatus = -3;
/// `PM_ERR_UNSUPPORTED`: the strategy, with these options, cannot do that.
pub const ERR_UNSUPPORTED: PmStatus = -4;
/// `PM_ERR_BAD_OPTION`: options that are in range one by one exclude each other.
pub const ERR_BAD_OPTION: PmStatus = -5;
/// `PM_ERR_CANCELLED`: `progress` asked to stop.
pub const ERR_CANCELLED: PmStatus = -6;
/// `PM_ERR_PANIC`: a bug in the plugin, caught inside the plugin.
pub const ERR_PANIC: PmStatus = -7;
/// `PM_ERR_SINK`: the host refused output; the limit on its size was reached.
pub const ERR_SINK: PmStatus = -8;
/// `PM_ERR_BAD_CALL`: called out of order, or with arguments the header rules out.
pub const ERR_BAD_CALL: PmStatus = -9;

/// `pm_bytes`: bytes that somebody else owns; `ptr` may be null when `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PmBytes {
    /// First byte.
    pub ptr: *const u8,
    /// How many.
    pub len: u64,
}

/// `pm_str`: UTF-8 text that somebody else owns, without a terminator.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PmStr {
    /// First byte.
    pub ptr: *const core::ffi::c_char,
    /// Length in bytes.
    pub len: u64,
}
