//! The trie as an arena.
//!
//! The children of a node and its successors are almost the same symbols, so one list of
//! entries holds both: a weight of zero marks a symbol that is no successor (real weights are
//! at least 0.01), [`NONE`] one that has no child.

/// No node.
pub const NONE: u32 = u32::MAX;
/// The root: the empty context.
pub const ROOT: u32 = 0;

/// A symbol after a context.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Its number.
    pub symbol: u32,
    /// The context with the symbol appended, or [`NONE`].
    pub child: u32,
    /// Its weight as a successor; zero if it is none.
    pub weight: f64,
}

/// A context.
#[derive(Debug, Clone)]
pub struct Node {
    /// How far it is trusted.
    pub credibility: f64,
    /// How often it was seen.
    pub observations: u32,
    /// The context without its last symbol.
    parent: u32,
    /// The last symbol of the context.
    symbol: u32,
    /// Whether the store of the compressor holds this context.
    pub frozen: bool,
    /// What followed, in order of first appearance.
    pub entries: Vec<Entry>,
}

impl Node {
    fn new(parent: u32, symbol: u32) -> Self {
        let entries = Vec::new();
        Self { credibility: 1.0, observations: 0, parent, symbol, frozen: false, entries }
    }

    /// The entry of `symbol`, made if there is none.
    #[inline]
    pub fn entry(&mut self, symbol: u32) -> usize {
        if let Some(at) = self.entries.iter().position(|entry| entry.symbol == symbol) {
            return at;
        }
        if self.entries.is_empty() {
            // Every other node never sees a second symbol.
            self.entries.reserve_exact(1);
        }
        self.entries.push(Entry { symbol, child: NONE, weight: 0.0 });
        self.entries.len() - 1
    }

    /// Whether anything is a successor.
    pub fn has_successors(&self) -> bool {
        self.entries.iter().any(|entry| entry.weight > 0.0)
    }
}

/// An entry of a node.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The node.
    pub node: u32,
    /// The entry's place in its list.
    pub entry: u32,
}

/// Every context that was seen and not cleared.
#[derive(Debug, Clone)]
pub struct Trie {
    nodes: Vec<Node>,
    free: Vec<u32>,
    /// The contexts of one symbol, by symbol.
    top: Vec<u32>,
}

impl Trie {
    /// A root without children.
    pub fn new() -> Self {
        Self { nodes: vec![Node::new(NONE, NONE)], free: Vec::new(), top: Vec::new() }
    }

    /// How many contexts there are, with the empty one.
    pub fn contexts(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// A node.
    #[inline]
    pub fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// A node, to be changed.
    #[inline]
    pub fn node_mut(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    /// The context of one symbol, or [`NONE`].
    #[inline]
    pub fn first(&self, symbol: u32) -> u32 {
        self.top.get(symbol as usize).copied().unwrap_or(NONE)
    }

    /// The child behind an entry, or [`NONE`].
    #[inline]
    pub fn child(&self, place: Place) -> u32 {
        self.node(place.node).entries[place.entry as usize].child
    }

    /// The node of a context, walked from the root.
    pub fn find(&self, context: &[u32]) -> Option<u32> {
        context.iter().try_fold(ROOT, |node, &symbol| {
            let child = if node == ROOT {
                self.first(symbol)
            } else {
                let mut entries = self.node(node).entries.iter();
                entries.find(|entry| entry.symbol == symbol)?.child
            };
            (child != NONE).then_some(child)
        })
    }

    /// The child of a node by a symbol, made if there is none.
    pub fn reach(&mut self, node: u32, symbol: u32) -> u32 {
        if node != ROOT {
            let entry = self.node_mut(node).entry(symbol) as u32;
            let place = Place { node, entry };
            return match self.child(place) {
                NONE => self.add_child(place),
                child => child,
            };
        }
        let at = symbol as usize;
        if self.top.len() <= at {
            self.top.resize(at + 1, NONE);
        }
        if self.top[at] == NONE {
            self.top[at] = self.take(ROOT, symbol);
        }
        self.top[at]
    }

    /// The child behind an entry that has none, made now.
    pub fn add_child(&mut self, place: Place) -> u32 {
        let symbol = self.node(place.node).entries[place.entry as usize].symbol;
        let node = self.take(place.node, symbol);
        self.node_mut(place.node).entries[place.entry as usize].child = node;
        node
    }

    fn take(&mut self, parent: u32, symbol: u32) -> u32 {
        let node = Node::new(parent, symbol);
        if let Some(at) = self.free.pop() {
            self.nodes[at as usize] = node;
            return at;
        }
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    /// The parent of a node.
    pub fn parent(&self, node: u32) -> u32 {
        self.node(node).parent
    }

    /// The symbols of a node's context, oldest first.
    pub fn context(&self, node: u32) -> Vec<u32> {
        let mut context = Vec::new();
        let mut at = node;
        while at != ROOT {
            context.push(self.node(at).symbol);
            at = self.node(at).parent;
        }
        context.reverse();
        context
    }

    /// Forgets what followed a context, and every context that extends it.
    pub fn clear(&mut self, node: u32) -> Vec<Entry> {
        let cleared = std::mem::take(&mut self.node_mut(node).entries);
        let below = |entries: &[Entry]| -> Vec<u32> {
            entries.iter().map(|entry| entry.child).filter(|&child| child != NONE).collect()
        };
        let mut stack = below(&cleared);
        while let Some(at) = stack.pop() {
            stack.extend(below(&std::mem::take(&mut self.node_mut(at).entries)));
            self.free.push(at);
        }
        cleared
    }
}

impl Default for Trie {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_found_named_and_forgotten() {
        let mut trie = Trie::new();
        let node = [3, 1, 4, 1].iter().fold(ROOT, |node, &symbol| trie.reach(node, symbol));
        assert_eq!(trie.find(&[3, 1, 4, 1]), Some(node));
        assert_eq!(trie.context(node), [3, 1, 4, 1]);
        assert_eq!(trie.find(&[3, 4]), None);
        assert_eq!(trie.find(&[9]), None);
        assert_eq!(trie.contexts(), 5);
        let second = trie.find(&[3, 1]).expect("it is there");
        assert_eq!(trie.clear(second).len(), 1);
        assert_eq!(trie.contexts(), 3);
        assert_eq!(trie.find(&[3, 1, 4]), None);
        assert_eq!(trie.find(&[3, 1]), Some(second));
    }
}
