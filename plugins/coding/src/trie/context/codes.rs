//! The contexts of the next code of a text's words.

use super::{CONTEXTS, Reading, SPREAD, Sentence, hash, node_bytes, spelled, turned};
use crate::unit::Unit;
use crate::words::dictionary::Dictionary;
use crate::words::{
    CAPITAL, Code, ESCAPE, JOIN, LONGEST, MOST_WORDS, is_border, is_letter, is_numbered,
};

/// All contexts.
pub type Codes = CodesOf<9>;
/// Those that are worth most.
pub type FewCodes = CodesOf<5>;

/// The last codes, and the words and gaps that they stand for, with so many contexts by words.
#[derive(Debug, Clone, Default)]
pub struct CodesOf<const WORDS: usize> {
    /// The last eight codes, the last one lowest.
    codes: u64,
    /// Hashes of the word so far, or the first half of its code (0: none), and of the three
    /// before it.
    words: [u64; 4],
    /// Hash of the gaps since the last word, and of those of them that are over.
    gap: u64,
    gaps: u64,
    sentence: Sentence,
    /// The number of the document.
    document: u64,
    /// Blanks that the line begins with, if nothing else has come.
    indent: Option<u8>,
    pending: Pending,
    /// The token that is being spelled, and its length; 0 if none is.
    spelled: Token,
    length: usize,
    last: u8,
    /// A token spelled to its end that is not known yet.
    closed: Option<Token>,
}

/// What the next code belongs to.
#[derive(Debug, Clone, Copy, Default)]
enum Pending {
    #[default]
    Nothing,
    Escape,
    Lead(usize),
}

/// A word or gap.
#[derive(Debug, Clone, Copy, Default)]
struct Token {
    hash: u64,
    word: bool,
    /// The byte of a gap, and how often it comes.
    byte: u8,
    length: u8,
}

impl Token {
    /// One that begins with `byte`.
    fn begun(byte: u8) -> Self {
        Self { hash: 0, word: is_letter(byte), byte, length: 0 }
    }

    fn push(&mut self, byte: u8) {
        self.hash = spelled(self.hash, byte);
        self.length += 1;
    }
}

/// The tokens that have numbers.
#[derive(Debug)]
pub struct Tokens {
    /// Words and gaps.
    lists: [Vec<Token>; 2],
    most: [usize; 2],
}

impl Tokens {
    /// What room for so many tokens takes, in bytes.
    pub fn allocated(most: usize) -> usize {
        Dictionary::most(most).iter().sum::<usize>() * size_of::<Token>()
    }

    /// The token of a number; `closed` is the next to get one.
    fn get<'a>(&'a self, number: usize, closed: Option<&'a Token>) -> Option<&'a Token> {
        let (list, at) = match number.checked_sub(MOST_WORDS) {
            None => (&self.lists[0], number),
            Some(gap) => (&self.lists[1], gap),
        };
        if at == list.len() { closed } else { list.get(at) }
    }

    fn add(&mut self, token: Token) {
        let list = usize::from(!token.word);
        if self.lists[list].len() < self.most[list] {
            self.lists[list].push(token);
        }
    }
}

impl<const WORDS: usize> CodesOf<WORDS> {
    /// The token being spelled is over.
    fn close(&mut self) {
        if self.length == 0 {
            return;
        }
        if is_numbered(self.spelled.word, self.length) {
            self.closed = Some(self.spelled);
        }
        self.length = 0;
        if self.spelled.word {
            self.end(self.spelled.hash);
        } else {
            self.gaps = self.gap;
        }
    }

    /// A word is over.
    fn end(&mut self, word: u64) {
        self.words = [0, word, self.words[1], self.words[2]];
        self.sentence.word();
        self.indent = None;
        (self.gap, self.gaps) = (0, 0);
    }

