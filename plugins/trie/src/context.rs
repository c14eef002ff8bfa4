//! The contexts of the next byte, as hashes: those by words, then those by depth.

/// Contexts by words.
pub const WORDS: usize = 4;
/// The deepest context that has nodes.
pub const DEEPEST: usize = 7;
/// All contexts with nodes.
pub const CONTEXTS: usize = WORDS + DEEPEST;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The last bytes and words.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The last eight bytes, the last one lowest.
    bytes: u64,
    /// Hashes of the word so far (0: none) and of the two before it. Case is folded.
    words: [u64; 3],
}

impl Context {
    /// Takes in a byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        let folded = byte.to_ascii_lowercase();
        if folded.is_ascii_lowercase() || byte >= 128 {
            let word = self.words[0].wrapping_add(u64::from(folded) + 1);
            self.words[0] = word.wrapping_mul(SPREAD).rotate_left(20);
        } else if self.words[0] != 0 {
            self.words = [0, self.words[0], self.words[1]];
        }
    }

    /// The byte `back` before the next one (1 to 8); 0 before the beginning.
    #[inline]
    pub fn byte(&self, back: u32) -> u8 {
        (self.bytes >> (8 * (back - 1))) as u8
    }

    /// The hashes: of the word so far with the last byte, with the word before, with the one
    /// before that, with both; then of the last one to seven bytes.
    #[inline]
    pub fn hashes(&self) -> [u64; CONTEXTS] {
        let [word, before, earlier] = self.words;
        let last = u64::from(self.byte(1));
        let mut hashes = [0; CONTEXTS];
        hashes[0] = hash(word, last << 8 | 8);
        hashes[1] = hash(word, before.wrapping_mul(SPREAD) ^ 9);
        hashes[2] = hash(word, earlier.wrapping_mul(SPREAD) ^ 10);
        hashes[3] = hash(word, before.wrapping_mul(SPREAD) ^ earlier.rotate_left(9) ^ 11);
        for (hashed, depth) in hashes[WORDS..].iter_mut().zip(1..) {
            *hashed = hash(self.bytes & (u64::MAX >> (64 - 8 * depth)), depth);
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
        let (a, b) = (after(b"The old  ca").hashes(), after(b"the OLD, ca").hashes());
        assert_eq!(a[..WORDS], b[..WORDS]);
        assert_ne!(a[1], after(b"the odd ca").hashes()[1]);
    }
}
