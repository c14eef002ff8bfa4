//! Edits that make one word of another: walk → walked, cat → Cat, happy → unhappy.
//!
//! An edit changes the case of a word, replaces its ending, or puts letters before it. The
//! usual ones of English are known from the start; any other is spelled once and then known
//! too. How often each is used is learned.
//!
//! Cost: a look-up in the lexicon per known edit and new word.

use pressmark_coding::adaptive::SymbolModel;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::BitIo;
use pressmark_coding::token::{Case, Kind, is_word_byte};

/// A few letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters {
    bytes: [u8; 5],
    len: u8,
}

impl Letters {
    fn new(letters: &[u8]) -> Option<Self> {
        let mut bytes = [0; 5];
        bytes.get_mut(..letters.len())?.copy_from_slice(letters);
        Some(Self { bytes, len: letters.len() as u8 })
    }

    /// The letters as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// What makes one word of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The first letter becomes a capital, the others small.
    Capital,
    /// All letters become capitals.
    Upper,
    /// All letters become small.
    Lower,
    /// An ending gives way to another; either may be empty.
    Ending(Letters, Letters),
    /// Letters are put before the word.
    Before(Letters),
}

/// The usual ones of English, and those that agents' logs are full of. An edit that only takes
/// letters away, or adds one that is soon spelled, does not pay for saying so.
const ENDINGS: [(&str, &str); 20] = [
    ("", "s"),
    ("", "ed"),
    ("", "ing"),
    ("", "ly"),
    ("", "er"),
    ("", "es"),
    ("", "est"),
    ("", "ful"),
    ("", "ness"),
    ("", "less"),
    ("", "able"),
    ("", "ment"),
    ("", "’s"),
    ("", "n’t"),
    ("e", "ing"),
    ("y", "ies"),
    ("y", "ied"),
    ("y", "ier"),
    ("y", "iest"),
    ("y", "ily"),
];
const BEFORE: [&str; 8] = ["un", "re", "in", "dis", "im", "mis", "over", "pre"];

/// An edit's number has so many bits.
const BITS: u32 = 5;
/// The ending must follow as many letters that stay.
const LEAST_SHARED: usize = 3;
/// All edits, and how often each is used.
#[derive(Debug, Clone)]
pub(crate) struct Edits {
    known: Vec<Edit>,
    which: SymbolModel,
}

impl Edits {
    pub(crate) fn new() -> Self {
        let cases = [Edit::Capital, Edit::Upper, Edit::Lower];
        let endings = ENDINGS.iter().filter_map(|&(old, new)| {
            Some(Edit::Ending(Letters::new(old.as_bytes())?, Letters::new(new.as_bytes())?))
        });
        let before = BEFORE.iter();
        let before = before.filter_map(|new| Some(Edit::Before(Letters::new(new.as_bytes())?)));
        let known: Vec<Edit> = cases.into_iter().chain(endings).chain(before).collect();
        Self { which: SymbolModel::new(BITS), known }
    }

    /// Finds a known word and an edit that make `word`, which is the newest of the lexicon.
    pub(crate) fn derive(&self, lexicon: &Lexicon, word: &[u8]) -> Option<(u32, Edit)> {
        let mut source = Vec::with_capacity(word.len() + 4);
        let mut best: Option<(usize, u32, Edit)> = None;
        for &edit in &self.known {
            // What the edit adds is what it leaves to be guessed of the word.
            let Some(shared) = edit.undo(word, &mut source) else { continue };
            if best.is_some_and(|(most, ..)| most >= shared) || shared < LEAST_SHARED {
                continue;
            }
            let Some(number) = lexicon.find(Kind::Word, &source) else { continue };
            let fits = edit.case().is_none_or(|case| case == Case::of(&source));
            if fits && edit.apply(&source).as_deref() == Some(word) {
                best = Some((shared, number, edit));
            }
        }
        best.map(|(_, number, edit)| (number, edit))
    }

    /// Passes an edit through `io`; when reading, `edit` is ignored.
    pub(crate) fn code<Io: BitIo, const LEARN: bool>(&mut self, io: &mut Io, edit: Edit) -> Edit {
        let index = self.known.iter().position(|&known| known == edit).unwrap_or(0);
        let index = if LEARN {
            self.which.code(io, index as u32)
        } else {
            self.which.clone().code(io, index as u32)
        };
        let index = index as usize;
        self.known.get(index).copied().unwrap_or(Edit::Capital)
    }
}