    fn token(&mut self, number: usize, known: &Tokens) {
        self.close();
        let known = known.get(number, self.closed.as_ref());
        match known {
            Some(token) if !token.word => {
                let token = *token;
                (0..token.length).for_each(|_| self.mark(token.byte));
                self.gaps = self.gaps.wrapping_mul(SPREAD) ^ token.hash;
                (self.gap, self.words[0]) = (self.gaps, 0);
            }
            // What has no number cannot come.
            known => self.end(known.map_or(1, |token| token.hash)),
        }
    }

    fn spell(&mut self, byte: u8) {
        if self.length == 0 || is_border(self.last, byte) {
            self.close();
            self.spelled = Token::begun(byte);
        }
        self.last = byte;
        self.length = (self.length + 1).min(LONGEST);
        self.spelled.push(byte);
        if self.spelled.word {
            self.words[0] = self.spelled.hash;
        } else {
            self.gap = self.gaps.wrapping_mul(SPREAD) ^ self.spelled.hash;
            self.mark(byte);
        }
    }

    /// Takes in a byte of a gap. A document ends with a blank line, or where a line begins with a
    /// brace behind two blanks at most, as records of logs do.
    fn mark(&mut self, byte: u8) {
        self.sentence.mark(byte);
        let ends = match byte {
            b'\n' => self.indent == Some(0),
            b'{' => self.indent.is_some_and(|blanks| blanks <= 2),
            _ => false,
        };
        self.document += u64::from(ends);
        self.indent = match byte {
            b'\n' => Some(0),
            b' ' => self.indent.map(|blanks| blanks.saturating_add(1)),
            _ => None,
        };
    }

    fn flag(&mut self, code: u8) {
        self.gap = spelled(self.gap, code);
    }
}

impl<const WORDS: usize> Reading for CodesOf<WORDS> {
    type Known = Tokens;
    const UNIT: Unit = Unit::Word;
    const WORDS: usize = WORDS;
    const DEPTHS: &'static [u32] = &[2, 3];
    const SHALLOW: usize = Self::WORDS;
    // Of 4 and of 10 codes.
    const POINTERS: [u32; 2] = [15, 6];
    const RATE: i32 = 6;

    fn node_bytes(text: usize) -> usize {
        node_bytes(text, 48, Self::COUNT)
    }

    #[inline]
    fn is_busy(_: usize) -> bool {
        // Codes are numbers without likeness: their halves say little of each other.
        true
    }

    fn known(tokens: usize) -> Tokens {
        let most = Dictionary::most(tokens);
        Tokens { lists: most.map(Vec::with_capacity), most }
    }

    fn begin(&mut self) {
        self.close();
    }

    #[inline]
    fn push(&mut self, code: u8, known: &Tokens) {
        self.codes = self.codes << 8 | u64::from(code);
        match std::mem::take(&mut self.pending) {
            Pending::Lead(first) => return self.token(first + usize::from(code), known),
            Pending::Escape => return self.spell(code),
            Pending::Nothing => {}
        }
        match Code::of(code) {
            Code::Token(number) => self.token(number, known),
            Code::Spelled(byte) => self.spell(byte),
            Code::Lead(first) => {
                self.close();
                self.pending = Pending::Lead(first);
                self.words[0] = u64::from(code);
            }
            Code::Escape => {
                self.pending = Pending::Escape;
                self.flag(ESCAPE);
            }
            Code::Capital => {
                self.close();
                self.flag(CAPITAL);
            }
            Code::Join => {
                self.close();
                self.flag(JOIN);
            }
        }
    }

    #[inline]
    fn learn(&mut self, known: &mut Tokens) {
        if let Some(token) = self.closed.take() {
            known.add(token);
        }
    }

    #[inline]
    fn symbol(&self, back: u32) -> u8 {
        (self.codes >> (8 * (back - 1))) as u8
    }

    #[inline]
    fn place(&self) -> usize {
        self.sentence.place()
    }

