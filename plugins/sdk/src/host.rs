//! The services of the host, as one cheap handle.

use std::cell::Cell;
use std::ffi::c_char;
use std::rc::Rc;

use pressmark_abi::{OK, PmHost, PmStr};

use crate::{Error, Result};

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

/// The host's services for one instance; a clone is another handle to the same.
///
/// It stays on the thread of its instance: threads a strategy starts for itself hand
/// their figures back. A handle kept past the life of its instance does nothing.
#[derive(Clone)]
pub struct Host {
    /// Null once the instance is gone, so that no handle outlives the services.
    raw: Rc<Cell<*const PmHost>>,
    facts: Facts,
}

#[derive(Clone, Copy)]
struct Facts {
    seed: u64,
    memory_limit: u64,
    max_threads: u32,
}

impl Host {
    /// # Safety
    /// `raw` is a complete `pm_host`, valid until [`Host::retire`] is called.
    pub(crate) unsafe fn new(raw: *const PmHost) -> Self {
        // SAFETY: the caller's promise.
        let PmHost { seed, memory_limit, max_threads, .. } = unsafe { *raw };
        Self { raw: Rc::new(Cell::new(raw)), facts: Facts { seed, memory_limit, max_threads } }
    }

    /// Cuts all handles off: the services end here.
    pub(crate) fn retire(&self) {
        self.raw.set(std::ptr::null());
    }

    /// The table, while the instance lives.
    pub(crate) fn services(&self) -> Option<&PmHost> {
        // SAFETY: null or, by `new`, valid until `retire`, which only the end of the
        // instance calls: no service call is under way then.
        unsafe { self.raw.get().as_ref() }
    }

    /// Tells that `done` of `total` bytes of the uncompressed side are finished. Call it
    /// some 200 times or more over a large input: memory is sampled at these calls.
    ///
    /// # Errors
    /// [`Error::Cancelled`]: stop, and return that error.
    pub fn progress(&self, done: u64, total: u64) -> Result<()> {
        let Some(host) = self.services() else { return Ok(()) };
        // SAFETY: a service of a live host, on the instance's thread (`Host` is not Send).
        match unsafe { (host.progress)(host.ctx, done, total) } {
            OK => Ok(()),
            status => Err(Error::from_status(status, "the host stopped the run")),
        }
    }

    /// A figure of the strategy's own, e.g. `("phrases", "phrases", 812.0)`. The last
    /// value of a name stands.
    pub fn metric(&self, name: &str, unit: &str, value: f64) {
        if let Some(host) = self.services() {
            // SAFETY: as in `progress`; both texts live through the call.
            unsafe { (host.metric)(host.ctx, text(name), text(unit), value) }
        }
    }

    /// Hits among lookups of one named channel; calls of one name add up.
    pub fn channel(&self, name: &str, lookups: u64, hits: u64) {
        if let Some(host) = self.services() {
            // SAFETY: as in `progress`; the text lives through the call.
            unsafe { (host.channel)(host.ctx, text(name), lookups, hits) }
        }
    }

    /// One point of a named curve, in the order of `x`.
    pub fn series(&self, name: &str, x: f64, y: f64) {
        if let Some(host) = self.services() {
            // SAFETY: as in `progress`; the text lives through the call.
            unsafe { (host.series)(host.ctx, text(name), x, y) }
        }
    }

    /// A line for the person who runs pressmark.
    pub fn log(&self, level: Level, message: &str) {
        if let Some(host) = self.services() {
            // SAFETY: as in `progress`; the text lives through the call.
            unsafe { (host.log)(host.ctx, level as i32, text(message)) }
        }
    }

    /// What went wrong, before a negative status is returned.
    pub(crate) fn set_error(&self, message: &str) {
        if let Some(host) = self.services() {
            // SAFETY: as in `progress`; the text lives through the call.
            unsafe { (host.set_error)(host.ctx, text(message)) }
        }
    }

    /// The only entropy a strategy may use.
    pub fn seed(&self) -> u64 {
        self.facts.seed
    }

    /// Bytes that can be allocated in all, if there is a limit.
    pub fn memory_limit(&self) -> Option<u64> {
        Some(self.facts.memory_limit).filter(|&limit| limit != 0)
    }

    /// Threads that may be busy at once, this one included; at least 1.
    pub fn max_threads(&self) -> usize {
        self.facts.max_threads.max(1) as usize
    }
}

fn text(text: &str) -> PmStr {
    PmStr { ptr: text.as_ptr().cast::<c_char>(), len: text.len() as u64 }
}
