//! Where plugins are looked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders, separated as in `PATH`, in which plugins are looked for.
pub const VARIABLE: &str = "PRESSMARK_PLUGIN_PATH";

/// Folders of plugins, in order.
#[derive(Debug, Default)]
pub struct SearchPath {
    /// Folders that somebody named: they must exist, and all their libraries count.
    named: Vec<PathBuf>,
    /// Folder of the program: it holds other libraries too.
    program: Option<PathBuf>,
    /// Folders that may exist.
    installed: Vec<PathBuf>,
}

impl SearchPath {
    /// The path in force: `named` folders, the environment, and the program's own places.
    pub fn new(named: &[PathBuf]) -> SearchPath {
        let mut path = SearchPath { named: named.to_vec(), ..SearchPath::default() };
        if let Some(variable) = env::var_os(VARIABLE) {
            path.named
                .extend(env::split_paths(&variable).filter(|dir| !dir.as_os_str().is_empty()));
        }
        if let Ok(program) = env::current_exe().and_then(|exe| exe.canonicalize())
            && let Some(dir) = program.parent()
        {
            path.installed = vec![dir.join("plugins"), dir.join("../lib/pressmark")];
            path.program = Some(dir.to_path_buf());
        }
        path
    }

    /// Every folder of the path, whether it exists or not.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.named.iter().chain(&self.program).chain(&self.installed).map(PathBuf::as_path)
    }

    /// Every library on the path, sorted within its folder.
    pub(super) fn libraries(&self) -> Result<Vec<PathBuf>, String> {
        let mut found = Vec::new();
        for dir in &self.named {
            let libraries = libraries_in(dir, "").map_err(|error| {
                format!("the plugin folder {} cannot be read: {error}", dir.display())
            })?;
            found.extend(libraries);
        }
        for (dir, prefix) in self
            .program
            .iter()
            .map(|dir| (dir, "pressmark_"))
            .chain(self.installed.iter().map(|dir| (dir, "")))
        {
            // Places of our own may well not exist.
            found.extend(libraries_in(dir, prefix).unwrap_or_default());
        }
        Ok(found)
    }
}

fn libraries_in(dir: &Path, prefix: &str) -> std::io::Result<Vec<PathBuf>> {
    let start = format!("{}{prefix}", env::consts::DLL_PREFIX);
    let start = if prefix.is_empty() { "" } else { &start };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with(env::consts::DLL_SUFFIX) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_libraries_count_beside_the_program() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["libpressmark_a.so", "libother.so", "readme.txt", "libz.so.1"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let names = |prefix: &str| -> Vec<String> {
            let found = libraries_in(dir.path(), prefix).unwrap();
            found.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(""), ["libother.so", "libpressmark_a.so"]);
        assert_eq!(names("pressmark_"), ["libpressmark_a.so"]);
    }
}
