//! `pm_host`: the services a plugin is given.

use core::ffi::{c_char, c_void};

use crate::{PmStatus, PmStr};

/// `pm_sink`: where output goes. Opaque; the host's own.
#[repr(C)]
pub struct PmSink {
    _opaque: [u8; 0],
}

/// `pm_list`: where spans or keys go. Opaque; the host's own.
#[repr(C)]
pub struct PmList {
    _opaque: [u8; 0],
}

/// `pm_host`: services passed to `create`, valid until `destroy` has returned. The
/// header documents each call.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmHost {
    pub struct_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub ctx: *mut c_void,
    pub alloc: unsafe extern "C" fn(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void,
    pub alloc_zeroed: unsafe extern "C" fn(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void,
    pub realloc: unsafe extern "C" fn(
        ctx: *mut c_void,
        block: *mut c_void,
        old_size: u64,
        new_size: u64,
        align: u64,
    ) -> *mut c_void,
    pub free: unsafe extern "C" fn(ctx: *mut c_void, block: *mut c_void, size: u64, align: u64),
    pub write: unsafe extern "C" fn(
        ctx: *mut c_void,
        sink: *mut PmSink,
        data: *const c_void,
        len: u64,
    ) -> PmStatus,
    pub reserve: unsafe extern "C" fn(ctx: *mut c_void, sink: *mut PmSink, len: u64) -> *mut u8,
    pub commit: unsafe extern "C" fn(ctx: *mut c_void, sink: *mut PmSink, used: u64) -> PmStatus,
    pub add_span:
        unsafe extern "C" fn(ctx: *mut c_void, list: *mut PmList, start: u64, len: u64) -> PmStatus,
    pub add_key:
        unsafe extern "C" fn(ctx: *mut c_void, list: *mut PmList, key: u64, index: u64) -> PmStatus,
    pub log: unsafe extern "C" fn(ctx: *mut c_void, level: i32, message: PmStr),
    pub set_error: unsafe extern "C" fn(ctx: *mut c_void, message: PmStr),
    pub progress: unsafe extern "C" fn(ctx: *mut c_void, done: u64, total: u64) -> PmStatus,
    pub metric: unsafe extern "C" fn(ctx: *mut c_void, name: PmStr, unit: PmStr, value: f64),
    pub channel: unsafe extern "C" fn(ctx: *mut c_void, name: PmStr, lookups: u64, hits: u64),
    pub series: unsafe extern "C" fn(ctx: *mut c_void, name: PmStr, x: f64, y: f64),
    pub option_int:
        unsafe extern "C" fn(ctx: *mut c_void, name: *const c_char, value: *mut i64) -> PmStatus,
    pub option_float:
        unsafe extern "C" fn(ctx: *mut c_void, name: *const c_char, value: *mut f64) -> PmStatus,
    pub option_str:
        unsafe extern "C" fn(ctx: *mut c_void, name: *const c_char, value: *mut PmStr) -> PmStatus,
    pub seed: u64,
    pub memory_limit: u64,
    pub max_threads: u32,
    pub reserved0: u32,
    pub get_extension: unsafe extern "C" fn(ctx: *mut c_void, id: *const c_char) -> *const c_void,
}
