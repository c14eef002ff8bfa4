//! The services of `pm_host`, as C functions over a [`Context`].

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{CStr, c_char, c_void};

use pressmark_abi::{
    ABI_MAJOR, ABI_MINOR, ERR_BAD_CALL, ERR_SINK, OK, PmHost, PmList, PmSink, PmStatus, PmStr,
};
use pressmark_protocol::{OptionValue, Request};

use crate::context::Context;
use crate::sink::Sink;

/// What an opaque `pm_list` is.
pub(crate) enum List {
    /// Spans of a document: start, length.
    Spans(Vec<(u64, u64)>),
    /// Keys of a trace, each with the index of the access in its batch.
    Keys(Vec<(u64, u64)>),
}

impl List {
    /// The pointer that a plugin is given.
    pub(crate) fn handle(&mut self) -> *mut PmList {
        std::ptr::from_mut(self).cast()
    }
}

/// The table that is passed to `create`. It and the context must outlive the instance.
pub(crate) fn table(context: &'static Context, request: &Request) -> &'static PmHost {
    Box::leak(Box::new(PmHost {
        struct_size: size_of::<PmHost>() as u32,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        ctx: std::ptr::from_ref(context).cast_mut().cast(),
        alloc,
        alloc_zeroed,
        realloc,
        free,
        write,
        reserve,
        commit,
        add_span,
        add_key,
        log,
        set_error,
        progress,
        metric,
        channel,
        series,
        option_int,
        option_float,
        option_str,
        seed: request.seed,
        memory_limit: request.limits.memory,
        max_threads: request.limits.threads,
        reserved0: 0,
        get_extension,
    }))
}

/// # Safety
/// `ctx` is the pointer that [`table`] put into the table, as the header demands.
unsafe fn context(ctx: *mut c_void) -> &'static Context {
    // SAFETY: see above; the context lives as long as the process.
    unsafe { &*ctx.cast::<Context>() }
}

/// # Safety
/// As the header demands: readable for the length it states.
unsafe fn text(text: PmStr) -> String {
    if text.ptr.is_null() || text.len == 0 {
        return String::new();
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(text.ptr.cast::<u8>(), text.len as usize) };
    String::from_utf8_lossy(bytes).into_owned()
}

fn layout(size: u64, align: u64) -> Option<Layout> {
    Layout::from_size_align(usize::try_from(size).ok()?, usize::try_from(align).ok()?)
        .ok()
        .filter(|layout| layout.size() > 0)
}

/// # Safety
/// As `pm_host.alloc`; `allocate` returns a block of the layout, or null.
unsafe fn counted(
    ctx: *mut c_void,
    size: u64,
    align: u64,
    allocate: impl FnOnce(Layout) -> *mut u8,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let context = unsafe { context(ctx) };
    let Some(layout) = layout(size, align) else { return std::ptr::null_mut() };
    if !context.page.grow(size, context.limit) {
        return std::ptr::null_mut();
    }
    let block = allocate(layout);
    if block.is_null() {
        context.page.refuse(size);
    }
    block.cast()
}

