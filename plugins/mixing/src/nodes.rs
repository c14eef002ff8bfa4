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

use pressmark_coding::estimates::{Estimate, UNKNOWN};
use pressmark_coding::history::EMPTY;
use pressmark_coding::memory::{before_line, large_pages, prefetch};
use pressmark_coding::vectors::LANES;

/// A check, then the histories of decisions 1 to 15, numbered as in a heap.
pub type Node = [u8; 16];

/// Bytes of a line.
const LINE: usize = 64;
const NODES_PER_LINE: usize = LINE / size_of::<Node>();
/// Lines that the half bytes of one context are spread over; they share a page.
const GROUP: usize = 16;

/// Where a node is.
#[derive(Debug, Clone, Copy)]
pub struct Place(usize);

impl Place {
    /// What is put there is lost.
    pub const NOWHERE: Self = Self(usize::MAX);
}

/// The line of a hash, and of a half byte after it: those share a page.
#[inline]
fn line(lines: usize, hash: u64, half: u32) -> u32 {
    (((hash >> 32) * lines as u64) >> 32) as u32 ^ half
}

/// Bytes of whole groups of lines in up to `bytes`.
fn whole(bytes: usize) -> usize {
    (bytes / (GROUP * LINE)).max(1) * GROUP * LINE
}

/// A hashed set of nodes.
#[derive(Debug)]
pub struct Nodes {
    nodes: Vec<Node>,
    /// Nodes not used, before the first line.
    skip: usize,
    lines: usize,
}

impl Nodes {
    /// What [`Nodes::new`] allocates for `bytes`, in bytes.
    pub fn allocated(bytes: usize) -> usize {
        whole(bytes) + LINE
    }

    /// Nodes in up to `bytes` bytes (up to 256 GiB, and 1 KiB at least).
    pub fn new(bytes: usize) -> Self {
        let nodes = vec![[EMPTY; 16]; Self::allocated(bytes) / size_of::<Node>()];
        large_pages(&nodes);
        Self { skip: before_line(&nodes), nodes, lines: whole(bytes) / LINE }
    }

    /// Where the line of a context's node for the half byte `half` begins, below 16; it is asked
    /// for.
    #[inline(always)]
    pub fn touch(&self, hash: u64, half: u32) -> Place {
        let first = self.skip + line(self.lines, hash, half) as usize * NODES_PER_LINE;
        prefetch(&self.nodes, first);
        Place(first)
    }

    /// The node with this check (not 0) in the line that begins at a place; if there is none, an
    /// empty one, which takes the place of the coldest only if it is to be `kept`.
    #[inline(always)]
    pub fn find(&mut self, Place(first): Place, check: u8, kept: bool) -> (Place, Node) {
        let nodes = self.nodes.get_mut(first..first.saturating_add(NODES_PER_LINE));
        let Some(nodes) = nodes.and_then(|nodes| nodes.as_mut_array::<NODES_PER_LINE>()) else {
            return (Place::NOWHERE, [EMPTY; 16]);
        };
        // Which of them it is cannot be foretold, so no branch asks.
        let found = (0..NODES_PER_LINE).map(|k| u32::from(nodes[k][0] == check) << k).sum::<u32>();
        let at = if found > 0 {
            found.trailing_zeros() as usize & (NODES_PER_LINE - 1)
        } else if !kept {
            return (Place::NOWHERE, [EMPTY; 16]);
        } else {
            // Histories are numbered by the bits seen.
            let coldest = (0..NODES_PER_LINE).min_by_key(|&k| nodes[k][1]).unwrap_or(0);
            nodes[coldest] = [EMPTY; 16];
            nodes[coldest][0] = check;
            coldest
        };
        (Place(first + at), nodes[at])
    }

    /// Puts a node back.
    #[inline(always)]
    pub fn put(&mut self, Place(at): Place, node: Node) {
        if let Some(slot) = self.nodes.get_mut(at) {
            *slot = node;
        }
    }
}

