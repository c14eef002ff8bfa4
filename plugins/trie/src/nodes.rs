//! The trie's nodes: sixteen bytes each, four to a cache line.
//!
//! A context and half a byte after it lead to a node: a check of the context, and the fifteen
//! histories of the binary decisions that spell the next half byte. The path to a node is
//! never walked: the context's hash names a line, and the check finds the node among the
//! line's four. A new context takes over the least used node of its line, so the trie stays
//! within its bytes at every moment and its cold nodes leave first.
//!
//! Cost: one cache miss per context and half byte when cold; the caller asks for several
//! lines before it uses the first, so that the misses overlap.

/// Bytes of a node.
pub const NODE: usize = size_of::<Node>();
/// Bytes of a line.
const LINE: usize = 64;
/// Lines that half bytes of one context are spread over; they share a page.
const GROUP: usize = 16;

/// A check, then the histories of decisions 1 to 15, numbered as in a heap.
pub type Node = [u8; 16];

/// Where a node is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(u32);

/// A bounded set of nodes.
#[derive(Debug)]
pub struct Nodes {
    bytes: Vec<u8>,
    /// Where the first line begins, so that no line crosses a border of the cache.
    first: usize,
    lines: usize,
    created: u64,
    evictions: u64,
}

impl Nodes {
    /// The fewest nodes a trie can have.
    pub const FEWEST: usize = GROUP * LINE / NODE;

    /// Room for as many nodes as fit `bytes`, at least [`Nodes::FEWEST`].
    pub fn new(bytes: usize) -> Self {
        // Lines are numbered in 32 bits.
        let groups = (bytes / (LINE * GROUP)).clamp(1, u32::MAX as usize / GROUP);
        let lines = groups * GROUP;
        let bytes = vec![0; lines * LINE + LINE];
        let first = bytes.as_ptr().align_offset(LINE).min(LINE);
        Self { bytes, first, lines, created: 0, evictions: 0 }
    }

    /// How many nodes are alive.
    pub fn alive(&self) -> u64 {
        self.created - self.evictions
    }

    /// How many nodes were taken from one context and given to another.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// The line of a context, and of the half byte `half` (0 to 15) after it.
    #[inline]
    pub fn line(&self, hash: u64, half: u32) -> u32 {
        let group = ((hash >> 32) * (self.lines / GROUP) as u64) >> 32;
        (group as u32 * GROUP as u32 + (hash & 15) as u32) ^ half
    }

    #[inline]
    fn lines(&mut self) -> &mut [[Node; 4]] {
        let (nodes, _) = self.bytes[self.first..].as_chunks_mut().0.as_chunks_mut();
        nodes
    }

    /// The first byte of a line, to have it fetched.
    #[inline]
    pub fn touch(&self, line: u32) -> u8 {
        self.bytes.get(self.first + line as usize * LINE).copied().unwrap_or(0)
    }

    /// Finds the node with a check (not 0) in a line, or makes it there, and copies it.
    #[inline]
    pub fn find(&mut self, line: u32, check: u8) -> (Place, Node) {
        let nodes = &mut self.lines()[line as usize];
        let found = nodes.iter().position(|node| node[0] == check);
        let at = found.unwrap_or_else(|| {
            (1..4).fold(0, |least, at| if nodes[at][1] < nodes[least][1] { at } else { least })
        });
        let node = &mut nodes[at];
        let (mut made, mut evicted) = (0, 0);
        if found.is_none() {
            (made, evicted) = (1, u64::from(node[0] != 0));
            *node = [0; 16];
            node[0] = check;
        }
        let node = *node;
        self.created += made;
        self.evictions += evicted;
        (Place(line * 4 + at as u32), node)
    }

    /// Puts a node back where it was found.
    #[inline]
    pub fn put(&mut self, place: Place, node: Node) {
        let (nodes, _) = self.bytes[self.first..].as_chunks_mut();
        nodes[place.0 as usize] = node;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(k: u64) -> u64 {
        let hash = (k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash ^ (hash >> 29)).wrapping_mul(0xff51_afd7_ed55_8ccd) ^ (hash >> 31)
    }

    fn visit(nodes: &mut Nodes, key: u64) -> u8 {
        let line = nodes.line(hash(key), 3);
        let (place, mut node) = nodes.find(line, ((hash(key) >> 16) as u8).max(1));
        let before = node[1];
        node[1] = before.saturating_add(1);
        nodes.put(place, node);
        before
    }

    #[test]
    fn a_context_finds_its_node_again() {
        let mut nodes = Nodes::new(1 << 20);
        (0..1000).for_each(|key| assert!(visit(&mut nodes, key) < 2));
        let kept = (0..1000).filter(|&key| visit(&mut nodes, key) > 0).count();
        assert!(kept > 990, "{kept} of 1000");
    }

    #[test]
    fn the_bound_holds_and_cold_nodes_leave_first() {
        let mut nodes = Nodes::new(64 * Nodes::FEWEST * NODE);
        let most = 64 * Nodes::FEWEST as u64;
        for key in 0..most / 4 {
            (0..20).for_each(|_| _ = visit(&mut nodes, key));
        }
        for key in most..20 * most {
            visit(&mut nodes, key);
            assert!(nodes.alive() <= most);
        }
        assert!(nodes.evictions() > 0);
        let kept = (0..most / 4).filter(|&key| visit(&mut nodes, key) >= 20).count() as u64;
        assert!(kept > most / 5, "{kept} of {} busy nodes kept", most / 4);
    }

    #[test]
    fn the_smallest_trie_works() {
        let mut nodes = Nodes::new(0);
        (0..10_000).for_each(|key| _ = visit(&mut nodes, key));
        assert!(nodes.alive() <= Nodes::FEWEST as u64);
    }
}