unsafe extern "C" fn alloc(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void {
    // SAFETY: the layout's size is not 0; the rest is the header's contract.
    unsafe { counted(ctx, size, align, |layout| System.alloc(layout)) }
}

unsafe extern "C" fn alloc_zeroed(ctx: *mut c_void, size: u64, align: u64) -> *mut c_void {
    // SAFETY: as in alloc.
    unsafe { counted(ctx, size, align, |layout| System.alloc_zeroed(layout)) }
}

unsafe extern "C" fn realloc(
    ctx: *mut c_void,
    block: *mut c_void,
    old_size: u64,
    new_size: u64,
    align: u64,
) -> *mut c_void {
    // SAFETY: the header's contract.
    let context = unsafe { context(ctx) };
    let (Some(old), Some(new)) = (layout(old_size, align), layout(new_size, align)) else {
        return std::ptr::null_mut();
    };
    if new_size > old_size && !context.page.grow(new_size - old_size, context.limit) {
        return std::ptr::null_mut();
    }
    // SAFETY: the block came from System with this layout; the new size is not 0.
    let moved = unsafe { System.realloc(block.cast(), old, new.size()) };
    if moved.is_null() {
        context.page.refuse(new_size.saturating_sub(old_size));
    } else if new_size < old_size {
        context.page.shrink(old_size - new_size);
    }
    moved.cast()
}

unsafe extern "C" fn free(ctx: *mut c_void, block: *mut c_void, size: u64, align: u64) {
    if block.is_null() {
        return;
    }
    // SAFETY: the header's contract.
    let context = unsafe { context(ctx) };
    if let Some(layout) = layout(size, align) {
        context.page.shrink(size);
        // SAFETY: the block came from System with this layout.
        unsafe { System.dealloc(block.cast(), layout) };
    }
}

unsafe extern "C" fn write(
    ctx: *mut c_void,
    sink: *mut PmSink,
    data: *const c_void,
    len: u64,
) -> PmStatus {
    if sink.is_null() || (data.is_null() && len > 0) {
        return ERR_BAD_CALL;
    }
    if len == 0 {
        return OK;
    }
    // SAFETY: the sink is one that the worker passed to the call under way, and only the
    // instance's thread uses it; data is readable for len bytes.
    let (context, sink, data) = unsafe {
        (
            context(ctx),
            &mut *sink.cast::<Sink>(),
            std::slice::from_raw_parts(data.cast::<u8>(), len as usize),
        )
    };
    let status = if sink.write(data) { OK } else { ERR_SINK };
    context.set_written(sink.len() as u64);
    status
}

unsafe extern "C" fn reserve(_ctx: *mut c_void, sink: *mut PmSink, len: u64) -> *mut u8 {
    if sink.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: as in write.
    unsafe { &mut *sink.cast::<Sink>() }.reserve(len)
}

unsafe extern "C" fn commit(ctx: *mut c_void, sink: *mut PmSink, used: u64) -> PmStatus {
    if sink.is_null() {
        return ERR_BAD_CALL;
    }
    // SAFETY: as in write.
    let (context, sink) = unsafe { (context(ctx), &mut *sink.cast::<Sink>()) };
    let status = if sink.commit(used) { OK } else { ERR_BAD_CALL };
    context.set_written(sink.len() as u64);
    status
}

unsafe extern "C" fn add_span(
    _ctx: *mut c_void,
    list: *mut PmList,
    start: u64,
    len: u64,
) -> PmStatus {
    // SAFETY: the list, if any, is one that the worker passed to the call under way.
    match unsafe { list.cast::<List>().as_mut() } {
        Some(List::Spans(spans)) => {
            spans.push((start, len));
            OK
        }
        _ => ERR_BAD_CALL,
    }
}

unsafe extern "C" fn add_key(
    _ctx: *mut c_void,
    list: *mut PmList,
    key: u64,
    index: u64,
) -> PmStatus {
    // SAFETY: as in add_span.
    match unsafe { list.cast::<List>().as_mut() } {
        Some(List::Keys(keys)) => {
            keys.push((key, index));
            OK
        }
        _ => ERR_BAD_CALL,
    }
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, message: PmStr) {
    // SAFETY: the header's contract, here and in the services below.
    unsafe { context(ctx).log(level.clamp(1, 5), text(message)) }
}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: PmStr) {
    // SAFETY: as in log.
    unsafe { context(ctx).set_error(text(message)) }
}

unsafe extern "C" fn progress(ctx: *mut c_void, done: u64, total: u64) -> PmStatus {
    // SAFETY: as in log.
    unsafe { context(ctx) }.progress(done, total);
    OK
}

unsafe extern "C" fn metric(ctx: *mut c_void, name: PmStr, unit: PmStr, value: f64) {
    // SAFETY: as in log.
    unsafe { context(ctx).metric(text(name), text(unit), value) }
}

unsafe extern "C" fn channel(ctx: *mut c_void, name: PmStr, lookups: u64, hits: u64) {
    // SAFETY: as in log.
    unsafe { context(ctx).channel(text(name), lookups, hits) }
}

unsafe extern "C" fn series(ctx: *mut c_void, name: PmStr, x: f64, y: f64) {
    // SAFETY: as in log.
    unsafe { context(ctx).series(text(name), x, y) }
}

/// # Safety
/// `name` is a C string and `value` is writable, or null.
unsafe fn option<T>(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut T,
    read: impl FnOnce(&'static OptionValue) -> Option<T>,
) -> PmStatus {
    if name.is_null() || value.is_null() {
        return ERR_BAD_CALL;
    }
    // SAFETY: the caller's promise.
    let (context, name) = unsafe { (context(ctx), CStr::from_ptr(name)) };
    match context.option(name).and_then(read) {
        Some(found) => {
            // SAFETY: the caller's promise.
            unsafe { value.write(found) };
            OK
        }
        None => ERR_BAD_CALL,
    }
}

unsafe extern "C" fn option_int(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut i64,
) -> PmStatus {
    // SAFETY: the header's contract.
    unsafe {
        option(ctx, name, value, |option| match option {
            OptionValue::Int(int) => Some(*int),
            OptionValue::Bool(bool) => Some(i64::from(*bool)),
            _ => None,
        })
    }
}

unsafe extern "C" fn option_float(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut f64,
) -> PmStatus {
    // SAFETY: the header's contract.
    unsafe {
        option(ctx, name, value, |option| match option {
            OptionValue::Float(float) => Some(*float),
            _ => None,
        })
    }
}

unsafe extern "C" fn option_str(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut PmStr,
) -> PmStatus {
    // SAFETY: the header's contract.
    unsafe {
        option(ctx, name, value, |option| match option {
            OptionValue::Text(text) => {
                Some(PmStr { ptr: text.as_ptr().cast(), len: text.len() as u64 })
            }
            _ => None,
        })
    }
}

unsafe extern "C" fn get_extension(_ctx: *mut c_void, _id: *const c_char) -> *const c_void {
    // ABI 1.0 defines no extension.
    std::ptr::null()
}
