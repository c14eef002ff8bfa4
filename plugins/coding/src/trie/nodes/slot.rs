//! A slot: sixteen bytes that hold one node, or a list of packed ones, or nothing.
//!
//! A node begins with its check, which is not 0. A list begins with 0 and the number of bytes
//! its entries take; the oldest entry comes first. Nothing is sixteen zeros.

use super::Node;
use super::packing::{Entry, length};

/// Where a list's entries begin.
const FRONT: usize = 2;

/// Whether a slot holds nothing.
#[inline]
pub(super) fn is_free(slot: &Node) -> bool {
    slot[0] == 0 && slot[1] == 0
}

/// Whether it holds a node.
#[inline]
pub(super) fn is_node(slot: &Node) -> bool {
    slot[0] != 0
}

/// Whether it holds a list.
#[inline]
pub(super) fn is_list(slot: &Node) -> bool {
    slot[0] == 0 && slot[1] != 0
}

/// The end of a list's entries.
#[inline]
fn end(slot: &Node) -> usize {
    (FRONT + usize::from(slot[1])).min(slot.len())
}

/// Where the entries of a list begin, oldest first; none in a slot that holds a node.
#[inline]
pub(super) fn entries(slot: &Node) -> impl Iterator<Item = usize> {
    let end = if is_node(slot) { 0 } else { end(slot) };
    let mut next = FRONT;
    std::iter::from_fn(move || {
        // An entry is at least two bytes long.
        let at = (next + 1 < end).then_some(next)?;
        next += length(&slot[at..]);
        Some(at)
    })
}

/// Where the entry of a check is.
#[inline]
pub(super) fn find(slot: &Node, check: u8) -> Option<usize> {
    entries(slot).find(|&at| slot[at] == check)
}

/// Puts an entry in the place of one of the same length.
pub(super) fn replace(slot: &mut Node, at: usize, entry: &Entry) {
    let bytes = entry.bytes();
    slot[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Takes an entry out.
pub(super) fn remove(slot: &mut Node, at: usize) {
    let (bytes, end) = (length(&slot[at..]), end(slot));
    slot.copy_within(at + bytes..end, at);
    slot[end - bytes..end].fill(0);
    slot[1] -= bytes as u8;
}

/// Appends an entry to a list, or begins one with it; false if there is no room.
pub(super) fn append(slot: &mut Node, entry: &Entry) -> bool {
    let bytes = entry.bytes();
    let end = end(slot);
    let room = !is_node(slot) && end + bytes.len() <= slot.len();
    if room {
        slot[end..end + bytes.len()].copy_from_slice(bytes);
        slot[1] += bytes.len() as u8;
    }
    room
}
