//! The words of a text, 64 bytes at a time.
//!
//! A word is a run of letters, digits, `_` and bytes from 0x80 up. The classes of eight bytes are
//! found at once by arithmetic on a 64-bit word whose bytes do not carry into each other (Lamport,
//! 1975): a range `low ..= high` of seven-bit values is where `byte + 0x80 - low` has its high bit
//! and `byte + 0x7f - high` has not. A multiplication gathers the high bits; words are then runs
//! of ones in a mask of 64 bytes.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;
/// Bytes of a block.
const BLOCK: usize = 64;

/// A word: where it begins, its hash, its length in bytes, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) hash: u64,
    pub(crate) length: usize,
    /// It has a digit.
    pub(crate) digits: bool,
    /// It has a capital.
    pub(crate) capitals: bool,
    /// It has nothing but digits.
    pub(crate) number: bool,
}

/// High bits of the bytes that are in `low ..= high`, of bytes that are below 0x80.
const fn range(bytes: u64, low: u8, high: u8) -> u64 {
    let from = bytes + ONES * (0x80 - low) as u64;
    let above = bytes + ONES * (0x7f - high) as u64;
    from & !above & HIGH
}

/// Bit `k` for byte `k`: belongs to a word; is a digit; is a capital.
#[derive(Clone, Copy, Default)]
struct Masks {
    words: u64,
    digits: u64,
    capitals: u64,
}

impl Masks {
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self::default();
        for (at, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
            let bytes = u64::from_le_bytes(*bytes);
            let high = bytes & HIGH;
            let low = bytes & !HIGH;
            let digits = range(low, b'0', b'9') & !high;
            let letters = range(low | (ONES * 0x20), b'a', b'z') & !high;
            let line = range(low, b'_', b'_') & !high;
            masks.words |= gathered(digits | letters | line | high) << (8 * at);
            masks.digits |= gathered(digits) << (8 * at);
            masks.capitals |= gathered(letters & !(bytes << 2)) << (8 * at);
        }
        masks
    }
}

/// The high bits of eight bytes, side by side.
const fn gathered(high: u64) -> u64 {
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The hash of a word.
pub(crate) fn hash(word: &[u8]) -> u64 {
    let (words, rest) = word.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, bytes| mix(hash, u64::from_le_bytes(*bytes)));
    if rest.is_empty() && !words.is_empty() {
        return hash;
    }
    mix(hash, rest.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)))
}

/// The hash of a word whose next bytes are `bytes`.
const fn mix(hash: u64, bytes: u64) -> u64 {
    (hash.rotate_left(29) ^ bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Tells each word of a text, in order.
pub(crate) fn each(text: &[u8], mut tell: impl FnMut(Word)) {
    // A word that goes on from the block before: its start, and what it has so far.
    let mut open: Option<(usize, bool, bool, bool)> = None;
    let mut told = |start: usize, end: usize, digits, capitals, number| {
        let length = end - start;
        // Short words are read at once, with what follows them cut off.
        let hash = match text[start..].first_chunk() {
            Some(bytes) if length < 8 => {
                mix(0, u64::from_le_bytes(*bytes) & ((1 << (8 * length)) - 1))
            }
            _ => hash(&text[start..end]),
        };
        tell(Word { start, hash, length, digits, capitals, number });
    };
    let mut base = 0;
    while base < text.len() {
        let masks = match text[base..].first_chunk() {
            Some(block) => Masks::of(block),
            None => {
                let mut block = [0; BLOCK];
                block[..text.len() - base].copy_from_slice(&text[base..]);
                Masks::of(&block)
            }
        };
        let mut at = 0;
        let mut words = masks.words;
        while at < BLOCK {
            if open.is_none() {
                if words == 0 {
                    break;
                }
                at = words.trailing_zeros() as usize;
            }
            // The word's part in this block.
            let run = (!(words >> at)).trailing_zeros() as usize;
            let run = run.min(BLOCK - at);
            let mask = if run == BLOCK { u64::MAX } else { ((1 << run) - 1) << at };
            let digits = masks.digits & mask;
            let capitals = masks.capitals & mask != 0;
            let (start, had_digits, had_capitals, number) =
                open.take().unwrap_or((base + at, false, false, true));
            let number = number && digits == mask;
            let (digits, capitals) = (had_digits || digits != 0, had_capitals || capitals);
            at += run;
            if at == BLOCK && base + BLOCK < text.len() {
                open = Some((start, digits, capitals, number));
            } else {
                told(start, base + at, digits, capitals, number);
                words = if at == BLOCK { 0 } else { words & (u64::MAX << at) };
            }
        }
        base += BLOCK;
    }
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
        each(text, |word| {
            let bytes = &text[word.start..word.start + word.length];
            assert_eq!(word.hash, hash(bytes));
            words.push((word.length, word.digits, word.capitals, word.number));
        });
        words
    }

    proptest! {
        #[test]
        fn any_bytes(text: Vec<u8>) {
            prop_assert_eq!(fast(&text), slowly(&text));
        }

        #[test]
        fn texts(text in "([a-cXYZ0-9_é]{1,90}|[?@{}\\[`/: -]{1,3}){0,40}") {
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
