//! The words of a text.
//!
//! A word is a run of letters, digits, `_` and bytes from 0x80 up: a run of ones in the masks of
//! [blocks](super::blocks). What a word is made of is looked at only when it is new, eight bytes at
//! once, by arithmetic on a 64-bit word whose bytes do not carry into each other (Lamport, 1975): a
//! range `low ..= high` of seven-bit values is where `byte + 0x80 - low` has its high bit and
//! `byte + 0x7f - high` has not.

use super::blocks::{BLOCK, filled};

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;
/// The most words that are found at a time.
const MOST: usize = 256;

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    /// It has a digit.
    pub(crate) digits: bool,
    /// It has a capital.
    pub(crate) capitals: bool,
    /// It has nothing but digits.
    pub(crate) number: bool,
}

impl Made {
    /// What `text[start..end]` is made of.
    #[inline]
    pub(crate) fn of(text: &[u8], start: usize, end: usize) -> Self {
        let (mut digits, mut others, mut capitals) = (0, 0, 0);
        let mut at = start;
        while at < end {
            let length = (end - at).min(8);
            let bytes = load(text, at, length);
            at += 8;
            let high = bytes & HIGH;
            let found = range(bytes & !HIGH, b'0', b'9') & !high;
            digits |= found;
            others |= (HIGH >> (64 - 8 * length)) & !found;
            capitals |= range(bytes & !HIGH, b'A', b'Z') & !high;
        }
        Self { digits: digits != 0, capitals: capitals != 0, number: others == 0 }
    }
}

/// The `length` (1 to 8) bytes at `at`, the first lowest, zeros above them.
#[inline]
fn load(text: &[u8], at: usize, length: usize) -> u64 {
    match text[at..].first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes) & (u64::MAX >> (64 - 8 * length)),
        None => {
            let bytes = text[at..at + length].iter().rev();
            bytes.fold(0, |bytes, &byte| bytes << 8 | u64::from(byte))
        }
    }
}

/// High bits of the bytes that are in `low ..= high`, of bytes that are below 0x80.
const fn range(bytes: u64, low: u8, high: u8) -> u64 {
    let from = bytes + ONES * (0x80 - low) as u64;
    let above = bytes + ONES * (0x7f - high) as u64;
    from & !above & HIGH
}

/// The hash of a word.
pub(crate) const fn hash(word: &[u8]) -> u64 {
    let mut hash = 0;
    let mut left = word;
    while let Some((bytes, rest)) = left.split_first_chunk::<8>() {
        hash = mix(hash, u64::from_le_bytes(*bytes));
        left = rest;
    }
    if left.is_empty() && !word.is_empty() {
        return hash;
    }
    let (mut bytes, mut at) = (0, left.len());
    while at > 0 {
        at -= 1;
        bytes = bytes << 8 | left[at] as u64;
    }
    mix(hash, bytes)
}

/// The hash of a word whose next bytes are `bytes`.
const fn mix(hash: u64, bytes: u64) -> u64 {
    (hash.rotate_left(29) ^ bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The same as [`hash`] of `text[start..end]`, which is not empty.
#[inline]
fn hash_at(text: &[u8], start: usize, end: usize) -> u64 {
    let mut hash = mix(0, load(text, start, (end - start).min(8)));
    let mut at = start + 8;
    while at < end {
        hash = mix(hash, load(text, at, (end - at).min(8)));
        at += 8;
    }
    hash
}

/// A word: its hash, and where in the text it begins and ends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Word {
    pub(crate) hash: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The words of a text of at most `u32::MAX` bytes, some hundred at a time: what is done with them
/// then is a loop of its own, with all registers for itself.
pub(crate) struct Words<'t> {
    text: &'t [u8],
    /// Where there are words, a mask for each block.
    blocks: &'t [u64],
    /// The next block.
    block: usize,
    /// Bits of that block that are looked at.
    from: u64,
    /// Whether a word goes on from the block before (1).
    open: u64,
    found: [Word; MOST],
}

/// A block and the bytes of a word that begins at its end.
const WINDOW: usize = BLOCK + 8;

impl<'t> Words<'t> {
    /// The words from a place on where none goes on.
    pub(crate) fn of(text: &'t [u8], blocks: &'t [u64], from: usize) -> Self {
        Self {
            text,
            blocks,
            block: from / BLOCK,
            from: u64::MAX << (from % BLOCK),
            open: 0,
            found: [Word::default(); MOST],
        }
    }

    /// The next words, in order; `None` behind the last.
    pub(crate) fn some(&mut self) -> Option<&[Word]> {
        let mut count = 0;
        while count <= MOST - BLOCK / 2
            && let Some(&block) = self.blocks.get(self.block)
        {
            let words = block & self.from;
            let mut starts = words & !(words << 1 | self.open);
            self.open = words >> (BLOCK - 1);
            self.from = u64::MAX;
            if starts != 0 {
                let base = self.block * BLOCK;
                let rest = &self.text[base..];
                let padded;
                let window: &[u8; WINDOW] = match rest.first_chunk() {
                    Some(window) => window,
                    None => {
                        padded = filled(rest);
                        &padded
                    }
                };
                let next = self.blocks.get(self.block + 1).copied().unwrap_or(0);
                while starts != 0 {
                    let bit = starts.trailing_zeros() as usize;
                    starts &= starts - 1;
                    let run = words >> bit | next << 1 << (BLOCK - 1 - bit);
                    let length = (!run).trailing_zeros() as usize;
                    let bytes = window[bit..].first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
                    let start = base + bit;
                    let (hash, end) = if length <= 8 {
                        (mix(0, bytes & u64::MAX >> (64 - 8 * length)), start + length)
                    } else {
                        let end = if length < BLOCK { start + length } else { self.end(start) };
                        (hash_at(self.text, start, end), end)
                    };
                    if let Some(found) = self.found.get_mut(count) {
                        *found = Word { hash, start: start as u32, end: end as u32 };
                    }
                    count += 1;
                }
            }
            self.block += 1;
        }
        (count > 0 || self.block < self.blocks.len()).then(|| &self.found[..count])
    }

    /// Where a word ends that is at least as long as a block.
    #[cold]
    fn end(&self, start: usize) -> usize {
        let mut at = start / BLOCK + 1;
        while self.blocks.get(at) == Some(&u64::MAX) {
            at += 1;
        }
        at * BLOCK + self.blocks.get(at).map_or(0, |words| words.trailing_ones() as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::blocks::Blocks;
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
        let blocks = Blocks::of(text).words;
        let mut all = Words::of(text, &blocks, 0);
        while let Some(some) = all.some() {
            for word in some {
                let bytes = &text[word.start as usize..word.end as usize];
                assert_eq!(word.hash, hash(bytes));
                let Made { digits, capitals, number } =
                    Made::of(text, word.start as usize, word.end as usize);
                words.push((bytes.len(), digits, capitals, number));
            }
        }
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
            let text = format!("x {word}, {word} {other}.");
            let blocks = Blocks::of(text.as_bytes()).words;
            let mut words = Words::of(text.as_bytes(), &blocks, 0);
            let some = words.some().into_iter().flatten();
            let hashes: Vec<u64> = some.map(|word| word.hash).collect();
            prop_assert_eq!(hashes[1], hashes[2]);
            prop_assert_eq!(hash(word.as_bytes()), hashes[1]);
            prop_assert_eq!(hashes[1] == hashes[3], word == other);
        }
    }
}
