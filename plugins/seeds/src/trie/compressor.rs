//! The store of frozen nodes.
//!
//! Every [`INTERVAL`] symbols a pass freezes the nodes that were seen often and are trusted,
//! and whose children are all frozen: what followed goes to the store under the whole context,
//! and the node stays where it was, empty. The predictor asks the store only where it finds no
//! node, and the empty node is found; the next update fills it anew. So hardly anything
//! in the store is ever read. `max_active_nodes` was stored and never read, the test of
//! staleness was never called, and neither was [`Store::thaw`]: nothing ever came back.
//!
//! The original's pass looks at every node of the trie. Only a node that was updated since the
//! last pass, or whose child was frozen in this one, can have become ready, so this one looks
//! at those, deepest first: the same nodes freeze.

use std::collections::BTreeMap;

use super::nodes::{Entry, NONE, ROOT, Trie};

/// Symbols from pass to pass.
pub const INTERVAL: u64 = 500;

/// The rules of the compressor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// A node must have been seen so often.
    pub min_observations: u32,
    /// A node's credibility must be this part of the greatest.
    pub stability_ratio: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { min_observations: 50, stability_ratio: 0.8 }
    }
}

/// A node as it was frozen.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// The probability of each successor, as its weight. No entry has a child.
    pub distribution: Vec<Entry>,
    /// The credibility it had.
    pub credibility: f64,
}

/// Frozen nodes by context.
#[derive(Debug, Clone)]
pub struct Store {
    rules: Rules,
    frozen: BTreeMap<Vec<u32>, Frozen>,
    /// Nodes updated since the last pass, by depth.
    touched: Vec<Vec<u32>>,
    thawed: u64,
    lookups: u64,
    hits: u64,
}

impl Store {
    /// An empty store for contexts of up to `depth` symbols.
    pub fn new(rules: Rules, depth: usize) -> Self {
        let touched = vec![Vec::new(); depth + 1];
        Self { rules, frozen: BTreeMap::new(), touched, thawed: 0, lookups: 0, hits: 0 }
    }

    /// How many contexts are frozen.
    pub fn len(&self) -> usize {
        self.frozen.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.frozen.is_empty()
    }

    /// How many were given back.
    pub fn thawed(&self) -> u64 {
        self.thawed
    }

    /// How often the predictor asked, and how often it got an answer.
    pub fn asked(&self) -> (u64, u64) {
        (self.lookups, self.hits)
    }

    /// Forgets how often it was asked.
    pub fn restart_counts(&mut self) {
        (self.lookups, self.hits) = (0, 0);
    }

    /// The frozen contexts.
    pub fn contexts(&self) -> impl Iterator<Item = &[u32]> {
        self.frozen.keys().map(Vec::as_slice)
    }

    /// Whether a context is frozen.
    pub fn holds(&self, context: &[u32]) -> bool {
        self.frozen.contains_key(context)
    }

    /// The node of that depth was updated.
    #[inline]
    pub fn touch(&mut self, node: u32, depth: usize) {
        self.touched[depth].push(node);
    }

    /// What the predictor is given for a context it has no node for: the weights are
    /// probabilities times the credibility, not what they were.
    pub fn ask(&mut self, context: &[u32]) -> Option<(f64, Vec<Entry>)> {
        self.lookups += 1;
        let found = self.frozen.get(context)?;
        self.hits += 1;
        let weigh = |entry: &Entry| Entry { weight: entry.weight * found.credibility, ..*entry };
        Some((found.credibility, found.distribution.iter().map(weigh).collect()))
    }

    /// Takes a context out of the store. The original never calls it.
    pub fn thaw(&mut self, context: &[u32]) -> Option<Frozen> {
        let found = self.frozen.remove(context)?;
        self.thawed += 1;
        Some(found)
    }

    /// Freezes what is ready; true if anything was.
    pub fn pass(&mut self, trie: &mut Trie, credibility_max: f64) -> bool {
        let mut any = false;
        for depth in (1..self.touched.len()).rev() {
            let mut nodes = std::mem::take(&mut self.touched[depth]);
            nodes.sort_unstable();
            nodes.dedup();
            for &node in &nodes {
                if self.ready(trie, node, credibility_max) {
                    self.freeze(trie, node);
                    any = true;
                    let parent = trie.parent(node);
                    if parent != ROOT {
                        self.touched[depth - 1].push(parent);
                    }
                }
            }
            nodes.clear();
            self.touched[depth] = nodes;
        }
        any
    }

