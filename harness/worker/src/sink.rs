//! The sink: where a plugin's output goes.
//!
//! A memory file that the harness made, mapped and touched before the plugin's call, so that
//! a write costs one copy and the plugin is charged neither page faults nor resident memory
//! for it. It grows by doubling, up to the limit.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;

use rustix::mm::{Advice, MapFlags, MremapFlags, ProtFlags, madvise, mmap, mremap, munmap};

use crate::mapping;

/// Output is touched in advance up to this size; beyond it, as it comes.
const TOUCH_AT_MOST: u64 = 4 << 30;
const LEAST_CAPACITY: u64 = 64 << 10;

/// Output under way.
pub(crate) struct Sink {
    file: ManuallyDrop<File>,
    start: *mut u8,
    capacity: usize,
    len: usize,
    reserved: usize,
    limit: u64,
    refused: bool,
}

impl Sink {
    /// An empty sink over an inherited memory file, with room for `expected` bytes, that
    /// takes `limit` bytes and no more.
    pub(crate) fn new(descriptor: i32, expected: u64, limit: u64) -> io::Result<Sink> {
        let file = mapping::file(descriptor);
        let capacity = expected.clamp(LEAST_CAPACITY, TOUCH_AT_MOST).next_multiple_of(4096);
        file.set_len(capacity)?;
        let capacity = usize::try_from(capacity).map_err(io::Error::other)?;
        // SAFETY: a new mapping at an address of the kernel's choice, as long as the file.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                capacity,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &*file,
                0,
            )
        }?;
        // Where the system knows neither advice, pages come as they are written to.
        for advice in [Advice::LinuxHugepage, Advice::LinuxPopulateWrite] {
            // SAFETY: the range is the new mapping, whole.
            let _ = unsafe { madvise(start, capacity, advice) };
        }
        Ok(Sink { file, start: start.cast(), capacity, len: 0, reserved: 0, limit, refused: false })
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether the limit refused output.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }

    /// The bytes so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping holds at least len bytes, all of them in the file.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    /// Appends bytes; false if the limit, or the machine, refuses.
    pub(crate) fn write(&mut self, data: &[u8]) -> bool {
        let target = self.reserve(data.len() as u64);
        if target.is_null() {
            return false;
        }
        // SAFETY: reserve made room for data.len() bytes, and the source is the caller's.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), target, data.len()) };
        self.commit(data.len() as u64)
    }

    /// Room for `len` bytes; null if the limit, or the machine, refuses.
    pub(crate) fn reserve(&mut self, len: u64) -> *mut u8 {
        let needed = (self.len as u64).checked_add(len).filter(|&needed| needed <= self.limit);
        let Some(needed) = needed.and_then(|needed| usize::try_from(needed).ok()) else {
            self.refused = true;
            return std::ptr::null_mut();
        };
        if needed > self.capacity && self.grow(needed).is_err() {
            self.refused = true;
            return std::ptr::null_mut();
        }
        self.reserved = needed - self.len;
        // SAFETY: len <= capacity.
        unsafe { self.start.add(self.len) }
    }

    /// Appends the first `used` bytes of the room last reserved; false if that is too many.
    pub(crate) fn commit(&mut self, used: u64) -> bool {
        if used > self.reserved as u64 {
            return false;
        }
        self.len += used as usize;
        self.reserved = 0;
        true
    }

    /// The most it takes, in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Forgets all but the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.reserved = 0;
    }

    /// Cuts the file to the bytes written. Until then, and after a crash, it is longer.
    pub(crate) fn finish(self) -> io::Result<u64> {
        // SAFETY: the mapping is ours, and nothing keeps a pointer into it.
        unsafe { munmap(self.start.cast(), self.capacity) }?;
        self.file.set_len(self.len as u64)?;
        Ok(self.len as u64)
    }

    fn grow(&mut self, needed: usize) -> io::Result<()> {
        let capacity = needed.max(self.capacity.saturating_mul(2)).next_multiple_of(4096);
        self.file.set_len(capacity as u64)?;
        // SAFETY: the old mapping is ours and exactly self.capacity bytes long; it may move,
        // and no pointer into it outlives the call that reserved it.
        let start =
            unsafe { mremap(self.start.cast(), self.capacity, capacity, MremapFlags::MAYMOVE) }?;
        self.start = start.cast();
        self.capacity = capacity;
        Ok(())
    }
}
