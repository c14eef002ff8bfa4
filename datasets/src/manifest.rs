//! The files on the hub that are known here, each with its revision and checksum.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::spec::Format;

/// One dataset repository on the hub, pinned to a commit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Short name, used by `pressmark data`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// `OWNER/NAME` on the hub.
    pub repository: String,
    /// The commit, 40 hexadecimal digits.
    pub revision: String,
    /// SPDX identifier of the licence of the data.
    pub licence: String,
    /// The publication to cite.
    pub citation: String,
    /// The files of the repository that are pinned.
    #[serde(rename = "file")]
    pub files: Vec<ManifestFile>,
}

/// One pinned file of a [`Manifest`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Path inside the repository.
    pub path: String,
    /// The format the file has.
    pub format: Format,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// The `source` that names `file` in a config.
    pub fn source(&self, file: &ManifestFile) -> String {
        format!("hf://datasets/{}/{}", self.repository, file.path)
    }
}

const EMBEDDED: [&str; 1] = [include_str!("../manifests/tinystories.toml")];

/// The manifests of this version.
pub fn manifests() -> &'static [Manifest] {
    static MANIFESTS: OnceLock<Vec<Manifest>> = OnceLock::new();
    MANIFESTS.get_or_init(|| {
        // A malformed manifest never leaves the tests below, which parse each.
        EMBEDDED.iter().filter_map(|text| toml::from_str(text).ok()).collect()
    })
}

/// The manifest of `repository`, and the file at `path` if it is pinned.
pub(crate) fn lookup(
    repository: &str,
    path: &str,
) -> (Option<&'static Manifest>, Option<&'static ManifestFile>) {
    let manifest = manifests().iter().find(|m| m.repository == repository);
    (manifest, manifest.and_then(|m| m.files.iter().find(|f| f.path == path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::is_hex;

    #[test]
    fn every_manifest_is_well_formed() {
        for text in EMBEDDED {
            let manifest: Manifest = toml::from_str(text).unwrap();
            assert!(is_hex(&manifest.revision, 40), "{}", manifest.id);
            assert!(manifest.repository.split('/').count() == 2);
            assert!(!manifest.files.is_empty());
            for file in &manifest.files {
                assert!(is_hex(&file.sha256, 64) && file.bytes > 0, "{}", file.path);
                let source = manifest.source(file);
                assert!(source.parse::<crate::source::Source>().is_ok(), "{source}");
            }
        }
        assert_eq!(manifests().len(), EMBEDDED.len());
    }
}
