//! How contexts see codes of words: as the text that these stand for.
//!
//! Every word is seen with a blank behind it, whether one comes or not, and what is known of a
//! token before it is there (a capital, half of its code) is said beside.

use pressmark_coding::words::dictionary::Dictionary;
use pressmark_coding::words::{Code, LONGEST, is_border, is_letter, is_numbered};

use crate::context::Context;

/// Turns codes into text, as far as contexts need it.
#[derive(Debug)]
pub struct Expansion {
    dictionary: Dictionary,
    pending: Pending,
    capital: bool,
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

impl Expansion {
    /// One that knows no token yet, and will know so many.
    pub fn new(tokens: usize) -> Self {
        Self {
            dictionary: Dictionary::new(tokens),
            pending: Pending::Nothing,
            capital: false,
            spelled: [0; LONGEST],
            length: 0,
        }
    }

    /// What [`Expansion::new`] allocates, in bytes.
    pub fn allocated(tokens: usize) -> usize {
        Dictionary::allocated(tokens)
    }

    /// Another text begins: no token goes on.
    pub fn begin(&mut self, context: &mut Context) {
        self.close(context);
    }

    /// Shows a context what a code stands for.
    pub fn push(&mut self, code: u8, context: &mut Context) {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Lead(first) => return self.token(first + usize::from(code), context),
            Pending::Escape => return self.spell(code, context),
            Pending::Nothing => {}
        }
        match Code::of(code) {
            Code::Token(number) => return self.token(number, context),
            Code::Spelled(byte) => return self.spell(byte, context),
            Code::Escape => self.pending = Pending::Escape,
            Code::Lead(first) => {
                self.close(context);
                self.pending = Pending::Lead(first);
            }
            Code::Capital => {
                self.close(context);
                self.capital = true;
            }
            Code::Join => self.close(context),
        }
        context.foresee(code);
    }

    fn token(&mut self, number: usize, context: &mut Context) {
        self.close(context);
        let capital = std::mem::take(&mut self.capital);
        // What has no number cannot come.
        let token = self.dictionary.get(number).unwrap_or(b" ");
        let (&first, rest) = token.split_first().unwrap_or((&b' ', &[]));
        context.push(if capital { first.to_ascii_uppercase() } else { first });
        rest.iter().for_each(|&byte| context.push(byte));
        if is_letter(first) {
            context.push(b' ');
        }
    }

    fn spell(&mut self, byte: u8, context: &mut Context) {
        let last = self.length.checked_sub(1).map(|last| self.spelled[last]);
        if self.length == LONGEST || last.is_some_and(|last| is_border(last, byte)) {
            self.close(context);
        }
        self.spelled[self.length] = byte;
        self.length += 1;
        context.push(byte);
    }

    /// The token that was spelled is known from here on.
    fn close(&mut self, context: &mut Context) {
        let token = &self.spelled[..self.length];
        let Some(word) = token.first().map(|&byte| is_letter(byte)) else { return };
        if is_numbered(word, self.length) {
            self.dictionary.add(token);
        }
        self.length = 0;
        if word {
            context.push(b' ');
        }
    }
}
