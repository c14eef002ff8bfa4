//! The interfaces that a strategy may answer to, by string id.

use core::ffi::CStr;

use crate::{PmBytes, PmInstance, PmList, PmSink, PmStatus, PmStr};

/// Id of [`PmCodec`].
pub const CODEC_1: &CStr = c"pressmark.codec/1";
/// Id of [`PmStream`].
pub const STREAM_1: &CStr = c"pressmark.stream/1";
/// Id of [`PmPrime`].
pub const PRIME_1: &CStr = c"pressmark.prime/1";
/// Id of [`PmTrainable`].
pub const TRAINABLE_1: &CStr = c"pressmark.trainable/1";
/// Id of [`PmModel`].
pub const MODEL_1: &CStr = c"pressmark.model/1";
/// Id of [`PmCompact`].
pub const COMPACT_1: &CStr = c"pressmark.compact/1";
/// Id of [`PmCache`].
pub const CACHE_1: &CStr = c"pressmark.cache/1";
/// Id of [`PmExplain`], which may change with any release.
pub const DRAFT_EXPLAIN: &CStr = c"pressmark.draft.explain";
/// Id of [`PmPack`], which may change with any release.
pub const DRAFT_PACK_1: &CStr = c"pressmark.draft.pack/1";

/// `PM_STREAM_ENCODE`: direction of a stream.
pub const STREAM_ENCODE: i32 = 1;
/// `PM_STREAM_DECODE`: direction of a stream.
pub const STREAM_DECODE: i32 = 2;
/// `PM_BUDGET_BYTES`: a compaction budget in bytes.
pub const BUDGET_BYTES: i32 = 1;
/// `PM_BUDGET_TOKENS`: a compaction budget in tokens of four Unicode scalar values.
pub const BUDGET_TOKENS: i32 = 2;
/// `PM_ACCESS_READ`: kind of an access.
pub const ACCESS_READ: u32 = 0;
/// `PM_ACCESS_WRITE`: kind of an access.
pub const ACCESS_WRITE: u32 = 1;
/// `PM_ACCESS_TOOL`: a tool call; the key names the tool, nothing is looked up.
pub const ACCESS_TOOL: u32 = 2;
/// `PM_PACK_STRICT`: rules of use, a list of what was left out, and the pages.
pub const PACK_STRICT: i32 = 1;
/// `PM_PACK_RELAXED`: the same with short rules.
pub const PACK_RELAXED: i32 = 2;
/// `PM_PACK_PASSIVE`: the pages alone.
pub const PACK_PASSIVE: i32 = 3;

/// `pm_access`: one access of a trace.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PmAccess {
    /// The page.
    pub key: u64,
    /// Its size in the trace's unit; 1 where pages are alike.
    pub size: u64,
    /// The turn of the session.
    pub turn: u64,
    /// `ACCESS_…`.
    pub kind: u32,
    /// Zero.
    pub reserved0: u32,
}

/// `pm_codec`: bytes in, bytes out. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmCodec {
    pub struct_size: u32,
    pub reserved0: u32,
    pub encode: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            input: PmBytes,
            sink: *mut PmSink,
        ) -> PmStatus,
    >,
    pub decode: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            archive: PmBytes,
            decoded_len: u64,
            sink: *mut PmSink,
        ) -> PmStatus,
    >,
    pub bound: Option<unsafe extern "C" fn(instance: *mut PmInstance, input_len: u64) -> u64>,
}

/// `pm_stream`: the codec piece by piece. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmStream {
    pub struct_size: u32,
    pub reserved0: u32,
    pub begin: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            direction: i32,
            total_len: u64,
            sink: *mut PmSink,
        ) -> PmStatus,
    >,
    pub push: Option<unsafe extern "C" fn(instance: *mut PmInstance, piece: PmBytes) -> PmStatus>,
    pub finish: Option<unsafe extern "C" fn(instance: *mut PmInstance) -> PmStatus>,
}

/// `pm_prime`: text both sides are given before the first byte. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmPrime {
    pub struct_size: u32,
    pub reserved0: u32,
    pub prime: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            samples: *const PmBytes,
            count: u64,
        ) -> PmStatus,
    >,
}

/// `pm_trainable`: training text becomes model bytes, which are counted. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmTrainable {
    pub struct_size: u32,
    pub reserved0: u32,
    pub train: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            samples: *const PmBytes,
            count: u64,
            model: *mut PmSink,
        ) -> PmStatus,
    >,
    pub load: Option<unsafe extern "C" fn(instance: *mut PmInstance, model: PmBytes) -> PmStatus>,
}

/// `pm_model`: what the model behind a code would cost, were coding perfect. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmModel {
    pub struct_size: u32,
    pub reserved0: u32,
    pub code_length:
        Option<unsafe extern "C" fn(instance: *mut PmInstance, bits: *mut f64) -> PmStatus>,
    pub symbol_costs: Option<
        unsafe extern "C" fn(instance: *mut PmInstance, input: PmBytes, bits: *mut f64) -> PmStatus,
    >,
}

/// `pm_compact`: a shorter document that keeps what matters. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmCompact {
    pub struct_size: u32,
    pub reserved0: u32,
    pub compact: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            document: PmBytes,
            budget: u64,
            budget_unit: i32,
            sink: *mut PmSink,
            kept: *mut PmList,
        ) -> PmStatus,
    >,
}

/// `pm_cache`: which pages stay. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmCache {
    pub struct_size: u32,
    pub reserved0: u32,
    pub reset: Option<unsafe extern "C" fn(instance: *mut PmInstance, capacity: u64) -> PmStatus>,
    pub begin_turn: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            turn: u64,
            evicted: *mut PmList,
            prefetched: *mut PmList,
        ) -> PmStatus,
    >,
    pub access: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            access: *const PmAccess,
            hit: *mut u8,
            evicted: *mut PmList,
            prefetched: *mut PmList,
        ) -> PmStatus,
    >,
    pub access_batch: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            accesses: *const PmAccess,
            count: u64,
            hits: *mut u8,
            evicted: *mut PmList,
            prefetched: *mut PmList,
        ) -> PmStatus,
    >,
}

/// `pm_explain`: how the strategy sees an input, as text for a person. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmExplain {
    pub struct_size: u32,
    pub reserved0: u32,
    pub explain: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            input: PmBytes,
            sink: *mut PmSink,
        ) -> PmStatus,
    >,
}

/// `pm_page`: one page of a session.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PmPage {
    /// What it says.
    pub text: PmBytes,
    /// Who says it.
    pub role: PmStr,
    /// The tool that is called or that answers, else empty.
    pub tool: PmStr,
    /// The turn of the session.
    pub turn: u64,
    /// Tokens of the text.
    pub tokens: u64,
}

/// `pm_pack`: what of a session goes into a context. The header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmPack {
    pub struct_size: u32,
    pub reserved0: u32,
    pub pack: Option<
        unsafe extern "C" fn(
            instance: *mut PmInstance,
            question: PmBytes,
            pages: *const PmPage,
            count: u64,
            budget: u64,
            mode: i32,
            sink: *mut PmSink,
            chosen: *mut PmList,
        ) -> PmStatus,
    >,
}
