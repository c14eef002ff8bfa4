//! How sources are reached.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How far a fetch has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The file on the hub.
    pub file: String,
    /// Bytes received so far.
    pub bytes: u64,
    /// Bytes expected, 0 if the hub did not say.
    pub total: u64,
}

/// Receives [`Progress`]; called from the fetching thread, it must not block.
pub type ProgressCallback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How sources are reached; no part of it changes which bytes come out.
#[derive(Clone)]
pub struct FetchOptions {
    /// The hub cache, in the layout of Hugging Face (`datasets--owner--name/…`).
    pub cache_dir: PathBuf,
    /// Never ask the network.
    pub offline: bool,
    /// Address of the hub, default `https://huggingface.co`.
    pub endpoint: Option<String>,
    /// Access token for the hub.
    pub token: Option<String>,
    /// Longest time one file may take to fetch, all attempts together.
    pub deadline: Duration,
    /// Folder that relative `file:` paths start from: that of the config.
    pub base_dir: PathBuf,
    /// Told how far a fetch has come.
    pub progress: Option<ProgressCallback>,
}

impl FetchOptions {
    /// The default address of the hub.
    pub const DEFAULT_ENDPOINT: &'static str = "https://huggingface.co";

    /// Options from `HF_HUB_CACHE`, `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN` and
    /// `HF_HUB_OFFLINE`, with a deadline of ten minutes.
    pub fn from_env(base_dir: impl Into<PathBuf>) -> Self {
        Self::from_vars(base_dir, |name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with the variables given by `var`.
    pub fn from_vars(base_dir: impl Into<PathBuf>, var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let home = || PathBuf::from(var("HOME").unwrap_or_else(|| ".".into()));
        let cache_dir = var("HF_HUB_CACHE")
            .map(PathBuf::from)
            .or_else(|| var("HF_HOME").map(|dir| Path::new(&dir).join("hub")))
            .or_else(|| var("XDG_CACHE_HOME").map(|dir| Path::new(&dir).join("huggingface/hub")))
            .unwrap_or_else(|| home().join(".cache/huggingface/hub"));
        let offline = var("HF_HUB_OFFLINE").is_some_and(|value| {
            matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
        });
        FetchOptions {
            cache_dir,
            offline,
            endpoint: var("HF_ENDPOINT").map(|url| url.trim().trim_end_matches('/').to_owned()),
            token: var("HF_TOKEN"),
            deadline: Duration::from_secs(600),
            base_dir: base_dir.into(),
            progress: None,
        }
    }

    /// The hub's address in force.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_deref().unwrap_or(Self::DEFAULT_ENDPOINT)
    }
}

impl fmt::Debug for FetchOptions {
    /// Without the token, which must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchOptions")
            .field("cache_dir", &self.cache_dir)
            .field("offline", &self.offline)
            .field("endpoint", &self.endpoint())
            .field("deadline", &self.deadline)
            .field("base_dir", &self.base_dir)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_honoured() {
        let vars = |pairs: &'static [(&str, &str)]| {
            FetchOptions::from_vars("/b", move |name| {
                pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
            })
        };
        let options = vars(&[
            ("HF_HOME", "/h"),
            ("HF_ENDPOINT", "http://mirror/"),
            ("HF_HUB_OFFLINE", "1"),
            ("HF_TOKEN", "secret"),
        ]);
        assert_eq!(options.cache_dir, Path::new("/h/hub"));
        assert_eq!(options.endpoint(), "http://mirror");
        assert!(options.offline);
        assert_eq!(options.token.as_deref(), Some("secret"));
        assert!(!format!("{options:?}").contains("secret"));
        assert_eq!(vars(&[("HF_HUB_CACHE", "/c"), ("HF_HOME", "/h")]).cache_dir, Path::new("/c"));
        assert_eq!(vars(&[("HOME", "/u")]).cache_dir, Path::new("/u/.cache/huggingface/hub"));
        assert!(!vars(&[("HF_HUB_OFFLINE", "0")]).offline);
    }
}
