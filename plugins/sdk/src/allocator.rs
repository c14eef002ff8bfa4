//! The global allocator of a plugin: it forwards to the host, so that every `Vec` is
//! counted and limited.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

use pressmark_abi::PmHost;

/// The host of the first living instance; null while there is none.
static HOST: AtomicPtr<PmHost> = AtomicPtr::new(ptr::null_mut());
/// How many instances live.
static LIVING: Mutex<usize> = Mutex::new(0);

/// From here on memory comes from this host, if no other serves already.
///
/// # Safety
/// The memory services of `host` are valid until as many [`leave`] as `enter` were called.
pub(crate) unsafe fn enter(host: *const PmHost) {
    let mut living = LIVING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if *living == 0 {
        HOST.store(host.cast_mut(), Ordering::Release);
    }
    *living += 1;
}

/// An instance is gone; with the last one, its host.
pub(crate) fn leave() {
    let mut living = LIVING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    *living -= 1;
    if *living == 0 {
        HOST.store(ptr::null_mut(), Ordering::Release);
    }
}

/// Forwards to the host while an instance lives, and to the system before and after.
///
/// A block must go back to where it came from, so each tells its owner. Small alignments,
/// nearly all blocks, need no extra byte for it: the host's blocks are at multiples of
/// 16, those of the system 8 past one. From an alignment of 16 on, a word in front of the
/// block says it. A host's block that is freed when no instance lives is left to the
/// host, whose services have ended.
pub struct Allocator;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Host,
    System,
}

/// Alignment asked of either owner, at the least.
const GRAIN: usize = 16;
/// How far past a multiple of [`GRAIN`] a small block of the system is.
const SHIFT: usize = 8;
const HOST_TAG: u64 = 0x686f_7374;
const SYSTEM_TAG: u64 = 0x7379_7374;

impl Owner {
    /// # Safety
    /// `block` came from [`Allocator`] with this alignment and is live.
    unsafe fn of(block: *mut u8, align: usize) -> Self {
        if align < GRAIN {
            if block.addr() % GRAIN == SHIFT { Self::System } else { Self::Host }
        } else {
            // SAFETY: such a block has `align` >= 16 bytes in front, the last 8 its tag.
            match unsafe { block.sub(8).cast::<u64>().read() } {
                HOST_TAG => Self::Host,
                _ => Self::System,
            }
        }
    }

    /// Bytes in front of the block.
    fn lead(self, align: usize) -> usize {
        match self {
            _ if align >= GRAIN => align,
            Self::Host => 0,
            Self::System => SHIFT,
        }
    }

    /// What is asked of the owner for a block of `size`; `None` when that is too much.
    fn outer(self, size: usize, align: usize) -> Option<Layout> {
        let size = size.checked_add(self.lead(align))?;
        Layout::from_size_align(size, align.max(GRAIN)).ok()
    }

    /// The block inside what the owner gave.
    ///
    /// # Safety
    /// `outer` is null or was given for [`Owner::outer`] of this alignment.
    unsafe fn inner(self, outer: *mut u8, align: usize) -> *mut u8 {
        if outer.is_null() {
            return outer;
        }
        // SAFETY: the outer block is longer than its lead.
        let block = unsafe { outer.add(self.lead(align)) };
        if align >= GRAIN {
            let tag = if self == Self::Host { HOST_TAG } else { SYSTEM_TAG };
            // SAFETY: there are `align` >= 16 bytes in front, and 8 divides the address.
            unsafe { block.sub(8).cast::<u64>().write(tag) };
        }
        block
    }
}

fn host() -> Option<&'static PmHost> {
    // SAFETY: null, or valid until the last `leave` (the promise to `enter`); the reference
    // does not leave the allocator's call, which code of a living instance makes.
    unsafe { HOST.load(Ordering::Acquire).as_ref() }
}

/// # Safety
/// As for `GlobalAlloc::alloc`.
unsafe fn allocate(layout: Layout, zeroed: bool) -> *mut u8 {
    let align = layout.align();
    let host = host();
    let owner = if host.is_some() { Owner::Host } else { Owner::System };
    let Some(outer) = owner.outer(layout.size(), align) else { return ptr::null_mut() };
    // SAFETY: `outer` has a size above zero, since `layout` has; the services are live.
    let given = unsafe {
        match (host, zeroed) {
            (Some(host), false) => {
                (host.alloc)(host.ctx, outer.size() as u64, outer.align() as u64).cast()
            }
            (Some(host), true) => {
                (host.alloc_zeroed)(host.ctx, outer.size() as u64, outer.align() as u64).cast()
            }
            (None, false) => System.alloc(outer),
            (None, true) => System.alloc_zeroed(outer),
        }
    };
    // SAFETY: given for `outer`.
    unsafe { owner.inner(given, align) }
}

// SAFETY: blocks are those of the host or the system, both of which honour size and
// alignment, moved by a lead that keeps the alignment; they go back to their owner with
// the size and alignment they were asked with; nothing unwinds.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { allocate(layout, false) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { allocate(layout, true) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let align = layout.align();
        // SAFETY: the block came from here with this layout.
        let owner = unsafe { Owner::of(block, align) };
        let Some(outer) = owner.outer(layout.size(), align) else { return };
        // SAFETY: the block's lead is in front of it.
        let given = unsafe { block.sub(owner.lead(align)) };
        match (owner, host()) {
            // SAFETY: given by the system for `outer`.
            (Owner::System, _) => unsafe { System.dealloc(given, outer) },
            // SAFETY: given by the host for `outer`.
            (Owner::Host, Some(host)) => unsafe {
                (host.free)(host.ctx, given.cast(), outer.size() as u64, outer.align() as u64);
            },
            (Owner::Host, None) => {}
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let align = layout.align();
        // SAFETY: the block came from here with this layout.
        let owner = unsafe { Owner::of(block, align) };
        let sizes = (owner.outer(layout.size(), align), owner.outer(new_size, align));
        let (Some(old), Some(new)) = sizes else { return ptr::null_mut() };
        // SAFETY: the block's lead is in front of it.
        let given = unsafe { block.sub(owner.lead(align)) };
        let moved = match (owner, host()) {
            // SAFETY: given by the system for `old`; `new` has a size above zero.
            (Owner::System, _) => unsafe { System.realloc(given, old, new.size()) },
            // SAFETY: given by the host for `old`.
            (Owner::Host, Some(host)) => unsafe {
                let (old_size, new_size) = (old.size() as u64, new.size() as u64);
                (host.realloc)(host.ctx, given.cast(), old_size, new_size, old.align() as u64)
                    .cast()
            },
            (Owner::Host, None) => {
                // SAFETY: `new_size` is above zero and fits; the old block is readable.
                unsafe {
                    let fresh = allocate(Layout::from_size_align_unchecked(new_size, align), false);
                    if !fresh.is_null() {
                        ptr::copy_nonoverlapping(block, fresh, layout.size().min(new_size));
                    }
                    return fresh;
                }
            }
        };
        // SAFETY: given for `new`.
        unsafe { owner.inner(moved, align) }
    }
}
