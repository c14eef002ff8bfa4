//! The contexts of the next symbol, as hashes: those by words, then those by depth.
//!
//! A symbol is a byte of text, or of the [codes of its words](crate::words).

mod bytes;
mod codes;

pub use bytes::{Bytes, FewBytes};
pub use codes::{Codes, FewCodes, Tokens};

use crate::memory::of_use;
use crate::unit::Unit;

/// The most depths that have nodes.
pub const LEVELS: usize = 4;
/// The deepest context that has nodes.
pub const DEEPEST: usize = 7;
/// The most contexts with nodes.
pub const CONTEXTS: usize = 11;
/// Places in a sentence.
pub const PLACES: usize = 14;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a text's symbols are, and the contexts that the last of them give.
pub trait Reading: Clone + std::fmt::Debug + Default {
    /// What is remembered of all symbols so far.
    type Known: std::fmt::Debug;
    /// What a symbol is.
    const UNIT: Unit;
    /// Contexts by words; they come first, at least 4.
    const WORDS: usize;
    /// The depths that have nodes, in symbols, rising: at most [`LEVELS`].
    const DEPTHS: &'static [u32];
    /// All contexts, at most [`CONTEXTS`].
    const COUNT: usize = Self::WORDS + Self::DEPTHS.len();
    /// The context of a few symbols whose probabilities are kept besides.
    const SHALLOW: usize;
    /// The bits by which the hashes of two pointers move up per symbol.
    const POINTERS: [u32; 2];
    /// How quickly the first layer of mixers learns.
    const RATE: i32;

    /// Bytes of nodes for a text of so many bytes.
    fn node_bytes(text: usize) -> usize;
    /// Whether the half bytes after this context are spread over all lines of a group; if not,
    /// they keep to a pair of lines, which is fetched faster.
    fn is_busy(context: usize) -> bool;
    /// Room for what is remembered.
    fn known(tokens: usize) -> Self::Known;
    /// Another text begins: no token goes on.
    fn begin(&mut self);
    /// Takes in a symbol.
    fn push(&mut self, symbol: u8, known: &Self::Known);
    /// Remembers what the last symbol taught.
    fn learn(&mut self, known: &mut Self::Known);
    /// The symbol `back` before the next one (1 to 8); 0 before the beginning.
    fn symbol(&self, back: u32) -> u8;
    /// Where in a sentence the next symbol is, below [`PLACES`].
    fn place(&self) -> usize;
    /// The hashes of all contexts: those by words, then those of [`Reading::DEPTHS`].
    fn hashes(&self) -> [u64; CONTEXTS];
}

/// Bytes of nodes for a text, of which all contexts together would have `each` for a byte: fewer push
/// nodes out of full lines, with 64 instead of 112 a file is 0.15 to 0.5 % larger; more change hardly
/// anything. Where there are few contexts for the sake of speed, not all bytes [count](of_use): at 4 MB
/// 0.08 % of size for a third of the memory.
fn node_bytes(text: usize, each: usize, contexts: usize) -> usize {
    let text = if contexts == CONTEXTS { text } else { of_use(text) };
    text.saturating_mul(each * contexts / CONTEXTS)
}

/// Where in a sentence a text is.
#[derive(Debug, Clone, Copy, Default)]
struct Sentence {
    /// Words since it began, as far as 255.
    words: u8,
    /// Whether quotation marks are open.
    quoted: bool,
    /// The last two bytes that were neither blanks nor of a word.
    marks: u16,
}

impl Sentence {
    /// Takes in a word.
    #[inline]
    fn word(&mut self) {
        self.words = self.words.saturating_add(1);
    }

    /// Takes in a byte that is not of a word.
    #[inline]
    fn mark(&mut self, byte: u8) {
        match byte {
            b' ' => return,
            b'.' | b'!' | b'?' => self.words = 0,
            b'\n' => (self.words, self.quoted) = (0, false),
            b'"' => self.quoted = !self.quoted,
            _ => {}
        }
        self.marks = self.marks << 8 | u16::from(byte);
    }

    /// How many words it has so far, up to six, and whether quotation marks are open; below
    /// [`PLACES`].
    #[inline]
    fn place(&self) -> usize {
        usize::from(self.words).min(PLACES / 2 - 1) * 2 + usize::from(self.quoted)
    }
}

/// The hash of a word with one more byte. Case is folded.
#[inline]
fn spelled(word: u64, byte: u8) -> u64 {
    let word = word.wrapping_add(u64::from(byte.to_ascii_lowercase()) + 1);
    word.wrapping_mul(SPREAD).rotate_left(20)
}

/// The last three words, each turned otherwise.
#[inline]
fn turned(words: &[u64; 4]) -> [u64; 3] {
    [1, 2, 3].map(|at| {
        let word = words[at].wrapping_mul(SPREAD);
        word.rotate_left(9 * (at as u32 - 1))
    })
}

#[inline]
fn hash(a: u64, b: u64) -> u64 {
    let hash = (a ^ b.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(SPREAD);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 29)
}
