//! What came from where, for a person.
//!
//! Bytes whose predictions came from the same depth share a line: the depth, the bytes, what
//! they cost and the text itself.

use std::fmt::Write;

use crate::model::SOURCES;
use crate::trie::Judged;

/// The name of a source, as channels use it.
pub fn name(source: usize) -> String {
    if source + 1 == SOURCES { "pointer".into() } else { format!("depth_{source}") }
}

/// One line per stretch of bytes with the same source, each with its line end.
pub fn lines<'a>(judged: &'a [Judged], input: &'a [u8]) -> impl Iterator<Item = String> {
    let mut start = 0;
    judged.chunk_by(|a, b| a.source == b.source).map(move |stretch| {
        let bytes = input.get(start..start + stretch.len()).unwrap_or_default();
        start += stretch.len();
        let bits: f64 = stretch.iter().map(|judged| judged.bits).sum();
        let source = stretch.first().map_or(0, |judged| judged.source);
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            line,
            "{:8} {:4} bytes {bits:8.2} bits: {}",
            name(source),
            bytes.len(),
            String::from_utf8_lossy(bytes).escape_debug()
        );
        line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_share_a_line() {
        let judge = |source| Judged { bits: 0.5, source };
        let judged = [2, 2, 2, SOURCES - 1, SOURCES - 1].map(judge);
        let lines: Vec<String> = lines(&judged, b"The e").collect();
        assert_eq!(
            lines,
            ["depth_2     3 bytes     1.50 bits: The\n", "pointer     2 bytes     1.00 bits:  e\n"]
        );
    }
}
