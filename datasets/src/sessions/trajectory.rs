//! Formats in which one JSON object is one session: SWE-agent and tau-bench.

use serde_json::Value;

use super::{Session, Turn, chat, string_at, text_of};

/// A `.traj` file: what came before the first step is in `history`, the steps with
/// their tool calls (`action`) and results (`observation`) are in `trajectory`.
pub(super) fn swe_agent(value: &Value, number: usize) -> Result<Session, &'static str> {
    let expected = "an object with an array `trajectory` or `history`";
    let steps = value.get("trajectory").and_then(Value::as_array);
    let history = value.get("history").and_then(Value::as_array);
    let id = string_at(value, "instance_id")
        .or_else(|| string_at(value, "environment"))
        .map_or_else(|| number.to_string(), str::to_owned);
    let mut turns = Vec::new();
    let preface = history.map(Vec::as_slice).unwrap_or_default();
    match steps.filter(|steps| !steps.is_empty()) {
        Some(steps) => {
            let before = preface
                .iter()
                .take_while(|message| !matches!(string_at(message, "role"), Some("assistant")));
            for message in before {
                chat::message_turns(message, &mut turns)?;
            }
            for step in steps {
                step_turns(step, &mut turns)?;
            }
        }
        None if history.is_some() => {
            for message in preface {
                chat::message_turns(message, &mut turns)?;
            }
        }
        None if steps.is_some() => {}
        None => return Err(expected),
    }
    Ok(Session::new(id, turns))
}

fn step_turns(step: &Value, turns: &mut Vec<Turn>) -> Result<(), &'static str> {
    if !step.is_object() {
        return Err("an object {action, observation} for every step");
    }
    let filled = |key: &str| step.get(key).map(text_of).filter(|text| !text.trim().is_empty());
    let action = filled("action");
    // `response` repeats thought and action together, so the thought alone is better;
    // a response that is the action says nothing more.
    let response = || {
        let same = |text: &String| action.as_deref().is_some_and(|a| a.trim() == text.trim());
        filled("response").filter(|text| !same(text))
    };
    if let Some(text) = filled("thought").or_else(response) {
        turns.push(Turn::new("assistant", None, text));
    }
    // The first word of the command is the tool.
    let tool = action.as_deref().and_then(|action| action.split_whitespace().next());
    if let Some(action) = &action {
        turns.push(Turn::new("assistant", tool, action.clone()));
    }
    if let Some(observation) = filled("observation") {
        turns.push(Turn::new("tool", tool, observation));
    }
    Ok(())
}

/// One run of a task: `{task_id, trial, traj: [{role, content, tool_calls}]}`.
pub(super) fn tau_bench(value: &Value, number: usize) -> Result<Session, &'static str> {
    let messages = value
        .get("traj")
        .and_then(Value::as_array)
        .ok_or("an object {task_id, traj: [{role, content}]}")?;
    let id = match (value.get("task_id"), value.get("trial")) {
        (Some(task), Some(trial)) => format!("{}.{}", text_of(task), text_of(trial)),
        (Some(task), None) => text_of(task),
        _ => number.to_string(),
    };
    let mut turns = Vec::new();
    for message in messages {
        chat::message_turns(message, &mut turns)?;
    }
    Ok(Session::new(id, turns))
}
