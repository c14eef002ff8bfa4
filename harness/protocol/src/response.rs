//! What a worker answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{OptionValue, PackResult, Phase};

/// One response: what was done, or why not, and what was observed either way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Response {
    /// The outcome.
    pub outcome: Result<Success, Failure>,
    /// What the plugin told and the worker measured.
    pub observations: Observations,
}

/// Work done, by task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Success {
    /// The plugin's tables.
    Described(PluginInfo),
    /// Encoded or decoded; the bytes are in the output file.
    Coded(CodeResult),
    /// Compacted; the bytes are in the output file.
    Compacted(CompactResult),
    /// Replayed.
    Replayed(CacheResult),
    /// Explained; the text is in the output file.
    Explained,
    /// Packed; the contexts are in the output file.
    Packed(PackResult),
}

/// Why work was not done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Which kind of failure.
    pub kind: FailureKind,
    /// What the worker was doing.
    pub phase: Phase,
    /// One sentence.
    pub message: String,
}

/// Kinds of failure that a worker lives to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The library could not be loaded.
    LoadFailed,
    /// The library's tables are not of this ABI.
    AbiMismatch,
    /// The plugin returned this negative status.
    Status(i32),
    /// The strategy does not offer what was asked.
    Unsupported,
    /// The archive is damaged or of another kind.
    BadArchive,
    /// The plugin broke a rule of the ABI.
    Misbehaved,
    /// The worker itself could not go on.
    Worker,
}

/// Figures of an encode or a decode.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CodeResult {
    /// Bytes of the archive (encode) or of the text (decode).
    pub output_bytes: u64,
    /// Bytes of the model within the archive, for trained strategies.
    pub model_bytes: Option<u64>,
    /// Seconds of the call in a fresh process.
    pub seconds: f64,
    /// Seconds of a second call in the same process.
    pub warm_seconds: Option<f64>,
    /// Seconds of priming, training or loading before the call.
    pub prepare_seconds: Option<f64>,
    /// The model's own code length in bits.
    pub ideal_bits: Option<f64>,
    /// Memory of the phase.
    pub memory: Memory,
}

/// Memory by three methods, in bytes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Exact peak of live bytes in the host allocator, from create to the end.
    pub host_alloc_peak: u64,
    /// Peak resident memory above what was resident just before create.
    pub rss_peak_delta: Option<u64>,
    /// Peak resident memory of the whole process.
    pub max_rss: Option<u64>,
}

/// What a compaction kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompactResult {
    /// Spans of the document (start, length), in order, without overlap.
    pub kept: Vec<(u64, u64)>,
    /// Bytes written.
    pub output_bytes: u64,
    /// Seconds of the call.
    pub seconds: f64,
    /// Memory of the phase.
    pub memory: Memory,
}

/// Counts of a replay, kept by the worker and audited against the capacity.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CacheResult {
    /// Accesses replayed.
    pub accesses: u64,
    /// Accesses whose page was resident.
    pub hits: u64,
    /// Accesses whose page was not.
    pub misses: u64,
    /// Misses of pages never seen before.
    pub compulsory_misses: u64,
    /// Pages evicted.
    pub evictions: u64,
    /// Pages fetched ahead of their use.
    pub prefetched: u64,
    /// Of those, pages that were accessed before they left.
    pub prefetch_used: u64,
    /// Accesses and hits so far, at even distances, at most some hundreds of points.
    pub curve: Vec<(u64, u64)>,
    /// Seconds within the plugin.
    pub seconds: f64,
    /// Memory of the phase.
    pub memory: Memory,
}

/// A figure of the strategy's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// Hits among lookups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// What is looked up.
    pub name: String,
    /// How often.
    pub lookups: u64,
    /// How often with success.
    pub hits: u64,
}

/// A line that the plugin logged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogLine {
    /// 1 error … 5 trace.
    pub level: i32,
    /// The text.
    pub message: String,
}

/// What the plugin told through the host's services, and what the worker sampled.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Observations {
    /// Figures of the strategy's own, by name.
    pub metrics: BTreeMap<String, Metric>,
    /// Hit rates, in the order of their first call.
    pub channels: Vec<Channel>,
    /// Curves of the strategy's own, by name.
    pub series: BTreeMap<String, Vec<(f64, f64)>>,
    /// Input position against live bytes in the host allocator.
    pub memory_curve: Vec<(f64, f64)>,
    /// Input position against archive bytes so far.
    pub output_curve: Vec<(f64, f64)>,
    /// Log lines, the first few.
    pub log: Vec<LogLine>,
    /// What the person should know besides.
    pub warnings: Vec<String>,
}

impl Observations {
    /// What a person should be told: the worker's warnings, and what the plugin logged as an
    /// error or a warning (levels 1 and 2).
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let logged = self.log.iter().filter(|line| line.level <= 2);
        self.warnings.iter().map(String::as_str).chain(logged.map(|line| line.message.as_str()))
    }
}

/// The constant data of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginInfo {
    /// Id of the plugin.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Text that tells two builds apart.
    pub build_id: String,
    /// ABI as `major.minor`.
    pub abi: String,
    /// Its strategies.
    #[serde(rename = "strategy", default)]
    pub strategies: Vec<StrategyInfo>,
}

/// The constant data of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyInfo {
    /// Id, as `ref.xz`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
    /// SPDX expression.
    pub license: String,
    /// Who made it.
    pub vendor: String,
    /// What it does.
    pub doc: String,
    /// Version of what it writes.
    pub format_version: u32,
    /// Whether decoding gives the input back.
    pub lossless: bool,
    /// Whether the same input gives the same bytes.
    pub deterministic: bool,
    /// Whether all its memory comes from the host's allocator.
    pub host_memory: bool,
    /// Ids of its interfaces.
    pub interfaces: Vec<String>,
    /// Its options.
    #[serde(rename = "option", default)]
    pub options: Vec<OptionSpec>,
}

