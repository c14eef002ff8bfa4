//! The services of the test host.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Once;

use pressmark_abi::{
    ABI_MAJOR, ABI_MINOR, ERR_BAD_CALL, ERR_CANCELLED, ERR_SINK, OK, PmHost, PmList, PmSink,
    PmStatus, PmStr,
};

use super::memory::{self, uncounted};
use crate::options::OptionKind;
use crate::{Descriptor, Error, Result, allocator};

/// What a `pm_sink` of the test host points to.
pub(super) struct TestSink {
    pub(super) bytes: Vec<u8>,
    room: Vec<u8>,
    limit: u64,
}

impl TestSink {
    pub(super) fn new(limit: u64) -> Self {
        Self { bytes: Vec::new(), room: Vec::new(), limit }
    }

    pub(super) fn raw(&mut self) -> *mut PmSink {
        (&raw mut *self).cast()
    }

    fn fits(&self, more: u64) -> bool {
        (self.bytes.len() as u64).checked_add(more).is_some_and(|len| len <= self.limit)
    }
}

/// What a `pm_list` of the test host points to: starts and lengths, or keys and indices.
#[derive(Default)]
pub(super) struct TestList(pub(super) Vec<(u64, u64)>);

impl TestList {
    pub(super) fn raw(&mut self) -> *mut PmList {
        (&raw mut *self).cast()
    }
}

/// A host for one instance. It stays where it is: `ctx` points to it.
pub(super) struct TestHost {
    pub(super) table: PmHost,
    pub(super) heard: RefCell<Heard>,
    options: Vec<(&'static CStr, Value)>,
    cancel: bool,
}

/// What the plugin told.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) error: Option<String>,
    pub(super) logs: Vec<String>,
    pub(super) progress_calls: u64,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) channels: BTreeMap<String, (u64, u64)>,
    pub(super) series: BTreeMap<String, Vec<(f64, f64)>>,
}

enum Value {
    Int(i64),
    Float(f64),
    Text(CString),
}

impl TestHost {
    pub(super) fn new(
        descriptor: &Descriptor,
        options: &[(&str, &str)],
        seed: u64,
        max_threads: u32,
        cancel: bool,
    ) -> Result<Box<Self>> {
        serve_memory_for_good();
        let options = values(descriptor, options)?;
        let table = PmHost { seed, max_threads, ..TABLE };
        let heard = RefCell::default();
        let mut host = Box::new(Self { table, heard, options, cancel });
        host.table.ctx = (&raw mut *host).cast();
        Ok(host)
    }
}

/// The values of all options: those given, else the defaults.
fn values(descriptor: &Descriptor, given: &[(&str, &str)]) -> Result<Vec<(&'static CStr, Value)>> {
    let known = |name: &str| descriptor.options.iter().any(|spec| spec.name.to_str() == Ok(name));
    if let Some((name, _)) = given.iter().find(|(name, _)| !known(name)) {
        return Err(Error::BadOption(format!("there is no option {name}")));
    }
    let value = |spec: &crate::OptionSpec| {
        let given = given.iter().rev().find(|(name, _)| spec.name.to_str() == Ok(name));
        let given = given.map(|(_, value)| *value);
        let wrong = || {
            let (name, value) = (spec.name.to_string_lossy(), given.unwrap_or_default());
            Error::BadOption(format!("{name} cannot be {value:?}"))
        };
        let text = |default: &'static CStr| match given {
            Some(text) => CString::new(text).map_err(|_| wrong()),
            None => Ok(default.to_owned()),
        };
        let is_one = |name: &str, choices: &[&CStr]| choices.iter().any(|c| c.to_str() == Ok(name));
        Ok((
            spec.name,
            match spec.kind {
                OptionKind::Bool { default } => Value::Int(match given {
                    None => default.into(),
                    Some("true" | "1") => 1,
                    Some("false" | "0") => 0,
                    Some(_) => return Err(wrong()),
                }),
                OptionKind::Int { default, min, max } => {
                    let value = given.map_or(Ok(default), str::parse).map_err(|_| wrong())?;
                    Value::Int(Some(value).filter(|v| (min..=max).contains(v)).ok_or_else(wrong)?)
                }
                OptionKind::Float { default, min, max } => {
                    let value = given.map_or(Ok(default), str::parse).map_err(|_| wrong())?;
                    Value::Float(Some(value).filter(|v| (min..=max).contains(v)).ok_or_else(wrong)?)
                }
                OptionKind::Choice { default, choices } => {
                    if given.is_some_and(|name| !is_one(name, choices)) {
                        return Err(wrong());
                    }
                    Value::Text(text(default)?)
                }
                OptionKind::Set { default, choices } => {
                    let all = given.unwrap_or_default().split(',').filter(|name| !name.is_empty());
                    if !all.into_iter().all(|name| is_one(name, choices)) {
                        return Err(wrong());
                    }
                    Value::Text(text(default)?)
                }
                OptionKind::Text { default } => Value::Text(text(default)?),
            },
        ))
    };
    descriptor.options.iter().map(value).collect()
}

/// In a test program blocks outlive instances (outputs, other tests), so the memory
/// services of the test host never end.
fn serve_memory_for_good() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the memory services use no `ctx`, and the table is never freed.
        unsafe { allocator::enter(Box::leak(Box::new(TABLE))) }
    });
}

const TABLE: PmHost = PmHost {
    struct_size: size_of::<PmHost>() as u32,
    abi_major: ABI_MAJOR,
    abi_minor: ABI_MINOR,
    ctx: null_mut(),
    alloc: memory::alloc,
    alloc_zeroed: memory::alloc_zeroed,
    realloc: memory::realloc,
    free: memory::free,
    write,
    reserve,
    commit,
    add_span: add,
    add_key: add,
    log,
    set_error,
    progress,
    metric,
    channel,
    series,
    option_int,
    option_float,
    option_str,
    seed: 0,
    memory_limit: 0,
    max_threads: 1,
    reserved0: 0,
    get_extension,
};

