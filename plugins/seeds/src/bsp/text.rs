//! What the original makes of a text: lines, and words in lower case.
//!
//! It splits at line feeds and drops blank lines, puts a line in lower case, replaces every
//! character outside `[a-z0-9\u00C0-\u024F]` by a blank and splits there. Case, punctuation,
//! apostrophes, blanks and all other scripts are lost to it; [`words`] therefore also says which
//! bytes a word came from, so that a code can put back what stands between.

use std::ops::Range;

/// Calls `each` with every word of a text in lower case, and the bytes it came from.
///
/// Bytes that are no UTF-8 stand between words, as the replacement character does for the
/// original. Two words may touch: `İ` in lower case is an `i` and an accent that no word holds.
pub fn words(text: &[u8], mut each: impl FnMut(&str, Range<usize>)) {
    let (mut word, mut span, mut at) = (String::new(), 0..0, 0);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let end = at + character.len_utf8();
            for lower in character.to_lowercase() {
                if is_letter(lower) {
                    if word.is_empty() {
                        span.start = at;
                    }
                    word.push(lower);
                    span.end = end;
                } else if !word.is_empty() {
                    each(&word, span.clone());
                    word.clear();
                }
            }
            at = end;
        }
        if !chunk.invalid().is_empty() && !word.is_empty() {
            each(&word, span.clone());
            word.clear();
        }
        at += chunk.invalid().len();
    }
    if !word.is_empty() {
        each(&word, span);
    }
}

/// Whether the original keeps a character that is already in lower case.
///
/// Its expression ignores case, so that a character counts too whose capital is in the range,
/// like `ɓ`, whose capital is `Ɓ`.
fn is_letter(character: char) -> bool {
    const KEPT: std::ops::RangeInclusive<char> = '\u{c0}'..='\u{24f}';
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    let mut capital = character.to_uppercase();
    KEPT.contains(&character)
        || capital.len() == 1 && capital.next().is_some_and(|capital| KEPT.contains(&capital))
}

/// Whether the original drops a line: nothing is left of it after its `trim`.
pub fn is_blank(line: &[u8]) -> bool {
    let blank = |c: char| c.is_whitespace() && c != '\u{85}' || c == '\u{feff}';
    line.utf8_chunks().all(|chunk| chunk.invalid().is_empty() && chunk.valid().chars().all(blank))
}

/// The characters the original divides by: UTF-16 units of the lines that are not blank, without
/// their line feeds.
pub fn counted_characters(text: &[u8]) -> u64 {
    let units = |line: &[u8]| -> usize {
        let chunks = line.utf8_chunks();
        chunks
            .map(|c| c.valid().encode_utf16().count() + usize::from(!c.invalid().is_empty()))
            .sum()
    };
    text.split(|&byte| byte == b'\n')
        .filter(|line| !is_blank(line))
        .map(|line| units(line) as u64)
        .sum()
}

/// How a word was written, as far as that follows from its lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// As it is.
    Lower,
    /// Its first letter a capital.
    First,
    /// All capitals.
    All,
    /// In another way, which has to be spelled.
    Other,
}

impl Case {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Lower, Self::First, Self::All, Self::Other];

    /// The first way that gives `written` from `lower`.
    pub fn of(lower: &str, written: &[u8]) -> Self {
        let fits = |case: &Self| case.write(lower).is_some_and(|text| text.as_bytes() == written);
        Self::ALL.into_iter().find(fits).unwrap_or(Self::Other)
    }

    /// The word written in this way.
    pub fn write(self, lower: &str) -> Option<String> {
        let mut rest = lower.chars();
        match self {
            Self::Lower => Some(lower.to_owned()),
            Self::First => {
                Some(rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect())
            }
            Self::All => Some(rest.flat_map(char::to_uppercase).collect()),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        words(text, |word, _| found.push(word.to_owned()));
        found
    }

    #[test]
    fn what_the_tokeniser_loses() {
        assert_eq!(of(b"She hadn't  seen\tTim's \"CAT\"!"), of(b"she hadn t seen tim s cat"));
        assert_eq!(of("Привет, 世界 — don’t".as_bytes()), ["don", "t"]);
        assert_eq!(of(b"1,000.50 a_b\xffc"), ["1", "000", "50", "a", "b", "c"]);
    }

    #[test]
    fn letters_are_those_of_the_expression() {
        assert_eq!(of("Über ŒUVRE × ÷ ẞ ɓ ɒ µ".as_bytes()), ["über", "œuvre", "×", "÷", "ß", "ɓ"]);
        assert_eq!(of("aİb K".as_bytes()), ["ai", "b", "k"], "as in lower case");
    }

    #[test]
    fn blank_lines_are_not_counted() {
        assert_eq!(
            counted_characters("ab\n \u{feff}\u{a0}\t\n\n\u{1F600}é\r\n\u{85}".as_bytes()),
            7
        );
        assert_eq!(counted_characters(b"a\xe2\x82b\xff"), 4);
        assert_eq!(counted_characters(b""), 0);
    }

    proptest! {
        #[test]
        fn every_word_can_be_written_again(text in "[a-zA-Z É\u{130}ſǅ\u{212a}Ⱥ1'\n]{0,60}") {
            let mut end = 0;
            words(text.as_bytes(), |word, span| {
                assert!(span.start >= end && span.end > span.start);
                end = span.end;
                let written = &text.as_bytes()[span];
                if let Some(again) = Case::of(word, written).write(word) {
                    assert_eq!(again.as_bytes(), written);
                }
            });
        }
    }
}