impl StrategyInfo {
    /// Whether the strategy answers to an interface.
    pub fn has(&self, interface: &str) -> bool {
        self.interfaces.iter().any(|id| id == interface)
    }
}

/// Type and range of an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum OptionKind {
    /// True or false.
    Bool {
        /// Value where the user says nothing.
        default: bool,
    },
    /// An integer.
    Int {
        /// Value where the user says nothing.
        default: i64,
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number.
    Float {
        /// Value where the user says nothing.
        default: f64,
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// One of several names.
    Choice {
        /// Value where the user says nothing.
        default: String,
        /// The names.
        choices: Vec<String>,
    },
    /// Any of several names.
    Set {
        /// Value where the user says nothing, joined by `,`.
        default: String,
        /// The names.
        choices: Vec<String>,
    },
    /// Any text.
    Text {
        /// Value where the user says nothing.
        default: String,
    },
}

/// One option of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionSpec {
    /// Its name.
    pub name: String,
    /// What it does.
    pub doc: String,
    /// Unit of its value, or empty.
    pub unit: String,
    /// Type, default and range.
    #[serde(flatten)]
    pub kind: OptionKind,
}

impl OptionSpec {
    /// The value where the user says nothing.
    pub fn default_value(&self) -> OptionValue {
        match &self.kind {
            OptionKind::Bool { default } => OptionValue::Bool(*default),
            OptionKind::Int { default, .. } => OptionValue::Int(*default),
            OptionKind::Float { default, .. } => OptionValue::Float(*default),
            OptionKind::Choice { default, .. }
            | OptionKind::Set { default, .. }
            | OptionKind::Text { default } => OptionValue::Text(default.clone()),
        }
    }

    /// Checks a value and gives it its final type, or says what is allowed.
    ///
    /// # Errors
    /// One phrase such as `must be an integer from 1 to 9`.
    pub fn check(&self, value: &OptionValue) -> Result<OptionValue, String> {
        let allowed = self.allowed();
        let refuse = || format!("must be {allowed}");
        match (&self.kind, value) {
            (OptionKind::Bool { .. }, OptionValue::Bool(_)) => Ok(value.clone()),
            (OptionKind::Int { min, max, .. }, OptionValue::Int(int)) => {
                if (min..=max).contains(&int) { Ok(value.clone()) } else { Err(refuse()) }
            }
            (OptionKind::Float { min, max, .. }, OptionValue::Float(_) | OptionValue::Int(_)) => {
                let float = match value {
                    OptionValue::Int(int) => *int as f64,
                    OptionValue::Float(float) => *float,
                    _ => unreachable!("matched above"),
                };
                if float.is_finite() && (*min..=*max).contains(&float) {
                    Ok(OptionValue::Float(float))
                } else {
                    Err(refuse())
                }
            }
            (OptionKind::Choice { choices, .. }, OptionValue::Text(text)) => {
                if choices.contains(text) { Ok(value.clone()) } else { Err(refuse()) }
            }
            (OptionKind::Set { choices, .. }, OptionValue::Text(text)) => {
                let mut chosen: Vec<&str> =
                    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
                if !chosen.iter().all(|name| choices.iter().any(|choice| choice == name)) {
                    return Err(refuse());
                }
                // One spelling for one set, so that it has one resume key.
                chosen.sort_by_key(|name| choices.iter().position(|choice| choice == name));
                chosen.dedup();
                Ok(OptionValue::Text(chosen.join(",")))
            }
            (OptionKind::Text { .. }, OptionValue::Text(_)) => Ok(value.clone()),
            _ => Err(refuse()),
        }
    }

    /// What values are allowed, as a phrase.
    pub fn allowed(&self) -> String {
        match &self.kind {
            OptionKind::Bool { .. } => "true or false".into(),
            OptionKind::Int { min, max, .. } => format!("an integer from {min} to {max}"),
            OptionKind::Float { min, max, .. } => format!("a number from {min} to {max}"),
            OptionKind::Choice { choices, .. } => format!("one of {}", choices.join(", ")),
            OptionKind::Set { choices, .. } => format!("a list of any of {}", choices.join(", ")),
            OptionKind::Text { .. } => "text".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: OptionKind) -> OptionSpec {
        OptionSpec { name: "x".into(), doc: String::new(), unit: String::new(), kind }
    }

    #[test]
    fn values_are_checked_against_type_and_range() {
        let level = spec(OptionKind::Int { default: 6, min: 1, max: 9 });
        assert_eq!(level.check(&OptionValue::Int(9)), Ok(OptionValue::Int(9)));
        assert_eq!(
            level.check(&OptionValue::Int(10)),
            Err("must be an integer from 1 to 9".to_string())
        );
        assert!(level.check(&OptionValue::Text("9".into())).is_err());
        let rate = spec(OptionKind::Float { default: 0.5, min: 0.0, max: 1.0 });
        assert_eq!(rate.check(&OptionValue::Int(1)), Ok(OptionValue::Float(1.0)));
        assert!(rate.check(&OptionValue::Float(f64::NAN)).is_err());
    }

    #[test]
    fn one_set_has_one_spelling() {
        let choices = vec!["copy".to_string(), "repeat".to_string()];
        let disable = spec(OptionKind::Set { default: String::new(), choices });
        let value = disable.check(&OptionValue::Text("repeat, copy,copy".into()));
        assert_eq!(value, Ok(OptionValue::Text("copy,repeat".into())));
        assert!(disable.check(&OptionValue::Text("cpoy".into())).is_err());
    }
}
