//! Pieces that stood before, byte for byte: their words need not be looked for again.

use super::blocks::BLOCK;
use super::pieces::Pieces;

/// Shorter documents repeat too little for it.
const LEAST: usize = 1 << 15;

/// For each piece the first that is the same; none for a document too short.
///
/// From `words` those go that need not be looked for: those of repeated pieces, and of markers,
/// which tell nothing.
pub(super) fn repeats(document: &[u8], pieces: &Pieces<'_>, words: &mut [u64]) -> Vec<u32> {
    let count = pieces.len();
    for piece in (0..count).filter(|&piece| pieces.is_marker(piece)) {
        clear(words, pieces.span(piece, piece + 1));
    }
    if document.len() < LEAST {
        return Vec::new();
    }
    let bits = (2 * count).ilog2() + 1;
    let mut slots = vec![0u32; 1 << bits];
    let whole = |at: usize| {
        let word = |at: usize| words[at / BLOCK] >> (at % BLOCK) & 1 == 1;
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
        clear(words, pieces.span(piece, piece + 1));
    }
    firsts
}

/// A hash of a text, 16 bytes by each multiplication (the folded product of wyhash, Wang Yi); what
/// stands at the end is read twice where it fills no 16.
#[inline]
fn hash(text: &[u8]) -> u64 {
    const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];
    let fold = |hash: u64, [low, high]: [u64; 2]| {
        let product = u128::from(low ^ hash ^ FACTORS[0]) * u128::from(high ^ FACTORS[1]);
        product as u64 ^ (product >> 64) as u64
    };
    let pair = |bytes: &[u8; 16]| {
        let (low, high) = (bytes.first_chunk(), bytes.last_chunk());
        [low, high].map(|half| half.map_or(0, |half| u64::from_le_bytes(*half)))
    };
    let length = text.len() as u64;
    let end = match (text.last_chunk::<16>(), text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(bytes), _, _) => pair(bytes),
        (_, Some(low), Some(high)) => [u64::from_le_bytes(*low), u64::from_le_bytes(*high)],
        _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(low), Some(high)) => [low, high].map(|half| u64::from(u32::from_le_bytes(*half))),
            _ => [text.iter().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)), 0],
        },
    };
    let whole = text.as_chunks::<16>().0.iter();
    let hash = whole.fold(length, |hash, bytes| fold(hash, pair(bytes)));
    fold(hash, end)
}

/// Bytes that it takes to find what is repeated, and to know it.
pub(super) fn allocated(length: usize, pieces: usize) -> usize {
    let slots = if length < LEAST { 0 } else { 4 * pieces };
    (slots + pieces) * size_of::<u32>()
}

/// There are no words in a span.
fn clear(words: &mut [u64], span: std::ops::Range<usize>) {
    let mut at = span.start;
    while at < span.end {
        let block = at / BLOCK;
        let end = span.end.min((block + 1) * BLOCK);
        let bits = u64::MAX >> (BLOCK - (end - at)) << (at % BLOCK);
        words[block] &= !bits;
        at = end;
    }
}
