//! Words and gaps: a tokeniser that loses nothing.
//!
//! Text is an alternation of *words* (maximal runs of letters, digits and bytes
//! from 0x80 up) and *gaps* (everything else). A single blank between two words is
//! so common that it is not a token: two neighbouring words imply it, and a gap
//! token stands only where something else separates them (the "spaceless words" of
//! de Moura, Navarro, Ziviani and Baeza-Yates, 2000). Two words that touch cannot
//! occur, as a word is maximal. Any bytes at all, UTF-8 or not, come back exactly.
//!
//! One refinement for logs in JSON: after a backslash, an escape letter (`n` in
//! `\n`) belongs to the gap, so that `\nThe` holds the word `The`.
//!
//! Cost: one pass; 12 bytes per token.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A run of letters, digits and non-ASCII bytes; empty only as the first token of a text that
    /// starts with a gap.
    Word,
    /// What stands between words, unless it is a single blank between two words.
    Gap,
}

/// A token: where its bytes are, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Offset of the first byte.
    pub start: u32,
    /// Number of bytes.
    pub len: u32,
    /// Word or gap.
    pub kind: Kind,
}

impl Token {
    /// The token's bytes in the text it was cut from.
    #[inline]
    pub fn bytes<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start as usize..(self.start + self.len) as usize]
    }
}

/// The blank that two neighbouring words imply.
pub const IMPLIED: u8 = b' ';

/// Whether a byte belongs to a word.
#[inline]
pub fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Cuts `text` into tokens, appending them with offsets as if `text` began at `base`.
///
/// `base + text.len()` must fit in 32 bits.
pub fn tokenise(text: &[u8], base: usize, tokens: &mut Vec<Token>) {
    let mut at = 0;
    let mut first = true;
    while at < text.len() {
        let start = at;
        while at < text.len() && is_word_byte(text[at]) {
            at += 1;
        }
        if at > start || first {
            tokens.push(token(base, start, at, Kind::Word));
        }
        first = false;
        let start = at;
        at = gap_end(text, at);
        let implied = at - start == 1 && text[start] == IMPLIED && at < text.len();
        if at > start && !implied {
            tokens.push(token(base, start, at, Kind::Gap));
        }
    }
}

fn token(base: usize, start: usize, end: usize, kind: Kind) -> Token {
    Token { start: (base + start) as u32, len: (end - start) as u32, kind }
}

fn gap_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && !is_word_byte(text[at]) {
        let escape = text[at] == b'\\';
        at += 1;
        if escape && matches!(text.get(at), Some(b'n' | b't' | b'r' | b'b' | b'f')) {
            at += 1;
        } else if escape && text.get(at) == Some(&b'\\') {
            // An escaped backslash: what follows it is not an escape letter.
            at += 1;
        }
    }
    at
}

/// Rebuilds the text of tokens by appending to `out`; `previous` is the kind of the token before.
///
/// Returns the kind of this token, to be passed with the next.
#[inline]
pub fn join(previous: Option<Kind>, kind: Kind, bytes: &[u8], out: &mut Vec<u8>) -> Option<Kind> {
    if previous == Some(Kind::Word) && kind == Kind::Word {
        out.push(IMPLIED);
    }
    out.extend_from_slice(bytes);
    Some(kind)
}

/// Case of a word, coded apart from its folded letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// No ASCII capitals.
    Lower,
    /// The first byte is the only ASCII capital.
    Capital,
    /// Two or more ASCII capitals and no small letter.
    Upper,
    /// Anything else; every letter's case is coded.
    Mixed,
}

impl Case {
    /// Every class, in the order of its code.
    pub const ALL: [Self; 4] = [Self::Lower, Self::Capital, Self::Upper, Self::Mixed];

    /// The class of a word.
    pub fn of(word: &[u8]) -> Self {
        let capitals = word.iter().filter(|b| b.is_ascii_uppercase()).count();
        if capitals == 0 {
            Self::Lower
        } else if capitals == 1 && word[0].is_ascii_uppercase() {
            Self::Capital
        } else if !word.iter().any(u8::is_ascii_lowercase) {
            Self::Upper
        } else {
            Self::Mixed
        }
    }

    /// Restores the case of a folded byte at `position` of a word; `None` for [`Case::Mixed`].
    #[inline]
    pub fn apply(self, folded: u8, position: usize) -> Option<u8> {
        match self {
            Self::Lower => Some(folded),
            Self::Capital if position == 0 => Some(folded.to_ascii_uppercase()),
            Self::Capital => Some(folded),
            Self::Upper => Some(folded.to_ascii_uppercase()),
            Self::Mixed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &[u8]) -> Vec<(Kind, Vec<u8>)> {
        let mut tokens = Vec::new();
        tokenise(text, 0, &mut tokens);
        tokens.iter().map(|t| (t.kind, t.bytes(text).to_vec())).collect()
    }

    fn rebuild(tokens: &[(Kind, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut previous = None;
        for (kind, bytes) in tokens {
            previous = join(previous, *kind, bytes, &mut out);
        }
        out
    }

    fn shape(text: &str) -> String {
        let tokens = cut(text.as_bytes());
        let show = |(_, b): &(Kind, Vec<u8>)| String::from_utf8_lossy(b).into_owned();
        tokens.iter().map(show).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn words_and_gaps() {
        assert_eq!(shape("the cat, it sat."), "the|cat|, |it|sat|.");
        assert_eq!(shape(" x  y "), "|x|  |y| ");
        assert_eq!(shape(" .x"), "| .|x");
        assert_eq!(shape(r#""a\nThe b\\nx""#), r#"|"|a|\n|The|b|\\|nx|""#);
        assert_eq!(shape(""), "");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(text in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(rebuild(&cut(&text)), text);
        }

        #[test]
        fn texts_come_back(text in r#"([a-z]{1,4}|[A-Z]|[0-9]| |  |\n|\r\n|\\n|\\\\|é|"|, ){0,60}"#) {
            let tokens = cut(text.as_bytes());
            prop_assert_eq!(rebuild(&tokens), text.as_bytes());
            for pair in tokens.windows(2) {
                prop_assert!(pair[0].0 == Kind::Word || pair[1].0 == Kind::Word, "two gaps meet");
            }
        }

        #[test]
        fn case_is_restored(word in "[a-zA-Z0-9é]{0,12}") {
            let case = Case::of(word.as_bytes());
            if case != Case::Mixed {
                let restored: Vec<u8> = word.bytes().enumerate()
                    .map(|(k, b)| case.apply(b.to_ascii_lowercase(), k).unwrap_or(0)).collect();
                prop_assert_eq!(restored, word.as_bytes());
            }
        }
    }
}
