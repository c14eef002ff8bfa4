//! What a level uses.

use crate::context::{FIELDS, FORMS, Family, KINDS, PLACES, SORTS, SPELLINGS, WORDS};
use crate::matcher::CLASSES;
use crate::model::LAST;
use crate::pace::Pace;

/// The first level with a plan; those below have another model.
pub const LEAST_LEVEL: usize = 3;
/// Selectors there are.
pub const SELECTORS: usize = 21;
/// Weight sets of every selector.
const SETS: [usize; SELECTORS] = [
    256 * 8,
    PLACES * 256,
    PLACES * 256,
    256 * 32,
    256 * 17,
    64 * 16,
    256 * 8,
    256 * 8,
    1,
    64 * 32,
    256 * 8,
    256 * 8,
    WORDS,
    33,
    SORTS * SORTS,
    CLASSES,
    FIELDS * 8,
    SPELLINGS,
    WORDS,
    SPELLINGS,
    FORMS * 8,
];

/// Contexts that get probabilities, those first that are worth most; and those of the best levels;
/// besides [`SHAPES`].
const DIRECT: [usize; 12] = [0, 1, 2, 5, 7, 4, 6, 16, 18, 14, 3, 8];
const BEST_DIRECT: [usize; 10] = [0, 1, 2, 5, 7, 16, 18, 27, 37, 50];
/// Contexts of [shapes](Family::Shapes), those first that are worth most. All of them get
/// probabilities: they are met so often that a history has forgotten most of it.
const SHAPES: [usize; 7] = [60, 65, 61, 62, 64, 63, 66];
/// Contexts of levels 3 to 5, chosen one by one: what is missing of the first ones is what others with
/// vectors beside them make up for.
const LEAN: [&[usize]; 3] = [
    &[0, 1, 2, 4, 9, 10, 13, 14, 18, 27, 49],
    &[0, 1, 2, 4, 9, 10, 13, 14, 15, 18, 20, 27, 49],
    &[0, 1, 2, 4, 9, 10, 13, 14, 15, 16, 18, 19, 20, 27, 28, 49, 50],
];
/// Those of them that get probabilities.
const LEAN_DIRECT: [usize; 4] = [0, 1, 2, 4];
/// Contexts whose being known selects weights; they come first.
const JUDGES: [usize; 6] = [0, 2, 4, 9, 16, 8];
/// Selectors whose blends learn alone, those first that are worth most.
const ALONE: [usize; 8] = [2, 1, 3, 4, 12, 7, 6, 9];
/// Contexts whose log odds the second layer sees, too.
const PASSED: [usize; 20] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 21, 50, 55, 56, 57];

/// Which parts a model has, and how they learn. Both sides must agree on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whether symbols are bytes even where codes of words would be fewer: many contexts make more
    /// of bytes.
    pub bytes: bool,
    /// Contexts with histories.
    pub contexts: Vec<usize>,
    /// So many of them, the first ones, select weights by being known.
    pub judges: usize,
    /// Contexts with probabilities besides.
    pub direct: Vec<usize>,
    /// Lengths of matches, as shifts of their hashes (`63 / shift` bytes).
    pub matchers: Vec<u32>,
    /// The matcher that looks only into records with the same first value.
    pub recorded: Option<usize>,
    /// Selectors of the weights of blends that learn alone, see the model.
    pub selectors: Vec<usize>,
    /// Those of blends that learn [together](pressmark_coding::network).
    pub together: Vec<usize>,
    /// So many times [`LANES`](pressmark_coding::vectors::LANES) of the first estimates are inputs as
    /// probabilities beside their log odds.
    pub distances: usize,
    /// Contexts whose log odds, if they are used, go to the second layer, too; if there are any, so do
    /// those of matches and vectors.
    pub passed: &'static [usize],
    /// Blends of the second layer, see the model.
    pub last: usize,
    /// Adaptive maps, see the model.
    pub maps: usize,
    /// Numbers in a vector of a word; 0 for no vectors.
    pub dimensions: usize,
    /// Features that have vectors.
    pub features: usize,
    /// Whether decisions of the vectors have [kin](pressmark_coding::bilinear).
    pub kin: bool,
    /// Learning rate of the first layer, at the end and what it is above that at first, and of the
    /// second.
    pub rates: [f32; 3],
    /// How much faster new weight sets of the first layer learn, see
    /// [`Network::hurrying`](pressmark_coding::network::Network::hurrying).
    pub hurry: [f32; 2],
    /// The same of the second layer.
    pub last_hurry: [f32; 2],
    /// How the first layer's rate falls.
    pub pace: Pace,
    /// Histories that agree are [believed](crate::unanimity) where they are wrong less often than once
    /// in so many times, alone and where a match says the same.
    pub trusted: [u32; 2],
}

