//! Where a strategy puts what it makes, and the small types of its calls.

use std::marker::PhantomData;

use pressmark_abi::{
    ACCESS_READ, ACCESS_TOOL, ACCESS_WRITE, BUDGET_BYTES, BUDGET_TOKENS, OK, PmAccess, PmList,
    PmSink, PmStatus,
};

use crate::{Error, Host, Result};

/// Bytes gathered before the host is called, so that single bytes are cheap to write.
const BUFFER: usize = 1024;

/// Where output goes. Also a [`std::io::Write`].
pub struct Sink<'a> {
    host: &'a Host,
    raw: *mut PmSink,
    buffer: [u8; BUFFER],
    used: usize,
    written: u64,
}

impl<'a> Sink<'a> {
    /// # Safety
    /// `raw` is a sink of this host, valid for `'a`.
    pub(crate) unsafe fn new(host: &'a Host, raw: *mut PmSink) -> Self {
        Self { host, raw, buffer: [0; BUFFER], used: 0, written: 0 }
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`Error::Sink`]: stop, and return that error.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() > BUFFER - self.used {
            self.flush()?;
            if bytes.len() >= BUFFER {
                self.written += bytes.len() as u64;
                return self.send(bytes);
            }
        }
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Appends one byte.
    ///
    /// # Errors
    /// As [`Sink::write`].
    pub fn push(&mut self, byte: u8) -> Result<()> {
        if self.used == BUFFER {
            self.flush()?;
        }
        self.buffer[self.used] = byte;
        self.used += 1;
        self.written += 1;
        Ok(())
    }

    /// Appends what `fill` puts into room for `len` bytes (zeros at first), made in
    /// place by the host; `fill` returns how many of them count, from the front.
    ///
    /// # Errors
    /// As [`Sink::write`]; those of `fill`; [`Error::BadCall`] for more than `len`.
    pub fn fill(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<usize>,
    ) -> Result<()> {
        self.flush()?;
        if len == 0 {
            return fill(&mut []).map(drop);
        }
        let host = self.host.services().ok_or(Error::Sink)?;
        // SAFETY: a service of a live host with a sink of its own.
        let room = unsafe { (host.reserve)(host.ctx, self.raw, len as u64) };
        if room.is_null() {
            return Err(Error::Sink);
        }
        // SAFETY: the host gave `len` writable bytes, valid until the next call with this
        // sink, which `&mut self` keeps off; zeroing initialises them.
        let room = unsafe {
            room.write_bytes(0, len);
            std::slice::from_raw_parts_mut(room, len)
        };
        let used = fill(room)?;
        if used > len {
            return Err(Error::BadCall(format!("{used} bytes said to be in room for {len}")));
        }
        // SAFETY: as for `reserve`; `used` is at most what was reserved.
        let status = unsafe { (host.commit)(host.ctx, self.raw, used as u64) };
        self.written += used as u64;
        check(status)
    }

    /// Bytes written so far in this call.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Hands the gathered bytes to the host; done for the strategy when its call ends.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let used = std::mem::take(&mut self.used);
        if used == 0 { Ok(()) } else { self.send(&self.buffer[..used]) }
    }

    fn send(&self, bytes: &[u8]) -> Result<()> {
        let host = self.host.services().ok_or(Error::Sink)?;
        // SAFETY: a service of a live host with a sink of its own; `bytes` live through it.
        check(unsafe {
            (host.write)(host.ctx, self.raw, bytes.as_ptr().cast(), bytes.len() as u64)
        })
    }
}

impl std::io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Sink::write(self, bytes).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Sink::flush(self).map_err(std::io::Error::other)
    }
}

/// The spans of a document that a compaction kept.
pub struct Spans<'a> {
    host: &'a Host,
    raw: *mut PmList,
}

impl<'a> Spans<'a> {
    /// # Safety
    /// `raw` is a list of this host, valid for `'a`.
    pub(crate) unsafe fn new(host: &'a Host, raw: *mut PmList) -> Self {
        Self { host, raw }
    }

    /// Bytes `start .. start + len` of the document were kept; after all earlier spans.
    ///
    /// # Errors
    /// The host's refusal of a span out of order or out of the document.
    pub fn add(&mut self, start: u64, len: u64) -> Result<()> {
        let host = self.host.services().ok_or(Error::Sink)?;
        // SAFETY: a service of a live host with a list of its own.
        check(unsafe { (host.add_span)(host.ctx, self.raw, start, len) })
    }
}

