//! What the symbols of a model are: bytes, or codes of words.

use crate::blending::{self, Context};
use crate::trie::{self, Reading};
use crate::words::dictionary::Dictionary;
use crate::words::reader::{Impossible, Reader};
use crate::words::speller::{self, Speller};

/// What a symbol is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// A byte of the text.
    #[default]
    Byte,
    /// A byte of the codes of its words and gaps, as [`words`](crate::words) has them.
    Word,
}

/// Bytes by which a unit is chosen, and the tokens known in them.
const SAMPLE: usize = 1 << 18;
const TOKENS: usize = 1 << 11;

impl Unit {
    /// The unit of a name, `byte` or `word`; none for another, which leaves it to the text.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "byte" => Some(Self::Byte),
            "word" => Some(Self::Word),
            _ => None,
        }
    }

    /// The better unit for a text: words, if the codes of its first 256 KiB are fewer than two
    /// thirds of its bytes. Contexts in codes reach further, and each code saved is time.
    pub fn of(text: &[u8]) -> Self {
        let text = &text[..text.len().min(SAMPLE)];
        let mut codes = 0;
        let _ = each_token::<ByWord, ()>(&mut ByWord::speller(TOKENS), text, |_, _, symbols| {
            codes += symbols.len();
            Ok(())
        });
        if codes * 3 < text.len() * 2 { Self::Word } else { Self::Byte }
    }
}

/// From text to symbols and back.
pub trait Symbols {
    /// Which these are.
    const UNIT: Unit;
    /// The contexts that the trie's model has of them.
    type Reading: Reading;
    /// Fewer of them.
    type FewReading: Reading;
    /// Those of the model that blends.
    type Context: Context;
    /// Makes symbols of text.
    type Speller;
    /// Makes text of symbols.
    type Reader;

    /// A speller that will know so many tokens, at the beginning of a text.
    fn speller(tokens: usize) -> Self::Speller;
    /// The same with what it learned, at the beginning of another text.
    fn again(speller: Self::Speller) -> Self::Speller;
    /// How many of the first bytes of `text` are taken next, at least one, and their symbols.
    fn next(speller: &mut Self::Speller, text: &[u8]) -> (usize, impl AsRef<[u8]>);
    /// A reader that knows what a speller learned.
    fn reader(speller: Self::Speller) -> Self::Reader;
    /// Appends to `text` what a symbol stands for.
    ///
    /// # Errors
    ///
    /// [`Impossible`] for a symbol that no text gives there.
    fn read(reader: &mut Self::Reader, symbol: u8, text: &mut Vec<u8>) -> Result<(), Impossible>;
    /// The same as [`Symbols::next`] from all that a reader knows, behind what it read: the symbols
    /// that it must read next.
    fn spell(reader: &mut Self::Reader, text: &[u8]) -> (usize, impl AsRef<[u8]>);
    /// What was read is over: what is read or spelled next stands behind a byte `last`.
    fn turn(reader: &mut Self::Reader, last: u8);
}

/// Calls `each` with the place and length of every token of `text`, and its symbols.
///
/// # Errors
///
/// Those of `each`, which end it.
#[inline]
pub fn each_token<S: Symbols, E>(
    speller: &mut S::Speller,
    text: &[u8],
    mut each: impl FnMut(usize, usize, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut at = 0;
    while at < text.len() {
        let (taken, symbols) = S::next(speller, &text[at..]);
        each(at, taken, symbols.as_ref())?;
        at += taken;
    }
    Ok(())
}

/// Symbols are bytes.
#[derive(Debug)]
pub struct ByByte;

impl Symbols for ByByte {
    const UNIT: Unit = Unit::Byte;
    type Reading = trie::Bytes;
    type FewReading = trie::FewBytes;
    type Context = blending::Bytes;
    type Speller = ();
    type Reader = ();

    fn speller(_: usize) {}

    fn again((): ()) {}

    #[inline]
    fn next((): &mut (), text: &[u8]) -> (usize, impl AsRef<[u8]>) {
        (1, [text.first().copied().unwrap_or(0)])
    }

    fn reader((): ()) {}

    #[inline]
    fn read((): &mut (), symbol: u8, text: &mut Vec<u8>) -> Result<(), Impossible> {
        text.push(symbol);
        Ok(())
    }

    #[inline]
    fn spell(reader: &mut (), text: &[u8]) -> (usize, impl AsRef<[u8]>) {
        Self::next(reader, text)
    }

    fn turn((): &mut (), _: u8) {}
}

/// Symbols are codes of words.
#[derive(Debug)]
pub struct ByWord;

impl Symbols for ByWord {
    const UNIT: Unit = Unit::Word;
    type Reading = trie::Codes;
    type FewReading = trie::FewCodes;
    type Context = blending::Codes;
    type Speller = Speller;
    type Reader = Reader;

    fn speller(tokens: usize) -> Speller {
        Speller::new(Dictionary::new(tokens))
    }

    fn again(speller: Speller) -> Speller {
        Speller::new(speller.into_dictionary())
    }

    #[inline]
    fn next(speller: &mut Speller, text: &[u8]) -> (usize, impl AsRef<[u8]>) {
        let (taken, codes): (usize, speller::Codes) = speller.next(text);
        (taken, codes)
    }

    fn reader(speller: Speller) -> Reader {
        Reader::new(speller.into_dictionary())
    }

    #[inline]
    fn read(reader: &mut Reader, symbol: u8, text: &mut Vec<u8>) -> Result<(), Impossible> {
        reader.push(symbol, text)
    }

    #[inline]
    fn spell(reader: &mut Reader, text: &[u8]) -> (usize, impl AsRef<[u8]>) {
        reader.spell_next(text)
    }

    fn turn(reader: &mut Reader, last: u8) {
        reader.turn(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_for_texts_of_words() {
        let text = "The cat sat on the mat, and the dog sat on the cat. ".repeat(20);
        assert_eq!(Unit::of(text.as_bytes()), Unit::Word);
        let noise: Vec<u8> = (0..9_999u64).map(|k| (k.wrapping_mul(k) >> 7) as u8).collect();
        assert_eq!(Unit::of(&noise), Unit::Byte);
        assert_eq!(Unit::of(b""), Unit::Byte);
    }
}
