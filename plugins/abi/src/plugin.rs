//! `pm_option_spec`, `pm_strategy`, `pm_plugin`: the constant data of a plugin.

use core::ffi::{c_char, c_void};

use crate::{PmHost, PmStatus};

/// `PM_OPTION_BOOL`: 0 or 1.
pub const OPTION_BOOL: i32 = 1;
/// `PM_OPTION_INT`: an integer within a closed range.
pub const OPTION_INT: i32 = 2;
/// `PM_OPTION_FLOAT`: a finite number within a closed range.
pub const OPTION_FLOAT: i32 = 3;
/// `PM_OPTION_CHOICE`: one of a list of names.
pub const OPTION_CHOICE: i32 = 4;
/// `PM_OPTION_SET`: any of a list of names, each at most once.
pub const OPTION_SET: i32 = 5;
/// `PM_OPTION_TEXT`: any UTF-8 text.
pub const OPTION_TEXT: i32 = 6;

/// `PM_CAP_LOSSLESS`: `decode(encode(x)) = x` for every `x`.
pub const CAP_LOSSLESS: u64 = 1 << 0;
/// `PM_CAP_DETERMINISTIC`: same input, options and seed give the same bytes anywhere.
pub const CAP_DETERMINISTIC: u64 = 1 << 1;
/// `PM_CAP_CONCURRENT`: two instances may be at work at the same time.
pub const CAP_CONCURRENT: u64 = 1 << 2;
/// `PM_CAP_THREADS`: starts threads of its own, at most `max_threads`.
pub const CAP_THREADS: u64 = 1 << 3;
/// `PM_CAP_HOST_MEMORY`: all its memory comes from the host's allocator.
pub const CAP_HOST_MEMORY: u64 = 1 << 4;

/// `pm_instance`: a strategy at work. Opaque; the plugin's own.
#[repr(C)]
pub struct PmInstance {
    _opaque: [u8; 0],
}

/// `pm_option_spec`: one option; constant data.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmOptionSpec {
    pub name: *const c_char,
    pub doc: *const c_char,
    pub unit: *const c_char,
    pub kind: i32,
    pub choice_count: u32,
    pub int_default: i64,
    pub int_min: i64,
    pub int_max: i64,
    pub float_default: f64,
    pub float_min: f64,
    pub float_max: f64,
    pub text_default: *const c_char,
    pub choices: *const *const c_char,
}

/// `pm_strategy`: one strategy; constant data.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmStrategy {
    pub struct_size: u32,
    pub format_version: u32,
    pub capabilities: u64,
    pub id: *const c_char,
    pub name: *const c_char,
    pub version: *const c_char,
    pub license: *const c_char,
    pub vendor: *const c_char,
    pub doc: *const c_char,
    pub option_count: u32,
    pub option_size: u32,
    pub options: *const PmOptionSpec,
    pub interfaces: *const *const c_char,
    pub create: Option<
        unsafe extern "C" fn(host: *const PmHost, instance: *mut *mut PmInstance) -> PmStatus,
    >,
    pub destroy: Option<unsafe extern "C" fn(instance: *mut PmInstance)>,
    pub get_interface:
        Option<unsafe extern "C" fn(instance: *mut PmInstance, id: *const c_char) -> *const c_void>,
}

/// `pm_plugin`: what the entry function returns.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the header documents each field")]
pub struct PmPlugin {
    pub magic: u64,
    pub struct_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub id: *const c_char,
    pub version: *const c_char,
    pub build_id: *const c_char,
    pub strategy_count: u32,
    pub reserved0: u32,
    pub strategy: Option<unsafe extern "C" fn(index: u32) -> *const PmStrategy>,
}
