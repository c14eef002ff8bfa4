//! Experiments as TOML files.
//!
//! [`Config::read`] gives an experiment whose every key and type is known to be right; what
//! depends on plugins (options and their ranges) is checked by [`plan`](crate::plan). Errors
//! name file, line, key, what is allowed and the nearest valid name.

mod amount;
mod error;
mod values;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pressmark_datasets::{ByteSize, DatasetSpec};
use pressmark_protocol::{PackMode, Protocol};
use pressmark_reports::record::Task;
use serde::Deserialize;
use toml::Spanned;

pub use amount::Amount;
pub use error::ConfigError;
pub use values::{option_value, parse_duration};

/// An experiment.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// Its text, for errors that point into it.
    text: String,
    /// `[experiment]`.
    pub experiment: Experiment,
    /// `[[dataset]]`.
    pub datasets: Vec<DatasetSpec>,
    /// `[[strategy]]`.
    pub strategies: Vec<StrategyTable>,
}

/// `[experiment]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Name of the run's folder and in every record.
    pub name: String,
    /// What it asks, in a sentence or two, for the report.
    #[serde(default)]
    pub description: Option<String>,
    /// What strategies are asked to do: `codec`, `cache`, `compact` or `pack`.
    #[serde(default = "codec")]
    pub task: Task,
    /// `cache`: capacities, each a cell: units of the trace, or `"10%"` of its distinct pages.
    #[serde(default)]
    pub capacities: Vec<Amount>,
    /// `compact`: budgets, each a cell: bytes, or `"10%"` of each document. `pack`: tokens.
    #[serde(default)]
    pub budgets: Vec<Amount>,
    /// `pack`: what the reader of a context may do: `strict`, `relaxed` or `passive`.
    #[serde(default)]
    pub mode: Option<PackMode>,
    /// Side information: `cold`, `primed`, `trained`. Datasets without `prime` run cold only.
    #[serde(default = "cold_only")]
    pub protocols: Vec<Protocol>,
    /// How often each cell is encoded and decoded, for times.
    #[serde(default = "one")]
    pub repeats: u32,
    /// Wall-clock limit of each encode and each decode.
    #[serde(default = "ten_minutes", deserialize_with = "values::duration")]
    pub timeout: Duration,
    /// Limit of the memory a strategy may use.
    #[serde(default = "eight_gib")]
    pub memory_limit: ByteSize,
    /// Seeds; each makes a cell of its own.
    #[serde(default = "seed_zero")]
    pub seeds: Vec<u64>,
    /// Threads a strategy may use.
    #[serde(default = "one")]
    pub threads: u32,
    /// Cells that run at once; more than one disturbs times.
    #[serde(default = "one")]
    pub jobs: u32,
    /// Whether each repeat also times a second call in the same process.
    #[serde(default)]
    pub warm: bool,
    /// Folders of plugins, relative to this file, searched before all others.
    #[serde(default)]
    pub plugin_dirs: Vec<PathBuf>,
}

/// `[[strategy]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyTable {
    /// Id of the strategy.
    pub id: Spanned<String>,
    /// The library, relative to this file, instead of the search path.
    #[serde(default)]
    pub plugin: Option<PathBuf>,
    /// Options by name.
    #[serde(default)]
    pub options: BTreeMap<String, Spanned<toml::Value>>,
    /// Options by name with several values each; every combination is a cell.
    #[serde(default)]
    pub sweep: BTreeMap<String, Spanned<Vec<toml::Value>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    experiment: Spanned<Experiment>,
    #[serde(default)]
    dataset: Vec<Spanned<DatasetSpec>>,
    #[serde(default)]
    strategy: Vec<StrategyTable>,
}

impl Experiment {
    /// What the reader of a context may do; none where none is packed.
    pub fn pack_mode(&self) -> Option<PackMode> {
        (self.task == Task::Pack).then(|| self.mode.unwrap_or_default())
    }
}

fn codec() -> Task {
    Task::Codec
}

fn cold_only() -> Vec<Protocol> {
    vec![Protocol::Cold]
}

fn one() -> u32 {
    1
}

