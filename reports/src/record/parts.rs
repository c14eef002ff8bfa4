//! The smaller types a [`Record`](super::Record) is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A plain enum whose JSON form is the given string.
macro_rules! string_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            /// The string of the JSON form.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

string_enum! {
    /// What the strategy was asked to do.
    Task {
        /// Compress without loss; judged by size, speed and memory.
        Codec = "codec",
        /// Shorten with loss; judged by what it keeps.
        Compact = "compact",
        /// Replay a trace of accesses; judged by hits.
        Cache = "cache",
        /// Pack contexts within a budget of tokens; judged by the evidence in them.
        Pack = "pack",
    }
}

string_enum! {
    /// What side information encoder and decoder had before the first byte.
    Protocol {
        /// None.
        Cold = "cold",
        /// The same priming text, shown but not counted.
        Primed = "primed",
        /// A model made from training text, counted.
        Trained = "trained",
    }
}

string_enum! {
    /// How a primed figure came about.
    PrimeMethod {
        /// The strategy takes the priming text itself.
        Model = "model",
        /// Size of prime + text, minus size of prime.
        Difference = "difference",
    }
}

string_enum! {
    /// What `bits_per_char` divides by.
    CharUnit {
        /// Unicode scalar values: the input is UTF-8.
        Char = "char",
        /// Bytes: the input is not UTF-8.
        Byte = "byte",
    }
}

string_enum! {
    /// How a cell ended.
    State {
        /// Everything was measured and checked.
        Ok = "ok",
        /// The decoder gave other bytes than the encoder was given.
        RoundtripMismatch = "roundtrip_mismatch",
        /// A signal ended the worker.
        Crashed = "crashed",
        /// The deadline passed.
        Timeout = "timeout",
        /// The memory limit was reached.
        OutOfMemory = "out_of_memory",
        /// The plugin was built for another ABI.
        AbiMismatch = "abi_mismatch",
        /// The plugin could not be loaded.
        LoadFailed = "load_failed",
        /// The plugin reported an error.
        PluginError = "plugin_error",
        /// The strategy cannot do what the cell asks.
        Unsupported = "unsupported",
        /// The user or a limit on the experiment stopped it.
        Cancelled = "cancelled",
        /// The cell left no result.
        Lost = "lost",
    }
}

/// The plugin that provided the strategy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plugin {
    /// Id of the plugin.
    pub id: String,
    /// Version of the plugin.
    pub version: Option<String>,
    /// SHA-256 of the library file, hexadecimal.
    pub sha256: Option<String>,
    /// Size of the library file, bytes.
    pub bytes: Option<u64>,
    /// Size of the stripped library after xz, bytes.
    pub decoder_bytes: Option<u64>,
}

/// The input of a cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dataset {
    /// Id of the dataset in the experiment.
    pub id: String,
    /// Where its bytes come from, as the experiment says: `file:…`, `synthetic:stories` ….
    /// Datasets of one source differ in size alone, or in which part they are.
    pub source: Option<String>,
    /// SHA-256 of the input bytes, hexadecimal.
    pub sha256: Option<String>,
    /// Size of the input, bytes.
    pub bytes: Option<u64>,
    /// Unicode scalar values of the input; `null` when it is not UTF-8.
    pub chars: Option<u64>,
    /// Which part of the source this is, for example `0..4000000`.
    pub slice: Option<String>,
    /// How the source was read: `text`, `stories`, `sessions`, `trace` …
    pub format: Option<String>,
}

/// One hit-rate channel: counts, never a rate alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Name of the channel, chosen by the strategy or the host.
    pub name: String,
    /// How often the channel was asked.
    pub lookups: u64,
    /// How often it had the answer.
    pub hits: u64,
}

impl Channel {
    /// Hits / lookups; `None` when nothing was looked up.
    pub fn rate(&self) -> Option<f64> {
        (self.lookups > 0).then(|| self.hits as f64 / self.lookups as f64)
    }
}

/// A figure with its unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The figure; `null` when it does not exist.
    pub value: Option<f64>,
    /// Its unit, for example `bytes`, `bits/char`, or empty for a plain number.
    #[serde(default)]
    pub unit: String,
}

/// Where and when a cell ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// Processor model.
    pub cpu: Option<String>,
    /// Processors available.
    pub cores: Option<u32>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Frequency governor.
    pub governor: Option<String>,
    /// Physical memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Version of the compiler.
    pub rustc: Option<String>,
    /// Revision of the source tree.
    pub git_revision: Option<String>,
    /// Version of the harness.
    pub harness_version: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// One-minute load average when the cell began.
    pub load_average: Option<f64>,
    /// When the cell began, RFC 3339.
    pub started_at: Option<String>,
}
