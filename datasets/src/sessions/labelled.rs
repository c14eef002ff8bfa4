//! Conversations with questions whose evidence is labelled: LoCoMo (Maharana et al. 2024) and
//! LongMemEval (Wu et al. 2024).
//!
//! Labels of people have slips. Evidence that names no turn of its conversation is dropped, two
//! names in one string are two names.

use std::collections::HashMap;

use serde_json::Value;

use super::{Question, Session, Turn, string_at, text_of};

/// One conversation of LoCoMo: `{sample_id, conversation: {session_1: [{speaker, dia_id,
/// text}], session_1_date_time, …}, qa: [{question, evidence}]}`.
pub(super) fn locomo(value: &Value, number: usize) -> Result<Session, &'static str> {
    const EXPECTED: &str =
        "an object {sample_id, conversation: {session_1: [{speaker, dia_id, text}]}, qa}";
    let conversation = value.get("conversation").and_then(Value::as_object).ok_or(EXPECTED)?;
    let numbered = |key: &String| key.strip_prefix("session_")?.parse::<u64>().ok();
    let mut parts: Vec<(u64, &Value)> =
        conversation.iter().filter_map(|(key, part)| Some((numbered(key)?, part))).collect();
    parts.sort_by_key(|(number, _)| *number);
    let mut turns = Vec::new();
    let mut places: HashMap<(u64, u64), usize> = HashMap::new();
    for (number, part) in parts {
        let time = conversation.get(&format!("session_{number}_date_time")).map(text_of);
        for message in part.as_array().ok_or(EXPECTED)? {
            let speaker = string_at(message, "speaker").ok_or(EXPECTED)?;
            if let Some(id) =
                string_at(message, "dia_id").map(names).and_then(|n| n.first().copied())
            {
                places.insert(id, turns.len());
            }
            let text = message.get("text").map(text_of).unwrap_or_default();
            turns.push(Turn { time: time.clone(), ..Turn::new(speaker, None, text) });
        }
    }
    let questions = value.get("qa").and_then(Value::as_array).map(Vec::as_slice);
    let questions = questions.unwrap_or_default().iter().filter_map(|question| {
        let texts = question.get("evidence").and_then(Value::as_array)?;
        let ids = texts.iter().filter_map(Value::as_str).flat_map(names);
        Some(Question::about(
            question.get("question").map(text_of)?,
            ids.filter_map(|id| places.get(&id).copied()),
        ))
    });
    let questions = questions.filter(|question| !question.evidence.is_empty()).collect();
    let id = value.get("sample_id").map_or_else(|| number.to_string(), text_of);
    Ok(Session { id, turns, questions })
}

/// The turn names `D<session>:<turn>` in a text, a colon or blanks after the D allowed.
fn names(text: &str) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    for part in text.split('D').skip(1) {
        let part = part.strip_prefix(':').unwrap_or(part).trim_start();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (session, rest) = part.split_at(digits(part));
        let Some(rest) = rest.strip_prefix(':') else { continue };
        if let (Ok(session), Ok(turn)) = (session.parse(), rest[..digits(rest)].parse()) {
            found.push((session, turn));
        }
    }
    found
}

/// One question of LongMemEval with the history it is asked about: `{question_id, question,
/// haystack_sessions: [[{role, content, has_answer}]], haystack_dates}`.
pub(super) fn long_mem_eval(value: &Value, number: usize) -> Result<Session, &'static str> {
    const EXPECTED: &str =
        "an object {question_id, question, haystack_sessions: [[{role, content}]]}";
    let parts = value.get("haystack_sessions").and_then(Value::as_array).ok_or(EXPECTED)?;
    let dates = value.get("haystack_dates").and_then(Value::as_array);
    let (mut turns, mut evidence) = (Vec::new(), Vec::new());
    for (part, messages) in parts.iter().enumerate() {
        let time = dates.and_then(|dates| dates.get(part)).map(text_of);
        for message in messages.as_array().ok_or(EXPECTED)? {
            let role = string_at(message, "role").ok_or(EXPECTED)?;
            let text = message.get("content").map(text_of).unwrap_or_default();
            if message.get("has_answer").and_then(Value::as_bool) == Some(true) {
                evidence.push(turns.len());
            }
            turns.push(Turn { time: time.clone(), ..Turn::new(role, None, text) });
        }
    }
    let question = value.get("question").map(text_of).ok_or(EXPECTED)?;
    // Questions that nothing answers test abstention, which is not retrieval.
    let questions = match evidence.is_empty() {
        true => Vec::new(),
        false => vec![Question::about(question, evidence.into_iter())],
    };
    let id = value.get("question_id").map_or_else(|| number.to_string(), text_of);
    Ok(Session { id, turns, questions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_found_however_they_are_written() {
        assert_eq!(names("D1:3"), [(1, 3)]);
        assert_eq!(names("D8:6; D9:17"), [(8, 6), (9, 17)]);
        assert_eq!(names("D:11:26"), [(11, 26)]);
        assert_eq!(names("D30:05"), [(30, 5)]);
        assert!(names("D").is_empty() && names("").is_empty() && names("D4").is_empty());
    }

    #[test]
    fn a_conversation_with_its_questions() {
        let value = json!({
            "sample_id": "conv-1",
            "conversation": {
                "speaker_a": "Ann", "speaker_b": "Ben",
                "session_10": [{"speaker": "Ann", "dia_id": "D10:1", "text": "Late."}],
                "session_2_date_time": "noon",
                "session_2": [
                    {"speaker": "Ann", "dia_id": "D2:1", "text": "Hello."},
                    {"speaker": "Ben", "dia_id": "D2:2", "text": "I have a cat."},
                ],
            },
            "qa": [
                {"question": "Who has a cat?", "answer": "Ben", "evidence": ["D2:2; D10:1", "D2:2"]},
                {"question": "Nothing?", "evidence": ["D9:9"]},
            ],
        });
        let session = locomo(&value, 0).expect("it has all that is needed");
        let texts: Vec<&str> = session.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Hello.", "I have a cat.", "Late."]);
        assert_eq!(session.turns[0].time.as_deref(), Some("noon"));
        assert_eq!(session.turns[1].role, "Ben");
        assert_eq!(
            session.questions,
            [Question::about("Who has a cat?".into(), [1, 2].into_iter())]
        );
        assert!(locomo(&json!({"qa": []}), 0).is_err());
    }

    #[test]
    fn a_question_with_its_history() {
        let value = json!({
            "question_id": "q1", "question": "Which colour?", "haystack_dates": ["May", "June"],
            "haystack_sessions": [
                [{"role": "user", "content": "Hi."}],
                [{"role": "user", "content": "I like blue.", "has_answer": true},
                 {"role": "assistant", "content": "Noted."}],
            ],
        });
        let session = long_mem_eval(&value, 0).expect("it has all that is needed");
        assert_eq!(session.id, "q1");
        assert_eq!(session.turns.len(), 3);
        assert_eq!(session.turns[1].time.as_deref(), Some("June"));
        assert_eq!(session.questions[0].evidence, [1]);
        assert!(long_mem_eval(&json!({"haystack_sessions": 3, "question": ""}), 0).is_err());
    }
}