impl Edit {
    /// The case that the source of this edit must have, if only one makes sense.
    pub(crate) fn case(self) -> Option<Case> {
        match self {
            Self::Capital | Self::Upper => Some(Case::Lower),
            Self::Lower => Some(Case::Capital),
            Self::Ending(..) | Self::Before(_) => None,
        }
    }

    /// The word that this edit makes of `source`; none if it does not fit, or if what comes is no
    /// other word.
    pub(crate) fn apply(self, source: &[u8]) -> Option<Vec<u8>> {
        let word = match self {
            Self::Upper => source.to_ascii_uppercase(),
            Self::Lower => source.to_ascii_lowercase(),
            Self::Capital => {
                let mut word = source.to_ascii_lowercase();
                word.first_mut()?.make_ascii_uppercase();
                word
            }
            Self::Ending(old, new) => {
                [source.strip_suffix(old.as_bytes())?, new.as_bytes()].concat()
            }
            Self::Before(new) => [new.as_bytes(), source].concat(),
        };
        (!word.is_empty() && word != source && word.iter().all(|&b| is_word_byte(b)))
            .then_some(word)
    }

    /// Fills in a word that this edit may have made `word` of; gives back how many letters they
    /// share.
    fn undo(self, word: &[u8], source: &mut Vec<u8>) -> Option<usize> {
        source.clear();
        match self {
            Self::Capital | Self::Upper => source.extend(word.iter().map(u8::to_ascii_lowercase)),
            Self::Lower => {
                source.extend_from_slice(word);
                source.first_mut()?.make_ascii_uppercase();
            }
            Self::Ending(old, new) => {
                source.extend_from_slice(word.strip_suffix(new.as_bytes())?);
                let shared = source.len();
                source.extend_from_slice(old.as_bytes());
                return Some(shared);
            }
            Self::Before(new) => source.extend_from_slice(word.strip_prefix(new.as_bytes())?),
        }
        Some(source.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn derived(known: &[&str], word: &str) -> Option<String> {
        let mut lexicon = Lexicon::default();
        for known in known {
            lexicon.number(Kind::Word, known.as_bytes());
        }
        lexicon.number(Kind::Word, word.as_bytes());
        let (source, _) = Edits::new().derive(&lexicon, word.as_bytes())?;
        Some(String::from_utf8_lossy(lexicon.bytes(source)).into_owned())
    }

    #[test]
    fn words_are_made_of_their_likes() {
        assert_eq!(derived(&["walk", "happy"], "walked").as_deref(), Some("walk"));
        assert_eq!(derived(&["cats", "Cats"], "CATS").as_deref(), Some("cats"));
        assert_eq!(derived(&["catch"], "Catch").as_deref(), Some("catch"));
        assert_eq!(derived(&["happy"], "unhappy").as_deref(), Some("happy"));
        assert_eq!(derived(&["story"], "stories").as_deref(), Some("story"));
        assert_eq!(derived(&["smile"], "smiling").as_deref(), Some("smile"));
        assert_eq!(derived(&["dragon"], "castle"), None);
        assert_eq!(derived(&[], "walked"), None);
    }

    #[test]
    fn an_edit_that_does_not_fit_makes_nothing() {
        for edit in Edits::new().known {
            assert_eq!(edit.apply(b""), edit.apply(b"").filter(|word| !word.is_empty()));
            if let Edit::Ending(old, _) = edit {
                assert!(old.as_bytes().is_empty() || edit.apply(b"zzz").is_none());
            }
        }
        assert_eq!(Edit::Lower.apply(b"cat"), None);
    }

    proptest! {
        #[test]
        fn what_is_derived_can_be_made(words in prop::collection::vec("[A-Ca-c]{3,5}(y|e|s|ed|ing|ies|ly|)", 2..40)) {
            let mut lexicon = Lexicon::default();
            let edits = Edits::new();
            for word in &words {
                let known = lexicon.len();
                let number = lexicon.number(Kind::Word, word.as_bytes());
                if number as usize != known {
                    continue;
                }
                if let Some((source, edit)) = edits.derive(&lexicon, word.as_bytes()) {
                    prop_assert!(source < number);
                    let made = edit.apply(lexicon.bytes(source));
                    prop_assert_eq!(made.as_deref(), Some(word.as_bytes()));
                }
            }
        }

        #[test]
        fn any_word_can_be_edited(word in prop::collection::vec(any::<u8>(), 0..12)) {
            for edit in Edits::new().known {
                if let Some(made) = edit.apply(&word) {
                    prop_assert!(made != word && made.iter().all(|&b| is_word_byte(b)));
                }
            }
        }
    }
}
