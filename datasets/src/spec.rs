//! One `[[dataset]]` table of a config.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::size::ByteSize;

/// One `[[dataset]]` table: where bytes come from and which of them are used.
///
/// The parts are applied in the order source, `sha256`, `prime`, `tail`, `limit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetSpec {
    /// Name in records and reports.
    pub id: String,
    /// `file:PATH` (a pattern joins its matches in sorted order),
    /// `hf://datasets/OWNER/NAME[@COMMIT]/PATH`, or `synthetic:` and one of
    /// `stories`, `sessions`, `zipf`, `scan`, `loop`.
    pub source: String,
    /// How the bytes are cut into documents; by default what the source is known to
    /// hold, else `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// For `sessions`: the log format, when it is not to be detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Reader>,
    /// For `trace`: names of the columns of a CSV file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Columns>,
    /// The priming text of the `primed` protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prime: Option<PrimeSpec>,
    /// Keep the last part only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<TailSpec>,
    /// Keep at most so many bytes from the front, cut between two characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<ByteSize>,
    /// SHA-256 of all bytes of the source, before any cut; always enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// For a synthetic source: the size to generate, default 4 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<ByteSize>,
    /// For a synthetic source: the seed, default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl DatasetSpec {
    /// A spec with nothing but an id and a source.
    pub fn new(id: impl Into<String>, source: impl Into<String>) -> Self {
        DatasetSpec {
            id: id.into(),
            source: source.into(),
            format: None,
            reader: None,
            columns: None,
            prime: None,
            tail: None,
            limit: None,
            sha256: None,
            size: None,
            seed: None,
        }
    }
}

/// How bytes are cut into documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One document.
    Text,
    /// Stories, separated by three or more line feeds or by a line `<|endoftext|>`.
    Stories,
    /// Sessions of an agent or a conversation, as JSON or lines of JSON.
    Sessions,
    /// Cache accesses, one key per line or CSV with a header.
    Trace,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Text => "text",
            Format::Stories => "stories",
            Format::Sessions => "sessions",
            Format::Trace => "trace",
        })
    }
}

/// The session log formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// `.traj` files of SWE-agent: `{"trajectory": [{action, observation, …}], "history": […]}`.
    SweAgent,
    /// tau-bench results: `[{task_id, trial, traj: [{role, content, tool_calls}]}]`.
    TauBench,
    /// LoCoMo: `[{sample_id, conversation: {session_1: […]}, qa: [{question, evidence}]}]`.
    Locomo,
    /// LongMemEval: `[{question_id, question, haystack_sessions: [[{role, content}]]}]`.
    LongMemEval,
    /// Chat messages: `[{role, content}]`, `{"messages": […]}`, or lines of either.
    Messages,
    /// Lines of Claude Code: `{type, message: {role, content}, timestamp, sessionId}`.
    ClaudeCode,
    /// Lines of Codex: `{timestamp, type, payload}`.
    Codex,
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reader::SweAgent => "swe-agent",
            Reader::TauBench => "tau-bench",
            Reader::Locomo => "locomo",
            Reader::LongMemEval => "long-mem-eval",
            Reader::Messages => "messages",
            Reader::ClaudeCode => "claude-code",
            Reader::Codex => "codex",
        })
    }
}

/// Names of the columns of a trace in CSV; those that have no column take a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// The key that is accessed.
    pub key: String,
    /// The object's size, default 1 per access.
    pub size: String,
    /// The turn of the session, default 0.
    pub turn: String,
    /// `read` or `write`, default `read`.
    pub kind: String,
}

impl Default for Columns {
    fn default() -> Self {
        Columns { key: "key".into(), size: "size".into(), turn: "turn".into(), kind: "kind".into() }
    }
}

/// Keep the part after the first document boundary at or after character
/// `length − chars`; without such a boundary nothing is left, which is an error.
///
/// In `text`, where a file is one document, a line end is the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TailSpec {
    /// Unicode scalar values (bytes, if the source is not UTF-8).
    pub chars: u64,
}

/// Where the priming text comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PrimeTable", into = "PrimeTable")]
pub enum PrimeSpec {
    /// The first so many lines that are not blank, joined by LF, with a final LF.
    Lines(u64),
    /// The front, cut at the last document boundary (else character) within so many bytes.
    Bytes(ByteSize),
    /// Another source, of which at most `limit` bytes from the front.
    Source {
        /// As [`DatasetSpec::source`].
        source: String,
        /// At most so many bytes.
        limit: Option<ByteSize>,
        /// SHA-256 of that whole source.
        sha256: Option<String>,
    },
}

/// [`PrimeSpec`] as it stands in a config.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrimeTable {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<ByteSize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<ByteSize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl TryFrom<PrimeTable> for PrimeSpec {
    type Error = &'static str;

    fn try_from(table: PrimeTable) -> Result<Self, Self::Error> {
        let PrimeTable { lines, bytes, source, limit, sha256 } = table;
        match (lines, bytes, source) {
            (None, None, Some(source)) => Ok(PrimeSpec::Source { source, limit, sha256 }),
            _ if limit.is_some() || sha256.is_some() => {
                Err("`limit` and `sha256` of `prime` go with `source` only")
            }
            (Some(lines), None, None) => Ok(PrimeSpec::Lines(lines)),
            (None, Some(bytes), None) => Ok(PrimeSpec::Bytes(bytes)),
            _ => Err("`prime` takes exactly one of `lines`, `bytes` and `source`"),
        }
    }
}

impl From<PrimeSpec> for PrimeTable {
    fn from(prime: PrimeSpec) -> Self {
        let empty =
            PrimeTable { lines: None, bytes: None, source: None, limit: None, sha256: None };
        match prime {
            PrimeSpec::Lines(lines) => PrimeTable { lines: Some(lines), ..empty },
            PrimeSpec::Bytes(bytes) => PrimeTable { bytes: Some(bytes), ..empty },
            PrimeSpec::Source { source, limit, sha256 } => {
                PrimeTable { source: Some(source), limit, sha256, ..empty }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DatasetSpec, toml::de::Error> {
        toml::from_str(&format!("id = \"x\"\nsource = \"file:x\"\n{text}"))
    }

    #[test]
    fn a_full_table_parses() {
        let spec =
            parse("format = \"stories\"\nprime = { lines = 5000 }\nlimit = \"4MB\"").unwrap();
        assert_eq!(spec.format, Some(Format::Stories));
        assert_eq!(spec.prime, Some(PrimeSpec::Lines(5000)));
        assert_eq!(spec.limit, Some(ByteSize(4_000_000)));
        let again: DatasetSpec = toml::from_str(&toml::to_string(&spec).unwrap()).unwrap();
        assert_eq!(again, spec);
    }

    #[test]
    fn prime_takes_exactly_one_form() {
        assert!(parse("prime = { source = \"file:y\", limit = 10 }").is_ok());
        for bad in ["{}", "{ lines = 1, bytes = 2 }", "{ lines = 1, limit = 2 }", "{ line = 1 }"] {
            assert!(parse(&format!("prime = {bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_keys_and_values_are_refused() {
        assert!(parse("sise = 3").unwrap_err().to_string().contains("unknown field"));
        assert!(parse("format = \"story\"").unwrap_err().to_string().contains("`stories`"));
        assert!(parse("reader = \"claude\"").unwrap_err().to_string().contains("`claude-code`"));
    }
}