fn ten_minutes() -> Duration {
    Duration::from_secs(600)
}

fn eight_gib() -> ByteSize {
    ByteSize(8 << 30)
}

fn seed_zero() -> Vec<u64> {
    vec![0]
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// One sentence that names the file, the line, the key and what is allowed.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::file(path, format!("cannot be read: {error}")))?;
        Config::parse(path, text)
    }

    /// Checks the text of a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(path: &Path, text: String) -> Result<Config, ConfigError> {
        let document: Document =
            toml::from_str(&text).map_err(|error| ConfigError::from_toml(path, &text, &error))?;
        let at = |span: Range<usize>, message: String| ConfigError::at(path, &text, span, message);
        let span = document.experiment.span();
        let experiment = document.experiment.into_inner();
        check_experiment(&experiment).map_err(|message| at(span.clone(), message))?;
        if document.dataset.is_empty() {
            return Err(at(span, "there is no [[dataset]]: nothing to compress".into()));
        }
        if document.strategy.is_empty() {
            return Err(at(span, "there is no [[strategy]]: nothing to compress with".into()));
        }
        let mut datasets: Vec<DatasetSpec> = Vec::new();
        for dataset in document.dataset {
            let span = dataset.span();
            let dataset = dataset.into_inner();
            if datasets.iter().any(|known| known.id == dataset.id) {
                return Err(at(span, format!("two datasets have the id {}", dataset.id)));
            }
            datasets.push(dataset);
        }
        if !experiment.protocols.contains(&Protocol::Cold)
            && let Some(dataset) = datasets.iter().find(|dataset| dataset.prime.is_none())
        {
            return Err(at(
                span,
                format!(
                    "dataset {} has no prime, and protocols names no cold run: give it a priming \
                     text, as prime = {{ lines = 5000 }}, or add \"cold\"",
                    dataset.id
                ),
            ));
        }
        for strategy in &document.strategy {
            for (name, values) in &strategy.sweep {
                if strategy.options.contains_key(name) {
                    let message = format!("{name} stands in options and in sweep: keep one");
                    return Err(at(values.span(), message));
                }
                if values.as_ref().is_empty() {
                    return Err(at(values.span(), format!("the sweep of {name} has no value")));
                }
            }
        }
        Ok(Config {
            path: path.to_path_buf(),
            text,
            experiment,
            datasets,
            strategies: document.strategy,
        })
    }

    /// The folder that relative paths start from.
    pub fn base_dir(&self) -> &Path {
        self.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// An error at a place in this file.
    pub fn error_at(&self, span: Range<usize>, message: String) -> ConfigError {
        ConfigError::at(&self.path, &self.text, span, message)
    }
}

fn check_experiment(experiment: &Experiment) -> Result<(), String> {
    let name = &experiment.name;
    let ok = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(ok) {
        return Err(format!(
            "name = {name:?} cannot be a folder: use letters, digits, '-', '_' and '.'"
        ));
    }
    if experiment.protocols.is_empty() {
        return Err("protocols is empty: name at least one of cold, primed, trained".into());
    }
    for (key, value) in [
        ("repeats", experiment.repeats),
        ("jobs", experiment.jobs),
        ("threads", experiment.threads),
    ] {
        if value == 0 {
            return Err(format!("{key} must be at least 1"));
        }
    }
    check_task(experiment)?;
    if experiment.seeds.is_empty() {
        return Err("seeds is empty: name at least one".into());
    }
    if experiment.timeout.is_zero() {
        return Err("timeout must be longer than 0 s".into());
    }
    if experiment.memory_limit.0 < 1 << 20 {
        return Err("memory_limit must be at least 1MiB".into());
    }
    Ok(())
}

