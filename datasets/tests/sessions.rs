//! Every log format, whole and damaged.

use proptest::prelude::*;

use pressmark_datasets::sessions::{Log, parse};
use pressmark_datasets::{DatasetError, Reader};

/// Turns as `role[/tool]: text`.
fn told(log: &Log, session: usize) -> Vec<String> {
    log.sessions[session]
        .turns
        .iter()
        .map(|turn| match &turn.tool {
            Some(tool) => format!("{}/{tool}: {}", turn.role, turn.text),
            None => format!("{}: {}", turn.role, turn.text),
        })
        .collect()
}

fn read(text: &str) -> Log {
    parse("log", text.as_bytes(), None).unwrap()
}

const SWE_AGENT: &str = r#"{"environment": "swe_main",
 "trajectory": [
  {"action": "open a.py\n", "observation": "1: x", "response": "Look.\nopen a.py", "thought": "Look."},
  {"action": "submit", "observation": "", "response": "submit", "thought": ""}],
 "history": [{"role": "system", "content": "Fix it."}, {"role": "user", "content": "Bug."},
  {"role": "assistant", "content": "Look."}]}"#;

const TAU_BENCH: &str = r#"[{"task_id": 7, "trial": 1, "traj": [
  {"role": "user", "content": "Hi"},
  {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "get", "arguments": "{\"id\":1}"}}]},
  {"role": "tool", "name": "get", "content": "found"}]},
 {"task_id": 8, "traj": []}]"#;

const CLAUDE_CODE: &str = r#"{"type":"summary","summary":"s"}
{"type":"user","sessionId":"A","timestamp":"t1","message":{"role":"user","content":"Do it"}}
{"type":"assistant","sessionId":"A","timestamp":"t2","message":{"role":"assistant","content":[{"type":"text","text":"Yes"},{"type":"tool_use","id":"u1","name":"Read","input":{"path":"a"}}]}}
{"type":"user","sessionId":"A","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"u1","content":[{"type":"text","text":"x=1"}]}]}}
{"type":"user","sessionId":"B","message":{"role":"user","content":"Again"}}
"#;

const CODEX: &str = r#"{"timestamp":"t0","type":"session_meta","payload":{"id":"S1"}}
{"timestamp":"t1","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Go"}]}}
{"timestamp":"t1","type":"event_msg","payload":{"type":"user_message","message":"Go"}}
{"timestamp":"t2","type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\"c\":\"ls\"}","call_id":"c1"}}
{"timestamp":"t3","type":"response_item","payload":{"type":"function_call_output","call_id":"c1","output":"a.py"}}
{"timestamp":"t4","type":"session_meta","payload":{"id":"S2"}}
"#;

#[test]
fn swe_agent_trajectories() {
    let log = read(SWE_AGENT);
    assert_eq!((log.reader, log.sessions[0].id.as_str()), (Reader::SweAgent, "swe_main"));
    assert_eq!(
        told(&log, 0),
        [
            "system: Fix it.",
            "user: Bug.",
            "assistant: Look.",
            "assistant/open: open a.py\n",
            "tool/open: 1: x",
            "assistant/submit: submit",
        ]
    );
    assert_eq!((log.documents.len(), &log.documents[0]), (1, &(0..SWE_AGENT.len())));
}

#[test]
fn tau_bench_results() {
    let log = read(TAU_BENCH);
    assert_eq!(log.reader, Reader::TauBench);
    assert_eq!(told(&log, 0), ["user: Hi", "assistant/get: {\"id\":1}", "tool/get: found"]);
    assert_eq!((log.sessions[0].id.as_str(), log.sessions[1].id.as_str()), ("7.1", "8"));
    assert!(TAU_BENCH[log.documents[1].clone()].starts_with("{\"task_id\": 8"));
}

