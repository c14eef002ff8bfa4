//! The faults themselves.

use std::hint::black_box;

/// Never ends, and keeps a core busy.
pub(crate) fn spin() -> ! {
    loop {
        black_box(());
    }
}

/// A write where no process has memory.
pub(crate) fn write_to_page_zero() -> ! {
    // SAFETY: none: the fault is the purpose. Through C, so that no check of the language
    // turns it into something milder.
    unsafe { libc::memset(black_box(8_usize) as *mut libc::c_void, 1, 1) };
    unreachable!("page zero was writable");
}

const BLOCK: usize = 4 << 20;

/// Until the host refuses, which aborts.
pub(crate) fn allocate_without_end() -> ! {
    let mut blocks = Vec::new();
    loop {
        blocks.push(black_box(vec![1_u8; BLOCK]));
    }
}

/// Until the system refuses.
pub(crate) fn malloc_without_end() {
    loop {
        // SAFETY: a block of that size, written within it, or null.
        unsafe {
            let block = libc::malloc(BLOCK);
            if black_box(block).is_null() {
                return;
            }
            libc::memset(block, 1, BLOCK);
        }
    }
}

/// Forks a child that sleeps for good, with all descriptors open.
pub(crate) fn leave_a_child() {
    // SAFETY: the child only sleeps, which is safe after a fork.
    unsafe {
        if libc::fork() == 0 {
            loop {
                libc::pause();
            }
        }
    }
}

/// Uses up the stack.
pub(crate) fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 128]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1) + black_box(frame)[0] }
}

/// Closes descriptors that are not its own.
pub(crate) fn close_descriptors() {
    for descriptor in 0..=64 {
        // SAFETY: memory stays sound; that others lose their files is the purpose.
        unsafe { libc::close(descriptor) };
    }
}
