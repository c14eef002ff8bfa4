//! An agent's work on a code base, as JSON in the layout of tau-bench results.
//!
//! A small code base is made up once. Each task names a function in one of its
//! files; the agent searches, reads, edits, reads again and runs tests. As in logs
//! of real agents, the same instructions open every session, tool results dominate,
//! and the same files come back within a session and in later ones.

use serde_json::{Value, json};

use super::grammar::{Grammar, Writer};
use super::rng::Rng;
use crate::size::ByteSize;

const WORDS: &str = include_str!("sessions.txt");
const POLICY: &str = include_str!("sessions_policy.txt");
const VARIABLES: [&str; 2] = ["focus", "file"];
/// Files of the code base.
const FILES: usize = 180;
/// Runs of one task.
const TRIALS: u64 = 4;

struct File {
    path: String,
    lines: Vec<String>,
    functions: Vec<String>,
}

/// As many whole sessions as fit in `size` bytes, in one JSON array.
pub(super) fn generate(size: ByteSize, seed: u64) -> Vec<u8> {
    let size = size.as_usize();
    // The words are part of the program: a test compiles them.
    let Ok(grammar) = Grammar::compile(WORDS, &VARIABLES) else { return Vec::new() };
    let mut writer = Writer::new(&grammar, Rng::new(seed), VARIABLES.len());
    let files: Vec<File> = (0..FILES).map(|number| source_file(&mut writer, number)).collect();
    let mut out = Vec::with_capacity(size.min(1 << 30));
    for number in 0.. {
        let start = out.len();
        out.extend_from_slice(if start == 0 { b"[\n  " } else { b",\n  " });
        // Runs of one task share its beginning: the seed of the task comes back.
        let task = number / TRIALS;
        let session = session(&mut writer, &files, seed, task, number % TRIALS);
        let text = serde_json::to_string_pretty(&session).unwrap_or_default();
        out.extend_from_slice(text.replace('\n', "\n  ").as_bytes());
        if out.len() + 3 > size {
            out.truncate(start);
            break;
        }
    }
    if !out.is_empty() {
        out.extend_from_slice(b"\n]\n");
    }
    out
}

