//! Texts as a packer sees them: words, scalar values, line ends, segments.

use std::ops::Range;

/// The words of a text: runs of letters, digits, `_` and bytes from 0x80 up.
pub fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().position(|&byte| part(byte))?;
        let start = at;
        at += text[at..].iter().position(|&byte| !part(byte)).unwrap_or(text.len() - at);
        Some(start..at)
    })
}

/// Whether a word looks like a name of one thing: an identifier, a code, a number.
pub fn is_name(word: &[u8]) -> bool {
    word.len() >= 5 && word.iter().any(u8::is_ascii_digit)
}

/// Unicode scalar values, as tokens are counted: of bytes that are no UTF-8, all but `10xxxxxx`.
pub fn chars(text: &[u8]) -> u64 {
    text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64
}

/// The first byte after `count` scalar values.
pub fn end_of(text: &[u8], count: u64) -> usize {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte & 0xC0 != 0x80);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    starts.map(|(at, _)| at).nth(count).unwrap_or(text.len())
}

/// Bytes of the line end at the start of `text`, 0 for none. Everything that a reader may take
/// for one counts: LF, CR, CRLF, VT, FF, the separators 0x1c to 0x1e, NEL, U+2028 and U+2029.
pub fn line_end(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [0x0a..=0x0d | 0x1c..=0x1e, ..] => 1,
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// The fewest bytes of a segment that ends where the text pauses.
const LEAST: usize = 96;
/// The most bytes of a segment.
const MOST: usize = 288;

/// A text in segments that hold together: they end at a line or a sentence, else at a comma or
/// a bracket, else at a blank, and never within a scalar value. Joined they are the text.
pub fn segments(text: &[u8]) -> Vec<Range<usize>> {
    let mut cut = Vec::new();
    let mut start = 0;
    while text.len() - start > MOST {
        let end = start + cut_of(&text[start..start + MOST]);
        cut.push(start..end);
        start = end;
    }
    let rest = text.len() - start;
    if rest > 0 {
        // A short end belongs to what is before it.
        match cut.last_mut().filter(|last| rest < LEAST / 2 && last.end == start) {
            Some(last) => last.end = text.len(),
            None => cut.push(start..text.len()),
        }
    }
    cut
}

/// Where the first segment of a longer text ends.
fn cut_of(text: &[u8]) -> usize {
    let blank = |at: usize| text.get(at).is_some_and(u8::is_ascii_whitespace);
    let ends: [fn(u8) -> bool; 3] =
        [|b| matches!(b, b'.' | b'!' | b'?'), |b| matches!(b, b',' | b';' | b'}' | b']'), |_| true];
    if let Some(line) = (LEAST..text.len()).find(|&at| text[at] == b'\n') {
        return line + 1;
    }
    for is_end in ends {
        let found = (LEAST..text.len() - 1).find(|&at| is_end(text[at]) && blank(at + 1));
        if let Some(at) = found {
            return at + 2;
        }
    }
    (LEAST..text.len()).rev().find(|&at| text[at] & 0xC0 != 0x80).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_runs() {
        let text = b"{\"id\": \"OI5L9G\", n_1}";
        let found: Vec<&[u8]> = words(text).map(|word| &text[word]).collect();
        assert_eq!(found, [&b"id"[..], b"OI5L9G", b"n_1"]);
        assert!(is_name(b"OI5L9G") && !is_name(b"n_1") && !is_name(b"reservation"));
    }

    #[test]
    fn values_are_counted_as_tokens_are() {
        let text = "äöü x".as_bytes();
        assert_eq!((chars(text), end_of(text, 2), end_of(text, 9)), (5, 4, text.len()));
        assert_eq!(chars(text).div_ceil(4), pressmark_sdk::count_tokens(text));
    }

    proptest! {
        #[test]
        fn segments_join_to_the_text(text in prop::collection::vec(any::<u8>(), 0..2000)) {
            let cut = segments(&text);
            let joined: Vec<u8> = cut.iter().flat_map(|range| text[range.clone()].to_vec()).collect();
            prop_assert_eq!(joined, text);
            prop_assert!(cut.iter().all(|range| !range.is_empty() && range.len() < MOST + LEAST));
        }

        #[test]
        fn segments_keep_scalar_values_whole(text in "[a-zäö€😀 ,.]{0,900}") {
            let starts = |range: &Range<usize>| text.is_char_boundary(range.start);
            prop_assert!(segments(text.as_bytes()).iter().all(starts));
        }
    }
}
