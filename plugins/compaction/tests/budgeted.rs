//! What `compaction.budgeted` promises, on generated and on hostile documents.

use std::ops::Range;

use pressmark_compaction::budgeted::marker::{gaps, restored};
use pressmark_compaction::budgeted::{Compacted, compact};
use pressmark_compaction::level::Level;
use pressmark_sdk::{Budget, count_tokens};
use proptest::prelude::*;

/// Lines of a document: the range without the line end, and the range with it.
fn lines(document: &[u8]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut start = 0;
    let line = |line: &[u8]| {
        let whole = start..start + line.len();
        start = whole.end;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text =
            if text.len() < line.len() { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
        (whole.start..whole.start + text.len(), whole)
    };
    document.split_inclusive(|&byte| byte == b'\n').map(line).collect()
}

/// Everything that must hold of `result`, which was made of `document` in one or more steps.
fn is_true_of(result: &Compacted, source: &[u8]) {
    if result.text.is_empty() || result.text == source {
        return;
    }
    let gaps = gaps(&result.text).expect("what is cut is marked");
    let fetch = |span: Range<u64>| source.get(span.start as usize..span.end as usize);
    let back = restored(&result.text, fetch).expect("every span can be fetched");
    assert!(back == source, "the source does not come back");
    let lines = lines(source);
    let mut missing = 0;
    for gap in &gaps {
        let (start, end) = (gap.source.start as usize, gap.source.end as usize);
        let whole = lines.iter().filter(|(text, _)| start <= text.start && text.end <= end).count();
        assert_eq!(gap.lines, whole as u64, "lines of the gap {start}..{end}");
        missing += gap.lines;
    }
    assert_eq!(result.tally.lines, lines.len() as u64);
    assert_eq!(result.tally.lines_omitted, missing);
    assert_eq!(result.tally.bytes, source.len() as u64);
    let bytes = gaps.iter().map(|gap| gap.source.end - gap.source.start).sum::<u64>();
    assert_eq!(result.tally.bytes_omitted, bytes);
    assert_eq!(result.tally.markers, gaps.len() as u64);
}

/// Compacts and checks budget, length and spans.
fn checked(document: &[u8], budget: Budget) -> Compacted {
    let result = compact(document, budget, Level::Daily).expect("it compacts");
    assert!(budget.allows(&result.text), "{} bytes for {budget:?}", result.text.len());
    assert!(result.text.len() <= document.len(), "longer than the input");
    let mut end = 0;
    for span in &result.kept {
        assert!(end <= span.start && span.start < span.end && span.end <= document.len());
        end = span.end;
    }
    result
}

fn budgets(document: &[u8]) -> Vec<Budget> {
    let bytes = document.len() as u64;
    let tokens = count_tokens(document);
    let share = |percent: u64| Budget::Bytes(bytes * percent / 100);
    let fixed = [0, 1, 5, 12, 13, 17, 18, 19, 20, 25, 30, 40].map(Budget::Bytes);
    let more = [
        share(7),
        share(15),
        share(30),
        share(90),
        Budget::Bytes(bytes.saturating_sub(1)),
        Budget::Bytes(bytes),
        Budget::Bytes(u64::MAX - 1),
        Budget::Tokens(0),
        Budget::Tokens(1),
        Budget::Tokens(5),
        Budget::Tokens(tokens / 3),
        Budget::Tokens(tokens.saturating_sub(1)),
        Budget::Free,
    ];
    fixed.into_iter().chain(more).collect()
}

/// Documents of lines long and short, labels, JSON, line ends of both kinds, and pieces of what
/// markers are made of.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-f]{1,6} ".prop_map(String::into_bytes),
        3 => "(user|assistant|tool x): ".prop_map(String::into_bytes),
        5 => "\n|\r\n|\n\n".prop_map(String::into_bytes),
        3 => "[A-Z]{2}[0-9]{4}[.?!,;] ".prop_map(String::into_bytes),
        2 => "\\{\"[a-c]{2}\": \"[a-z0-9]{1,9}\", \"n\": [0-9]{1,6}\\}, ".prop_map(String::into_bytes),
        2 => "(\\[~|\\[|~|\\[~~|\\[~3L 20B\\]|\\[~7B\\]|\\[~#0123abcd\\]\n)".prop_map(String::into_bytes),
        1 => "é|世|\u{1F600}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..4),
        1 => "[a-z]{150,260}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..90).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_budget_is_kept_and_nothing_is_lost_sight_of(document in document()) {
        for budget in budgets(&document) {
            is_true_of(&checked(&document, budget), &document);
        }
    }

    /// Counts and spans are those of the first source, whatever happened in between.
    #[test]
    fn counts_are_true_at_every_level(
        document in document(),
        shares in prop::collection::vec(3u64..95, 1..6),
    ) {
        let mut text = document.clone();
        for share in shares {
            let result = checked(&text, Budget::Bytes(text.len() as u64 * share / 100));
            is_true_of(&result, &document);
            if result.text.is_empty() {
                break;
            }
            text = result.text;
        }
    }

    /// A compacted document within another text, or one that was changed, is text.
    #[test]
    fn markers_cannot_be_forged(document in document(), before in document(), cut in 1usize..9) {
        let inner = checked(&document, Budget::Bytes(document.len() as u64 / 2)).text;
        let mut changed = inner.clone();
        changed.truncate(inner.len().saturating_sub(cut));
        for forged in [[&before[..], b"\n", &inner].concat(), [&inner[..], &before, b"."].concat(), changed] {
            prop_assert!(gaps(&forged).is_none());
            let result = checked(&forged, Budget::Bytes(forged.len() as u64 * 2 / 3));
            is_true_of(&result, &forged);
        }
    }
}

