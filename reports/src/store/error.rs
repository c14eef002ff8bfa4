//! What can go wrong with a run folder, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the run folder. Records that were kept before stay as they are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system does not let us write there.
    #[error("cannot write {}: {cause}; make it writable or choose another folder with --out", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The file system has no room left.
    #[error("cannot write {}: {cause}; free some space and run again, finished cells are kept", path.display())]
    Full {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Any other failure to write.
    #[error("cannot write {}: {cause}; check the path, then run again, finished cells are kept", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}: {cause}; check that it is the folder of a run, or a results.jsonl", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A file is not a record.
    #[error("{} was skipped: {reason}; remove it and run that cell again", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that cannot be a file name.
    #[error("record key {key:?} is not lower-case hexadecimal of 1 to 128 digits")]
    Key {
        /// The key.
        key: String,
    },
    /// A table could not be built or encoded.
    #[error("cannot write {}: {reason}", path.display())]
    Table {
        /// The file that was to be written.
        path: PathBuf,
        /// What the table engine said.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn read(path: &Path, cause: io::Error) -> Self {
        StoreError::Read { path: path.to_owned(), cause }
    }

    pub(crate) fn write(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly { path, cause }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::Full { path, cause }
            }
            _ => StoreError::Write { path, cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_to_write_names_the_path_and_the_remedy() {
        let message = |kind: io::ErrorKind| {
            StoreError::write(Path::new("runs/x"), io::Error::from(kind)).to_string()
        };
        for (kind, remedy) in [
            (io::ErrorKind::ReadOnlyFilesystem, "choose another folder"),
            (io::ErrorKind::PermissionDenied, "choose another folder"),
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "free some space"),
            (io::ErrorKind::NotADirectory, "check the path"),
        ] {
            let message = message(kind);
            assert!(message.contains("runs/x") && message.contains(remedy), "{message}");
        }
    }
}
