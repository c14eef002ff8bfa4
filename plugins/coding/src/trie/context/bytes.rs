//! The contexts of the next byte of a text.

use super::{CONTEXTS, Reading, Sentence, hash, node_bytes, spelled, turned};
use crate::unit::Unit;

/// All contexts.
pub type Bytes = BytesOf<7>;
/// Those that are worth most.
pub type FewBytes = BytesOf<4>;

/// The last bytes and words, with so many contexts by words.
#[derive(Debug, Clone, Default)]
pub struct BytesOf<const WORDS: usize> {
    /// The last eight bytes, the last one lowest.
    bytes: u64,
    /// Hashes of the word so far (0: none) and of the three before it.
    words: [u64; 4],
    sentence: Sentence,
}

impl<const WORDS: usize> Reading for BytesOf<WORDS> {
    type Known = ();
    const UNIT: Unit = Unit::Byte;
    const WORDS: usize = WORDS;
    const DEPTHS: &'static [u32] = &[2, 3, 5, 7];
    const SHALLOW: usize = Self::WORDS + 1;
    // Of 9 and of 21 bytes.
    const POINTERS: [u32; 2] = [7, 3];
    const RATE: i32 = 4;

    fn node_bytes(text: usize) -> usize {
        node_bytes(text, 112, Self::COUNT)
    }

    #[inline]
    fn is_busy(context: usize) -> bool {
        // Those of few bytes or letters.
        [0, Self::WORDS, Self::WORDS + 1].contains(&context)
    }

    fn known(_: usize) {}

    fn begin(&mut self) {}

    #[inline]
    fn push(&mut self, byte: u8, (): &()) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        if byte.is_ascii_alphabetic() || byte >= 128 {
            self.words[0] = spelled(self.words[0], byte);
            return;
        }
        if self.words[0] != 0 {
            self.words = [0, self.words[0], self.words[1], self.words[2]];
            self.sentence.word();
        }
        self.sentence.mark(byte);
    }

    #[inline]
    fn learn(&mut self, (): &mut ()) {}

    #[inline]
    fn symbol(&self, back: u32) -> u8 {
        (self.bytes >> (8 * (back - 1))) as u8
    }

    #[inline]
    fn place(&self) -> usize {
        self.sentence.place()
    }

    /// Of the word so far with the last byte; with one or two of the three words before it; with
    /// the place in the sentence and the last marks; then of the last bytes.
    #[inline]
    fn hashes(&self) -> [u64; CONTEXTS] {
        let word = self.words[0];
        let [one, two, three] = turned(&self.words);
        let mut hashes = [0; CONTEXTS];
        hashes[0] = hash(word, u64::from(self.symbol(1)) << 8 | 8);
        hashes[1] = hash(word, one ^ 9);
        hashes[2] = hash(word, two ^ 10);
        hashes[3] = hash(word, one ^ two ^ 11);
        if WORDS > 4 {
            hashes[4] = hash(word, two ^ three ^ 12);
            hashes[5] = hash(word, one ^ three ^ 13);
            let place = (self.place() as u64) << 8 | u64::from(self.sentence.marks) << 16;
            hashes[6] = hash(word, place | 14);
        }
        for (hashed, depth) in hashes[Self::WORDS..].iter_mut().zip(Self::DEPTHS) {
            *hashed = hash(self.bytes & (u64::MAX >> (64 - 8 * depth)), u64::from(*depth));
        }
        hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8]) -> Bytes {
        let mut context = Bytes::default();
        text.iter().for_each(|&byte| context.push(byte, &()));
        context
    }

    #[test]
    fn depths_see_their_bytes_only() {
        let (a, b) = (after(b"x1234567").hashes(), after(b"y1234567").hashes());
        assert_eq!(a[Bytes::WORDS..], b[Bytes::WORDS..]);
        let (a, b) = (after(b"y234567").hashes(), after(b"z234567").hashes());
        assert_eq!(a[Bytes::WORDS..CONTEXTS - 1], b[Bytes::WORDS..CONTEXTS - 1]);
        assert_ne!(a[CONTEXTS - 1], b[CONTEXTS - 1]);
    }

    #[test]
    fn words_fold_case_and_skip_gaps() {
        let (a, b) = (after(b"The old  ca").hashes(), after(b"the OLD ca").hashes());
        assert_eq!(a[..Bytes::WORDS], b[..Bytes::WORDS]);
        let (a, b) = (after(b"the old, ca").hashes(), after(b"the old ca").hashes());
        assert_eq!(a[..6], b[..6]);
        assert_ne!(a[6], b[6], "a mark was between");
    }

    #[test]
    fn contexts_by_words_see_their_words_only() {
        let plain = after(b"one two three fo").hashes();
        let differ = |text| {
            let other = after(text).hashes();
            (1..6).filter(|&at| plain[at] != other[at]).collect::<Vec<_>>()
        };
        assert_eq!(differ(b"one two xhree fo"), [1, 3, 5]);
        assert_eq!(differ(b"one xwo three fo"), [2, 3, 4]);
        assert_eq!(differ(b"xne two three fo"), [4, 5]);
        assert_eq!(differ(b"one two three xo"), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn places_follow_sentences_and_quotes() {
        for (text, place) in [
            (&b"And"[..], 0),
            (b"And so", 2),
            (b"And so. He", 0),
            (b"And so he said, \"N", 9),
            (b"And so he said, \"No.\" T", 0),
            (b"a b c d e f g h i", 12),
            (b"she \"said\n", 0),
        ] {
            assert_eq!(after(text).place(), place, "{}", text.escape_ascii());
        }
    }
}
