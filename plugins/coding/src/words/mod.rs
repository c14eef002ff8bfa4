//! Text as codes of words, in band.
//!
//! A model of bytes decides some forty times about a word that it could name at once. Here both
//! sides number the words and gaps of a text as these come, so that the second time one stands
//! for a code of one or two bytes, and only the first time it is spelled: 0.37 to 0.55 codes for a
//! byte of stories or session logs, which a byte-oriented model then takes as its text. Nothing
//! is sent ahead. (Dictionary transforms before a context-mixing coder: Skibiński, Grabowski and
//! Deorowicz, *Revisiting dictionary-based compression*, 2005; theirs are built in, or sent.)
//!
//! A text is words (runs of letters, digits, `_` and bytes from 0x80 up) and gaps (any other byte,
//! as often as it is repeated). A single blank before a word is implied after another word and
//! after the marks `.,!?;:`. The codes:
//!
//! | code | it is |
//! |---|---|
//! | 0x80–0xcf | one of the first 80 words |
//! | 0xd0–0xff, a byte | one of the next 12,288 words |
//! | 20 control codes | one of the first 20 gaps |
//! | 6 control codes, a byte | one of the next 1,536 gaps |
//! | letters, digits, `_` | a word that is spelled |
//! | blanks, line ends, other printable bytes | a gap that is spelled |
//! | [`ESCAPE`], a byte | a byte from 0x80 up of a word, or a control code of a gap |
//! | [`CAPITAL`], a token | that token, its first letter a capital |
//! | [`JOIN`] | no blank is implied before the next token, or it goes on with one that was too long |
//!
//! The first bit of a code tells words from the rest, and so on: codes that are alike share their
//! first decisions. A token spelled is a token known from then on, but for gaps of one byte, which
//! need no code. A spelled token ends where a code comes that cannot go on with it; between two
//! spelled words the blank is therefore written.
//!
//! | module | it is |
//! |---|---|
//! | [`dictionary`] | the tokens so far, numbered |
//! | [`speller`] | from text to codes |
//! | [`reader`] | and back |

pub mod dictionary;
pub mod reader;
pub mod speller;

/// The next byte stands for itself.
pub const ESCAPE: u8 = 0;
/// The next token begins with a capital.
pub const CAPITAL: u8 = 1;
/// No blank is implied before the next token, and what was spelled is over.
pub const JOIN: u8 = 2;
/// The first code of a word.
const WORD: u8 = 0x80;
/// Words with a code of one byte.
const SHORT_WORDS: usize = 96;
/// The first of the codes from 0x80 up that another byte follows.
const WORD_LEAD: u8 = WORD + SHORT_WORDS as u8;
/// The most words that have codes. Gaps are numbered from here on.
pub const MOST_WORDS: usize = SHORT_WORDS + (256 - WORD_LEAD as usize) * 256;
/// The codes of gaps: control codes but those above, tab, line feed and carriage return.
const GAPS: [u8; 26] = [
    3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31,
];
/// Gaps with a code of one byte.
const SHORT_GAPS: usize = 20;
/// The most gaps that have codes.
pub const MOST_GAPS: usize = SHORT_GAPS + (GAPS.len() - SHORT_GAPS) * 256;
/// The longest token, in bytes; a longer one is cut.
pub const LONGEST: usize = 20;

/// What a code, or the first byte of one, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The token of this number.
    Token(usize),
    /// With the next byte: the token of this number and that byte.
    Lead(usize),
    /// A byte of a spelled token.
    Spelled(u8),
    /// See [`ESCAPE`].
    Escape,
    /// See [`CAPITAL`].
    Capital,
    /// See [`JOIN`].
    Join,
}

impl Code {
    /// What a byte means that begins a code.
    #[inline]
    pub fn of(byte: u8) -> Self {
        match byte {
            ESCAPE => Self::Escape,
            CAPITAL => Self::Capital,
            JOIN => Self::Join,
            b'\t' | b'\n' | b'\r' | b' '..WORD => Self::Spelled(byte),
            WORD..WORD_LEAD => Self::Token(usize::from(byte - WORD)),
            WORD_LEAD.. => Self::Lead(SHORT_WORDS + usize::from(byte - WORD_LEAD) * 256),
            low => {
                let at = GAPS.iter().position(|&gap| gap == low).unwrap_or(0);
                match at.checked_sub(SHORT_GAPS) {
                    None => Self::Token(MOST_WORDS + at),
                    Some(lead) => Self::Lead(MOST_WORDS + SHORT_GAPS + lead * 256),
                }
            }
        }
    }

    /// The code of a token's number: its first byte, and its second if it has one.
    #[inline]
    fn bytes(number: usize) -> (u8, Option<u8>) {
        match number.checked_sub(MOST_WORDS) {
            None if number < SHORT_WORDS => (WORD + number as u8, None),
            None => {
                let above = number - SHORT_WORDS;
                (WORD_LEAD + (above / 256) as u8, Some(above as u8))
            }
            Some(gap) if gap < SHORT_GAPS => (GAPS[gap], None),
            Some(gap) => {
                let above = gap - SHORT_GAPS;
                (GAPS[SHORT_GAPS + above / 256], Some(above as u8))
            }
        }
    }
}

/// Whether a byte belongs to words.
#[inline]
pub fn is_letter(byte: u8) -> bool {
    LETTERS[usize::from(byte)]
}

const LETTERS: [bool; 256] = {
    let mut letters = [false; 256];
    let mut at = 0;
    while at < letters.len() {
        let byte = at as u8;
        letters[at] = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        at += 1;
    }
    letters
};

/// Whether a blank is implied between a byte and a word after it.
#[inline]
pub fn is_spaced(left: u8) -> bool {
    is_letter(left) || matches!(left, b'.' | b',' | b'!' | b'?' | b';' | b':')
}

/// Whether a token ends between two bytes.
#[inline]
pub fn is_border(left: u8, right: u8) -> bool {
    is_letter(left) != is_letter(right) || !is_letter(left) && right != left
}

/// Whether a spelled byte needs [`ESCAPE`] before it.
fn is_escaped(byte: u8) -> bool {
    !matches!(Code::of(byte), Code::Spelled(_))
}

/// Whether a token of so many bytes gets a number when it is spelled.
pub fn is_numbered(word: bool, length: usize) -> bool {
    length > usize::from(!word)
}

#[cfg(test)]
mod tests;