/// Capacities and budgets go with their task, and side information with codecs.
fn check_task(experiment: &Experiment) -> Result<(), String> {
    let task = experiment.task;
    for (key, of, values) in [
        ("capacities", &[Task::Cache][..], &experiment.capacities),
        ("budgets", &[Task::Compact, Task::Pack], &experiment.budgets),
    ] {
        if of.contains(&task) && values.is_empty() {
            return Err(format!("task = \"{task}\" needs {key}, as {key} = [1024, 4096]"));
        }
        if !of.contains(&task) && !values.is_empty() {
            let of: Vec<String> = of.iter().map(|of| format!("task = \"{of}\"")).collect();
            return Err(format!("{key} goes with {}", of.join(" or ")));
        }
    }
    let is_share = |budget: &Amount| matches!(budget, Amount::Share(_));
    if task == Task::Pack && experiment.budgets.iter().any(is_share) {
        return Err("budgets of task = \"pack\" are tokens, as budgets = [1024, 4096]".into());
    }
    if task != Task::Pack && experiment.mode.is_some() {
        return Err("mode goes with task = \"pack\"".into());
    }
    if task != Task::Codec && experiment.protocols != [Protocol::Cold] {
        return Err(format!("protocols goes with task = \"codec\": a {task} has none"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[experiment]
name = "x"
protocols = ["cold", "primed"]
timeout = "1m 30s"

[[dataset]]
id = "stories"
source = "synthetic:stories"
prime = { lines = 10 }

[[strategy]]
id = "ref.xz"
options = { level = 9 }
"#;

    fn error(text: &str) -> String {
        Config::parse(Path::new("dir/x.toml"), text.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn a_good_file_is_read() {
        let config = Config::parse(Path::new("dir/x.toml"), GOOD.to_string()).unwrap();
        assert_eq!(config.experiment.timeout, Duration::from_secs(90));
        assert_eq!(config.experiment.memory_limit, ByteSize(8 << 30));
        assert_eq!(config.strategies[0].id.as_ref(), "ref.xz");
        assert_eq!(config.base_dir(), Path::new("dir"));
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_key() {
        let message = error(&GOOD.replace("timeout", "tiemout"));
        assert!(message.starts_with("dir/x.toml:5:1: "), "{message}");
        assert!(message.contains("unknown key tiemout"), "{message}");
        assert!(message.contains("did you mean timeout?"), "{message}");
        assert!(message.contains("memory_limit"), "{message}");
    }

    #[test]
    fn a_wrong_type_names_its_line_and_key() {
        let message = error(&GOOD.replace("\"1m 30s\"", "[3]"));
        assert!(message.starts_with("dir/x.toml:5:11: timeout: "), "{message}");
        let message = error(&GOOD.replace("\"cold\"", "\"clod\""));
        assert!(message.contains("dir/x.toml:4:"), "{message}");
        assert!(message.contains("did you mean cold?"), "{message}");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (from, to, expect) in [
            ("name = \"x\"", "name = \"../x\"", "cannot be a folder"),
            ("timeout = \"1m 30s\"", "repeats = 0", "repeats must be at least 1"),
            ("timeout = \"1m 30s\"", "timeout = \"soon\"", "timeout"),
            ("\"cold\", \"primed\"", "", "protocols is empty"),
            ("options = { level = 9 }", "sweep = { level = [] }", "has no value"),
            ("timeout = \"1m 30s\"", "task = \"cache\"", "needs capacities"),
            ("timeout = \"1m 30s\"", "budgets = [9]", "goes with task = \"compact\" or"),
            ("timeout = \"1m 30s\"", "mode = \"strict\"", "mode goes with task = \"pack\""),
            ("timeout = \"1m 30s\"", "task = \"cache\"\ncapacities = [9]", "protocols goes with"),
            ("timeout = \"1m 30s\"", "capacities = [\"x\"]", "\"10%\""),
            ("[[strategy]]", "[[strategie]]", "did you mean strategy?"),
            ("[[strategy]]", "[strategy]", "two brackets"),
        ] {
            let message = error(&GOOD.replace(from, to));
            assert!(message.contains(expect), "{to}: {message}");
        }
        let message = error(&GOOD.replace("prime = { lines = 10 }", "").replace("\"cold\", ", ""));
        assert!(message.contains("has no prime"), "{message}");
    }

    #[test]
    fn text_that_is_no_toml_is_refused_with_its_line() {
        let message = error("[experiment\nname = 3");
        assert!(message.starts_with("dir/x.toml:1:"), "{message}");
    }
}
