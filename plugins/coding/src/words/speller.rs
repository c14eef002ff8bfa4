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
        let next = Next::of(&self.dictionary, self.last, self.open, text);
        let taken = &text[..next.taken];
        if next.spelled {
            let token = &taken[next.start..];
            if token.first().is_some_and(|&first| is_numbered(is_letter(first), token.len())) {
                self.dictionary.add(token);
            }
        }
        self.last = taken.last().copied().unwrap_or(self.last);
        self.open = next.spelled;
        (next.taken, next.codes)
    }
}

/// The first token of a text, in codes.
pub(super) struct Next {
    /// The bytes it takes,
    pub(super) taken: usize,
    /// and those of the blank implied before it.
    start: usize,
    pub(super) codes: Codes,
    /// Whether it has no number, so that it is spelled and more could be taken for a part of it.
    spelled: bool,
}

impl Next {
    /// That of `text` behind a byte `last`; `open` if the token that ends there was spelled.
    #[inline]
    pub(super) fn of(dictionary: &Dictionary, last: u8, open: bool, text: &[u8]) -> Self {
        let mut codes = Codes { bytes: [0; CODES], length: 0 };
        let letter_at = |at: usize| text.get(at).is_some_and(|&byte| is_letter(byte));
        let spaced = is_spaced(last);
        let implied = spaced && text.first() == Some(&b' ') && letter_at(1);
        let start = usize::from(implied);
        let word = letter_at(start);
        let rest = &text[start..];
        let Some(&first) = rest.first() else {
            return Self { taken: 0, start: 0, codes, spelled: false };
        };
        let most = rest.len().min(LONGEST);
        let mut length = 1;
        while length < most && !is_border(first, rest[length]) {
            length += 1;
        }
        let token = &rest[..length];
        let touches = !implied && if word { spaced } else { open && !is_border(last, first) };
        if touches {
            codes.push(JOIN);
        }
        let number = dictionary.find(token);
        let small = if number.is_none() { find_small(dictionary, token) } else { None };
        if let Some(number) = number {
            codes.push_number(number);
        } else if let Some(number) = small {
            codes.push(CAPITAL);
            codes.push_number(number);
        } else {
            if implied && open && is_letter(last) {
                codes.push(b' ');
            }
            for &byte in token {
                if is_escaped(byte) {
                    codes.push(ESCAPE);
                }
                codes.push(byte);
            }
        }
        let spelled = number.or(small).is_none();
        Self { taken: start + token.len(), start, codes, spelled }
    }
}

/// The number of a token without its capital, if it has one and no other.
fn find_small(dictionary: &Dictionary, token: &[u8]) -> Option<usize> {
    let (first, rest) = token.split_first()?;
    if !first.is_ascii_uppercase() || rest.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut small = [0; LONGEST];
    let small = small.get_mut(..token.len())?;
    small.copy_from_slice(token);
    small[0] = first.to_ascii_lowercase();
    dictionary.find(small)
}
