//! Where one document ends and the next begins.

use std::ops::Range;

/// The line that separates stories in the files of TinyStories.
const END_OF_TEXT: &[u8] = b"<|endoftext|>";

/// The separators between stories: the first four of a run of three or more line
/// feeds, and a line `<|endoftext|>` with the line feeds before and one after it.
///
/// Further line feeds belong to the next story: some of TinyStories begin with a
/// blank line. The ranges are in order, do not overlap and may stand at either end
/// of the text.
pub(crate) fn story_separators(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut separators = Vec::new();
    let mut at = 0;
    while let Some(start) = next_gap(bytes, at) {
        let (end, separates) = gap_end(bytes, start);
        if separates {
            separators.push(start..end);
        }
        at = end;
    }
    separators
}

/// The next line end at or after `at`, or the text's own start if a marker stands there.
fn next_gap(bytes: &[u8], at: usize) -> Option<usize> {
    if at == 0 && marker_end(bytes, 0).is_some() {
        return Some(0);
    }
    bytes[at..].iter().position(|&b| b == b'\n').map(|offset| {
        let lf = at + offset;
        // CR LF is one line end.
        if lf > at && bytes[lf - 1] == b'\r' { lf - 1 } else { lf }
    })
}

/// The end of the line ends, or of the marker, that stand at `start`, and whether
/// they separate stories.
fn gap_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut feeds = 0;
    let mut fourth = None;
    while let Some(end) = line_end(bytes, at) {
        at = end;
        feeds += 1;
        if feeds == 4 {
            fourth = Some(at);
        }
    }
    match marker_end(bytes, at) {
        Some(end) => (line_end(bytes, end).unwrap_or(end), true),
        None => (fourth.unwrap_or(at), feeds >= 3),
    }
}

/// The end of the line end that stands at `at`.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match &bytes[at..] {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

/// The end of the marker that stands alone on the line that begins at `at`.
fn marker_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = at + END_OF_TEXT.len();
    let alone = || end == bytes.len() || line_end(bytes, end).is_some();
    (bytes[at..].starts_with(END_OF_TEXT) && alone()).then_some(end)
}

/// The stretches of `length` bytes that are between `separators`; empty ones are left out.
pub(crate) fn between(length: usize, separators: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut documents = Vec::with_capacity(separators.len() + 1);
    let mut start = 0;
    for separator in separators {
        if separator.start > start {
            documents.push(start..separator.start);
        }
        start = separator.end;
    }
    if length > start {
        documents.push(start..length);
    }
    documents
}

/// The line ends of a text, as separators.
pub(crate) fn line_ends(bytes: &[u8]) -> Vec<Range<usize>> {
    bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at..at + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stories(text: &str) -> Vec<&str> {
        between(text.len(), &story_separators(text.as_bytes()))
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn blank_lines_and_markers_separate() {
        assert_eq!(stories("a\nb\n\n\n\nc\n\nd"), ["a\nb", "c\n\nd"]);
        assert_eq!(stories("a\n\n\nb"), ["a", "b"]);
        assert_eq!(stories("a\n\n\n\n\nb"), ["a", "\nb"]);
        assert_eq!(stories("a\n\n<|endoftext|>\n\nb"), ["a", "\nb"]);
        assert_eq!(stories("a\n<|endoftext|>\nb\n<|endoftext|>\n"), ["a", "b"]);
        assert_eq!(stories("<|endoftext|>\na"), ["a"]);
        assert_eq!(stories("a\r\n\r\n\r\n\r\nb"), ["a", "b"]);
        assert_eq!(stories("a <|endoftext|> b"), ["a <|endoftext|> b"]);
        assert_eq!(stories("a\n<|endoftext|>b"), ["a\n<|endoftext|>b"]);
        assert_eq!(stories(""), Vec::<&str>::new());
        assert_eq!(stories("\n\n\n\n"), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn documents_and_separators_tile_the_text(
            parts in prop::collection::vec("[ab\r]{0,2}|\n{1,4}|<\\|endoftext\\|>", 0..40),
        ) {
            let text = parts.concat();
            let separators = story_separators(text.as_bytes());
            let documents = between(text.len(), &separators);
            let mut all: Vec<_> = separators.into_iter().chain(documents).collect();
            all.sort_by_key(|range| range.start);
            let mut at = 0;
            for range in all {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > at);
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            story_separators(&bytes);
        }
    }
}
