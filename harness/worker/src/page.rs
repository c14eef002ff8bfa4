//! The worker's side of the status page.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use pressmark_protocol::Phase;
use pressmark_protocol::page::{SIZE, WORDS, word};
use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::mapping;

/// The mapped page. It stays mapped until the process ends.
pub(crate) struct SharedPage {
    words: [AtomicU64; WORDS],
}

impl SharedPage {
    /// Maps the page that the harness made.
    pub(crate) fn map(descriptor: i32) -> io::Result<&'static SharedPage> {
        let file = mapping::file(descriptor);
        // SAFETY: a new mapping at an address of the kernel's choice; the file is SIZE bytes
        // long (the harness made it so) and is never truncated.
        let page = unsafe {
            mmap(
                std::ptr::null_mut(),
                SIZE,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &*file,
                0,
            )
        }?;
        // SAFETY: the mapping is page-aligned, SIZE bytes long, never unmapped, and only ever
        // read and written as atomic words.
        Ok(unsafe { &*page.cast::<SharedPage>() })
    }

    pub(crate) fn set(&self, index: usize, value: u64) {
        self.words[index].store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, index: usize) -> u64 {
        self.words[index].load(Ordering::Relaxed)
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.set(word::PHASE, phase as u64);
    }

    pub(crate) fn beat(&self) {
        self.words[word::HEARTBEAT].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts `size` more live bytes unless that passes `limit`; says whether it did.
    pub(crate) fn grow(&self, size: u64, limit: u64) -> bool {
        let live = self.words[word::LIVE].fetch_add(size, Ordering::Relaxed).saturating_add(size);
        if live > limit {
            self.words[word::LIVE].fetch_sub(size, Ordering::Relaxed);
            self.set(word::REFUSED, size.max(1));
            return false;
        }
        if live > self.get(word::PEAK) {
            self.words[word::PEAK].fetch_max(live, Ordering::Relaxed);
        }
        true
    }

    /// Takes back what [`grow`](Self::grow) counted: the system had no such block.
    pub(crate) fn refuse(&self, size: u64) {
        self.shrink(size);
        self.set(word::REFUSED, size.max(1));
    }

    /// Counts `size` live bytes less.
    pub(crate) fn shrink(&self, size: u64) {
        self.words[word::LIVE].fetch_sub(size, Ordering::Relaxed);
    }
}
