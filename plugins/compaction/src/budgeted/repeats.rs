//! Pieces that stood before, byte for byte: their words need not be looked for again.

use super::blocks::{BLOCK, Block};
use super::pieces::Pieces;
use super::words::hash;

/// Shorter documents repeat too little for it.
const LEAST: usize = 1 << 15;

/// For each piece the first that is the same; none for a document too short.
///
/// From `blocks` the words go that need not be looked for: those of repeated pieces, and of markers,
/// which tell nothing.
pub(super) fn repeats(document: &[u8], pieces: &Pieces<'_>, blocks: &mut [Block]) -> Vec<u32> {
    let count = pieces.len();
    for piece in (0..count).filter(|&piece| pieces.is_marker(piece)) {
        clear(blocks, pieces.span(piece, piece + 1));
    }
    if document.len() < LEAST {
        return Vec::new();
    }
    let bits = (2 * count).ilog2() + 1;
    let mut slots = vec![0u32; 1 << bits];
    let whole = |at: usize| {
        let word = |at: usize| blocks[at / BLOCK].words >> (at % BLOCK) & 1 == 1;
        at == 0 || !word(at - 1) || !word(at)
    };
    let mut firsts = Vec::with_capacity(count);
    for piece in 0..count {
        let span = pieces.span(piece, piece + 1);
        let mut first = piece;
        // A word that goes on in the next piece is not this one's alone.
        if whole(span.start) && whole(span.end) {
            let text = &document[span];
            let mut slot = (hash(text) >> (64 - bits)) as usize;
            while slots[slot] != 0 {
                let other = slots[slot] as usize - 1;
                if &document[pieces.span(other, other + 1)] == text {
                    first = other;
                    break;
                }
                slot = (slot + 1) & (slots.len() - 1);
            }
            if first == piece {
                slots[slot] = piece as u32 + 1;
            }
        }
        firsts.push(first as u32);
    }
    for (piece, _) in firsts.iter().enumerate().filter(|&(piece, &first)| first as usize != piece) {
        clear(blocks, pieces.span(piece, piece + 1));
    }
    firsts
}

/// Bytes that it takes to find what is repeated, and to know it.
pub(super) fn allocated(length: usize, pieces: usize) -> usize {
    let slots = if length < LEAST { 0 } else { 4 * pieces };
    (slots + pieces) * size_of::<u32>()
}

/// There are no words in a span.
fn clear(blocks: &mut [Block], span: std::ops::Range<usize>) {
    let mut at = span.start;
    while at < span.end {
        let block = at / BLOCK;
        let end = span.end.min((block + 1) * BLOCK);
        let bits = u64::MAX >> (BLOCK - (end - at)) << (at % BLOCK);
        blocks[block].words &= !bits;
        at = end;
    }
}
