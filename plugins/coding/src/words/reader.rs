//! From codes to text.

use super::dictionary::Dictionary;
use super::speller::{Codes, Next};
use super::{Code, LONGEST, is_border, is_letter, is_numbered, is_spaced};

/// A code that no text gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impossible;

/// Turns codes back into the text that a [`Speller`](super::speller::Speller) made them of.
#[derive(Debug)]
pub struct Reader {
    dictionary: Dictionary,
    /// What the next byte belongs to.
    pending: Pending,
    capital: bool,
    join: bool,
    word: bool,
    last: u8,
    /// The token that is being spelled, and its length; 0 if none is.
    spelled: [u8; LONGEST],
    length: usize,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Nothing,
    Escape,
    Lead(usize),
}

impl Reader {
    /// A reader that knows the tokens of `dictionary`, at the beginning of a text.
    pub fn new(dictionary: Dictionary) -> Self {
        Self {
            dictionary,
            pending: Pending::Nothing,
            capital: false,
            join: false,
            word: false,
            last: b' ',
            spelled: [0; LONGEST],
            length: 0,
        }
    }

    /// Takes in a code and appends what it stands for to `text`, which grows by at most
    /// [`LONGEST`] bytes and a blank.
    ///
    /// # Errors
    ///
    /// [`Impossible`] for the number of no token, a spelled token that is too long, and flags that
    /// no token follows. So there is a byte of text at least every five codes.
    #[inline]
    pub fn push(&mut self, code: u8, text: &mut Vec<u8>) -> Result<(), Impossible> {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Lead(first) => return self.token(first + usize::from(code), text),
            Pending::Escape => return self.spell(code, text),
            Pending::Nothing => {}
        }
        match Code::of(code) {
            Code::Token(number) => return self.token(number, text),
            Code::Spelled(byte) => return self.spell(byte, text),
            Code::Lead(first) => self.pending = Pending::Lead(first),
            Code::Escape => self.pending = Pending::Escape,
            // Said twice, they would make a text of no end of nothing.
            Code::Capital if !self.capital => self.capital = true,
            Code::Join if !self.join && !self.capital => self.join = true,
            Code::Capital | Code::Join => return Err(Impossible),
        }
        Ok(())
    }

    /// The codes of the first token of `text` behind all that was read, as a speller has them that
    /// knows the same tokens, and how many bytes they stand for: at least one, if there is any. It
    /// is to be read next.
    #[inline]
    pub fn spell_next(&mut self, text: &[u8]) -> (usize, Codes) {
        let open = self.length > 0;
        // What comes next has codes by which it is over.
        self.close();
        let next = Next::of(&self.dictionary, self.last, open, text);
        (next.taken, next.codes)
    }

    /// What was read is over; what comes next stands behind a byte `last`.
    pub fn turn(&mut self, last: u8) {
        self.close();
        self.pending = Pending::Nothing;
        (self.capital, self.join, self.word, self.last) = (false, false, false, last);
    }

    fn token(&mut self, number: usize, text: &mut Vec<u8>) -> Result<(), Impossible> {
        self.close();
        let token = self.dictionary.get(number).ok_or(Impossible)?;
        let (&first, rest) = token.split_first().ok_or(Impossible)?;
        let word = is_letter(first);
        if word && is_spaced(self.last) && !self.join {
            text.push(b' ');
        }
        text.push(if self.capital { first.to_ascii_uppercase() } else { first });
        text.extend_from_slice(rest);
        self.last = rest.last().copied().unwrap_or(first);
        (self.word, self.join, self.capital) = (word, false, false);
        Ok(())
    }

    fn spell(&mut self, byte: u8, text: &mut Vec<u8>) -> Result<(), Impossible> {
        if self.capital {
            return Err(Impossible);
        }
        let word = is_letter(byte);
        let last = self.length.checked_sub(1).map(|last| self.spelled[last]);
        if self.join || last.is_none_or(|last| is_border(last, byte)) {
            self.close();
            if word && is_spaced(self.last) && !self.join {
                text.push(b' ');
            }
            (self.word, self.join) = (word, false);
        }
        *self.spelled.get_mut(self.length).ok_or(Impossible)? = byte;
        self.length += 1;
        text.push(byte);
        self.last = byte;
        Ok(())
    }

    /// The token that was spelled is known from here on.
    fn close(&mut self) {
        let token = &self.spelled[..self.length];
        if is_numbered(self.word, self.length) {
            self.dictionary.add(token);
        }
        self.length = 0;
    }
}
