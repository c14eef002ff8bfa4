//! What the bytes of a document are, 64 at a time, a bit each: [masks of classes](classes). A document
//! is looked at once for words and lines; for [places to cut](super::cut) where a line is long.

use pressmark_coding::classes::classes;

pub(super) use pressmark_coding::classes::{BLOCK, Block};

/// The blocks of a document; behind its end there is at least one byte that is nothing.
pub(super) fn blocks(document: &[u8]) -> Vec<Block> {
    let of = classes().block;
    let mut blocks = Vec::with_capacity(document.len() / BLOCK + 1);
    let (whole, rest) = document.as_chunks::<BLOCK>();
    blocks.extend(whole.iter().map(of));
    blocks.push(of(&filled(rest)));
    blocks
}

/// What is left of a document behind its last whole block, and nothing behind that.
pub(super) fn filled(rest: &[u8]) -> [u8; BLOCK] {
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    last
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
