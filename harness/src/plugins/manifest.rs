//! The manifest beside a plugin: what it offers, for which exact library.
//!
//! `libpressmark_program.so` has `program.pressmark.toml`. With it, listing strategies runs no
//! foreign code. A manifest whose size or SHA-256 is not the library's is stale: a worker then
//! describes the library and a new one is written, if the folder can be written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pressmark_protocol::{Limits, Options, PluginInfo, Success, Task};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::strip;
use crate::worker::{Ending, Job, Outcome, Workers};

/// Time a plugin has to load and describe itself.
const DEADLINE: Duration = Duration::from_secs(10);

/// One `*.pressmark.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// SHA-256 of the library.
    pub sha256: String,
    /// Size of the library in bytes.
    pub bytes: u64,
    /// Size of the library, stripped and compressed with xz, in bytes.
    pub decoder_bytes: u64,
    /// What the library says of itself.
    pub plugin: PluginInfo,
}

/// The manifest of a library; made by a worker if it is missing or stale.
pub(super) fn read_or_make(
    library: &Path,
    workers: &Workers,
) -> Result<Result<Manifest, Ending>, String> {
    let content = fs::read(library)
        .map_err(|error| format!("cannot read plugin {}: {error}", library.display()))?;
    let sha256 = hex(&Sha256::digest(&content));
    let file = path_of(library);
    let known = fs::read_to_string(&file).ok().and_then(|text| toml::from_str(&text).ok());
    if let Some(manifest) = known.filter(|manifest: &Manifest| manifest.sha256 == sha256) {
        return Ok(Ok(manifest));
    }
    let plugin = match describe(library, workers)? {
        Ok(plugin) => plugin,
        Err(ending) => return Ok(Err(ending)),
    };
    let decoder_bytes = strip::decoder_bytes(library, &content)?;
    let manifest = Manifest { sha256, bytes: content.len() as u64, decoder_bytes, plugin };
    // A folder that cannot be written to costs a description each time, and nothing else.
    if let Ok(text) = toml::to_string(&manifest) {
        let _ = write_whole(&file, &text);
    }
    Ok(Ok(manifest))
}

/// Has a worker load the library and read its tables.
fn describe(library: &Path, workers: &Workers) -> Result<Result<PluginInfo, Ending>, String> {
    let job = Job {
        plugin: library,
        strategy: "",
        options: &Options::new(),
        seed: 0,
        limits: Limits { memory: 1 << 30, cpu_seconds: 10, output: 1 << 20, threads: 1 },
        deadline: DEADLINE,
        task: Task::Describe,
        input: None,
        prime: None,
    };
    match workers.run(&job).map_err(|error| format!("cannot start a worker: {error}"))? {
        Outcome::Done(done) => match done.success {
            Success::Described(info) => Ok(Ok(info)),
            other => Err(format!("the worker answered {other:?} to a request to describe")),
        },
        Outcome::Failed(ending) => Ok(Err(*ending)),
    }
}

/// `libpressmark_program.so` → `program.pressmark.toml`.
fn path_of(library: &Path) -> PathBuf {
    let stem = library.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_prefix(std::env::consts::DLL_PREFIX).unwrap_or(&stem);
    let name = stem.strip_prefix("pressmark_").unwrap_or(stem);
    library.with_file_name(format!("{name}.pressmark.toml"))
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_named_after_their_plugin() {
        assert_eq!(path_of(Path::new("/x/libpressmark_a.so")), Path::new("/x/a.pressmark.toml"));
        assert_eq!(path_of(Path::new("/x/libmine.so")), Path::new("/x/mine.pressmark.toml"));
    }
}
