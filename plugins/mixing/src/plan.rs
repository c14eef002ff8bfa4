//! What a level uses.

use crate::context::{CONTEXTS, Family, KINDS, PLACES};
use crate::matcher::CLASSES;

/// Weight sets of every selector.
const SETS: [usize; 9] = [
    256 * 8,
    PLACES * 256,
    PLACES * 256,
    256 * 32,
    CLASSES * CLASSES * 8,
    256 * 17,
    64 * 16,
    256 * 8,
    256 * 8,
];

/// Which parts a model has, and how they learn. Both sides must agree on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Contexts with histories.
    pub contexts: Vec<usize>,
    /// Contexts with probabilities besides.
    pub direct: Vec<usize>,
    /// Lengths of matches, as shifts of their hashes (`63 / shift` bytes).
    pub matchers: Vec<u32>,
    /// Selectors of weights, see the model.
    pub selectors: Vec<usize>,
    /// Adaptive maps, see the model.
    pub maps: usize,
    /// Learning rate of the first layer, at the end and at the beginning, and of the second.
    pub rates: [f32; 3],
    /// Limits of the counts of estimates of histories, of probabilities, of the maps.
    pub limits: [u32; 3],
}

impl Plan {
    /// The plan of a level, 1 to 9.
    pub fn level(level: usize) -> Self {
        let contexts = [6, 8, 10, 16, 24, 30, 40, 54, CONTEXTS][level.clamp(1, 9) - 1];
        Self {
            contexts: (0..contexts).collect(),
            direct: [0, 1, 2, 4, 5, 6, 7, 16, 20, 14].to_vec(),
            matchers: vec![12, 6, 3],
            selectors: (0..8).collect(),
            maps: 4,
            rates: [0.002, 0.02, 0.001],
            limits: [255, 1000, 6],
        }
    }

    /// Weight sets of the selectors in use.
    pub fn sets(&self) -> Vec<usize> {
        self.selectors.iter().map(|&selector| SETS[selector]).collect()
    }

    /// Without the contexts of a family.
    pub fn without(mut self, family: Family) -> Self {
        self.contexts.retain(|&at| KINDS[at] != family);
        self.direct.retain(|&at| KINDS[at] != family);
        if family == Family::Match {
            self.matchers.clear();
        }
        self
    }
}
