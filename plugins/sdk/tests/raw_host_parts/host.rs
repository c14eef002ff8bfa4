//! A host written against the C ABI alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use pressmark_abi::*;

/// What a host counts and is told. All its own memory comes from the system at once, so
/// that the plugin's blocks alone are counted.
pub(crate) struct Counting {
    pub(crate) written: Vec<u8>,
    pub(crate) limit: usize,
    pub(crate) error: String,
    /// Blocks of this size or more are refused.
    pub(crate) refuse_from: u64,
    act: &'static str,
    live: AtomicI64,
    peak: AtomicI64,
    calls: AtomicI64,
}

impl Counting {
    /// `act` is the value of the option of that name; empty: there are no options.
    pub(crate) fn new(act: &'static str) -> Self {
        Self {
            written: Vec::with_capacity(1 << 12),
            limit: 1 << 12,
            error: String::with_capacity(1 << 12),
            refuse_from: u64::MAX,
            act,
            live: AtomicI64::new(0),
            peak: AtomicI64::new(0),
            calls: AtomicI64::new(0),
        }
    }

    pub(crate) fn live(&self) -> i64 {
        self.live.load(SeqCst)
    }

    pub(crate) fn peak(&self) -> i64 {
        self.peak.load(SeqCst)
    }

    pub(crate) fn calls(&self) -> i64 {
        self.calls.load(SeqCst)
    }

    /// A sink whose bytes end up in `written`.
    pub(crate) fn sink(&mut self) -> *mut PmSink {
        (&raw mut *self).cast()
    }

    fn count(&self, bytes: i64) {
        self.calls.fetch_add(1, SeqCst);
        let live = self.live.fetch_add(bytes, SeqCst) + bytes;
        self.peak.fetch_max(live, SeqCst);
    }
}

/// The table; `counting` must stay where it is while it is used.
pub(crate) fn host(counting: &mut Counting) -> PmHost {
    counting.written.clear();
    counting.error.clear();
    PmHost {
        struct_size: size_of::<PmHost>() as u32,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        ctx: (&raw mut *counting).cast(),
        alloc,
        alloc_zeroed,
        realloc,
        free,
        write,
        reserve,
        commit,
        add_span,
        add_key: add_span,
        log,
        set_error,
        progress,
        metric,
        channel,
        series,
        option_int,
        option_float,
        option_str,
        seed: 11,
        memory_limit: 0,
        max_threads: 3,
        reserved0: 0,
        get_extension,
    }
}

/// # Safety
/// `ctx` is that of a table of [`host`].
unsafe fn counting<'a>(ctx: *mut c_void) -> &'a Counting {
    // SAFETY: the caller's promise.
    unsafe { &*ctx.cast::<Counting>() }
}

fn layout(size: u64, align: u64) -> Layout {
    Layout::from_size_align(size as usize, align as usize).unwrap()
}

unsafe extern "C" fn alloc(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void {
    // SAFETY: as the ABI says.
    unsafe {
        if size >= counting(ctx).refuse_from {
            return null_mut();
        }
        counting(ctx).count(size as i64);
        let block = System.alloc(layout(size, align));
        // What is not written must not be read: no zeros by chance.
        block.write_bytes(0xA5, size as usize);
        block.cast()
    }
}

unsafe extern "C" fn alloc_zeroed(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void {
    // SAFETY: as the ABI says.
    unsafe {
        let block = alloc(ctx, size, align);
        if !block.is_null() {
            block.cast::<u8>().write_bytes(0, size as usize);
        }
        block
    }
}

unsafe extern "C" fn realloc(
    ctx: *mut c_void,
    block: *mut c_void,
    old_size: u64,
    new_size: u64,
    align: u64,
) -> *mut c_void {
    // SAFETY: as the ABI says. Always moved, so that a stale pointer shows.
    unsafe {
        let moved = alloc(ctx, new_size, align);
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(
                block.cast::<u8>(),
                moved.cast::<u8>(),
                old_size.min(new_size) as usize,
            );
            free(ctx, block, old_size, align);
        }
        moved
    }
}

unsafe extern "C" fn free(ctx: *mut c_void, block: *mut c_void, size: u64, align: u64) {
    // SAFETY: as the ABI says.
    unsafe {
        counting(ctx).count(-(size as i64));
        block.cast::<u8>().write_bytes(0x5A, size as usize);
        System.dealloc(block.cast(), layout(size, align));
    }
}

unsafe extern "C" fn write(
    _: *mut c_void,
    sink: *mut PmSink,
    data: *const c_void,
    len: u64,
) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        let sink = &mut *sink.cast::<Counting>();
        if sink.written.len() + len as usize > sink.limit {
            return ERR_SINK;
        }
        sink.written.extend_from_slice(std::slice::from_raw_parts(data.cast(), len as usize));
    }
    OK
}

unsafe extern "C" fn reserve(_: *mut c_void, _: *mut PmSink, _: u64) -> *mut u8 {
    null_mut()
}

unsafe extern "C" fn commit(_: *mut c_void, _: *mut PmSink, _: u64) -> PmStatus {
    ERR_BAD_CALL
}

unsafe extern "C" fn add_span(_: *mut c_void, _: *mut PmList, _: u64, _: u64) -> PmStatus {
    ERR_BAD_CALL
}

unsafe extern "C" fn log(_: *mut c_void, _: i32, _: PmStr) {}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: PmStr) {
    // SAFETY: as the ABI says.
    unsafe {
        let message = std::slice::from_raw_parts(message.ptr.cast(), message.len as usize);
        let error = &mut (*ctx.cast::<Counting>()).error;
        error.clear();
        error.push_str(std::str::from_utf8(message).unwrap());
    }
}

unsafe extern "C" fn progress(_: *mut c_void, _: u64, _: u64) -> PmStatus {
    OK
}

unsafe extern "C" fn metric(_: *mut c_void, _: PmStr, _: PmStr, _: f64) {}
unsafe extern "C" fn channel(_: *mut c_void, _: PmStr, _: u64, _: u64) {}
unsafe extern "C" fn series(_: *mut c_void, _: PmStr, _: f64, _: f64) {}

unsafe extern "C" fn option_int(_: *mut c_void, _: *const c_char, _: *mut i64) -> PmStatus {
    ERR_BAD_CALL
}

unsafe extern "C" fn option_float(_: *mut c_void, _: *const c_char, _: *mut f64) -> PmStatus {
    ERR_BAD_CALL
}

unsafe extern "C" fn option_str(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut PmStr,
) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        let act = counting(ctx).act;
        if act.is_empty() || CStr::from_ptr(name) != c"act" {
            return ERR_BAD_CALL;
        }
        *value = PmStr { ptr: act.as_ptr().cast(), len: act.len() as u64 };
    }
    OK
}

unsafe extern "C" fn get_extension(_: *mut c_void, _: *const c_char) -> *const c_void {
    null()
}