#[test]
fn messages_in_all_their_shapes() {
    let one = r#"[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]}]"#;
    let log = read(one);
    assert_eq!(log.reader, Reader::Messages);
    assert_eq!((log.documents.len(), &log.documents[0]), (1, &(0..one.len())));
    assert_eq!(told(&log, 0), ["user: a", "assistant: b"]);

    let lines = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"id\":\"x\"}\n\
                 {\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}\n";
    let log = read(lines);
    assert_eq!((log.sessions.len(), log.sessions[0].id.as_str()), (2, "x"));

    let flat = "{\"role\":\"user\",\"content\":\"a\"}\n{\"role\":\"user\",\"content\":\"b\"}\n";
    assert_eq!(told(&read(flat), 0), ["user: a", "user: b"]);

    let arrays = format!("{one}\n{one}\n");
    let log = read(&arrays);
    assert_eq!(log.documents, [0..one.len(), one.len() + 1..2 * one.len() + 1]);

    let nested = format!("[{one},\n{one}]");
    assert_eq!(read(&nested).sessions.len(), 2);
}

#[test]
fn claude_code_lines() {
    let log = read(CLAUDE_CODE);
    assert_eq!(log.reader, Reader::ClaudeCode);
    assert_eq!(log.sessions.len(), 2);
    assert_eq!(
        told(&log, 0),
        ["user: Do it", "assistant: Yes", "assistant/Read: {\"path\":\"a\"}", "tool/Read: x=1",]
    );
    assert_eq!(log.sessions[0].id, "A");
    assert_eq!(log.sessions[0].turns[1].time.as_deref(), Some("t2"));
    assert_eq!(log.documents[0].start, 0);
}

#[test]
fn codex_lines() {
    let log = read(CODEX);
    assert_eq!(log.reader, Reader::Codex);
    assert_eq!(told(&log, 0), ["user: Go", "assistant/shell: {\"c\":\"ls\"}", "tool/shell: a.py"]);
    assert_eq!((log.sessions[0].id.as_str(), log.sessions[1].id.as_str()), ("S1", "S2"));
}

#[test]
fn errors_name_the_place_and_what_was_expected() {
    let fail = |text: &str, reader| parse("log", text.as_bytes(), reader).unwrap_err().to_string();
    let cut = fail(&CODEX[..200], None);
    assert!(cut.contains("line 3") && cut.contains("cut off"), "{cut}");
    let broken = fail("[{\"role\": \"user\"},\n {\"role\" 3}]", None);
    assert!(broken.contains("line 2"), "{broken}");
    let other = fail(CODEX, Some(Reader::TauBench));
    assert!(other.contains("line 1") && other.contains("traj"), "{other}");
    let strange = fail("{\"a\": 1}", None);
    assert!(strange.contains("`a`") && strange.contains("swe-agent"), "{strange}");
    assert!(fail("[]", Some(Reader::TauBench)).contains("at least one session"));
    assert!(fail("", None).contains("no JSON value"));
    let message = fail("[{\"role\":\"user\",\"content\":\"a\"},\n {\"content\":\"b\"}]", None);
    assert!(message.contains("line 2") && message.contains("`content`"), "{message}");
    let binary = parse("log", b"[\"a\xff\"]", None).unwrap_err();
    assert!(matches!(&binary, DatasetError::Format { place, .. } if place == "byte 3"), "{binary}");
    let deep = "[".repeat(100_000);
    assert!(parse("log", deep.as_bytes(), None).is_err());
}

proptest! {
    #[test]
    fn damaged_logs_give_errors_or_sessions(
        which in 0usize..4,
        at in any::<prop::sample::Index>(),
        byte: u8,
        cut: bool,
    ) {
        let mut bytes = [SWE_AGENT, TAU_BENCH, CLAUDE_CODE, CODEX][which].as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(log) = parse("log", &bytes, None) {
            prop_assert_eq!(log.documents.len(), log.sessions.len());
            for range in log.documents {
                prop_assert!(range.start < range.end && range.end <= bytes.len());
            }
        }
    }
}
