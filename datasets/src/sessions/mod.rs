//! Session logs of agents and conversations, read into one model.
//!
//! The bytes of a log are what is compressed, untouched. Beside them stands what
//! they say: sessions, each a list of turns with role, tool, text and time. Seven
//! formats are read (see [`Reader`]); which one a log has is seen from its keys.

mod chat;
mod labelled;
mod lines;
mod scan;
mod trajectory;

use std::ops::Range;

use serde_json::Value;

use crate::error::DatasetError;
use crate::spec::Reader;
use scan::{Document, Item};

/// One conversation or one task of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The log's own name for it, else its number from 0.
    pub id: String,
    /// What was said and done, in order.
    pub turns: Vec<Turn>,
    /// Questions about it, where the log has them.
    pub questions: Vec<Question>,
}

impl Session {
    fn new(id: String, turns: Vec<Turn>) -> Self {
        Session { id, turns, questions: Vec::new() }
    }
}

/// A question about a session, and the turns that hold its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// Indices of turns, ascending, each once.
    pub evidence: Vec<usize>,
}

impl Question {
    fn about(text: String, evidence: impl Iterator<Item = usize>) -> Self {
        let mut evidence: Vec<usize> = evidence.collect();
        evidence.sort_unstable();
        evidence.dedup();
        Question { text, evidence }
    }
}

/// One message, tool call or tool result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// `system`, `user`, `assistant` or `tool` (a result); other roles as logged.
    pub role: String,
    /// The tool that is called (role `assistant`) or that answers (role `tool`).
    pub tool: Option<String>,
    /// What was said, the call's arguments, or the tool's result.
    pub text: String,
    /// The time as logged.
    pub time: Option<String>,
}

impl Turn {
    fn new(role: &str, tool: Option<&str>, text: String) -> Self {
        Turn { role: role.to_owned(), tool: tool.map(str::to_owned), text, time: None }
    }
}

/// The sessions of a log and the ranges of bytes where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The format that was named or detected.
    pub reader: Reader,
    /// One range per session, in order.
    pub documents: Vec<Range<usize>>,
    /// The sessions.
    pub sessions: Vec<Session>,
}

impl Log {
    /// What stands whole inside `range`, with documents counted from its start.
    pub(crate) fn within(self, range: &Range<usize>) -> (Vec<Range<usize>>, Vec<Session>) {
        self.documents
            .into_iter()
            .zip(self.sessions)
            .filter(|(document, _)| document.start >= range.start && document.end <= range.end)
            .map(|(document, session)| {
                (document.start - range.start..document.end - range.start, session)
            })
            .unzip()
    }
}

/// Reads a log; `what` names it in errors.
///
/// # Errors
///
/// [`DatasetError::Format`] with line and column if the log is not JSON, is cut off,
/// or is not in the format of `reader` (of any reader, if none is named).
pub fn parse(what: &str, bytes: &[u8], reader: Option<Reader>) -> Result<Log, DatasetError> {
    let document = Document::new(what, bytes)?;
    let items = document.items()?;
    let reader = match reader {
        Some(reader) => reader,
        None => detect(&document, &items)?,
    };
    let placed = match reader {
        Reader::SweAgent => each(&document, &items, trajectory::swe_agent)?,
        Reader::TauBench => each(&document, &items, trajectory::tau_bench)?,
        Reader::Locomo => each(&document, &items, labelled::locomo)?,
        Reader::LongMemEval => each(&document, &items, labelled::long_mem_eval)?,
        Reader::Messages => chat::sessions(&document, &items)?,
        Reader::ClaudeCode => lines::claude_code(&document, &items)?,
        Reader::Codex => lines::codex(&document, &items)?,
    };
    if placed.is_empty() {
        return Err(document.error(bytes.len(), "at least one session", "none"));
    }
    let (documents, sessions) = placed.into_iter().unzip();
    Ok(Log { reader, documents, sessions })
}

type Placed = (Range<usize>, Session);

/// Reads formats in which every item is one session.
fn each(
    document: &Document<'_>,
    items: &[Item<'_>],
    read: impl Fn(&Value, usize) -> Result<Session, &'static str>,
) -> Result<Vec<Placed>, DatasetError> {
    items
        .iter()
        .enumerate()
        .map(|(number, item)| {
            let value = document.value(item)?;
            let session = read(&value, number)
                .map_err(|expected| document.error(item.start, expected, &describe(&value)))?;
            Ok((item.range(), session))
        })
        .collect()
}

/// The reader whose keys one of the first items has.
fn detect(document: &Document<'_>, items: &[Item<'_>]) -> Result<Reader, DatasetError> {
    for item in items.iter().take(32) {
        let value = document.value(item)?;
        let has = |key: &str| value.get(key).is_some();
        if has("trajectory") || has("history") {
            return Ok(Reader::SweAgent);
        }
        if has("traj") {
            return Ok(Reader::TauBench);
        }
        if has("conversation") && has("qa") {
            return Ok(Reader::Locomo);
        }
        if has("haystack_sessions") {
            return Ok(Reader::LongMemEval);
        }
        if has("payload") && has("type") {
            return Ok(Reader::Codex);
        }
        if has("type") && (has("message") || has("sessionId")) {
            return Ok(Reader::ClaudeCode);
        }
        if has("messages") || has("role") || value.is_array() {
            return Ok(Reader::Messages);
        }
    }
    let found = match items.first() {
        Some(item) => describe(&document.value(item)?),
        None => "no JSON value".to_owned(),
    };
    Err(document.error(
        items.first().map_or(0, |item| item.start),
        "a session log (swe-agent, tau-bench, locomo, long-mem-eval, messages, claude-code or \
         codex; name it with `reader`)",
        &found,
    ))
}

/// A value by its kind and keys, for errors.
fn describe(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "an object without keys".into(),
        Value::Object(map) => {
            let keys: Vec<_> = map.keys().take(6).map(|key| format!("`{key}`")).collect();
            format!("an object with {}", keys.join(", "))
        }
        Value::Array(list) => format!("an array of {}", list.len()),
        Value::String(_) => "a string".into(),
        Value::Number(_) => "a number".into(),
        Value::Bool(_) => "a boolean".into(),
        Value::Null => "null".into(),
    }
}

/// A string as it is, anything else as JSON, null as nothing.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text of a message's content: a string, or an array of parts whose texts are
/// joined by line feeds.
fn content_text(content: &Value) -> String {
    let Value::Array(parts) = content else { return text_of(content) };
    let texts: Vec<String> = parts
        .iter()
        .map(|part| match part.get("text") {
            Some(text) => text_of(text),
            None => text_of(part),
        })
        .collect();
    texts.join("\n")
}

fn string_at<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}
