//! What the harness asks of a worker.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::PackMode;

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// `PM_OPTION_BOOL`.
    Bool(bool),
    /// `PM_OPTION_INT`.
    Int(i64),
    /// `PM_OPTION_FLOAT`.
    Float(f64),
    /// `PM_OPTION_TEXT`, `PM_OPTION_CHOICE`, and `PM_OPTION_SET` joined by `,`.
    Text(String),
}

impl std::fmt::Display for OptionValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OptionValue::Bool(value) => write!(f, "{value}"),
            OptionValue::Int(value) => write!(f, "{value}"),
            OptionValue::Float(value) => write!(f, "{value}"),
            OptionValue::Text(value) => write!(f, "{value}"),
        }
    }
}

/// Options by name.
pub type Options = BTreeMap<String, OptionValue>;

/// What a worker may use.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes that the host allocator hands out; resident and mapped memory beyond the
    /// worker's own is limited to about as much.
    pub memory: u64,
    /// Seconds of processor time, a backstop behind the harness's deadline.
    pub cpu_seconds: u64,
    /// Bytes that may be written to the sink.
    pub output: u64,
    /// Threads that a strategy may keep busy.
    pub threads: u32,
}

/// Numbers of the descriptors that a worker inherits.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Descriptors {
    /// The status page.
    pub page: i32,
    /// Where the response goes.
    pub response: i32,
    /// What to encode, decode, compact, explain, replay or pack.
    pub input: Option<i32>,
    /// The priming or training text.
    pub prime: Option<i32>,
    /// Where the sink's bytes go.
    pub output: Option<i32>,
}

/// What side information both sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// None.
    Cold,
    /// The same text is given to both before the first byte; it is not counted.
    Primed,
    /// The strategy turns training text into model bytes, which are counted.
    Trained,
}

impl Protocol {
    /// The name used in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Cold => "cold",
            Protocol::Primed => "primed",
            Protocol::Trained => "trained",
        }
    }
}

/// The work of one worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Read the plugin's tables.
    Describe,
    /// Encode the input into an archive.
    Encode {
        /// Whether `prime` is given to the strategy, trained on, or absent.
        protocol: Protocol,
        /// First eight bytes of the SHA-256 of the input, for the archive's header.
        checksum: [u8; 8],
        /// First eight bytes of the SHA-256 of the priming text.
        prime_checksum: Option<[u8; 8]>,
        /// Encode a second time in the same process and time that too.
        warm: bool,
        /// Ask the model for its ideal code length.
        ideal: bool,
    },
    /// Decode an archive.
    Decode {
        /// As for `Encode`: a primed archive needs its priming text.
        protocol: Protocol,
        /// Decode a second time in the same process and time that too.
        warm: bool,
    },
    /// Compact a document.
    Compact {
        /// Budget in units; none leaves it to the strategy.
        budget: Option<u64>,
        /// Whether the unit is the token rather than the byte.
        tokens: bool,
    },
    /// Replay a trace: the input is a stream of 32-byte accesses (key, size, turn, kind as
    /// native-endian `u64`, keys numbered from 0), read to its end.
    Replay {
        /// Capacity of the cache in the trace's unit.
        capacity: u64,
    },
    /// Print how the strategy sees the input.
    Explain,
    /// Pack a context for every question of some sessions; see [`PackSession`](crate::PackSession).
    Pack {
        /// Most tokens of a context.
        budget: u64,
        /// What its reader may do.
        mode: PackMode,
    },
}

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The library, by absolute path.
    pub plugin: PathBuf,
    /// Id of the strategy; empty for [`Task::Describe`].
    pub strategy: String,
    /// Options that the user gave; the rest take their defaults.
    pub options: Options,
    /// The only entropy of the strategy.
    pub seed: u64,
    /// What may be used.
    pub limits: Limits,
    /// Inherited descriptors.
    pub descriptors: Descriptors,
    /// What to do.
    pub task: Task,
}
