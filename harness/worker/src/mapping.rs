//! Inherited memory files, as files and as bytes.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

use rustix::mm::{MapFlags, ProtFlags, mmap};

/// An inherited descriptor as a file that is not closed when the value goes.
pub(crate) fn file(descriptor: i32) -> ManuallyDrop<File> {
    // SAFETY: the harness passed this open descriptor for this purpose, and nothing here
    // closes it.
    ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })
}

/// The bytes of an inherited memory file, read-only and touched, so that reading them costs
/// the plugin neither time nor resident memory.
pub(crate) fn bytes(descriptor: i32) -> io::Result<&'static [u8]> {
    let file = file(descriptor);
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    if len == 0 {
        return Ok(&[]);
    }
    // SAFETY: a new mapping at an address of the kernel's choice, as long as the file, which
    // is sealed against writing and shrinking.
    let start = unsafe {
        mmap(
            std::ptr::null_mut(),
            len,
            ProtFlags::READ,
            MapFlags::PRIVATE | MapFlags::POPULATE,
            &*file,
            0,
        )
    }?;
    // SAFETY: the mapping is len bytes long, readable, and stays until the process ends.
    Ok(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) })
}
