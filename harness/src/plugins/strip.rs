//! The size of a decoder, by the rule of the Large Text Compression Benchmark: the stripped
//! library, compressed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use liblzma::write::XzEncoder;

/// Preset 9 with the slower, better search.
const XZ_PRESET: u32 = 9 | 1 << 31;

/// Size in bytes of the library, stripped of symbols and compressed with xz -9e. Where no
/// `strip` is installed the library counts as it is: never less than it should.
pub(super) fn decoder_bytes(library: &Path, content: &[u8]) -> Result<u64, String> {
    let stripped = stripped(library);
    let bytes = stripped.as_deref().unwrap_or(content);
    let mut encoder = XzEncoder::new(Vec::new(), XZ_PRESET);
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let compressed = compressed
        .map_err(|error| format!("cannot compress plugin {}: {error}", library.display()))?;
    Ok(compressed.len() as u64)
}

fn stripped(library: &Path) -> Option<Vec<u8>> {
    let name = format!("pressmark-strip-{}.tmp", std::process::id());
    let copy = std::env::temp_dir().join(name);
    let done = Command::new("strip").arg("-o").arg(&copy).arg(library).output();
    let bytes =
        if done.is_ok_and(|done| done.status.success()) { fs::read(&copy).ok() } else { None };
    // It is only there if strip got that far.
    let _ = fs::remove_file(&copy);
    bytes
}
