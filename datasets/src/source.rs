//! The forms of `source`, and reading files.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::checksum::is_hex;
use crate::error::DatasetError;
use crate::synthetic::Kind;

/// A parsed `source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `file:PATH`, where PATH may be a pattern.
    File(String),
    /// `hf://datasets/OWNER/NAME[@COMMIT]/PATH`.
    Hub(HubFile),
    /// `synthetic:KIND`.
    Synthetic(Kind),
}

/// One file of a dataset repository on the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFile {
    /// `OWNER/NAME`.
    pub repository: String,
    /// The commit, 40 hexadecimal digits; without it the manifest's is used.
    pub revision: Option<String>,
    /// Path inside the repository.
    pub path: String,
}

impl FromStr for Source {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        let fail = |why: &str| DatasetError::Source { source_text: text.into(), why: why.into() };
        if let Some(path) = text.strip_prefix("file:") {
            if path.is_empty() {
                return Err(fail("names no file"));
            }
            return Ok(Source::File(path.to_owned()));
        }
        if let Some(kind) = text.strip_prefix("synthetic:") {
            return Kind::from_name(kind)
                .map(Source::Synthetic)
                .ok_or_else(|| fail("names no generator"));
        }
        let rest = text.strip_prefix("hf://").ok_or_else(|| fail("has an unknown form"))?;
        let rest = rest.strip_prefix("datasets/").ok_or_else(|| fail("is not a dataset"))?;
        let mut parts = rest.splitn(3, '/');
        let (Some(owner), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(fail("lacks the owner, the name or the path"));
        };
        let (name, revision) = match name.split_once('@') {
            Some((name, revision)) if is_hex(revision, 40) => {
                (name, Some(revision.to_ascii_lowercase()))
            }
            Some(_) => {
                return Err(fail(
                    "names a revision that is not a commit of 40 hexadecimal digits (a branch \
                     may move)",
                ));
            }
            None => (name, None),
        };
        let plain = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_graphic() && !b"\\?#%:".contains(&b))
        };
        if !plain(owner) || !plain(name) || !path.split('/').all(plain) {
            return Err(fail("has an empty part or a part that cannot be a file name"));
        }
        Ok(Source::Hub(HubFile {
            repository: format!("{owner}/{name}"),
            revision,
            path: path.to_owned(),
        }))
    }
}

/// The files that `pattern` names, sorted: itself if it exists, else its matches.
pub(crate) fn resolve_files(pattern: &str, base: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let literal = base.join(pattern);
    if literal.is_file() {
        return Ok(vec![literal]);
    }
    let missing = || DatasetError::Missing { path: pattern.to_owned(), resolved: literal.clone() };
    if literal.exists() {
        return Err(DatasetError::Source {
            source_text: format!("file:{pattern}"),
            why: "is a folder; name a file or a pattern such as `folder/*.txt`".into(),
        });
    }
    if !pattern.contains(['*', '?', '[']) {
        return Err(missing());
    }
    // The base folder is a name, not part of the pattern.
    let full = if Path::new(pattern).is_absolute() {
        pattern.to_owned()
    } else {
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        format!("{}/{pattern}", glob::Pattern::escape(&base.to_string_lossy()))
    };
    let matches = glob::glob(&full).map_err(|error| DatasetError::Source {
        source_text: format!("file:{pattern}"),
        why: format!("is not a valid pattern: {error}"),
    })?;
    let mut files = Vec::new();
    for entry in matches {
        let path = entry.map_err(|error| DatasetError::Io {
            action: "read",
            path: error.path().to_owned(),
            error: error.into(),
        })?;
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(missing()) } else { Ok(files) }
}

/// The bytes of `paths`, one after the other.
pub(crate) fn read_files(paths: &[PathBuf]) -> Result<Vec<u8>, DatasetError> {
    let [only] = paths else {
        let mut bytes = Vec::new();
        for path in paths {
            bytes.extend_from_slice(&read_file(path)?);
        }
        return Ok(bytes);
    };
    read_file(only)
}

/// All bytes of one file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, DatasetError> {
    fs::read(path).map_err(|error| DatasetError::Io { action: "read", path: path.into(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_parse() {
        assert_eq!("file:../a b".parse::<Source>().unwrap(), Source::File("../a b".into()));
        assert_eq!(
            "synthetic:stories".parse::<Source>().unwrap(),
            Source::Synthetic(Kind::Stories)
        );
        let commit = "f54c09fd23315a6f9c86f9dc80f725de7d8f9c64";
        let Source::Hub(file) = format!("hf://datasets/o/n@{commit}/d/f.txt").parse().unwrap()
        else {
            panic!("not a hub file");
        };
        assert_eq!(file.repository, "o/n");
        assert_eq!(file.revision.as_deref(), Some(commit));
        assert_eq!(file.path, "d/f.txt");
    }

    #[test]
    fn what_cannot_be_a_source_says_why() {
        for (bad, why) in [
            ("stories.txt", "unknown form"),
            ("file:", "names no file"),
            ("synthetic:poems", "names no generator"),
            ("hf://models/o/n/f", "not a dataset"),
            ("hf://datasets/o/n", "lacks"),
            ("hf://datasets/o/n@main/f", "branch"),
            ("hf://datasets/o/n/../f", "file name"),
            ("hf://datasets/o//f", "file name"),
        ] {
            let message = bad.parse::<Source>().unwrap_err().to_string();
            assert!(message.contains(why), "{bad}: {message}");
            assert!(message.contains("synthetic:stories"), "{message}");
        }
    }

    #[test]
    fn a_pattern_joins_files_in_sorted_order() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("odd [1]");
        fs::create_dir(&base).unwrap();
        for (name, text) in [("b.txt", "2"), ("a.txt", "1"), ("c.md", "3")] {
            fs::write(base.join(name), text).unwrap();
        }
        let read = |pattern: &str| read_files(&resolve_files(pattern, &base)?);
        assert_eq!(read("*.txt").unwrap(), b"12");
        assert_eq!(read("b.txt").unwrap(), b"2");
        assert!(matches!(read("d.txt"), Err(DatasetError::Missing { .. })));
        assert!(matches!(read("*.csv"), Err(DatasetError::Missing { .. })));
        assert!(matches!(read("[*"), Err(DatasetError::Source { .. })));
        assert!(matches!(read("."), Err(DatasetError::Source { .. })));
    }
}
