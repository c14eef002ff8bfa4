//! Config errors: one line that a person can act on.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::suggest::hint;

/// What is wrong with a config, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    path: PathBuf,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
    message: String,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl ConfigError {
    /// An error of the whole file.
    pub fn file(path: &Path, message: String) -> ConfigError {
        ConfigError { path: path.to_path_buf(), place: None, message }
    }

    /// An error at a span of bytes in `text`.
    pub fn at(path: &Path, text: &str, span: Range<usize>, message: String) -> ConfigError {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ConfigError { path: path.to_path_buf(), place: Some((line, column)), message }
    }

    /// The TOML reader's error in our words.
    pub fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
        let mut message = explain(error.message());
        if message.ends_with("invalid type: map, expected a sequence") {
            message =
                "this table is one of a list: write it with two brackets, as [[strategy]]".into();
        }
        match error.span() {
            Some(span) => {
                let key = key_of(text, &span).filter(|key| !message.contains(key.as_str()));
                let message = match key {
                    Some(key) => format!("{key}: {message}"),
                    None => message,
                };
                ConfigError::at(path, text, span, message)
            }
            None => ConfigError::file(path, message),
        }
    }
}

/// Adds the nearest valid name to a message that lists the valid ones in backticks.
fn explain(message: &str) -> String {
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let plain = message.replace('`', "");
    let (Some((&given, allowed)), true) = (names.split_first(), message.starts_with("unknown "))
    else {
        return plain.trim_end().to_string();
    };
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    if allowed.is_empty() {
        return format!("unknown {what} {given}: no key is allowed here");
    }
    let hint = hint(given, allowed.iter().copied());
    format!("unknown {what} {given}{hint} (allowed: {})", allowed.join(", "))
}

/// The key on whose line the span begins, if it begins in a value.
fn key_of(text: &str, span: &Range<usize>) -> Option<String> {
    let before = text.get(..span.start)?;
    let line = before.rsplit('\n').next()?;
    let (key, _) = line.split_once('=')?;
    Some(key.trim().to_string())
}
