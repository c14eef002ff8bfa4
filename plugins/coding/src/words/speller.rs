//! From text to codes.

use super::dictionary::Dictionary;
use super::{
    CAPITAL, Code, ESCAPE, JOIN, LONGEST, is_border, is_escaped, is_letter, is_numbered, is_spaced,
};

/// The most codes of one token: each byte with an escape, and what joins or parts it.
const CODES: usize = 2 * LONGEST + 2;

/// The codes of one token.
#[derive(Debug, Clone, Copy)]
pub struct Codes {
    bytes: [u8; CODES],
    length: usize,
}

impl Codes {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn push_number(&mut self, number: usize) {
        let (first, second) = Code::bytes(number);
        self.push(first);
        second.into_iter().for_each(|second| self.push(second));
    }
}

impl AsRef<[u8]> for Codes {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Turns texts into codes, one token at a time.
#[derive(Debug)]
pub struct Speller {
    dictionary: Dictionary,
    /// The last byte; a blank at the beginning.
    last: u8,
    /// Whether it was spelled, so that more could be taken for a part of it.
    open: bool,
}

impl Speller {
    /// A speller that knows the tokens of `dictionary`, at the beginning of a text.
    pub fn new(dictionary: Dictionary) -> Self {
        Self { dictionary, last: b' ', open: false }
    }

    /// The tokens so far.
    pub fn into_dictionary(self) -> Dictionary {
        self.dictionary
    }

    /// The codes of the first token of `text`, with the blank implied before it, and how many
    /// bytes they stand for: at least one, if there is any.
    #[inline]
    pub fn next(&mut self, text: &[u8]) -> (usize, Codes) {
        let mut codes = Codes { bytes: [0; CODES], length: 0 };
        let letter_at = |at: usize| text.get(at).is_some_and(|&byte| is_letter(byte));
        let spaced = is_spaced(self.last);
        let implied = spaced && text.first() == Some(&b' ') && letter_at(1);
        let start = usize::from(implied);
        let word = letter_at(start);
        let rest = &text[start..];
        let inner = rest.windows(2).take(LONGEST - 1);
        let length = 1 + inner.take_while(|pair| !is_border(pair[0], pair[1])).count();
        let token = &rest[..length.min(rest.len())];
        let Some((&first, &last)) = token.first().zip(token.last()) else { return (0, codes) };
        let touches =
            !implied && if word { spaced } else { self.open && !is_border(self.last, first) };
        if touches {
            codes.push(JOIN);
        }
        if let Some(number) = self.dictionary.find(token) {
            codes.push_number(number);
            self.open = false;
        } else if let Some(number) = self.find_small(token) {
            codes.push(CAPITAL);
            codes.push_number(number);
            self.open = false;
        } else {
            if implied && self.open && is_letter(self.last) {
                codes.push(b' ');
            }
            for &byte in token {
                if is_escaped(byte) {
                    codes.push(ESCAPE);
                }
                codes.push(byte);
            }
            if is_numbered(word, token.len()) {
                self.dictionary.add(token);
            }
            self.open = true;
        }
        self.last = last;
        (start + token.len(), codes)
    }

    /// The number of a token without its capital, if it has one and no other.
    fn find_small(&self, token: &[u8]) -> Option<usize> {
        let (first, rest) = token.split_first()?;
        if !first.is_ascii_uppercase() || rest.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        let mut small = [0; LONGEST];
        let small = small.get_mut(..token.len())?;
        small.copy_from_slice(token);
        small[0] = first.to_ascii_lowercase();
        self.dictionary.find(small)
    }
}
