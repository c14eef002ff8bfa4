//! Sealed memory files: how bytes travel between harness and workers.
//!
//! A memory file has no path. A worker reads what it inherits and nothing else, so a decoder
//! cannot come by the input.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::FdFlags;

/// Bytes copied and compared at a time: few enough to stay in the cache in between.
const CHUNK: usize = 128 << 10;

/// A file in memory, closed to other programs unless it is lent.
#[derive(Debug)]
pub struct MemFile(File);

impl MemFile {
    /// An empty file.
    ///
    /// # Errors
    /// When the system has no memory or no descriptor left.
    pub fn new(name: &str) -> io::Result<MemFile> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let descriptor: OwnedFd = rustix::fs::memfd_create(name, flags)?;
        Ok(MemFile(File::from(descriptor)))
    }

    /// A sealed file that holds all of `parts`, one after the other.
    ///
    /// # Errors
    /// When the system has no memory or no descriptor left.
    pub fn of(name: &str, parts: &[&[u8]]) -> io::Result<MemFile> {
        let mut file = MemFile::new(name)?;
        for part in parts {
            file.0.write_all(part)?;
        }
        file.seal()?;
        Ok(file)
    }

    /// A file of `size` zero bytes.
    ///
    /// # Errors
    /// When the system has no memory or no descriptor left.
    pub fn zeroed(name: &str, size: u64) -> io::Result<MemFile> {
        let file = MemFile::new(name)?;
        file.0.set_len(size)?;
        Ok(file)
    }

    /// From now on nobody changes the bytes.
    ///
    /// # Errors
    /// When a process still has the file mapped for writing.
    pub fn seal(&self) -> io::Result<()> {
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        Ok(rustix::fs::fcntl_add_seals(&self.0, seals)?)
    }

    /// Length in bytes.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// Whether there are no bytes.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// All bytes.
    ///
    /// # Errors
    /// When the system has no memory left.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.len()?).map_err(io::Error::other)?];
        self.0.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    /// Writes all bytes to `target`.
    ///
    /// # Errors
    /// Those of `target`.
    pub fn copy_to(&self, target: &mut impl Write) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut at = 0;
        loop {
            let read = self.0.read_at(&mut chunk, at)?;
            if read == 0 {
                return Ok(());
            }
            target.write_all(&chunk[..read])?;
            at += read as u64;
        }
    }

    /// Where two files first differ; none if they are the same.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn first_difference(&self, other: &MemFile) -> io::Result<Option<u64>> {
        let (mut ours, mut theirs) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut at = 0u64;
        loop {
            let read = read_full(&self.0, &mut ours, at)?;
            let other_read = read_full(&other.0, &mut theirs, at)?;
            let (a, b) = (&ours[..read], &theirs[..other_read]);
            if a != b {
                let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
                return Ok(Some(at + same as u64));
            }
            if read < CHUNK {
                return Ok(None);
            }
            at += read as u64;
        }
    }

    /// Another handle on the same file.
    ///
    /// # Errors
    /// When no descriptor is left.
    pub fn try_clone(&self) -> io::Result<MemFile> {
        self.0.try_clone().map(MemFile)
    }

    /// The file, for standard streams.
    pub fn into_file(self) -> File {
        self.0
    }
}

impl AsFd for MemFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn read_full(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Lends descriptors to the next child: they stay open across `exec` until this is dropped.
pub(crate) struct Lent<'a>(Vec<BorrowedFd<'a>>);

impl<'a> Lent<'a> {
    pub(crate) fn new(descriptors: Vec<BorrowedFd<'a>>) -> io::Result<Lent<'a>> {
        let lent = Lent(descriptors);
        for descriptor in &lent.0 {
            rustix::io::fcntl_setfd(descriptor, FdFlags::empty())?;
        }
        Ok(lent)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        for descriptor in &self.0 {
            // It was open a moment ago and belongs to us: this cannot fail.
            let _ = rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
    }
}

/// The number of a descriptor, as the child knows it.
pub(crate) fn number(descriptor: BorrowedFd<'_>) -> i32 {
    descriptor.as_raw_fd()
}

/// Reads at most `most` bytes from the end of a file, as text.
pub(crate) fn tail(file: &MemFile, most: u64) -> String {
    let Ok(len) = file.len() else { return String::new() };
    let mut bytes = vec![0; len.min(most) as usize];
    match file.0.read_exact_at(&mut bytes, len - len.min(most)) {
        Ok(()) => String::from_utf8_lossy(&bytes).trim().to_string(),
        Err(_) => String::new(),
    }
}

/// Reads a whole file or standard input (`-`).
///
/// # Errors
/// Those of the system.
pub fn read_path(path: &std::path::Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_stay_as_they_are() {
        let file = MemFile::of("test", &[b"ab", b"c"]).unwrap();
        assert_eq!(file.bytes().unwrap(), b"abc");
        assert!(file.0.write_at(b"x", 0).is_err());
        let mut copy = Vec::new();
        file.copy_to(&mut copy).unwrap();
        assert_eq!(copy, b"abc");
    }

    #[test]
    fn copies_and_comparisons_cross_chunks() {
        let bytes: Vec<u8> = (0..CHUNK * 2 + 77).map(|i| (i % 251) as u8).collect();
        let file = MemFile::of("a", &[&bytes]).unwrap();
        let mut copy = Vec::new();
        file.copy_to(&mut copy).unwrap();
        assert_eq!(copy, bytes);
        assert_eq!(file.first_difference(&file).unwrap(), None);
        let mut other = bytes.clone();
        other[CHUNK + 5] ^= 1;
        let other = MemFile::of("b", &[&other]).unwrap();
        assert_eq!(file.first_difference(&other).unwrap(), Some(CHUNK as u64 + 5));
        let shorter = MemFile::of("c", &[&bytes[..CHUNK]]).unwrap();
        assert_eq!(file.first_difference(&shorter).unwrap(), Some(CHUNK as u64));
        assert_eq!(shorter.first_difference(&file).unwrap(), Some(CHUNK as u64));
    }
}
