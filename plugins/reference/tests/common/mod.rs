//! Where the texts beside the repository are, and how the development split is cut.

use std::path::Path;

/// A file of the shared data, or None (said on standard output) where that is absent.
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared is absent");
        return None;
    }
    let path = data.join(name);
    Some(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// The stories, whole.
pub(crate) fn stories() -> Option<Vec<u8>> {
    shared("tinystories/train.txt")
}

/// The first 5,000 lines that are not blank: the priming text.
pub(crate) fn prime(stories: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(stories).expect("the stories are UTF-8");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(5000);
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

/// The end of the stories, from the first boundary in the last 368,000 characters.
pub(crate) fn dev(stories: &[u8]) -> Vec<u8> {
    const BOUNDARY: &str = "\n\n\n\n";
    let text = std::str::from_utf8(stories).expect("the stories are UTF-8");
    let (start, _) = text.char_indices().rev().nth(368_000 - 1).expect("the stories are long");
    let boundary = start + text[start..].find(BOUNDARY).expect("there is a boundary");
    text.as_bytes()[boundary + BOUNDARY.len()..].to_vec()
}
