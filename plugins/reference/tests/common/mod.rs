//! Texts without a file, and cheap settings of every peer.

use pressmark_reference::{BROTLI, BZIP2, GZIP, LZ4, PPMD, XZ, ZSTD};
use pressmark_sdk::Descriptor;

/// A strategy with options as a user writes them.
pub(crate) type Setting = (&'static Descriptor, &'static [(&'static str, &'static str)]);

/// One cheap setting of every peer.
pub(crate) const CHEAP: [Setting; 7] = [
    (&GZIP, &[("level", "6")]),
    (&BZIP2, &[("level", "1")]),
    (&XZ, &[("level", "1"), ("extreme", "false")]),
    (&ZSTD, &[("level", "3"), ("long", "0")]),
    (&BROTLI, &[("level", "5"), ("window", "18")]),
    (&PPMD, &[("order", "6"), ("memory_mb", "1")]),
    (&LZ4, &[("level", "4")]),
];

/// Words with repetitions, some of which reach far back; a longer one begins as a shorter.
pub(crate) fn prose(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = Vec::with_capacity(len + 16);
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = state >> 24;
        text.extend_from_slice(format!("word{} ", word * word / 256).as_bytes());
    }
    text.truncate(len);
    text
}