const PARTS: [&str; 16] = [
    "a",
    "word ",
    "Name ",
    "X7_42 ",
    "user: ",
    "tool: ",
    "\n",
    "\r\n",
    "\n\n",
    "12 ",
    "what? ",
    "[~",
    "B]",
    "\"k\": \"v\", ",
    "error. ",
    "longer words that go on and on, ",
];

/// A plain generator of numbers below a bound.
fn numbers(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// Small documents of a plain generator, one budget each.
#[test]
fn a_hundred_thousand_outputs_are_no_longer_than_their_input() {
    let mut next = numbers(1);
    let mut cut = 0;
    for _ in 0..100_000 {
        let parts = next(60);
        let text: String = (0..parts).map(|_| PARTS[next(16) as usize]).collect();
        let bytes = next(text.len() as u64 + 2);
        let budget = if next(4) == 0 { Budget::Tokens(bytes / 4) } else { Budget::Bytes(bytes) };
        let result = checked(text.as_bytes(), budget);
        cut += u64::from(result.tally.markers > 0);
        is_true_of(&result, text.as_bytes());
    }
    assert!(cut > 30_000, "only {cut} were cut");
}

/// Documents long enough for repeated pieces to be looked for, compacted twice.
#[test]
fn long_documents_that_repeat_themselves() {
    let mut next = numbers(2);
    for _ in 0..40 {
        let length = 40_000 + next(20_000) as usize;
        let mut text = String::new();
        while text.len() < length {
            // Something new, or something of before.
            let line: String = (0..next(40)).map(|_| PARTS[next(16) as usize]).collect();
            let from = text.floor_char_boundary(next(text.len() as u64 + 1) as usize);
            let old = text[from..].lines().nth(1).unwrap_or_default().to_owned();
            text.push_str(if next(3) == 0 { &line } else { &old });
            text.push('\n');
        }
        let bytes = next(text.len() as u64);
        let budget = if next(4) == 0 { Budget::Tokens(bytes / 4) } else { Budget::Bytes(bytes) };
        let once = checked(text.as_bytes(), budget);
        is_true_of(&once, text.as_bytes());
        let again = checked(&once.text, Budget::Bytes(once.text.len() as u64 * 9 / 10));
        is_true_of(&again, text.as_bytes());
    }
}

#[test]
fn of_copies_the_last_is_kept() {
    let filler = |k: u32| format!("note {} of {} and so on and so on\n", k % 977, k % 1009);
    let fact = "order A7B9C77 was refused by bank Q41\n";
    let part = |from: u32| (from..from + 500).map(filler).collect::<String>() + fact;
    let document: String = (0..4).map(|k| part(1000 * k)).collect();
    let result = checked(document.as_bytes(), Budget::Bytes(document.len() as u64 / 20));
    let text = String::from_utf8(result.text).expect("it was UTF-8");
    assert_eq!(text.matches(fact).count(), 1, "{text}");
    let last = document.rfind(fact).expect("it is there");
    assert!(result.kept.iter().any(|span| span.start <= last && last + fact.len() <= span.end));
}

#[test]
fn hostile_documents() {
    let long_line: Vec<u8> =
        b"lorem ipsum dolor ".iter().copied().cycle().take(10_000_000).collect();
    let documents: Vec<Vec<u8>> = vec![
        vec![],
        b"no line end".to_vec(),
        b"\r\n\r\n\r\n".repeat(50),
        b"one\r\ntwo\rthree\r\n".repeat(50),
        b"\xff\xfe\xc3\x28 \x80\x80 words \xf0\x9f\n".repeat(90),
        b"\n".repeat(1_000_000),
        b"x".repeat(100_000),
        b"[~".repeat(30_000),
        b"[~#00000000]\n[~1L 18446744073709551615B]\n".repeat(300),
        b"a: ".repeat(9_000),
        b"same line, again and again\n".repeat(4_000),
        vec![0; 70_000],
        long_line,
    ];
    for document in documents {
        let bytes = document.len() as u64;
        for budget in
            [Budget::Bytes(0), Budget::Bytes(bytes / 14), Budget::Tokens(bytes / 12), Budget::Free]
        {
            let result = checked(&document, budget);
            is_true_of(&result, &document);
        }
    }
}

#[test]
fn conventions_are_kept() {
    let document =
        b"user: first\r\nassistant: second thing said here\r\n\r\ntool: third\r\n".repeat(30);
    let result = checked(&document, Budget::Bytes(600));
    let text = String::from_utf8(result.text).expect("it was UTF-8");
    assert!(text.ends_with("\r\n") && text.matches('\n').count() == text.matches("\r\n").count());
    let open = checked(b"alpha beta\ngamma\n".repeat(30).trim_ascii_end(), Budget::Bytes(100));
    assert!(!open.text.ends_with(b"\n"));
}

#[test]
fn speakers_stay_with_what_they_said() {
    let turn = |k: u32| {
        format!("user: please see\nitem K{k}X9 and tell\nassistant: seen {k}\nit is fine\n")
    };
    let document: String = (0..200).map(turn).collect();
    let result = checked(document.as_bytes(), Budget::Bytes(2000));
    let text = String::from_utf8(result.text).expect("it was UTF-8");
    let items: Vec<_> = text.match_indices("item K").collect();
    assert!(items.len() > 10, "{text}");
    for (at, _) in items {
        let turn = text[..at].rfind("user: ").expect("the speaker is there");
        assert!(!text[turn..at].contains("assistant: "), "{}", &text[turn..at]);
    }
}

#[test]
fn repeated_lines_go_first() {
    let mut document = "checking the state of the service again\n".repeat(50);
    let facts: String =
        (0..5).map(|k| format!("order A{k}B{k}77 was refused by bank {k}\n")).collect();
    document.insert_str(900 / 40 * 40, &facts);
    let text = checked(document.as_bytes(), Budget::Bytes(350)).text;
    let text = String::from_utf8(text).expect("it was UTF-8");
    assert!(facts.lines().all(|fact| text.contains(fact)), "{text}");
    assert!(text.matches("checking").count() <= 1, "{text}");
}

#[test]
fn levels_are_shares_of_the_first_source() {
    let turn =
        |k: u32| format!("user: see item K{k}X9\nassistant: item {k} is at place P{}\n", k * 7);
    let source: String = (0..2_000).map(turn).collect();
    let source = source.as_bytes();
    let same = compact(source, Budget::Free, Level::Raw).expect("it compacts");
    assert_eq!(same.text, source);
    let mut text = source.to_vec();
    for (level, percent) in
        [(Level::Daily, 30), (Level::Weekly, 15), (Level::Monthly, 10), (Level::Root, 7)]
    {
        let result = compact(&text, Budget::Free, level).expect("it compacts");
        let most = source.len() * percent / 100;
        assert!(result.text.len() <= most && result.text.len() * 10 > most * 9, "{level:?}");
        is_true_of(&result, source);
        text = result.text;
    }
    let short = b"one\ntwo\n".repeat(60);
    let result = compact(&short, Budget::Free, Level::Root).expect("it compacts");
    assert_eq!(result.text, short, "a short document is left alone");
}

/// A header with nothing behind it is a compacted document, too: of nothing.
#[test]
fn nothing_fits_every_budget() {
    for bytes in [0, 5, 12, 13, 14] {
        checked(b"[~#00000000]\n", Budget::Bytes(bytes));
    }
}