    fn ready(&self, trie: &Trie, node: u32, credibility_max: f64) -> bool {
        let found = trie.node(node);
        found.observations >= self.rules.min_observations
            && found.credibility >= self.rules.stability_ratio * credibility_max
            && !found.frozen
            && found.has_successors()
            && found
                .entries
                .iter()
                .all(|entry| entry.child == NONE || trie.node(entry.child).frozen)
    }

    fn freeze(&mut self, trie: &mut Trie, node: u32) {
        let context = trie.context(node);
        let mut distribution = trie.clear(node);
        distribution.retain(|entry| entry.weight > 0.0);
        let total: f64 = distribution.iter().map(|entry| entry.weight).sum();
        for entry in &mut distribution {
            entry.weight /= total;
            entry.child = NONE;
        }
        let kept = trie.node_mut(node);
        kept.frozen = true;
        let credibility = kept.credibility;
        self.frozen.insert(context, Frozen { distribution, credibility });
    }
}

#[cfg(test)]
mod tests {
    use super::super::nodes::ROOT;
    use super::*;

    fn seen(trie: &mut Trie, context: &[u32], weights: &[(u32, f64)]) -> u32 {
        let node = context.iter().fold(ROOT, |node, &symbol| trie.reach(node, symbol));
        let found = trie.node_mut(node);
        (found.observations, found.credibility) = (50, 6.5);
        for &(symbol, weight) in weights {
            let at = found.entry(symbol);
            found.entries[at].weight = weight;
        }
        node
    }

    #[test]
    fn leaves_freeze_first_and_their_parents_in_the_same_pass() {
        let mut trie = Trie::new();
        let mut store = Store::new(Rules::default(), 2);
        let parent = seen(&mut trie, &[1], &[(2, 3.0), (3, 1.0)]);
        let child = seen(&mut trie, &[1, 2], &[(3, 8.0)]);
        store.touch(child, 2);
        assert!(store.pass(&mut trie, 8.0));
        assert_eq!(store.contexts().collect::<Vec<_>>(), [&[1][..], &[1, 2]]);
        // The parent stays, empty; the child went with what followed the parent.
        assert_eq!(trie.find(&[1]), Some(parent));
        assert!(trie.node(parent).entries.is_empty());
        assert_eq!(trie.find(&[1, 2]), None);
        // Weights come back as shares of the credibility.
        let (credibility, entries) = store.ask(&[1]).expect("it was frozen");
        assert_eq!(credibility, 6.5);
        let weights: Vec<_> = entries.iter().map(|entry| (entry.symbol, entry.weight)).collect();
        assert_eq!(weights, [(2, 0.75 * 6.5), (3, 0.25 * 6.5)]);
        assert_eq!(store.ask(&[3]), None);
        assert_eq!(store.asked(), (2, 1));
        // Nothing freezes twice.
        store.touch(parent, 1);
        assert!(!store.pass(&mut trie, 8.0));
    }

    #[test]
    fn what_is_not_ready_stays() {
        let mut trie = Trie::new();
        let mut store = Store::new(Rules::default(), 1);
        for (symbol, change) in [(1, (49, 6.5)), (2, (50, 6.3)), (3, (50, 6.5))] {
            let node = seen(&mut trie, &[symbol], &[]);
            let found = trie.node_mut(node);
            (found.observations, found.credibility) = change;
            if symbol < 3 {
                let at = found.entry(0);
                found.entries[at].weight = 1.0;
            }
            store.touch(node, 1);
        }
        assert!(!store.pass(&mut trie, 8.0) && store.is_empty());
    }

    #[test]
    fn what_is_thawed_is_gone() {
        let mut trie = Trie::new();
        let mut store = Store::new(Rules::default(), 1);
        let node = seen(&mut trie, &[7], &[(7, 2.0)]);
        store.touch(node, 1);
        store.pass(&mut trie, 8.0);
        let thawed = store.thaw(&[7]).expect("it was frozen");
        assert_eq!((thawed.credibility, thawed.distribution[0].weight), (6.5, 1.0));
        assert_eq!(store.thaw(&[7]), None);
        assert_eq!((store.len(), store.thawed()), (0, 1));
    }
}
