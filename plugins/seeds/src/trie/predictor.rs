//! Prediction and update, in the original's order.
//!
//! Before symbol x_t, with V symbols known and a = 1/2V, the depths are blended from the
//! shallowest on:
//!
//! ```text
//! P_0(s) = (c(s) + a) / (Σc + aV)         c: distinct left neighbours (V ≥ 8), else counts
//! L_d(s) = (w_d(s) + a) / (Σw_d + aV)     w_d: weights of the node of the last d symbols
//! P_d    = λ L_d + (1 - λ) P_{d-1}        λ = κ^p / (κ^p + 1), κ its credibility
//! ```
//!
//! The recursion is unrolled: what a depth adds to a symbol that it has not seen is the same
//! for all, so that one pass over the vocabulary and one over each node's successors do.
//!
//! After it, every node on the path is told whether the *blend's* best guess was right.

use std::collections::BTreeSet;

use super::compressor::{INTERVAL, Rules, Store};
use super::nodes::{Entry, NONE, Place, ROOT, Trie};
use super::power::{ln, power};

/// Below so many symbols the seed distribution is made of counts, not of left neighbours.
const LEFT_NEIGHBOURS_FROM: usize = 8;
/// The least weight and the least credibility.
const LEAST: f64 = 0.01;

/// The parameters of the original, with its defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The longest context, in symbols.
    pub context_length: usize,
    /// How fast weights and credibilities move.
    pub learning_rate: f64,
    /// The greatest weight and the greatest credibility.
    pub credibility_max: f64,
    /// The exponent p of a credibility where it becomes a share of the blend.
    pub lambda_power: f64,
    /// Lets the greatest weight and credibility of a node grow with its observations.
    pub adaptive_cap: bool,
    /// The node compressor, if there is one.
    pub compressor: Option<Rules>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            context_length: 5,
            learning_rate: 0.1,
            credibility_max: 8.0,
            lambda_power: 1.0,
            adaptive_cap: false,
            compressor: None,
        }
    }
}

impl Settings {
    fn cap(&self, observations: u32) -> f64 {
        if !self.adaptive_cap {
            return self.credibility_max;
        }
        self.credibility_max * (1.0 + 0.5 * ln(1.0 + f64::from(observations) / 100.0))
    }
}

/// What one depth says.
#[derive(Debug, Clone)]
struct Opinion {
    source: Source,
    /// Its share of the blend, against all shallower ones.
    share: f64,
    /// The sum of its weights.
    total: f64,
}

#[derive(Debug, Clone)]
enum Source {
    Node(u32),
    Store(Vec<Entry>),
}

/// The original's predictor. Symbols are numbers, given in order of appearance.
#[derive(Debug, Clone)]
pub struct Predictor {
    settings: Settings,
    trie: Trie,
    store: Option<Store>,
    /// The last symbols, oldest first, no more than the longest context.
    recent: Vec<u32>,
    steps: u64,
    counts: Vec<f64>,
    neighbours: Vec<f64>,
    neighbours_total: f64,
    pairs: BTreeSet<(u32, u32)>,
    /// The nodes of the contexts of one symbol, two, …; [`NONE`] where there is none.
    active: Vec<u32>,
    /// For each context of the last update, the entry of its symbol: its child is the next
    /// longer context now. Empty after something was frozen; contexts are then walked.
    path: Vec<Place>,
    /// The path of the update at work, and memory of the one before.
    next_path: Vec<Place>,
    opinions: Vec<Opinion>,
    distribution: Vec<f64>,
    guess: Option<u32>,
}

impl Predictor {
    /// Knows nothing.
    pub fn new(settings: Settings) -> Self {
        let store = settings.compressor.map(|rules| Store::new(rules, settings.context_length));
        Self {
            settings,
            trie: Trie::new(),
            store,
            recent: Vec::new(),
            steps: 0,
            counts: Vec::new(),
            neighbours: Vec::new(),
            neighbours_total: 0.0,
            pairs: BTreeSet::new(),
            active: Vec::new(),
            path: Vec::new(),
            next_path: Vec::new(),
            opinions: Vec::new(),
            distribution: Vec::new(),
            guess: None,
        }
    }

    /// How many symbols there are so far.
    pub fn vocabulary(&self) -> usize {
        self.counts.len()
    }

    /// How many symbols it was told.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The trie.
    pub fn trie(&self) -> &Trie {
        &self.trie
    }

    /// The store of the compressor.
    pub fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Forgets how often the store was asked.
    pub fn restart_counts(&mut self) {
        if let Some(store) = &mut self.store {
            store.restart_counts();
        }
    }

    /// The blend for the next symbol, up to rounding a distribution over the vocabulary; every
    /// part is positive. Set by [`Predictor::predict`].
    pub fn distribution(&self) -> &[f64] {
        &self.distribution
    }

    /// The best guess, if there is any symbol at all. Set by [`Predictor::predict`].
    pub fn guess(&self) -> Option<u32> {
        self.guess
    }

    /// Blends the depths for the next symbol.
    pub fn predict(&mut self) {
        self.guess = None;
        if self.counts.is_empty() {
            return;
        }
        self.locate();
        self.listen();
        self.blend();
        let mut best = 0.0;
        for (symbol, &p) in self.distribution.iter().enumerate() {
            if p > best {
                best = p;
                self.guess = Some(symbol as u32);
            }
        }
    }

    /// Finds the nodes of the contexts at hand.
    fn locate(&mut self) {
        self.active.clear();
        let Some(&last) = self.recent.last() else { return };
        let depth = self.recent.len();
        if self.path.is_empty() {
            let walk = |d| self.trie.find(&self.recent[depth - d..]).unwrap_or(NONE);
            self.active.extend((1..=depth).map(walk));
        } else {
            self.active.push(self.trie.first(last));
            let deeper = self.path.iter().take(depth - 1);
            self.active.extend(deeper.map(|&place| self.trie.child(place)));
        }
    }

