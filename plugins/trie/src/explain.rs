//! What came from where, for a person.
//!
//! Symbols whose predictions came from the same depth share a line: the depth, the bytes that
//! they stand for, what these cost and the text itself.

use std::fmt::Write;

use pressmark_coding::codec::Judged;
use pressmark_coding::trie::{Bytes, Codes, Reading};
use pressmark_coding::unit::Unit;

/// The most bytes of a line's text.
const LONGEST: usize = 1024;

/// The depths that have nodes, in symbols.
pub fn depths(unit: Unit) -> &'static [u32] {
    match unit {
        Unit::Byte => Bytes::DEPTHS,
        Unit::Word => Codes::DEPTHS,
    }
}

/// The name of a source, as channels use it, where these depths have nodes.
pub fn name(source: usize, depths: &[u32]) -> String {
    match source.checked_sub(1).map(|at| depths.get(at)) {
        None => "depth_0".into(),
        Some(Some(depth)) => format!("depth_{depth}"),
        Some(None) => "pointer".into(),
    }
}

/// Makes lines of a text's bytes as they are judged.
#[derive(Debug)]
pub struct Lines<'a> {
    /// What no line shows yet, and how much of its front belongs to the next one.
    text: &'a [u8],
    bytes: usize,
    bits: f64,
    source: usize,
    depths: &'a [u32],
}

impl<'a> Lines<'a> {
    /// Begins with the first byte of `text`; these depths have nodes.
    pub fn new(text: &'a [u8], depths: &'a [u32]) -> Self {
        Self { text, bytes: 0, bits: 0.0, source: 0, depths }
    }

    /// Takes in what the model thinks of the next stretch; gives back a line, with its line
    /// end, when the stretch begins another.
    pub fn next(&mut self, judged: Judged) -> Option<String> {
        let ends = self.source != judged.source || self.bytes >= LONGEST;
        let line = if ends { self.line() } else { None };
        self.source = judged.source;
        self.bytes += judged.bytes;
        self.bits += judged.bits;
        line
    }

    /// The line of the bytes since the last one, if there are any.
    pub fn line(&mut self) -> Option<String> {
        let (bytes, rest) = self.text.split_at_checked(self.bytes)?;
        let bits = std::mem::take(&mut self.bits);
        (self.text, self.bytes) = (rest, 0);
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            line,
            "{:8} {:4} bytes {bits:8.2} bits: {}",
            name(self.source, self.depths),
            bytes.len(),
            String::from_utf8_lossy(bytes).escape_debug()
        );
        (!bytes.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pressmark_coding::trie::SOURCES;

    fn lines(text: &[u8], sources: impl Iterator<Item = usize>) -> Vec<String> {
        let mut lines = Lines::new(text, &[2, 3, 5, 7]);
        let mut all: Vec<_> = sources
            .filter_map(|source| lines.next(Judged { bytes: 1, bits: 0.5, source }))
            .collect();
        all.extend(lines.line());
        all
    }

    #[test]
    fn stretches_share_a_line() {
        assert_eq!(
            lines(b"The e", [2, 2, 2, SOURCES - 1, SOURCES - 1].into_iter()),
            ["depth_3     3 bytes     1.50 bits: The\n", "pointer     2 bytes     1.00 bits:  e\n"]
        );
        assert!(lines(b"", [].into_iter()).is_empty());
    }

    #[test]
    fn long_stretches_are_cut() {
        let all = lines(&[b'x'; 2500], std::iter::repeat_n(1, 2500));
        assert_eq!(all.len(), 3);
        assert_eq!(all.concat().matches('x').count(), 2500);
    }
}
