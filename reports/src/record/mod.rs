//! One record: what one cell of an experiment gave.
//!
//! A record is one line of `results.jsonl`. Its fields are published in
//! `schema/record-1.json`; the schema only ever grows. A value that does not
//! exist is `null`, never 0: every field that can be missing is an `Option`,
//! and an array with nothing in it is empty.

mod measure;
mod parts;

pub use measure::{bits_per_unit, megabytes_per_second};
pub use parts::{
    Channel, CharUnit, Dataset, Environment, Metric, Plugin, PrimeMethod, Protocol, State, Task,
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value of [`Record::schema`] that this version writes.
pub const SCHEMA: &str = "pressmark.record/1";

/// Name of the host-made series: input position in bytes, live bytes.
pub const MEMORY_CURVE: &str = "memory_curve";

/// Name of the host-made series: input position in bytes, cumulative encoded bytes.
pub const LEARNING_CURVE: &str = "learning_curve";

/// Name of the host-made series of a replay: accesses, cumulative hits.
pub const HIT_CURVE: &str = "hit_curve";

/// What one cell (strategy × options × dataset × protocol × seed) gave.
///
/// Sizes are in bytes, times in seconds, speeds in 10⁶ input bytes per second.
/// The derived figures (`bits_per_*`, `*_mb_per_s*`) are filled in by
/// [`Record::set_encoded_bytes`], [`Record::set_ideal_bits`] and
/// [`Record::set_times`], so that each formula stands in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Name and version of the schema, [`SCHEMA`].
    pub schema: String,
    /// Resume key, lower-case hexadecimal.
    pub key: String,
    /// Name of the experiment.
    pub experiment: String,
    /// Id of the strategy, for example `trie.credibility` or `ref.xz`.
    pub strategy: String,
    /// What the strategy was asked to do; figures of different tasks never share a table.
    pub task: Task,
    /// The plugin that provides the strategy.
    pub plugin: Plugin,
    /// Canonical options: every option the strategy has, by name.
    pub options: BTreeMap<String, Value>,
    /// The input.
    pub dataset: Dataset,
    /// What side information encoder and decoder had.
    pub protocol: Protocol,
    /// Size of the priming or training text, bytes.
    pub prime_bytes: Option<u64>,
    /// SHA-256 of the priming or training text, hexadecimal.
    pub prime_sha256: Option<String>,
    /// How the priming text was used; `null` when there was none.
    pub prime_method: Option<PrimeMethod>,
    /// The only entropy the strategy was given.
    pub seed: u64,
    /// How the cell ended.
    pub state: State,
    /// One sentence on why the cell did not end `ok`.
    pub reason: Option<String>,
    /// Signal that ended the worker.
    pub signal: Option<i32>,
    /// Exit or status code of the worker or plugin.
    pub code: Option<i32>,
    /// Phase in which the cell ended (`load`, `prime`, `encode`, `decode` …).
    pub phase: Option<String>,
    /// What a reader of the figures should know.
    pub warnings: Vec<String>,
    /// Every byte the decoder needs except the plugin and the priming text.
    pub encoded_bytes: Option<u64>,
    /// Part of `encoded_bytes` that is a trained model.
    pub model_bytes: Option<u64>,
    /// 8 · `encoded_bytes` / characters of the input; see `char_unit`.
    pub bits_per_char: Option<f64>,
    /// What `bits_per_char` divides by: Unicode scalar values, or bytes.
    pub char_unit: CharUnit,
    /// 8 · `encoded_bytes` / input bytes.
    pub bits_per_byte: Option<f64>,
    /// The model's own −Σ log2 p / characters, without coding overhead.
    pub ideal_bits_per_char: Option<f64>,
    /// As `bits_per_char`, with the stripped, xz-compressed plugin added.
    pub bits_per_char_with_decoder: Option<f64>,
    /// Time of the encode call in a fresh process, one value per repeat, seconds.
    pub encode_seconds: Vec<f64>,
    /// Time of the decode call in a fresh process, one value per repeat, seconds.
    pub decode_seconds: Vec<f64>,
    /// Time of further encode calls in the same process, seconds.
    pub encode_seconds_warm: Vec<f64>,
    /// Time of further decode calls in the same process, seconds.
    pub decode_seconds_warm: Vec<f64>,
    /// Time of the priming call, one value per repeat, seconds.
    pub prime_seconds: Vec<f64>,
    /// Median encode speed, 10⁶ input bytes per second.
    pub encode_mb_per_s: Option<f64>,
    /// Median decode speed, 10⁶ input bytes per second.
    pub decode_mb_per_s: Option<f64>,
    /// Bootstrap 95 % interval of `encode_mb_per_s`, `[low, high]`.
    pub encode_mb_per_s_ci95: Option<[f64; 2]>,
    /// Bootstrap 95 % interval of `decode_mb_per_s`, `[low, high]`.
    pub decode_mb_per_s_ci95: Option<[f64; 2]>,
    /// Exact peak of live bytes in the host allocator while encoding.
    pub host_alloc_peak_bytes: Option<u64>,
    /// Growth of resident memory while encoding, from the high-water mark.
    pub rss_peak_delta_bytes: Option<u64>,
    /// Whole peak of the encoding worker's resident memory.
    pub max_rss_bytes: Option<u64>,
    /// As `host_alloc_peak_bytes`, while decoding.
    pub decode_host_alloc_peak_bytes: Option<u64>,
    /// As `rss_peak_delta_bytes`, while decoding.
    pub decode_rss_peak_delta_bytes: Option<u64>,
    /// As `max_rss_bytes`, of the decoding worker.
    pub decode_max_rss_bytes: Option<u64>,
    /// Hit-rate channels, with both counts.
    pub channels: Vec<Channel>,
    /// Further figures by name, each with its unit.
    pub metrics: BTreeMap<String, Metric>,
    /// Curves by name, as `[x, y]` pairs; see [`MEMORY_CURVE`] and [`LEARNING_CURVE`].
    pub series: BTreeMap<String, Vec<[f64; 2]>>,
    /// Time the whole cell took, seconds.
    pub wall_seconds: Option<f64>,
    /// Where and when it ran.
    pub environment: Environment,
}

