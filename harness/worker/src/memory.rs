//! Resident memory and address space, from the kernel's own books.
//!
//! `ru_maxrss` is of no use in a child: it starts at the parent's peak. `VmHWM` is the
//! process's own, and writing `5` to `clear_refs` sets it back to what is resident now, so
//! that a phase can be measured apart from what came before it.

use std::fs;
use std::io;

use pressmark_protocol::Memory;
use pressmark_protocol::page::word;

use crate::page::SharedPage;

const PAGE_SIZE: u64 = 4096;

/// A phase whose memory is measured.
pub(crate) struct Measurement {
    page: &'static SharedPage,
    peak_before: Option<u64>,
    resident_at_start: Option<u64>,
}

impl Measurement {
    /// Begins: buffers of the worker's own must have been touched by now.
    pub(crate) fn begin(page: &'static SharedPage) -> Measurement {
        let peak_before = status_field("VmHWM:");
        let cleared = fs::write("/proc/self/clear_refs", "5").is_ok();
        let resident_at_start = if cleared { status_field("VmRSS:") } else { None };
        page.set(word::PEAK, page.get(word::LIVE));
        Measurement { page, peak_before, resident_at_start }
    }

    /// Ends.
    pub(crate) fn end(self) -> Memory {
        let peak = status_field("VmHWM:");
        Memory {
            host_alloc_peak: self.page.get(word::PEAK),
            rss_peak_delta: peak
                .zip(self.resident_at_start)
                .map(|(peak, start)| peak.saturating_sub(start)),
            max_rss: peak.max(self.peak_before),
        }
    }
}

/// A field of `/proc/self/status` in bytes.
fn status_field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Address space of this process in bytes.
pub(crate) fn address_space() -> io::Result<u64> {
    let statm = fs::read("/proc/self/statm")?;
    leading_number(&statm).map(|pages| pages * PAGE_SIZE).ok_or(io::ErrorKind::InvalidData.into())
}

/// The same without allocation or locks; 0 when it cannot be read.
pub(crate) fn address_space_in_signal_handler() -> u64 {
    let mut text = [0u8; 64];
    // SAFETY: open, read and close are async-signal-safe; the buffer is ours.
    let len = unsafe {
        let descriptor = libc::open(c"/proc/self/statm".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        let len = libc::read(descriptor, text.as_mut_ptr().cast(), text.len());
        libc::close(descriptor);
        len
    };
    usize::try_from(len).ok().and_then(|len| leading_number(&text[..len])).unwrap_or(0) * PAGE_SIZE
}

fn leading_number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let mut number = None;
    for digit in digits {
        number =
            Some(number.unwrap_or(0u64).wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    }
    number
}
