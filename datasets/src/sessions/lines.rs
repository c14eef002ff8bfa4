//! Lines of coding agents: Claude Code and Codex.
//!
//! Each line is one event. Lines that say nothing (summaries, snapshots, settings)
//! give no turn but belong to their session's bytes.

use std::collections::HashMap;

use serde_json::Value;

use super::scan::{Document, Item};
use super::{Placed, Session, Turn, content_text, describe, string_at, text_of};
use crate::error::DatasetError;

/// Which tool each call id belongs to.
type Calls = HashMap<String, String>;

/// Lines `{type, message: {role, content}, timestamp, sessionId}`; a new session
/// begins where `sessionId` changes.
pub(super) fn claude_code(
    document: &Document<'_>,
    items: &[Item<'_>],
) -> Result<Vec<Placed>, DatasetError> {
    read(document, items, "an object with `type`, one per line", |value, calls, turns| {
        if let Some(message) = value.get("message") {
            claude_turns(message, calls, turns);
        }
        string_at(value, "sessionId").map(str::to_owned)
    })
}

fn claude_turns(message: &Value, calls: &mut Calls, turns: &mut Vec<Turn>) {
    let role = string_at(message, "role").unwrap_or("user");
    let content = message.get("content").unwrap_or(&Value::Null);
    let Value::Array(parts) = content else {
        turns.push(Turn::new(role, None, text_of(content)));
        return;
    };
    for part in parts {
        match string_at(part, "type") {
            Some("tool_use") => {
                let name = string_at(part, "name").unwrap_or("unknown");
                if let Some(id) = string_at(part, "id") {
                    calls.insert(id.to_owned(), name.to_owned());
                }
                let input = part.get("input").map(text_of).unwrap_or_default();
                turns.push(Turn::new(role, Some(name), input));
            }
            Some("tool_result") => {
                let tool = string_at(part, "tool_use_id").and_then(|id| calls.get(id));
                let result = part.get("content").map(content_text).unwrap_or_default();
                turns.push(Turn::new("tool", tool.map(String::as_str), result));
            }
            Some("thinking") => {
                let text = part.get("thinking").map(text_of).unwrap_or_default();
                turns.push(Turn::new(role, None, text));
            }
            _ => {
                let text = part.get("text").map_or_else(|| text_of(part), text_of);
                turns.push(Turn::new(role, None, text));
            }
        }
    }
}

/// Lines `{timestamp, type, payload}`; a new session begins at a `session_meta`
/// line. Only `response_item` lines speak: `event_msg` lines repeat them.
pub(super) fn codex(
    document: &Document<'_>,
    items: &[Item<'_>],
) -> Result<Vec<Placed>, DatasetError> {
    read(document, items, "an object {timestamp, type, payload}", |value, calls, turns| {
        let payload = value.get("payload").unwrap_or(&Value::Null);
        match string_at(value, "type") {
            Some("session_meta") => return string_at(payload, "id").map(str::to_owned),
            Some("response_item") => codex_turns(payload, calls, turns),
            _ => {}
        }
        None
    })
}

fn codex_turns(payload: &Value, calls: &mut Calls, turns: &mut Vec<Turn>) {
    let name = string_at(payload, "name");
    let call_id = string_at(payload, "call_id");
    match string_at(payload, "type") {
        Some("message") => {
            let role = string_at(payload, "role").unwrap_or("assistant");
            let text = payload.get("content").map(content_text).unwrap_or_default();
            turns.push(Turn::new(role, None, text));
        }
        Some("function_call" | "custom_tool_call" | "local_shell_call") => {
            let name = name.unwrap_or("shell");
            if let Some(id) = call_id {
                calls.insert(id.to_owned(), name.to_owned());
            }
            let arguments = ["arguments", "input", "action"].iter().find_map(|k| payload.get(*k));
            turns.push(Turn::new(
                "assistant",
                Some(name),
                arguments.map_or_else(String::new, text_of),
            ));
        }
        Some("function_call_output" | "custom_tool_call_output") => {
            let tool = call_id.and_then(|id| calls.get(id)).map(String::as_str);
            let output = payload.get("output").unwrap_or(&Value::Null);
            let text = output.get("content").map_or_else(|| text_of(output), content_text);
            turns.push(Turn::new("tool", tool, text));
        }
        Some("reasoning") => {
            let text = payload.get("summary").map(content_text).unwrap_or_default();
            if !text.is_empty() {
                turns.push(Turn::new("assistant", None, text));
            }
        }
        _ => {}
    }
}

/// Reads one event per item. `event` adds the item's turns and returns the id of the
/// session it names, if it names one.
fn read(
    document: &Document<'_>,
    items: &[Item<'_>],
    expected: &str,
    mut event: impl FnMut(&Value, &mut Calls, &mut Vec<Turn>) -> Option<String>,
) -> Result<Vec<Placed>, DatasetError> {
    let mut placed: Vec<(Placed, bool)> = Vec::new();
    let mut calls = Calls::new();
    for item in items {
        let value = document.value(item)?;
        if string_at(&value, "type").is_none() {
            return Err(document.error(item.start, expected, &describe(&value)));
        }
        let mut turns = Vec::new();
        let named = event(&value, &mut calls, &mut turns);
        let time = value.get("timestamp").filter(|time| !time.is_null()).map(text_of);
        for turn in &mut turns {
            turn.time.clone_from(&time);
        }
        let number = placed.len();
        match placed.last_mut() {
            // A session that has no name yet takes the first one it meets.
            Some(((range, session), has_name))
                if named.is_none() || !*has_name || named.as_deref() == Some(&session.id) =>
            {
                range.end = item.range().end;
                session.turns.append(&mut turns);
                if let Some(id) = named {
                    session.id = id;
                    *has_name = true;
                }
            }
            _ => {
                let has_name = named.is_some();
                let id = named.unwrap_or_else(|| number.to_string());
                placed.push(((item.range(), Session::new(id, turns)), has_name));
            }
        }
    }
    Ok(placed.into_iter().map(|(placed, _)| placed).collect())
}
