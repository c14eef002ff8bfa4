//! Chat messages: `{role, content, tool_calls}`, alone or in arrays.

use serde_json::Value;

use super::scan::{Document, Item};
use super::{Placed, Session, Turn, content_text, describe, string_at, text_of};
use crate::error::DatasetError;

const EXPECTED: &str = "a message {role, content}, an array of them, or {messages: […]}";

/// Sessions of a log of chat messages.
///
/// An object with `messages` and an array inside an array are one session each; the
/// messages of one array, and messages that follow each other on lines, are one
/// session together.
pub(super) fn sessions(
    document: &Document<'_>,
    items: &[Item<'_>],
) -> Result<Vec<Placed>, DatasetError> {
    let mut placed: Vec<Placed> = Vec::new();
    // The array in which the messages of the open session stand, none for lines.
    let mut open: Option<Option<(usize, usize)>> = None;
    for item in items {
        let value = document.value(item)?;
        let fail = |expected| document.error(item.start, expected, &describe(&value));
        let mut turns = Vec::new();
        let list = value.get("messages").unwrap_or(&value);
        if let Value::Array(messages) = list {
            for message in messages {
                message_turns(message, &mut turns).map_err(fail)?;
            }
            let id = ["id", "session_id", "conversation_id"]
                .iter()
                .find_map(|key| value.get(*key))
                .map_or_else(|| placed.len().to_string(), text_of);
            placed.push((item.range(), Session::new(id, turns)));
            open = None;
            continue;
        }
        message_turns(&value, &mut turns).map_err(fail)?;
        match placed.last_mut().filter(|_| open == Some(item.array)) {
            Some((range, session)) => {
                range.end = range.end.max(item.range().end);
                session.turns.append(&mut turns);
            }
            None => {
                let range = item.array.map_or(item.range(), |(start, end)| start..end);
                placed.push((range, Session::new(placed.len().to_string(), turns)));
            }
        }
        open = Some(item.array);
    }
    Ok(placed)
}

/// The turns of one message: its text, then one for each tool call.
pub(super) fn message_turns(message: &Value, turns: &mut Vec<Turn>) -> Result<(), &'static str> {
    let role = string_at(message, "role").ok_or(EXPECTED)?;
    let time = ["timestamp", "created_at", "time"]
        .iter()
        .find_map(|key| message.get(*key))
        .filter(|time| !time.is_null())
        .map(text_of);
    let first = turns.len();
    let role = if role == "function" { "tool" } else { role };
    let text = message.get("content").map(content_text).unwrap_or_default();
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let calls = calls.map(Vec::as_slice).unwrap_or_default();
    if !text.is_empty() || calls.is_empty() {
        let tool = if role == "tool" { string_at(message, "name") } else { None };
        turns.push(Turn::new(role, tool, text));
    }
    for call in calls {
        let function = call.get("function").unwrap_or(call);
        let arguments = function.get("arguments").map(text_of).unwrap_or_default();
        turns.push(Turn::new(role, string_at(function, "name"), arguments));
    }
    for turn in &mut turns[first..] {
        turn.time.clone_from(&time);
    }
    Ok(())
}
