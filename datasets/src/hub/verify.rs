//! Is this file the one that was asked for?

use std::fs;
use std::path::Path;

use crate::checksum::{git_blob_hex, is_hex, sha256_hex};
use crate::error::DatasetError;

/// What is known of a file before it is fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pin {
    /// From the config, else from the manifest.
    pub(crate) sha256: Option<String>,
    /// From the manifest.
    pub(crate) bytes: Option<u64>,
}

/// Checks `bytes`, read from `path` in the cache, against the pin; without one,
/// against the checksum under which the hub lists the file.
///
/// The cache names a blob by its ETag, which on the hub is the SHA-256 of a large
/// file and the git object id (SHA-1) of a small one.
pub(crate) fn check(name: &str, path: &Path, pin: &Pin, bytes: &[u8]) -> Result<(), DatasetError> {
    let fail = |why: String| {
        Err(DatasetError::Checksum {
            what: name.to_owned(),
            why,
            remedy: "fetch it again, check the mirror or proxy, or correct `sha256`".into(),
        })
    };
    if let Some(expected) = pin.bytes.filter(|&expected| expected != bytes.len() as u64) {
        return fail(format!("it should have {expected} bytes and has {}", bytes.len()));
    }
    let etag = etag_of(path);
    let (kind, expected, found) = match (&pin.sha256, etag) {
        (Some(sha256), _) => ("SHA-256", sha256.clone(), sha256_hex(bytes)),
        (None, Some(etag)) if is_hex(&etag, 64) => ("SHA-256", etag, sha256_hex(bytes)),
        (None, Some(etag)) if is_hex(&etag, 40) => ("git object id", etag, git_blob_hex(bytes)),
        _ => return Err(DatasetError::Unverifiable { file: name.to_owned() }),
    };
    if found.eq_ignore_ascii_case(&expected) {
        return Ok(());
    }
    fail(format!(
        "its {kind} should be {expected} and is {found} ({} bytes{})",
        bytes.len(),
        excerpt(bytes)
    ))
}

/// Removes a file of the cache and the blob its link points to, so that the next run
/// starts anew. A link that leads out of the cache is removed, what it points to not.
pub(crate) fn remove(path: &Path, cache: &Path) {
    if let (Ok(blob), Ok(cache)) = (fs::canonicalize(path), fs::canonicalize(cache))
        && blob.starts_with(&cache)
    {
        // What cannot be removed is found wrong again next time.
        let _ = fs::remove_file(blob);
    }
    let _ = fs::remove_file(path);
}

fn etag_of(path: &Path) -> Option<String> {
    fs::read_link(path).ok()?.file_name()?.to_str().map(str::to_owned)
}

/// The beginning of a short text, which is often an error page that explains itself.
fn excerpt(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(60)];
    match std::str::from_utf8(start) {
        Ok(text) if bytes.len() < 4096 => format!(", beginning {text:?}"),
        _ => String::new(),
    }
}