/// What a cache did besides hitting or missing.
pub struct Events<'a> {
    host: &'a Host,
    evicted: *mut PmList,
    prefetched: *mut PmList,
    index: u64,
    lifetime: PhantomData<&'a mut PmList>,
}

impl<'a> Events<'a> {
    /// # Safety
    /// Both are lists of this host, valid for `'a`.
    pub(crate) unsafe fn new(
        host: &'a Host,
        evicted: *mut PmList,
        prefetched: *mut PmList,
    ) -> Self {
        Self { host, evicted, prefetched, index: 0, lifetime: PhantomData }
    }

    /// The key is no longer resident.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn evict(&mut self, key: u64) -> Result<()> {
        self.add(self.evicted, key)
    }

    /// The key was fetched ahead of its use and is resident now.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn prefetch(&mut self, key: u64) -> Result<()> {
        self.add(self.prefetched, key)
    }

    /// What follows belongs to the `index`-th access of the batch. Only a strategy with
    /// an [`access_batch`](crate::Cache::access_batch) of its own calls this.
    pub fn at(&mut self, index: u64) {
        self.index = index;
    }

    fn add(&self, list: *mut PmList, key: u64) -> Result<()> {
        let host = self.host.services().ok_or(Error::Sink)?;
        // SAFETY: a service of a live host with a list of its own.
        check(unsafe { (host.add_key)(host.ctx, list, key, self.index) })
    }
}

fn check(status: PmStatus) -> Result<()> {
    if status == OK {
        Ok(())
    } else {
        Err(Error::from_status(status, "the host refused what was written"))
    }
}

/// Which way a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Uncompressed pieces come in.
    Encode,
    /// Compressed pieces come in.
    Decode,
}

/// How much a compaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// At most this many bytes.
    Bytes(u64),
    /// At most this many tokens: one is four Unicode scalar values, rounded up.
    Tokens(u64),
    /// The strategy's own choice.
    Free,
}

/// Tokens of a text, as budgets and the host count them: four Unicode scalar values,
/// rounded up. Of bytes that are no UTF-8, all but `10xxxxxx` count as a value.
pub fn count_tokens(text: &[u8]) -> u64 {
    let values = text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64;
    values.div_ceil(4)
}

impl Budget {
    /// Whether a text is within the budget; everything is within [`Budget::Free`].
    pub fn allows(self, text: &[u8]) -> bool {
        match self {
            Self::Bytes(most) => text.len() as u64 <= most,
            Self::Tokens(most) => count_tokens(text) <= most,
            Self::Free => true,
        }
    }

    /// From the ABI; `None` for a unit this version does not know.
    pub(crate) fn from_raw(amount: u64, unit: i32) -> Option<Self> {
        match unit {
            BUDGET_BYTES | BUDGET_TOKENS if amount == u64::MAX => Some(Self::Free),
            BUDGET_BYTES => Some(Self::Bytes(amount)),
            BUDGET_TOKENS => Some(Self::Tokens(amount)),
            _ => None,
        }
    }

    /// To the ABI: amount and unit.
    pub(crate) fn to_raw(self) -> (u64, i32) {
        match self {
            Self::Bytes(amount) => (amount, BUDGET_BYTES),
            Self::Tokens(amount) => (amount, BUDGET_TOKENS),
            Self::Free => (u64::MAX, BUDGET_BYTES),
        }
    }
}

/// What an access does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// The page is read; also for kinds this version does not know.
    Read,
    /// The page is written.
    Write,
    /// A tool call; the key names the tool, nothing is looked up.
    Tool,
}

/// One access of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Access(PmAccess);

impl Access {
    /// An access; `size` in the trace's unit, 1 where pages are alike.
    pub const fn new(kind: AccessKind, key: u64, size: u64, turn: u64) -> Self {
        let kind = match kind {
            AccessKind::Read => ACCESS_READ,
            AccessKind::Write => ACCESS_WRITE,
            AccessKind::Tool => ACCESS_TOOL,
        };
        Self(PmAccess { key, size, turn, kind, reserved0: 0 })
    }

    /// The page.
    pub const fn key(&self) -> u64 {
        self.0.key
    }

    /// Its size in the trace's unit; 1 where pages are alike.
    pub const fn size(&self) -> u64 {
        self.0.size
    }

    /// The turn of the session.
    pub const fn turn(&self) -> u64 {
        self.0.turn
    }

    /// What the access does.
    pub const fn kind(&self) -> AccessKind {
        match self.0.kind {
            ACCESS_WRITE => AccessKind::Write,
            ACCESS_TOOL => AccessKind::Tool,
            _ => AccessKind::Read,
        }
    }
}
