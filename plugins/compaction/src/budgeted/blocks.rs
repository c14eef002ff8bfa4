//! What the bytes of a document are, 64 at a time, a bit each: [masks of classes](classes), and the
//! places to cut that follow from them. A document is looked at once.

use pressmark_coding::classes::{Classes, classes};

pub(super) use pressmark_coding::classes::BLOCK;

/// Masks of 64 bytes: the first byte has the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Bytes of words: letters, digits, `_`, and from 0x80 up.
    pub(super) words: u64,
    /// Line feeds.
    pub(super) ends: u64,
    /// Places to cut: behind a blank or comma where a sentence, an object or an array ends,
    pub(super) sentences: u64,
    /// where a clause or a member ends,
    pub(super) clauses: u64,
    /// and behind any blank.
    pub(super) blanks: u64,
}

/// The blocks of a document; behind its end there is at least one byte that is nothing.
pub(super) fn blocks(document: &[u8]) -> Vec<Block> {
    let classes = classes();
    let mut blocks = Vec::with_capacity(document.len() / BLOCK + 1);
    let mut before = Classes::default();
    let (whole, rest) = document.as_chunks::<BLOCK>();
    for block in whole {
        let found = classes(block);
        blocks.push(Block::of(&found, &before));
        before = found;
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    blocks.push(Block::of(&classes(&last), &before));
    blocks
}

/// Bytes that the blocks of a document of `length` bytes take.
pub(super) fn allocated(length: usize) -> usize {
    (length / BLOCK + 1) * size_of::<Block>()
}

/// The most lines of a document.
pub(super) fn lines(blocks: &[Block]) -> usize {
    1 + blocks.iter().map(|block| block.ends.count_ones() as usize).sum::<usize>()
}

/// The most words that begin in blocks.
pub(super) fn words(blocks: &[Block]) -> usize {
    // One that goes on from another block is counted once more.
    let begun = |block: &Block| (block.words & !(block.words << 1)).count_ones() as usize;
    blocks.iter().map(begun).sum()
}

impl Block {
    /// What bytes of these classes are behind others.
    #[inline]
    fn of(now: &Classes, before: &Classes) -> Self {
        let moved = |now: u64, before: u64, by: u32| now << by | before >> (64 - by);
        let blank = moved(now.blanks, before.blanks, 1);
        let marks = now.commas | now.semicolons;
        let marked = moved(marks, before.commas | before.semicolons, 2);
        let strong = |by| moved(now.strong, before.strong, by);
        let member = moved(now.commas, before.commas, 1) & now.openings;
        Self {
            words: now.words,
            ends: now.ends,
            sentences: blank & (strong(2) | marked & strong(3)) | member & strong(2),
            clauses: blank & marked | member,
            blanks: blank,
        }
    }
}
