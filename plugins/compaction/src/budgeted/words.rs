//! The words of a text, eight bytes at a time.
//!
//! A word is a run of letters, digits, `_` and bytes from 0x80 up. The classes of eight bytes are
//! found at once by arithmetic on a 64-bit word whose bytes do not carry into each other (Lamport,
//! 1975): a range `low ..= high` of seven-bit values is where `byte + 0x80 - low` has its high bit
//! and `byte + 0x7f - high` has not.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;

/// A word: its hash, its length in bytes, and whether it has digits, capitals and others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) hash: u64,
    pub(crate) length: usize,
    pub(crate) digits: bool,
    pub(crate) capitals: bool,
    /// Only digits.
    pub(crate) number: bool,
}

/// High bits of the bytes that are in `low ..= high`, of bytes that are below 0x80.
const fn range(bytes: u64, low: u8, high: u8) -> u64 {
    let from = bytes + ONES * (0x80 - low) as u64;
    let above = bytes + ONES * (0x7f - high) as u64;
    from & !above & HIGH
}

/// High bits of the bytes that are digits, that are capitals, and that belong to words at all.
const fn classes(bytes: u64) -> (u64, u64, u64) {
    let high = bytes & HIGH;
    let low = bytes & !HIGH;
    let digits = range(low, b'0', b'9') & !high;
    let letters = range(low | (ONES * 0x20), b'a', b'z') & !high;
    let capitals = letters & !(bytes << 2);
    let line = range(low, b'_', b'_') & !high;
    (digits, capitals, digits | letters | line | high)
}

/// Eight bytes from `at` on, zeros past the end.
fn load(text: &[u8], at: usize) -> u64 {
    match text[at..].first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text[at..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// The low `bytes` bytes; `bytes` is less than 8.
const fn low(bytes: usize) -> u64 {
    (1 << (8 * bytes)) - 1
}

/// Tells each word of a text, in order; gives back whether there is a question mark.
pub(crate) fn each(text: &[u8], mut tell: impl FnMut(Word)) -> bool {
    let mut question = false;
    let mut at = 0;
    while at < text.len() {
        let bytes = load(text, at);
        let (digits, capitals, words) = classes(bytes);
        if words & 0x80 == 0 {
            let gap = words.trailing_zeros() as usize / 8;
            let mask = if gap == 8 { u64::MAX } else { low(gap) };
            question |= range(bytes & !HIGH & mask, b'?', b'?') & !bytes != 0;
            at += gap;
            continue;
        }
        let length = (!words & HIGH).trailing_zeros() as usize / 8;
        if length < 8 {
            let mask = low(length);
            let word = Word {
                hash: mix(0, bytes & mask),
                length,
                digits: digits & mask != 0,
                capitals: capitals & mask != 0,
                number: digits & mask == HIGH & mask,
            };
            tell(word);
            // One byte after it is no word's, and need not be looked at again.
            question |= (bytes >> (8 * length)) as u8 == b'?';
            at += length + 1;
        } else {
            let word = long(text, at);
            tell(word);
            at += word.length;
        }
    }
    question
}

/// The word at `at`, of any length.
fn long(text: &[u8], at: usize) -> Word {
    let mut word = Word { hash: 0, length: 0, digits: false, capitals: false, number: true };
    loop {
        let rest = at + word.length;
        let bytes = if rest < text.len() { load(text, rest) } else { 0 };
        let (digits, capitals, words) = classes(bytes);
        let length = (!words & HIGH).trailing_zeros() as usize / 8;
        let mask = if length == 8 { u64::MAX } else { low(length) };
        word.digits |= digits & mask != 0;
        word.capitals |= capitals & mask != 0;
        word.number &= digits & mask == HIGH & mask;
        word.hash = mix(word.hash, bytes & mask);
        word.length += length;
        if length < 8 {
            return word;
        }
    }
}

/// The hash of a word whose next bytes are `bytes`.
const fn mix(hash: u64, bytes: u64) -> u64 {
    (hash.rotate_left(29) ^ bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The hash that [`each`] tells of `word`.
pub(crate) fn hash(word: &[u8]) -> u64 {
    let mut hash = 0;
    each(word, |word| hash = word.hash);
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a byte at a time.
    fn slowly(text: &[u8]) -> Vec<(usize, bool, bool, bool)> {
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        text.split(|byte| !part(byte))
            .filter(|word| !word.is_empty())
            .map(|word| {
                let any = |is: fn(&u8) -> bool| word.iter().any(is);
                let number = word.iter().all(u8::is_ascii_digit);
                (word.len(), any(u8::is_ascii_digit), any(u8::is_ascii_uppercase), number)
            })
            .collect()
    }

    fn fast(text: &[u8]) -> Vec<(usize, bool, bool, bool)> {
        let mut words = Vec::new();
        let question = each(text, |word| {
            words.push((word.length, word.digits, word.capitals, word.number));
        });
        assert_eq!(question, text.contains(&b'?'));
        words
    }

    proptest! {
        #[test]
        fn any_bytes(text: Vec<u8>) {
            prop_assert_eq!(fast(&text), slowly(&text));
        }

        #[test]
        fn texts(text in "[a-cXYZ0-9_é?@{}\\[`/: -]{0,80}") {
            prop_assert_eq!(fast(text.as_bytes()), slowly(text.as_bytes()));
        }

        #[test]
        fn a_hash_knows_the_word_and_not_its_place(word in "[a-z0-9]{1,30}", other in "[a-z0-9]{1,30}") {
            let mut hashes = Vec::new();
            each(format!("x {word}, {word} {other}.").as_bytes(), |word| hashes.push(word.hash));
            prop_assert_eq!(hashes[1], hashes[2]);
            prop_assert_eq!(hash(word.as_bytes()), hashes[1]);
            prop_assert_eq!(hashes[1] == hashes[3], word == other);
        }
    }
}
