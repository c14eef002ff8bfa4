//! The contexts of the next byte, as hashes: those by words, then those by depth.

/// Contexts by words.
pub(super) const WORDS: usize = 7;
/// The depths that have nodes.
pub const DEPTHS: [u32; 4] = [2, 3, 5, 7];
/// The deepest context that has nodes.
pub const DEEPEST: usize = 7;
/// All contexts with nodes.
pub(super) const CONTEXTS: usize = WORDS + DEPTHS.len();
/// Places in a sentence.
pub(super) const PLACES: usize = 14;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The last bytes and words.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    /// The last eight bytes, the last one lowest.
    bytes: u64,
    /// Hashes of the word so far (0: none) and of the three before it. Case is folded.
    words: [u64; 4],
    /// Words since the sentence began.
    sentence: usize,
    /// Whether quotation marks are open.
    quoted: bool,
    /// The last two bytes that were neither blanks nor of a word.
    marks: u16,
}

impl Context {
    /// Takes in a byte.
    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        let folded = byte.to_ascii_lowercase();
        if folded.is_ascii_lowercase() || byte >= 128 {
            let word = self.words[0].wrapping_add(u64::from(folded) + 1);
            self.words[0] = word.wrapping_mul(SPREAD).rotate_left(20);
            return;
        }
        if self.words[0] != 0 {
            self.words = [0, self.words[0], self.words[1], self.words[2]];
            self.sentence += 1;
        }
        match byte {
            b' ' => return,
            b'.' | b'!' | b'?' => self.sentence = 0,
            b'\n' => (self.sentence, self.quoted) = (0, false),
            b'"' => self.quoted = !self.quoted,
            _ => {}
        }
        self.marks = self.marks << 8 | u16::from(byte);
    }

    /// The byte `back` before the next one (1 to 8); 0 before the beginning.
    #[inline]
    pub(super) fn byte(&self, back: u32) -> u8 {
        (self.bytes >> (8 * (back - 1))) as u8
    }

    /// Where in a sentence the next byte is, below [`PLACES`]: how many words it has so far,
    /// up to six, and whether quotation marks are open.
    #[inline]
    pub(super) fn place(&self) -> usize {
        self.sentence.min(PLACES / 2 - 1) * 2 + usize::from(self.quoted)
    }

    /// The hashes: of the word so far with the last byte; with one or two of the three words
    /// before it; with the place in the sentence and the last marks; then of the last bytes.
    #[inline]
    pub(super) fn hashes(&self) -> [u64; CONTEXTS] {
        let turned = |at: usize| {
            let word = self.words[at].wrapping_mul(SPREAD);
            word.rotate_left(9 * (at as u32 - 1))
        };
        let word = self.words[0];
        let [one, two, three] = [turned(1), turned(2), turned(3)];
        let mut hashes = [0; CONTEXTS];
        hashes[0] = hash(word, u64::from(self.byte(1)) << 8 | 8);
        hashes[1] = hash(word, one ^ 9);
        hashes[2] = hash(word, two ^ 10);
        hashes[3] = hash(word, one ^ two ^ 11);
        hashes[4] = hash(word, two ^ three ^ 12);
        hashes[5] = hash(word, one ^ three ^ 13);
        hashes[6] = hash(word, (self.place() as u64) << 8 | u64::from(self.marks) << 16 | 14);
        for (hashed, depth) in hashes[WORDS..].iter_mut().zip(DEPTHS) {
            *hashed = hash(self.bytes & (u64::MAX >> (64 - 8 * depth)), depth.into());
        }
        hashes
    }
}

#[inline]
fn hash(a: u64, b: u64) -> u64 {
    let hash = (a ^ b.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(SPREAD);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8]) -> Context {
        let mut context = Context::default();
        text.iter().for_each(|&byte| context.push(byte));
        context
    }

    #[test]
    fn depths_see_their_bytes_only() {
        let (a, b) = (after(b"x1234567").hashes(), after(b"y1234567").hashes());
        assert_eq!(a[WORDS..], b[WORDS..]);
        let (a, b) = (after(b"y234567").hashes(), after(b"z234567").hashes());
        assert_eq!(a[WORDS..CONTEXTS - 1], b[WORDS..CONTEXTS - 1]);
        assert_ne!(a[CONTEXTS - 1], b[CONTEXTS - 1]);
    }

    #[test]
    fn words_fold_case_and_skip_gaps() {
        let (a, b) = (after(b"The old  ca").hashes(), after(b"the OLD ca").hashes());
        assert_eq!(a[..WORDS], b[..WORDS]);
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