/// A hashed set of lines of probabilities.
#[derive(Debug)]
pub struct Lines {
    /// Stored so that zeros are estimates that know nothing.
    estimates: Vec<Estimate>,
    /// Estimates not used, before the first line.
    skip: usize,
    lines: usize,
}

impl Lines {
    /// What [`Lines::new`] allocates for `bytes`, in bytes.
    pub fn allocated(bytes: usize) -> usize {
        whole(bytes) + LINE
    }

    /// Lines in up to `bytes` bytes (up to 256 GiB, and 1 KiB at least).
    pub fn new(bytes: usize) -> Self {
        let estimates = vec![0; Self::allocated(bytes) / size_of::<Estimate>()];
        large_pages(&estimates);
        Self { skip: before_line(&estimates), estimates, lines: whole(bytes) / LINE }
    }

    /// The number of the line of a context for the half byte `half`, below 16; it is asked for.
    #[inline(always)]
    pub fn touch(&self, hash: u64, half: u32) -> usize {
        let line = line(self.lines, hash, half) as usize;
        prefetch(&self.estimates, self.skip + line * LANES);
        line
    }

    /// The estimates for a decision, numbered as in a heap, in some lines; for `cells`, as many.
    #[inline(always)]
    pub fn get(&self, lines: &[usize], node: usize, cells: &mut [Estimate]) {
        let all = self.estimates[self.skip..].as_chunks::<LANES>().0;
        for (cell, &line) in cells.iter_mut().zip(lines) {
            *cell = all[line][node & 15] ^ UNKNOWN;
        }
    }

    /// Puts `cells` back where they were got.
    #[inline(always)]
    pub fn put(&mut self, lines: &[usize], node: usize, cells: &[Estimate]) {
        let all = self.estimates[self.skip..].as_chunks_mut::<LANES>().0;
        for (&cell, &line) in cells.iter().zip(lines) {
            all[line][node & 15] = cell ^ UNKNOWN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_found_again_and_the_coldest_leaves() {
        let mut nodes = Nodes::new(1 << 12);
        let line = nodes.touch(0x1234_5678_9abc_def0, 7);
        for check in 1..=4u8 {
            let (place, mut node) = nodes.find(line, check, true);
            assert_eq!(node[1], EMPTY);
            node[1] = 10 + check;
            nodes.put(place, node);
        }
        assert!((1..=4).all(|check| nodes.find(line, check, true).1[1] == 10 + check));
        assert_eq!(nodes.find(line, 9, false).1[1], EMPTY);
        assert_eq!(nodes.find(line, 1, true).1[1], 11, "what is not kept displaces nothing");
        assert_eq!(nodes.find(line, 9, true).1[1], EMPTY);
        assert_eq!(nodes.find(line, 1, true).1[1], EMPTY, "it was the coldest");
    }

    #[test]
    fn lines_of_a_context_share_a_page() {
        let nodes = Nodes::new(1 << 20);
        for hash in [0, u64::MAX, 0x9e37_79b9_7f4a_7c15] {
            let lines =
                (0..16).map(|half| (nodes.touch(hash, half).0 - nodes.skip) / NODES_PER_LINE);
            let pages: std::collections::BTreeSet<usize> = lines.map(|line| line / 16).collect();
            assert_eq!(pages.len(), 1);
        }
    }

    #[test]
    fn lines_begin_unknown() {
        let mut lines = Lines::new(1 << 12);
        let line = lines.touch(77, 3);
        let mut cells = [0];
        lines.get(&[line], 5, &mut cells);
        assert_eq!(cells, [UNKNOWN]);
        lines.put(&[line], 5, &[1234]);
        let mut cells = [0; 2];
        lines.get(&[line; 2], 5, &mut cells);
        assert_eq!(cells, [1234; 2]);
        lines.get(&[line; 2], 6, &mut cells);
        assert_eq!(cells, [UNKNOWN; 2]);
    }
}