    /// Of the word so far and the gap before it: alone; with one or both of the two words before
    /// it; in this document; with the third word before and one of those two; with the place in the
    /// sentence and the last marks; with the word before in this document. Then of the last codes.
    #[inline]
    fn hashes(&self) -> [u64; CONTEXTS] {
        let word = self.words[0] ^ self.gap.wrapping_mul(SPREAD);
        let [one, two, three] = turned(&self.words);
        let mut hashes = [0; CONTEXTS];
        hashes[0] = hash(word, 8);
        hashes[1] = hash(word, one ^ 9);
        hashes[2] = hash(word, two ^ 10);
        hashes[3] = hash(word, one ^ two ^ 11);
        let document = (self.document + 1).wrapping_mul(SPREAD);
        hashes[4] = hash(word, document ^ 15);
        if WORDS > 5 {
            hashes[5] = hash(word, two ^ three ^ 12);
            hashes[6] = hash(word, one ^ three ^ 13);
            let place = (self.place() as u64) << 8 | u64::from(self.sentence.marks) << 16;
            hashes[7] = hash(word, place | 14);
            hashes[8] = hash(word, one ^ document ^ 16);
        }
        for (hashed, depth) in hashes[Self::WORDS..].iter_mut().zip(Self::DEPTHS) {
            *hashed = hash(self.codes & (u64::MAX >> (64 - 8 * depth)), u64::from(*depth));
        }
        hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::speller::Speller;

    /// The context after each token of a text.
    fn after(text: &str) -> Vec<Codes> {
        let mut speller = Speller::new(Dictionary::new(100));
        let (mut context, mut known) = (Codes::default(), Codes::known(100));
        let (mut rest, mut all) = (text.as_bytes(), Vec::new());
        while !rest.is_empty() {
            let (taken, codes) = speller.next(rest);
            for &code in codes.as_ref() {
                context.push(code, &known);
                context.learn(&mut known);
            }
            rest = &rest[taken..];
            all.push(context.clone());
        }
        all
    }

    #[test]
    fn a_word_is_the_same_spelled_and_by_number() {
        let text = "the cat sat. \"The cat\", he said, \"sat.\"\nThe cat sat. \"The cat\", he said, \"sat.\"\nThe";
        let all = after(text);
        let half = all.len() / 2;
        let (first, second) = (&all[half - 1], &all[all.len() - 2]);
        assert_eq!(first.words[1..], second.words[1..]);
        assert_eq!((first.place(), first.sentence.marks), (second.place(), second.sentence.marks));
        assert_eq!(first.gap, second.gap);
        assert_eq!(first.hashes()[1..8], second.hashes()[1..8]);
    }

    #[test]
    fn gaps_by_number_change_the_sentence_as_spelled_ones() {
        for gap in ["  ", "!!", "\"\"\"", "\n\n", "--"] {
            let all = after(&format!("so{gap}he said{gap}so"));
            let [spelled, numbered] = [&all[1], &all[4]];
            assert_eq!(spelled.gap, numbered.gap, "{gap:?}");
            assert_eq!(spelled.sentence.marks, numbered.sentence.marks, "{gap:?}");
            assert_eq!(spelled.sentence.words == 0, numbered.sentence.words == 0, "{gap:?}");
            let same = spelled.sentence.quoted == numbered.sentence.quoted;
            assert_eq!(same, !gap.contains('"'), "{gap:?}");
        }
    }

    #[test]
    fn a_text_begins_with_a_token_of_its_own() {
        let mut dictionary = Dictionary::new(100);
        let (mut context, mut known) = (Codes::default(), Codes::known(100));
        for k in b'a'..=b'z' {
            context.begin();
            context.learn(&mut known);
            let mut speller = Speller::new(dictionary);
            let (_, codes) = speller.next(&[k; LONGEST]);
            for &code in codes.as_ref() {
                context.push(code, &known);
                context.learn(&mut known);
            }
            dictionary = speller.into_dictionary();
        }
        context.begin();
        context.learn(&mut known);
        assert_eq!(known.lists[0].len(), 26, "as many as the speller numbered");
    }

    #[test]
    fn words_fold_case() {
        let all = after("The dog, the dog,");
        assert_eq!(all.len(), 6);
        assert_eq!(all[2].words[1..3], all[5].words[1..3]);
    }
}