/// # Safety
/// `ctx` is that of a [`TestHost`].
unsafe fn heard(ctx: *mut c_void, tell: impl FnOnce(&mut Heard)) {
    // SAFETY: the caller's promise; only shared references to the host are made.
    let host = unsafe { &*ctx.cast::<TestHost>() };
    uncounted(|| tell(&mut host.heard.borrow_mut()));
}

/// # Safety
/// `text` is valid.
unsafe fn string(text: PmStr) -> String {
    if text.len == 0 {
        return String::new();
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(text.ptr.cast(), text.len as usize) };
    String::from_utf8_lossy(bytes).into_owned()
}

unsafe extern "C" fn write(
    _: *mut c_void,
    sink: *mut PmSink,
    data: *const c_void,
    len: u64,
) -> PmStatus {
    // SAFETY: the plugin gives back the sink it was given.
    let sink = unsafe { &mut *sink.cast::<TestSink>() };
    if !sink.fits(len) {
        return ERR_SINK;
    }
    if len > 0 {
        // SAFETY: the plugin gives `len` readable bytes.
        let data = unsafe { std::slice::from_raw_parts(data.cast(), len as usize) };
        uncounted(|| sink.bytes.extend_from_slice(data));
    }
    OK
}

unsafe extern "C" fn reserve(_: *mut c_void, sink: *mut PmSink, len: u64) -> *mut u8 {
    // SAFETY: the plugin gives back the sink it was given.
    let sink = unsafe { &mut *sink.cast::<TestSink>() };
    let ready = uncounted(|| {
        sink.room.clear();
        sink.fits(len) && sink.room.try_reserve_exact(len as usize).is_ok()
    });
    if !ready {
        return null_mut();
    }
    uncounted(|| sink.room.resize(len as usize, 0xA5));
    sink.room.as_mut_ptr()
}

unsafe extern "C" fn commit(_: *mut c_void, sink: *mut PmSink, used: u64) -> PmStatus {
    // SAFETY: the plugin gives back the sink it was given.
    let sink = unsafe { &mut *sink.cast::<TestSink>() };
    let room = uncounted(|| std::mem::take(&mut sink.room));
    let status = match room.get(..used as usize) {
        Some(bytes) => {
            uncounted(|| sink.bytes.extend_from_slice(bytes));
            OK
        }
        None => ERR_BAD_CALL,
    };
    uncounted(|| drop(room));
    status
}

unsafe extern "C" fn add(_: *mut c_void, list: *mut PmList, first: u64, second: u64) -> PmStatus {
    // SAFETY: the plugin gives back the list it was given.
    let list = unsafe { &mut *list.cast::<TestList>() };
    uncounted(|| list.0.push((first, second)));
    OK
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, message: PmStr) {
    // SAFETY: as the ABI says.
    unsafe { heard(ctx, |heard| heard.logs.push(format!("{level}: {}", string(message)))) }
}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: PmStr) {
    // SAFETY: as the ABI says.
    unsafe { heard(ctx, |heard| heard.error = Some(string(message))) }
}

unsafe extern "C" fn progress(ctx: *mut c_void, _done: u64, _total: u64) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        heard(ctx, |heard| heard.progress_calls += 1);
        if (*ctx.cast::<TestHost>()).cancel { ERR_CANCELLED } else { OK }
    }
}

unsafe extern "C" fn metric(ctx: *mut c_void, name: PmStr, _unit: PmStr, value: f64) {
    // SAFETY: as the ABI says.
    unsafe {
        heard(ctx, |heard| {
            heard.metrics.insert(string(name), value);
        });
    }
}

unsafe extern "C" fn channel(ctx: *mut c_void, name: PmStr, lookups: u64, hits: u64) {
    // SAFETY: as the ABI says.
    unsafe {
        heard(ctx, |heard| {
            let sum = heard.channels.entry(string(name)).or_default();
            *sum = (sum.0.saturating_add(lookups), sum.1.saturating_add(hits));
        });
    }
}

unsafe extern "C" fn series(ctx: *mut c_void, name: PmStr, x: f64, y: f64) {
    // SAFETY: as the ABI says.
    unsafe { heard(ctx, |heard| heard.series.entry(string(name)).or_default().push((x, y))) }
}

/// # Safety
/// As the ABI says of `option_…`.
unsafe fn option<'a>(ctx: *mut c_void, name: *const c_char) -> Option<&'a Value> {
    // SAFETY: the caller's promise.
    let (host, name) = unsafe { (&*ctx.cast::<TestHost>(), CStr::from_ptr(name)) };
    host.options.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

unsafe extern "C" fn option_int(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut i64,
) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        let Some(Value::Int(known)) = option(ctx, name) else { return ERR_BAD_CALL };
        *value = *known;
    }
    OK
}

unsafe extern "C" fn option_float(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut f64,
) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        let Some(Value::Float(known)) = option(ctx, name) else { return ERR_BAD_CALL };
        *value = *known;
    }
    OK
}

unsafe extern "C" fn option_str(
    ctx: *mut c_void,
    name: *const c_char,
    value: *mut PmStr,
) -> PmStatus {
    // SAFETY: as the ABI says.
    unsafe {
        let Some(Value::Text(known)) = option(ctx, name) else { return ERR_BAD_CALL };
        *value = PmStr { ptr: known.as_ptr(), len: known.count_bytes() as u64 };
    }
    OK
}

unsafe extern "C" fn get_extension(_: *mut c_void, _: *const c_char) -> *const c_void {
    null()
}
