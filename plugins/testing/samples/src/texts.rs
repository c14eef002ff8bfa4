//! Texts made on the spot, and the one that may lie beside the repository.

use proptest::prelude::*;

/// So many sentences of a small grammar, the same in each run; whole sentences come again now
/// and then.
pub fn sentences(count: usize) -> Vec<u8> {
    const WHO: [&str; 6] = ["The cat", "A small dog", "Lily", "Tim", "The old man", "Her mother"];
    const DID: [&str; 6] = ["saw", "liked", "wanted to find", "ran to", "talked about", "lost"];
    const WHAT: [&str; 6] =
        ["the ball", "a red car", "the big tree", "her toy", "a cake", "the park"];
    let mut state = 7u64;
    let mut pick = |from: &[&'static str; 6]| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        from[(state >> 33) as usize % 6]
    };
    let sentence = |_| format!("{} {} {}. ", pick(&WHO), pick(&DID), pick(&WHAT));
    (0..count).map(sentence).collect::<String>().into_bytes()
}

/// Turns of a session in turn, a sentence each, and behind it what `end` says of the
/// turn's number.
pub fn turns(count: usize, end: impl Fn(usize) -> String) -> Vec<u8> {
    let text = sentences(count);
    let mut log = Vec::new();
    for (turn, said) in text.split_inclusive(|&byte| byte == b'.').enumerate() {
        log.extend_from_slice([&b"user: "[..], b"assistant: ", b"tool read: "][turn % 3]);
        log.extend_from_slice(said.trim_ascii());
        log.extend_from_slice(end(turn).as_bytes());
    }
    log
}

/// Text as it comes: words, quotes, JSON, runs, odd line ends, other scripts.
pub fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-e]{1,3} ",
        2 => "[A-C][a-c]{0,3}(, |\\. | )",
        1 => "[A-C]{2,4}[a-c0-9]{0,3}",
        1 => "(\r\n|\n\n|\n|\t|  | \" |\\\\n|\\\\\\\\n|\\\\)",
        1 => "\\{\"[ab]\": [0-9]{1,4}\\}",
        1 => "(ab ){2,30}",
        1 => "[é世]{1,3}",
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A text in which earlier parts come again, with a little in between.
pub fn repeated() -> impl Strategy<Value = Vec<u8>> {
    (text(), prop::collection::vec((any::<prop::sample::Index>(), 1usize..400), 0..12)).prop_map(
        |(mut text, copies)| {
            for (from, length) in copies {
                if !text.is_empty() {
                    let from = from.index(text.len());
                    text.extend_from_within(from..(from + length).min(text.len()));
                    text.push(b"x .\n"[length % 4]);
                }
            }
            text
        },
    )
}

/// A file of the data folder that may lie beside the repository, by its path there. Where it is
/// absent this says that the caller skips.
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/");
    let read = std::fs::read(format!("{root}{path}"));
    if read.is_err() {
        println!("skipped: ../shared/{path} is absent");
    }
    read.ok()
}
