//! What the bytes of a document are, 64 at a time, a bit each: [masks of classes](classes). A document
//! is looked at once for words and lines; for [places to cut](super::cut) where a line is long.

use pressmark_coding::classes::classes;

pub(super) use pressmark_coding::classes::BLOCK;

/// The blocks of a document, a mask each; behind its end there is at least one byte that is nothing.
pub(super) struct Blocks {
    /// Bytes of words.
    pub(super) words: Vec<u64>,
    /// Line feeds.
    pub(super) ends: Vec<u64>,
}

impl Blocks {
    pub(super) fn of(document: &[u8]) -> Self {
        let of = classes().block;
        let room = || Vec::with_capacity(document.len() / BLOCK + 1);
        let mut blocks = Self { words: room(), ends: room() };
        let (whole, rest) = document.as_chunks::<BLOCK>();
        for bytes in whole.iter().chain([&filled(rest)]) {
            let block = of(bytes);
            blocks.words.push(block.words);
            blocks.ends.push(block.ends);
        }
        blocks
    }
}

/// What is left of a document behind its last whole block, and nothing behind that.
pub(super) fn filled<const N: usize>(rest: &[u8]) -> [u8; N] {
    let mut last = [0; N];
    last[..rest.len()].copy_from_slice(rest);
    last
}

/// Bytes that the blocks of a document of `length` bytes take.
pub(super) fn allocated(length: usize) -> usize {
    (length / BLOCK + 1) * 2 * size_of::<u64>()
}

/// The most lines of a document, from where they end.
pub(super) fn lines(ends: &[u64]) -> usize {
    1 + ends.iter().map(|ends| ends.count_ones() as usize).sum::<usize>()
}

/// The most words, from where there are some.
pub(super) fn words(words: &[u64]) -> usize {
    // One that goes on from another block is counted once more.
    let begun = |words: &u64| (words & !(words << 1)).count_ones() as usize;
    words.iter().map(begun).sum()
}