impl Plan {
    /// The plan of a level, [`LEAST_LEVEL`] to 9.
    pub fn level(level: usize) -> Self {
        let level = level.clamp(LEAST_LEVEL, 9) - LEAST_LEVEL;
        let mut contexts = match level {
            ..3 => LEAN[level].to_vec(),
            _ => (0..[36, 48, 42, SHAPES[0]][level - 3]).collect(),
        };
        let shapes = &SHAPES[..[2, 2, 2, 3, 4, 7, 7][level]];
        contexts.extend_from_slice(shapes);
        contexts
            .sort_by_key(|at| JUDGES.iter().position(|judge| judge == at).unwrap_or(JUDGES.len()));
        let best = level > 4;
        // Codes of words are fewer than bytes.
        let lengths = if best { [12, 6, 3, 2] } else { [16, 9, 4, 2] };
        let together = if level > 2 { 0..SELECTORS } else { 0..0 };
        let direct: &[usize] = match level {
            ..3 => &LEAN_DIRECT,
            3 | 4 => &DIRECT,
            _ => &BEST_DIRECT,
        };
        let mut direct = direct.to_vec();
        direct.retain(|context| contexts.contains(context));
        direct.extend_from_slice(shapes);
        Self {
            bytes: best,
            direct,
            matchers: lengths[..if level < 3 { 3 } else { 4 }].to_vec(),
            selectors: ALONE[..[4, 7, 7, 8][level.min(3)]].to_vec(),
            together: together.collect(),
            distances: [0, 0, 0, 2, 2, 1, 1][level],
            recorded: best.then_some(1),
            passed: &PASSED[..[3, 3, 3, 11, 11, PASSED.len(), PASSED.len()][level]],
            last: [3, 3, 3, 6, 6, LAST, LAST][level],
            maps: if level < 3 { 2 } else { 4 },
            dimensions: [32, 48, 64, 128, 128, 128, 128][level],
            features: [7, 7, 11, 11, 11, 11, 11][level],
            kin: best,
            rates: match level {
                0 | 1 => [0.006, 0.02, 0.002],
                2 => [0.005, 0.02, 0.002],
                3 => [0.004, 0.02, 0.002],
                4 => [0.003, 0.02, 0.002],
                _ => [0.0006, 0.0052, 0.002],
            },
            hurry: if best { [2.0, 32.0] } else { [3.0, 1024.0] },
            pace: if best { Pace::Inverse(500_000.0) } else { Pace::Exponential(8192.0) },
            last_hurry: if best { [2.0, 1000.0] } else { [0.0, 1.0] },
            trusted: if best { [1024, 32_768] } else { [128, 1024] },
            judges: judges(&contexts),
            contexts,
        }
    }

    /// Weight sets of the selectors in use: of those alone, of those together.
    pub fn sets(&self) -> [Vec<usize>; 2] {
        [&self.selectors, &self.together]
            .map(|selectors| selectors.iter().map(|&selector| SETS[selector]).collect())
    }

    /// Without the contexts of a family.
    pub fn without(mut self, family: Family) -> Self {
        self.contexts.retain(|&at| KINDS[at] != family);
        self.direct.retain(|&at| KINDS[at] != family);
        self.judges = judges(&self.contexts);
        if family == Family::Match {
            self.matchers.clear();
        }
        self
    }
}

/// How many of some contexts judge.
fn judges(contexts: &[usize]) -> usize {
    contexts.iter().filter(|at| JUDGES.contains(at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::CONTEXTS;

    #[test]
    fn higher_levels_have_more_of_everything() {
        for level in LEAST_LEVEL..9 {
            let (less, more) = (Plan::level(level), Plan::level(level + 1));
            // Bytes are twice as many as codes: the first level of them makes do with fewer.
            assert!(less.bytes != more.bytes || less.contexts.len() < more.contexts.len());
            assert!(less.direct.len() <= more.direct.len());
            assert!(less.selectors.iter().all(|at| more.selectors.contains(at)));
            assert!(less.together.len() <= more.together.len() && less.maps <= more.maps);
        }
        assert_eq!(Plan::level(9).together.len(), SELECTORS);
    }

    #[test]
    fn a_family_can_be_left_out() {
        for family in Family::ALL {
            let plan = Plan::level(9).without(family);
            assert!(plan.contexts.len() < CONTEXTS);
            assert!(plan.contexts.iter().chain(&plan.direct).all(|&at| KINDS[at] != family));
        }
    }
}
