//! The contexts of the next symbol.

use crate::words::{Code, LONGEST, is_border};

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number for two: all bits of both have a say in its high and in its low ones.
#[inline(always)]
pub(super) fn hash(one: u64, two: u64) -> u64 {
    let hash = (one.wrapping_mul(0xff51_afd7_ed55_8ccd) ^ two).wrapping_mul(SPREAD);
    hash ^ hash >> 29
}

/// Contexts with choices of their own: of the last token, and of the one before it.
pub(super) const FREQUENT: usize = 2;
/// Contexts with successors: of the last three tokens, and of the last two.
pub(super) const RARE: usize = 2;

/// What the next symbol stands behind.
pub trait Context: Default + std::fmt::Debug {
    /// Takes in a symbol.
    fn push(&mut self, symbol: u8);
    /// The last symbol.
    fn last(&self) -> u8;
    /// The frequent contexts, the one worth most first.
    fn frequent(&self) -> [u64; FREQUENT];
    /// The rare ones, the rarest first.
    fn rare(&self) -> [u64; RARE];
}

/// Of bytes: the last two, the last three; the last six, the last four.
#[derive(Debug, Default)]
pub struct Bytes(u64);

impl Bytes {
    #[inline(always)]
    fn of(&self, bytes: u32) -> u64 {
        hash(self.0 & (u64::MAX >> (64 - 8 * bytes)), bytes.into())
    }
}

impl Context for Bytes {
    #[inline(always)]
    fn push(&mut self, symbol: u8) {
        self.0 = self.0 << 8 | u64::from(symbol);
    }

    #[inline(always)]
    fn last(&self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    fn frequent(&self) -> [u64; FREQUENT] {
        [self.of(2), self.of(3)]
    }

    #[inline(always)]
    fn rare(&self) -> [u64; RARE] {
        [self.of(6), self.of(4)]
    }
}

/// Of codes of [words](crate::words): the codes of the token so far, with the last token or more
/// before it. A token is a word or a gap with its flags, spelled or by number.
#[derive(Debug, Default)]
pub struct Codes {
    last: u8,
    /// The codes of the token so far.
    token: u64,
    /// Those of the last three tokens, the last first.
    tokens: [u64; 3],
    pending: Pending,
    /// The byte spelled last, and how many bytes of this token are.
    spelled: u8,
    length: usize,
}

/// What the next code belongs to.
#[derive(Debug, Clone, Copy, Default)]
enum Pending {
    #[default]
    Nothing,
    Escape,
    Lead,
}

impl Codes {
    #[inline(always)]
    fn add(&mut self, code: u8) {
        self.token = (self.token ^ (u64::from(code) + 1)).wrapping_mul(SPREAD).rotate_left(23);
    }

    /// The token is over.
    #[inline(always)]
    fn end(&mut self) {
        self.tokens = [self.token, self.tokens[0], self.tokens[1]];
        (self.token, self.length) = (0, 0);
    }

    /// A token that was being spelled is over.
    #[inline(always)]
    fn close(&mut self) {
        if self.length > 0 {
            self.end();
        }
    }

    #[inline(always)]
    fn spell(&mut self, byte: u8) {
        if self.length == LONGEST || is_border(self.spelled, byte) {
            self.close();
        }
        self.add(byte);
        self.spelled = byte;
        self.length += 1;
    }
}

impl Context for Codes {
    #[inline(always)]
    fn push(&mut self, code: u8) {
        self.last = code;
        match std::mem::take(&mut self.pending) {
            Pending::Lead => {
                self.add(code);
                return self.end();
            }
            Pending::Escape => {
                self.token ^= SPREAD;
                return self.spell(code);
            }
            Pending::Nothing => {}
        }
        match Code::of(code) {
            Code::Token(_) => {
                self.close();
                self.add(code);
                self.end();
            }
            Code::Lead(_) => {
                self.close();
                self.add(code);
                self.pending = Pending::Lead;
            }
            Code::Spelled(byte) => self.spell(byte),
            Code::Escape => {
                // A context of its own, until it is known which token the byte belongs to.
                self.token ^= SPREAD;
                self.pending = Pending::Escape;
            }
            Code::Capital | Code::Join => {
                self.close();
                self.add(code);
            }
        }
    }

    #[inline(always)]
    fn last(&self) -> u8 {
        self.last
    }

    #[inline(always)]
    fn frequent(&self) -> [u64; FREQUENT] {
        [hash(self.token, self.tokens[0]), hash(!self.token, self.tokens[1])]
    }

    #[inline(always)]
    fn rare(&self) -> [u64; RARE] {
        let [one, two, three] = self.tokens;
        let both = hash(hash(self.token, one), two);
        [hash(both, three), both]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::dictionary::Dictionary;
    use crate::words::speller::Speller;
    use crate::words::{CAPITAL, ESCAPE, JOIN};

    /// The context behind each token of a text.
    fn behind(text: &str) -> Vec<([u64; FREQUENT], [u64; RARE])> {
        let mut speller = Speller::new(Dictionary::new(100));
        let (mut context, mut rest, mut all) = (Codes::default(), text.as_bytes(), Vec::new());
        while !rest.is_empty() {
            let (taken, codes) = speller.next(rest);
            codes.as_ref().iter().for_each(|&code| context.push(code));
            rest = &rest[taken..];
            all.push((context.frequent(), context.rare()));
        }
        all
    }

    #[test]
    fn the_same_tokens_are_the_same_context() {
        let all = behind("one two three four. one two three four. one two three four. six three");
        let at = |k: usize| all[k];
        assert_eq!(at(7), at(12), "three tokens and more are the same");
        assert_ne!(at(6).0, at(7).0);
        let last = all.len() - 1;
        assert_eq!(at(last).0[0], at(12).0[0], "of one token");
        assert_ne!(at(last).0[1], at(12).0[1], "but not of that before it");
        assert_ne!(at(last).1, at(12).1);
    }

    #[test]
    fn bytes_reach_as_far_as_they_say() {
        let behind = |text: &str| {
            let mut context = Bytes::default();
            text.bytes().for_each(|byte| context.push(byte));
            (context.frequent(), context.rare())
        };
        let (one, two) = (behind("abcdefgh"), behind("xxxxxfgh"));
        assert_eq!(one.0, two.0);
        assert_ne!(one.1, two.1);
        assert_eq!(behind("a-cdefgh"), one);
    }

    #[test]
    fn flags_and_escapes_belong_to_their_token() {
        let mut context = Codes::default();
        for code in [0x80, CAPITAL] {
            context.push(code);
        }
        let begun = context.frequent();
        context.push(0x81);
        assert_ne!(begun, context.frequent());
        assert_eq!(context.token, 0, "it is over");
        for code in [JOIN, ESCAPE, 0xc3] {
            context.push(code);
        }
        assert!(context.token != 0 && context.length == 1, "more may be spelled");
    }
}
