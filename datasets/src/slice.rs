//! Cutting priming text and dataset out of a source: `prime`, `tail` and `limit`.
//!
//! Every cut is a range of the source's bytes, so documents and sessions found in
//! the source keep their places. The dataset is the same whether or not its priming
//! text is used.

use std::cell::OnceCell;
use std::ops::Range;

use crate::documents;
use crate::size::ByteSize;
use crate::spec::{Format, TailSpec};

/// A source with the places where its documents are separated.
pub(crate) struct Cutter<'a> {
    bytes: &'a [u8],
    /// The source as text, if it is UTF-8; characters are bytes if it is not.
    text: Option<&'a str>,
    format: Format,
    documents: &'a [Range<usize>],
    /// Found when first asked for: most datasets are cut by `limit` alone.
    separators: OnceCell<Vec<Range<usize>>>,
}

/// A priming text and where the source goes on after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prime {
    pub(crate) bytes: Vec<u8>,
    /// First byte after the priming text and the line ends that follow it.
    pub(crate) end: usize,
}

impl<'a> Cutter<'a> {
    /// `documents` are those of sessions; stories and lines are found here.
    pub(crate) fn new(bytes: &'a [u8], format: Format, documents: &'a [Range<usize>]) -> Self {
        let text = std::str::from_utf8(bytes).ok();
        Cutter { bytes, text, format, documents, separators: OnceCell::new() }
    }

    /// What stands between two documents; line ends in a format without documents.
    fn separators(&self) -> &[Range<usize>] {
        self.separators.get_or_init(|| match self.format {
            Format::Stories => documents::story_separators(self.bytes),
            Format::Text | Format::Trace => documents::line_ends(self.bytes),
            Format::Sessions => documents::between(self.bytes.len(), self.documents),
        })
    }

    /// The first `count` lines that are not blank, joined by LF, with a final LF.
    pub(crate) fn prime_lines(&self, count: u64) -> Result<Prime, String> {
        let mut prime = Vec::new();
        let mut found = 0;
        let mut at = 0;
        while found < count && at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let feed = rest.iter().position(|&b| b == b'\n');
            let line = &rest[..feed.unwrap_or(rest.len())];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.trim_ascii().is_empty() {
                prime.extend_from_slice(line);
                prime.push(b'\n');
                found += 1;
            }
            at += feed.map_or(rest.len(), |feed| feed + 1);
        }
        if found < count || count == 0 {
            return Err(format!(
                "`prime` asks for {count} lines that are not blank and the source has {found}{}",
                if found < count { "" } else { " to give; ask for at least 1" }
            ));
        }
        Ok(Prime { bytes: prime, end: self.skip_line_ends(at) })
    }

    /// The front, up to the last separator within `size` bytes, else to a character.
    pub(crate) fn prime_bytes(&self, size: ByteSize) -> Result<Prime, String> {
        let most = self.character_floor(size.as_usize());
        let end = match self.separators().iter().rev().find(|s| s.start > 0 && s.end <= most) {
            Some(separator) => separator.end,
            None => most,
        };
        if end == 0 {
            return Err(format!("`prime` of {size} leaves no priming text; ask for more bytes"));
        }
        Ok(Prime { bytes: self.bytes[..end].to_vec(), end: self.skip_line_ends(end) })
    }

    /// From after the first separator that begins at or after character `length − chars`.
    pub(crate) fn tail(&self, tail: TailSpec) -> Result<usize, String> {
        let chars = self.text.map_or(self.bytes.len(), |text| text.chars().count());
        let skip = chars.saturating_sub(usize::try_from(tail.chars).unwrap_or(usize::MAX));
        if skip == 0 {
            return Ok(0);
        }
        let from = match self.text {
            Some(text) => text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at),
            None => skip,
        };
        self.separators()
            .iter()
            .find(|separator| separator.start >= from)
            .map(|separator| separator.end)
            .filter(|&start| start < self.bytes.len())
            .ok_or_else(|| {
                format!("no document begins in the last {} characters; ask for more", tail.chars)
            })
    }

    /// At most `limit` bytes from `start` on, ending between two characters.
    pub(crate) fn limit(&self, start: usize, limit: ByteSize) -> usize {
        self.character_floor(start.saturating_add(limit.as_usize()))
    }

    /// The last boundary between characters at or before `at`.
    fn character_floor(&self, at: usize) -> usize {
        let at = at.min(self.bytes.len());
        self.text.map_or(at, |text| text.floor_char_boundary(at))
    }

    fn skip_line_ends(&self, at: usize) -> usize {
        let ends = self.bytes[at..].iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        at + ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cutter(text: &str) -> Cutter<'_> {
        Cutter::new(text.as_bytes(), Format::Stories, &[])
    }

    #[test]
    fn priming_lines_skip_blank_ones_and_end_in_a_line_feed() {
        let prime = cutter("a\n\n \nb\r\n\n\n\nc").prime_lines(2).unwrap();
        assert_eq!(prime.bytes, b"a\nb\n");
        assert_eq!(prime.end, 11);
        assert_eq!(cutter("a\nb").prime_lines(2).unwrap().bytes, b"a\nb\n");
        assert!(cutter("a\nb").prime_lines(3).unwrap_err().contains("has 2"));
        assert!(cutter("a\nb").prime_lines(0).is_err());
    }

    #[test]
    fn priming_bytes_prefer_a_boundary() {
        let prime =
            |size| cutter("one\n\n\n\ntwo\n\n\n\nthree").prime_bytes(ByteSize(size)).unwrap();
        assert_eq!(prime(16), Prime { bytes: b"one\n\n\n\ntwo\n\n\n\n".to_vec(), end: 14 });
        assert_eq!(prime(2), Prime { bytes: b"on".to_vec(), end: 2 });
        assert!(cutter("é").prime_bytes(ByteSize(1)).is_err());
    }

    #[test]
    fn the_tail_begins_after_a_boundary() {
        let text = "ää\n\n\n\nbb\n\n\n\ncc";
        assert_eq!(&text[cutter(text).tail(TailSpec { chars: 11 }).unwrap()..], "cc");
        assert_eq!(&text[cutter(text).tail(TailSpec { chars: 12 }).unwrap()..], "bb\n\n\n\ncc");
        assert_eq!(cutter(text).tail(TailSpec { chars: 99 }).unwrap(), 0);
        assert!(cutter(text).tail(TailSpec { chars: 3 }).is_err());
    }

    #[test]
    fn bytes_that_are_not_text_are_cut_as_bytes() {
        let bytes = [0xff, 0xfe, 0xc3, 0xa4];
        let cutter = Cutter::new(&bytes, Format::Text, &[]);
        assert_eq!(cutter.limit(0, ByteSize(3)), 3);
        assert_eq!(Cutter::new("aä".as_bytes(), Format::Text, &[]).limit(0, ByteSize(2)), 1);
    }

    proptest! {
        #[test]
        fn cuts_stay_inside_and_between_characters(text in "[aä\n]{0,60}", n in 0u64..80) {
            let cutter = cutter(&text);
            prop_assert!(text.is_char_boundary(cutter.limit(0, ByteSize(n))));
            if let Ok(start) = cutter.tail(TailSpec { chars: n }) {
                prop_assert!(text.is_char_boundary(start));
                prop_assert!(text[start..].chars().count() as u64 <= n.max(text.chars().count() as u64));
            }
            for prime in [cutter.prime_lines(n), cutter.prime_bytes(ByteSize(n))].into_iter().flatten() {
                prop_assert!(text.is_char_boundary(prime.end));
                prop_assert!(std::str::from_utf8(&prime.bytes).is_ok());
            }
        }
    }
}
