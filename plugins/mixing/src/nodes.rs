//! What contexts lead to: nodes of histories, and lines of probabilities.
//!
//! A context and half a byte after it lead to a node: a check of the context, and one history
//! for each of the fifteen binary decisions that spell the next half byte. Four nodes share a
//! cache line. A context's hash names the line, the check finds the node in it; a new one takes
//! the place of the node with the shortest history.
//!
//! A line of probabilities belongs to one context and half byte, too, has one for each
//! decision, and no check: what shares it by accident is blended in.
//!
//! Cost: one cache miss per context and half byte. Lines are asked for long before they are
//! used, so that misses overlap.

use pressmark_coding::estimates::{Cells, Estimate, UNKNOWN};
use pressmark_coding::history::EMPTY;
use pressmark_coding::memory::{large_pages, prefetch};

/// A check, then the histories of decisions 1 to 15, numbered as in a heap.
pub type Node = [u8; 16];

const NODES_PER_LINE: usize = 4;
/// Lines that the half bytes of one context are spread over; they share a page.
const GROUP: usize = 16;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([Node; NODES_PER_LINE]);

/// Where a node is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(u32);

/// A hashed set of nodes.
#[derive(Debug)]
pub struct Nodes(Vec<Line>);

impl Nodes {
    /// What [`Nodes::new`] allocates for `bytes`, in bytes.
    pub fn allocated(bytes: usize) -> usize {
        (bytes / size_of::<Line>()).max(GROUP) / GROUP * GROUP * size_of::<Line>()
    }

    /// Nodes in up to `bytes` bytes (up to 256 GiB, and 1 KiB at least).
    pub fn new(bytes: usize) -> Self {
        let lines = vec![Line([[EMPTY; 16]; 4]); Self::allocated(bytes) / size_of::<Line>()];
        large_pages(&lines);
        Self(lines)
    }

    /// The line of a context's node for the half byte `half`, below 16.
    #[inline]
    pub fn line(&self, hash: u64, half: u32) -> u32 {
        let line = ((hash >> 32) * self.0.len() as u64) >> 32;
        line as u32 ^ half
    }

    /// Asks for a line.
    #[inline]
    pub fn touch(&self, line: u32) {
        prefetch(&self.0, line as usize);
    }

    /// The node with this check (not 0) in a line; an empty one takes the place of the coldest
    /// if there is none.
    #[inline]
    pub fn find(&mut self, line: u32, check: u8) -> (Place, Node) {
        let Some(Line(nodes)) = self.0.get_mut(line as usize) else {
            return (Place::default(), [EMPTY; 16]);
        };
        let found = nodes.iter().position(|node| node[0] == check);
        let at = found.unwrap_or_else(|| {
            // Histories are numbered by the bits seen.
            let coldest = (0..NODES_PER_LINE).min_by_key(|&k| nodes[k][1]).unwrap_or(0);
            nodes[coldest] = [EMPTY; 16];
            nodes[coldest][0] = check;
            coldest
        });
        (Place(line * NODES_PER_LINE as u32 + at as u32), nodes[at])
    }

    /// Puts a node back.
    #[inline]
    pub fn put(&mut self, place: Place, node: Node) {
        if let Some(Line(nodes)) = self.0.get_mut(place.0 as usize / NODES_PER_LINE) {
            nodes[place.0 as usize % NODES_PER_LINE] = node;
        }
    }
}

/// A hashed set of lines of probabilities.
#[derive(Debug)]
pub struct Lines(Vec<Cells>);

impl Lines {
    /// What [`Lines::new`] allocates for `bytes`, in bytes.
    pub fn allocated(bytes: usize) -> usize {
        (bytes / size_of::<Cells>()).max(GROUP) / GROUP * GROUP * size_of::<Cells>()
    }

    /// Lines in up to `bytes` bytes (up to 256 GiB, and 1 KiB at least).
    pub fn new(bytes: usize) -> Self {
        // Stored so that zeros are estimates that know nothing: nothing is written here.
        let lines = vec![Cells::default(); Self::allocated(bytes) / size_of::<Cells>()];
        large_pages(&lines);
        Self(lines)
    }

    /// The line of a context for the half byte `half`, below 16.
    #[inline]
    pub fn line(&self, hash: u64, half: u32) -> u32 {
        let line = ((hash >> 32) * self.0.len() as u64) >> 32;
        line as u32 ^ half
    }

    /// Asks for a line.
    #[inline]
    pub fn touch(&self, line: u32) {
        prefetch(&self.0, line as usize);
    }

    /// The estimate for a decision, numbered as in a heap.
    #[inline]
    pub fn get(&self, line: u32, node: usize) -> Estimate {
        self.0.get(line as usize).map_or(0, |cells| cells.0[node & 15]) ^ UNKNOWN
    }

    /// Puts an estimate back.
    #[inline]
    pub fn put(&mut self, line: u32, node: usize, estimate: Estimate) {
        if let Some(cells) = self.0.get_mut(line as usize) {
            cells.0[node & 15] = estimate ^ UNKNOWN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_found_again_and_the_coldest_leaves() {
        let mut nodes = Nodes::new(1 << 12);
        let line = nodes.line(0x1234_5678_9abc_def0, 7);
        for check in 1..=4u8 {
            let (place, mut node) = nodes.find(line, check);
            assert_eq!(node[1], EMPTY);
            node[1] = 10 + check;
            nodes.put(place, node);
        }
        assert!((1..=4).all(|check| nodes.find(line, check).1[1] == 10 + check));
        assert_eq!(nodes.find(line, 9).1[1], EMPTY);
        assert_eq!(nodes.find(line, 1).1[1], EMPTY, "it was the coldest");
    }

    #[test]
    fn lines_of_a_context_share_a_page() {
        let nodes = Nodes::new(1 << 20);
        for hash in [0, u64::MAX, 0x9e37_79b9_7f4a_7c15] {
            let lines = (0..16).map(|half| nodes.line(hash, half));
            let pages: std::collections::BTreeSet<u32> = lines.map(|line| line / 16).collect();
            assert_eq!(pages.len(), 1);
        }
    }

    #[test]
    fn lines_begin_unknown() {
        let mut lines = Lines::new(1 << 12);
        let line = lines.line(77, 3);
        assert_eq!(lines.get(line, 5), UNKNOWN);
        lines.put(line, 5, 1234);
        assert_eq!((lines.get(line, 5), lines.get(line, 6)), (1234, UNKNOWN));
    }
}
