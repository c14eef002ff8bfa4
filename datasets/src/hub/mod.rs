//! Files of dataset repositories on the Hugging Face hub.
//!
//! The hub's client stores whatever body a server sends, has no timeout and knows
//! no offline mode. So nothing is taken on trust here: every file is identified by
//! a commit, checked against a checksum each time it is used, fetched a second time
//! if it is wrong, and removed from the cache if it is still wrong. A fetch runs in
//! its own thread, which is left behind at the deadline.

mod fetch;
mod verify;

use std::path::{Path, PathBuf};

use crate::error::DatasetError;
use crate::manifest;
use crate::options::FetchOptions;
use crate::source::{HubFile, read_file};

pub(crate) use verify::Pin;

/// A file of the hub with all that identifies it.
#[derive(Debug, Clone)]
pub(crate) struct PinnedFile {
    pub(crate) repository: String,
    pub(crate) revision: String,
    pub(crate) path: String,
    pub(crate) pin: Pin,
}

impl PinnedFile {
    /// Adds commit and checksum from the manifests; `sha256` of the config comes first.
    pub(crate) fn new(file: &HubFile, sha256: Option<&str>) -> Result<Self, DatasetError> {
        let (known, known_file) = manifest::lookup(&file.repository, &file.path);
        let revision = match (&file.revision, known) {
            (Some(revision), _) => revision.clone(),
            (None, Some(manifest)) => manifest.revision.clone(),
            (None, None) => {
                return Err(DatasetError::Source {
                    source_text: format!("hf://datasets/{}/{}", file.repository, file.path),
                    why: "is in no manifest and names no commit; put @COMMIT after NAME".into(),
                });
            }
        };
        // A manifest speaks of its own commit only.
        let known_file = known_file.filter(|_| known.is_some_and(|m| m.revision == revision));
        let pin = match (sha256, known_file) {
            (Some(sha256), _) => Pin { sha256: Some(sha256.to_ascii_lowercase()), bytes: None },
            (None, Some(file)) => {
                Pin { sha256: Some(file.sha256.clone()), bytes: Some(file.bytes) }
            }
            (None, None) => Pin::default(),
        };
        Ok(PinnedFile {
            repository: file.repository.clone(),
            revision,
            path: file.path.clone(),
            pin,
        })
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        format!("{}@{:.12}/{}", self.repository, self.revision, self.path)
    }

    /// Where the file stands in a cache in the layout of Hugging Face.
    fn cached(&self, options: &FetchOptions) -> PathBuf {
        let folder = format!("datasets--{}", self.repository.replace('/', "--"));
        options.cache_dir.join(folder).join("snapshots").join(&self.revision).join(&self.path)
    }
}

/// The verified bytes of `file` and where they are, from the cache or else the hub.
pub(crate) fn get(
    file: &PinnedFile,
    options: &FetchOptions,
) -> Result<(PathBuf, Vec<u8>), DatasetError> {
    let cached = file.cached(options);
    let in_cache = match cached.is_file() {
        true => Some(check(file, &cached)),
        false => None,
    };
    match in_cache {
        Some(Ok(bytes)) => return Ok((cached, bytes)),
        Some(Err(error)) if options.offline => return Err(error),
        None if options.offline => {
            return Err(DatasetError::Offline {
                file: file.name(),
                cache: options.cache_dir.clone(),
            });
        }
        _ => {}
    }
    // The first attempt replaces a wrong file, the second one a wrong answer.
    let deadline = fetch::Deadline::after(options.deadline);
    let mut force = in_cache.is_some();
    loop {
        let path = fetch::download(file, options, force, &deadline)?;
        match check(file, &path) {
            Ok(bytes) => return Ok((path, bytes)),
            Err(error) if force => {
                verify::remove(&path, &options.cache_dir);
                return Err(error);
            }
            Err(_) => force = true,
        }
    }
}

/// The verified bytes of `file` in the cache; never asks the network.
pub(crate) fn get_cached(
    file: &PinnedFile,
    options: &FetchOptions,
) -> Result<(PathBuf, Vec<u8>), DatasetError> {
    get(file, &FetchOptions { offline: true, ..options.clone() })
}

fn check(file: &PinnedFile, path: &Path) -> Result<Vec<u8>, DatasetError> {
    let bytes = read_file(path)?;
    verify::check(&file.name(), path, &file.pin, &bytes)?;
    Ok(bytes)
}