    /// Gathers what the depths say. The store is asked only where there is no node.
    fn listen(&mut self) {
        self.opinions.clear();
        let p = self.settings.lambda_power;
        let share = |credibility: f64| {
            let x = power(credibility, p);
            x / (x + 1.0)
        };
        let sum = |entries: &[Entry]| entries.iter().map(|entry| entry.weight).sum::<f64>();
        for (d, &node) in self.active.iter().enumerate() {
            if node != NONE {
                let found = self.trie.node(node);
                let total = sum(&found.entries);
                if total > 0.0 {
                    let share = share(found.credibility);
                    self.opinions.push(Opinion { source: Source::Node(node), share, total });
                }
            } else if let Some(store) = &mut self.store {
                let context = &self.recent[self.recent.len() - d - 1..];
                if let Some((credibility, entries)) = store.ask(context) {
                    let (total, share) = (sum(&entries), share(credibility));
                    self.opinions.push(Opinion { source: Source::Store(entries), share, total });
                }
            }
        }
    }

    fn blend(&mut self) {
        let symbols = self.counts.len();
        let a = 0.5 / symbols as f64;
        // From the deepest on: what is left for the shallower ones.
        let mut left = 1.0;
        let mut common = 0.0;
        for opinion in self.opinions.iter_mut().rev() {
            let scale = left * opinion.share / (opinion.total + a * symbols as f64);
            common += scale * a;
            left *= 1.0 - opinion.share;
            // From here on, what a unit of weight adds.
            opinion.share = scale;
        }
        let (seed, total) = if symbols >= LEFT_NEIGHBOURS_FROM && self.neighbours_total > 0.0 {
            (&self.neighbours, self.neighbours_total)
        } else {
            (&self.counts, self.steps as f64)
        };
        let scale = left / (total + a * symbols as f64);
        common += scale * a;
        self.distribution.clear();
        self.distribution.extend(seed.iter().map(|&count| scale * count + common));
        for opinion in &self.opinions {
            let entries = match &opinion.source {
                Source::Node(node) => &self.trie.node(*node).entries,
                Source::Store(entries) => entries,
            };
            for entry in entries {
                self.distribution[entry.symbol as usize] += opinion.share * entry.weight;
            }
        }
    }

    /// Takes in the symbol that came, after [`Predictor::predict`]. A new symbol has the number
    /// [`Predictor::vocabulary`].
    pub fn update(&mut self, symbol: u32) {
        if symbol as usize == self.counts.len() {
            self.counts.push(0.0);
            self.neighbours.push(0.0);
        }
        self.counts[symbol as usize] += 1.0;
        self.steps += 1;
        let right = self.guess == Some(symbol);
        self.next_path.clear();
        for depth in 1..=self.recent.len() {
            let node = match self.active[depth - 1] {
                NONE => self.add(depth),
                node => node,
            };
            let place = self.learn(node, symbol, right);
            self.next_path.push(place);
            if let Some(store) = &mut self.store {
                store.touch(node, depth);
            }
        }
        std::mem::swap(&mut self.path, &mut self.next_path);
        if let Some(&last) = self.recent.last()
            && self.pairs.insert((last, symbol))
        {
            self.neighbours[symbol as usize] += 1.0;
            self.neighbours_total += 1.0;
        }
        if self.recent.len() == self.settings.context_length {
            self.recent.remove(0);
        }
        self.recent.push(symbol);
        if let Some(store) = &mut self.store
            && self.steps.is_multiple_of(INTERVAL)
            && store.pass(&mut self.trie, self.settings.credibility_max)
        {
            self.path.clear();
        }
    }

    /// Makes the node of the last `depth` symbols, and those on the way to it that were cleared.
    fn add(&mut self, depth: usize) -> u32 {
        let start = self.recent.len() - depth;
        if depth > 1 && !self.path.is_empty() {
            let node = self.trie.add_child(self.path[depth - 2]);
            self.mark(node, start, self.recent.len());
            return node;
        }
        let mut node = ROOT;
        for at in start..self.recent.len() {
            node = self.trie.reach(node, self.recent[at]);
            self.mark(node, start, at + 1);
        }
        node
    }

    /// A node made again knows that its context is frozen.
    fn mark(&mut self, node: u32, start: usize, end: usize) {
        if let Some(store) = &self.store {
            self.trie.node_mut(node).frozen = store.holds(&self.recent[start..end]);
        }
    }

    /// Moves the weights and the credibility of a node, as the original does.
    fn learn(&mut self, node: u32, symbol: u32, right: bool) -> Place {
        let rate = self.settings.learning_rate;
        let found = self.trie.node_mut(node);
        found.observations = found.observations.saturating_add(1);
        let at = found.entry(symbol);
        let cap = self.settings.cap(found.observations);
        let weight = match found.entries[at].weight {
            0.0 => 1.0,
            weight => weight,
        };
        found.entries[at].weight = (weight * (1.0 + rate)).min(cap);
        if right {
            found.credibility = (found.credibility * (1.0 + rate)).min(cap);
        } else {
            let loss = rate * (1.0 + found.credibility / cap);
            let wrong = found.entries.iter_mut().find(|entry| Some(entry.symbol) == self.guess);
            if let Some(wrong) = wrong.filter(|entry| entry.weight > 0.0) {
                wrong.weight = (wrong.weight * (1.0 - loss)).max(LEAST);
            }
            found.credibility = (found.credibility * (1.0 - loss)).max(LEAST);
        }
        Place { node, entry: at as u32 }
    }
}