impl Default for Record {
    /// An empty record of the current schema whose cell is [`State::Lost`].
    fn default() -> Self {
        Record {
            schema: SCHEMA.to_owned(),
            key: String::new(),
            experiment: String::new(),
            strategy: String::new(),
            task: Task::Codec,
            plugin: Plugin::default(),
            options: BTreeMap::new(),
            dataset: Dataset::default(),
            protocol: Protocol::Cold,
            prime_bytes: None,
            prime_sha256: None,
            prime_method: None,
            seed: 0,
            state: State::Lost,
            reason: None,
            signal: None,
            code: None,
            phase: None,
            warnings: Vec::new(),
            encoded_bytes: None,
            model_bytes: None,
            bits_per_char: None,
            char_unit: CharUnit::Char,
            bits_per_byte: None,
            ideal_bits_per_char: None,
            bits_per_char_with_decoder: None,
            encode_seconds: Vec::new(),
            decode_seconds: Vec::new(),
            encode_seconds_warm: Vec::new(),
            decode_seconds_warm: Vec::new(),
            prime_seconds: Vec::new(),
            encode_mb_per_s: None,
            decode_mb_per_s: None,
            encode_mb_per_s_ci95: None,
            decode_mb_per_s_ci95: None,
            host_alloc_peak_bytes: None,
            rss_peak_delta_bytes: None,
            max_rss_bytes: None,
            decode_host_alloc_peak_bytes: None,
            decode_rss_peak_delta_bytes: None,
            decode_max_rss_bytes: None,
            channels: Vec::new(),
            metrics: BTreeMap::new(),
            series: BTreeMap::new(),
            wall_seconds: None,
            environment: Environment::default(),
        }
    }
}

impl Record {
    /// Options as one line, `name=value` in order of name, joined by a blank.
    pub fn options_line(&self) -> String {
        let parts: Vec<String> = self
            .options
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                other => format!("{name}={other}"),
            })
            .collect();
        parts.join(" ")
    }

    /// Whether the strategy is a peer to compare with (its id begins with `ref.`).
    pub fn is_peer(&self) -> bool {
        self.strategy.starts_with("ref.")
    }

    /// Whether the primed figure is a difference of two sizes rather than a code
    /// made with the priming text in hand.
    pub fn is_difference_primed(&self) -> bool {
        self.prime_method == Some(PrimeMethod::Difference)
    }

    /// The total order of every table and export: dataset, protocol, strategy,
    /// options, seed, key.
    pub fn cmp_for_report(&self, other: &Self) -> std::cmp::Ordering {
        (&self.dataset.id, self.protocol, &self.strategy)
            .cmp(&(&other.dataset.id, other.protocol, &other.strategy))
            .then_with(|| compare_options(&self.options, &other.options))
            .then_with(|| (self.seed, &self.key).cmp(&(other.seed, &other.key)))
    }
}

/// Orders options by name, numbers by value (so that level 9 precedes level 10),
/// everything else by its JSON text.
fn compare_options(a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>) -> std::cmp::Ordering {
    let value = |x: &Value, y: &Value| match (x.as_f64(), y.as_f64()) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        _ => x.to_string().cmp(&y.to_string()),
    };
    let pairs = a.iter().zip(b.iter());
    pairs
        .map(|((name_a, x), (name_b, y))| name_a.cmp(name_b).then_with(|| value(x, y)))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}
