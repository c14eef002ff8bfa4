//! Finds plugins and knows what they offer, without loading any of them here.
//!
//! Search path, first to last: `--plugin-dir`, `PRESSMARK_PLUGIN_PATH`, the folder of the
//! program, `plugins/` in it, and `../lib/pressmark` beside it. Beside the program only files
//! named `libpressmark_*` count, elsewhere every library does.
//!
//! What a plugin offers stands in a [`Manifest`] next to it, made by a worker when it is
//! missing or older than the library.

mod manifest;
pub(crate) use manifest::hex;
mod search;
mod strip;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pressmark_protocol::{PluginInfo, StrategyInfo};

use crate::suggest::hint;
use crate::worker::{Ending, Workers};

pub use manifest::Manifest;
pub use search::{SearchPath, VARIABLE};

/// A library that can be used.
#[derive(Debug)]
pub struct Plugin {
    /// The library.
    pub path: PathBuf,
    /// What stands in its manifest.
    pub manifest: Manifest,
}

impl Plugin {
    /// What the plugin says of itself.
    pub fn info(&self) -> &PluginInfo {
        &self.manifest.plugin
    }
}

/// A library that cannot.
#[derive(Debug)]
pub struct Broken {
    /// The library.
    pub path: PathBuf,
    /// How describing it ended.
    pub ending: Ending,
}

/// A strategy and the plugin that provides it.
#[derive(Clone, Copy, Debug)]
pub struct Strategy<'a> {
    /// The plugin.
    pub plugin: &'a Plugin,
    /// The strategy.
    pub info: &'a StrategyInfo,
}

/// All plugins that were found.
#[derive(Debug, Default)]
pub struct Registry {
    plugins: Vec<Plugin>,
    broken: Vec<Broken>,
    /// Id of a strategy to its plugin and place there; the first plugin of the path wins.
    strategies: BTreeMap<String, (usize, usize)>,
    /// Things a person should know, as a strategy that two plugins provide.
    pub warnings: Vec<String>,
}

impl Registry {
    /// Reads, or has made, the manifest of every library on the path.
    ///
    /// # Errors
    /// A sentence when a folder that was named cannot be read, or the system fails.
    pub fn discover(path: &SearchPath, workers: &Workers) -> Result<Registry, String> {
        let mut registry = Registry::default();
        for library in path.libraries()? {
            registry.add(&library, workers)?;
        }
        Ok(registry)
    }

    /// Adds one library by its path.
    ///
    /// # Errors
    /// A sentence when the file cannot be read or the system fails.
    pub fn add(&mut self, library: &Path, workers: &Workers) -> Result<(), String> {
        let path = library
            .canonicalize()
            .map_err(|error| format!("cannot read plugin {}: {error}", library.display()))?;
        if self.plugins.iter().any(|known| known.path == path) {
            return Ok(());
        }
        match manifest::read_or_make(&path, workers)? {
            // The same library in another place has nothing to add.
            Ok(manifest) if self.plugins.iter().any(|p| p.manifest.sha256 == manifest.sha256) => {}
            Ok(manifest) => {
                let plugin = self.plugins.len();
                for (place, strategy) in manifest.plugin.strategies.iter().enumerate() {
                    match self.strategies.get(&strategy.id) {
                        None => {
                            self.strategies.insert(strategy.id.clone(), (plugin, place));
                        }
                        Some(&(first, _)) => self.warnings.push(format!(
                            "{} is provided by {} and by {}; the first is used",
                            strategy.id,
                            self.plugins[first].path.display(),
                            path.display()
                        )),
                    }
                }
                self.plugins.push(Plugin { path, manifest });
            }
            Err(ending) => self.broken.push(Broken { path, ending }),
        }
        Ok(())
    }

    /// Plugins in search order.
    pub fn plugins(&self) -> &[Plugin] {
        &self.plugins
    }

    /// Libraries that could not be described.
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// Strategies by id.
    pub fn strategies(&self) -> impl Iterator<Item = Strategy<'_>> {
        self.strategies.values().map(|&(plugin, place)| {
            let plugin = &self.plugins[plugin];
            Strategy { plugin, info: &plugin.manifest.plugin.strategies[place] }
        })
    }

    /// A strategy by its id.
    ///
    /// # Errors
    /// A sentence that names the nearest id, or says that there is none at all.
    pub fn strategy(&self, id: &str) -> Result<Strategy<'_>, String> {
        self.strategies().find(|strategy| strategy.info.id == id).ok_or_else(|| {
            if self.strategies.is_empty() {
                return format!(
                    "there is no strategy {id}: no plugin was found; build them (cargo build) or \
                     name their folder with --plugin-dir or {VARIABLE}"
                );
            }
            let known = self.strategies.keys().map(String::as_str);
            let broken = match self.broken.as_slice() {
                [] => String::new(),
                [broken, ..] => format!(
                    "; {} could not be used: {}",
                    broken.path.display(),
                    broken.ending.reason
                ),
            };
            format!("there is no strategy {id}{}; see pressmark list{broken}", hint(id, known))
        })
    }

    /// The library that would most likely have provided a strategy that is missing.
    pub fn broken_provider(&self, id: &str) -> Option<&Broken> {
        let likeness = |broken: &&Broken| {
            let stem = broken.path.file_stem().unwrap_or_default().to_string_lossy();
            (strsim::jaro_winkler(stem.trim_start_matches("lib"), id) * 1e6) as u64
        };
        self.broken.iter().max_by_key(likeness)
    }
}
