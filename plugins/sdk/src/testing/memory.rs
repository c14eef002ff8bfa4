//! The memory services of the test host: the system's, counted for each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
    /// While the plugin is at work; the blocks of the test and of the host are not its.
    static COUNTING: Cell<bool> = const { Cell::new(false) };
}

fn count(bytes: i64) {
    if COUNTING.get() {
        LIVE.set(LIVE.get() + bytes);
        PEAK.set(PEAK.get().max(LIVE.get()));
    }
}

/// Bytes the plugin asked for on this thread and did not give back.
pub(super) fn live() -> i64 {
    LIVE.get()
}

/// The highest [`live`] since [`restart`].
pub(super) fn peak() -> i64 {
    PEAK.get()
}

pub(super) fn restart() {
    PEAK.set(LIVE.get());
}

/// A call of the plugin.
pub(super) fn counted<T>(call: impl FnOnce() -> T) -> T {
    with(true, call)
}

/// Work of the host's own within a call.
pub(super) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    with(false, work)
}

fn with<T>(counting: bool, work: impl FnOnce() -> T) -> T {
    let before = COUNTING.replace(counting);
    let result = work();
    COUNTING.set(before);
    result
}

fn layout(size: u64, align: u64) -> Option<Layout> {
    Layout::from_size_align(size.try_into().ok()?, align.try_into().ok()?).ok()
}

pub(super) unsafe extern "C" fn alloc(_: *mut c_void, size: u64, align: u64) -> *mut c_void {
    let Some(layout) = layout(size, align) else { return null_mut() };
    // SAFETY: a size of 0 is not asked for.
    let block = unsafe { System.alloc(layout) };
    if !block.is_null() {
        count(size as i64);
    }
    block.cast()
}

pub(super) unsafe extern "C" fn alloc_zeroed(_: *mut c_void, size: u64, align: u64) -> *mut c_void {
    let Some(layout) = layout(size, align) else { return null_mut() };
    // SAFETY: a size of 0 is not asked for.
    let block = unsafe { System.alloc_zeroed(layout) };
    if !block.is_null() {
        count(size as i64);
    }
    block.cast()
}

pub(super) unsafe extern "C" fn realloc(
    _: *mut c_void,
    block: *mut c_void,
    old_size: u64,
    new_size: u64,
    align: u64,
) -> *mut c_void {
    let (Some(old), Some(new)) = (layout(old_size, align), layout(new_size, align)) else {
        return null_mut();
    };
    // SAFETY: the block was made here with this size and alignment.
    let moved = unsafe { System.realloc(block.cast(), old, new.size()) };
    if !moved.is_null() {
        count(new_size as i64 - old_size as i64);
    }
    moved.cast()
}

pub(super) unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void, size: u64, align: u64) {
    if let Some(layout) = layout(size, align) {
        count(-(size as i64));
        // SAFETY: the block was made here with this size and alignment.
        unsafe { System.dealloc(block.cast(), layout) };
    }
}
