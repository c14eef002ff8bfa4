//! What can go wrong with a dataset, each in one sentence that says what to do.

use std::path::PathBuf;
use std::time::Duration;

/// Why a dataset could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// The `[[dataset]]` table asks for something that cannot be.
    #[error("dataset `{id}`: {why}")]
    Spec {
        /// The dataset's id.
        id: String,
        /// What is wrong and what is allowed.
        why: String,
    },
    /// `source` is none of the known forms.
    #[error(
        "source `{source_text}` {why}; write file:PATH, hf://datasets/OWNER/NAME[@COMMIT]/PATH, \
         or synthetic:stories, sessions, zipf, scan or loop"
    )]
    Source {
        /// The text as written.
        source_text: String,
        /// What is wrong with it.
        why: String,
    },
    /// No file stands at the path, or none matches the pattern.
    #[error("{path} does not exist (read as {resolved}); correct the path of `source`")]
    Missing {
        /// As written in the config.
        path: String,
        /// Where it was looked for.
        resolved: PathBuf,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {error}; check its permissions and the free space")]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: std::io::Error,
    },
    /// The dataset has no bytes left to compress.
    #[error("dataset `{id}` is empty: {why}")]
    Empty {
        /// The dataset's id.
        id: String,
        /// Whether the source or a slice of it is empty.
        why: String,
    },
    /// The bytes are not the ones that were pinned.
    #[error("{what} is not the pinned file: {why}; {remedy}")]
    Checksum {
        /// The file, as in the config.
        what: String,
        /// Expected and found.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// The hub gave no checksum and none is pinned, so nothing can be verified.
    #[error(
        "the hub gives no checksum for {file} and none is pinned, so an error page could pass for \
         the file; add `sha256 = \"…\"` to the dataset"
    )]
    Unverifiable {
        /// The file on the hub.
        file: String,
    },
    /// Offline, and the file is not in the cache.
    #[error(
        "{file} is not in the cache {cache} and the hub may not be asked (offline); run `pressmark \
         data fetch` where there is a network, or use a `file:` or `synthetic:` source"
    )]
    Offline {
        /// The file on the hub.
        file: String,
        /// The cache that was searched.
        cache: PathBuf,
    },
    /// The hub refused, broke off or could not be reached.
    #[error(
        "cannot fetch {file} from {endpoint}: {why}; check the network, HF_ENDPOINT and HF_TOKEN, \
         or work offline with a `file:` or `synthetic:` source"
    )]
    Fetch {
        /// The file on the hub.
        file: String,
        /// The hub's address.
        endpoint: String,
        /// The reason.
        why: String,
    },
    /// The hub did not deliver in time.
    #[error(
        "fetching {file} from {endpoint} took longer than {} s and was given up; raise the \
         deadline, or work offline with a `file:` or `synthetic:` source",
        deadline.as_secs_f64()
    )]
    Deadline {
        /// The file on the hub.
        file: String,
        /// The hub's address.
        endpoint: String,
        /// The time allowed.
        deadline: Duration,
    },
    /// The text is not in the format that was named.
    #[error("{what}, {place}: expected {expected}, found {found}")]
    Format {
        /// The dataset or file.
        what: String,
        /// Line and column, or byte.
        place: String,
        /// What the format asks for there.
        expected: String,
        /// What stands there.
        found: String,
    },
}