fn text(writer: &mut Writer<'_>, rule: &str) -> String {
    let mut out = Vec::new();
    writer.write(rule, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn source_file(writer: &mut Writer<'_>, number: usize) -> File {
    writer.forget();
    let folder = text(writer, "folder");
    let path = format!("{folder}/{}_{number}.py", text(writer, "file_noun"));
    let mut lines = vec![format!("\"\"\"{} of the {}.\"\"\"", text(writer, "noun"), folder)];
    let mut functions = Vec::new();
    for _ in 0..writer.rng.between(3, 7) {
        let name = format!("{}_{}", text(writer, "verb"), text(writer, "noun"));
        lines.push(String::new());
        lines.push(format!("def {name}(self, {}):", text(writer, "noun")));
        for _ in 0..writer.rng.between(3, 9) {
            lines.push(text(writer, "line"));
        }
        lines.push(format!("    return {}", text(writer, "noun")));
        functions.push(name);
    }
    File { path, lines, functions }
}

/// One run of a task.
fn session(writer: &mut Writer<'_>, files: &[File], seed: u64, task: u64, trial: u64) -> Value {
    writer.forget();
    writer.rng = Rng::new(seed ^ (task + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let home = writer.rng.below(files.len() as u64) as usize;
    let file = &files[home];
    let focus = writer.rng.pick(&file.functions).clone();
    writer.variables = vec![focus.clone(), file.path.clone()];
    let request = text(writer, "task");
    // From here on each run goes its own way.
    writer.rng = Rng::new(writer.rng.next() ^ trial.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut work = Work {
        lines: file.lines.clone(),
        messages: vec![
            json!({"role": "system", "content": POLICY}),
            json!({"role": "user", "content": request}),
        ],
    };
    work.call(writer, "search", json!({"pattern": focus}), search(files, &focus));
    work.read(writer, &file.path);
    for _ in 0..writer.rng.between(1, 3) {
        for _ in 0..writer.rng.between(1, 2) {
            let other = &files[writer.rng.below(files.len() as u64) as usize];
            let result = numbered(&other.lines);
            work.call(writer, "read_file", json!({"path": other.path}), result);
        }
        work.edit(writer, &file.path);
        if writer.rng.chance(1, 2) {
            work.read(writer, &file.path);
        }
        work.tests(writer, file);
    }
    let answer = text(writer, "answer");
    work.messages.push(json!({"role": "assistant", "content": answer}));
    let solved = writer.rng.chance(2, 3);
    json!({
        "task_id": task,
        "reward": u8::from(solved),
        "info": {"task": {"file": file.path, "function": focus, "instruction": request}},
        "traj": work.messages,
        "trial": trial,
    })
}

/// A run in progress: the file as it stands, and what was said so far.
struct Work {
    lines: Vec<String>,
    messages: Vec<Value>,
}

impl Work {
    /// A remark, perhaps, then a call and its result.
    fn call(&mut self, writer: &mut Writer<'_>, tool: &str, arguments: Value, result: String) {
        let remark = writer.rng.chance(1, 2).then(|| text(writer, "comment"));
        let id = format!("call_{:016x}", writer.rng.next());
        self.messages.push(json!({
            "role": "assistant",
            "content": remark,
            "tool_calls": [{
                "id": id,
                "function": {"name": tool, "arguments": arguments.to_string()},
                "type": "function",
            }],
        }));
        self.messages
            .push(json!({"role": "tool", "tool_call_id": id, "name": tool, "content": result}));
    }

    fn read(&mut self, writer: &mut Writer<'_>, path: &str) {
        let result = numbered(&self.lines);
        self.call(writer, "read_file", json!({"path": path}), result);
    }

    fn edit(&mut self, writer: &mut Writer<'_>, path: &str) {
        let at = writer.rng.between(1, self.lines.len() as u64 - 1) as usize;
        let line = text(writer, "line");
        self.lines[at].clone_from(&line);
        let around = &self.lines[at - 1..(at + 2).min(self.lines.len())];
        let result = numbered(around);
        let arguments = json!({"path": path, "line": at + 1, "text": line});
        self.call(writer, "edit_file", arguments, result);
    }

    fn tests(&mut self, writer: &mut Writer<'_>, file: &File) {
        let total = writer.rng.between(4, 40);
        let failed = writer.rng.below(3);
        let mut result = format!(
            "{} passed, {failed} failed in {} ms",
            total - failed,
            writer.rng.between(20, 900)
        );
        for _ in 0..failed {
            let function = writer.rng.pick(&file.functions).clone();
            let noun = text(writer, "noun");
            result.push_str(&format!("\nFAILED test_{function}_{noun}: expected {noun}"));
        }
        self.call(writer, "run_tests", json!({"path": file.path}), result);
    }
}

fn numbered(lines: &[String]) -> String {
    let numbered: Vec<_> =
        lines.iter().enumerate().map(|(at, line)| format!("{:4}  {line}", at + 1)).collect();
    numbered.join("\n")
}

/// The lines of the code base that contain `pattern`, at most twenty.
fn search(files: &[File], pattern: &str) -> String {
    let found: Vec<_> = files
        .iter()
        .flat_map(|file| {
            let lines = file.lines.iter().enumerate();
            lines
                .filter(|(_, line)| line.contains(pattern))
                .map(move |(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim_start()))
        })
        .take(20)
        .collect();
    found.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Reader;

    #[test]
    fn the_words_compile() {
        if let Err(error) = Grammar::compile(WORDS, &VARIABLES) {
            panic!("{error}");
        }
    }

    #[test]
    fn the_log_reads_as_sessions() {
        let bytes = generate(ByteSize(300_000), 1);
        let log = crate::sessions::parse("synthetic", &bytes, None).unwrap();
        assert_eq!(log.reader, Reader::TauBench);
        assert!(log.sessions.len() > 5);
        for session in &log.sessions {
            assert_eq!(session.turns[0].text, POLICY);
            let reads =
                session.turns.iter().filter(|turn| turn.tool.as_deref() == Some("read_file"));
            assert!(reads.count() >= 4, "a file is read, and read again");
        }
    }
}
