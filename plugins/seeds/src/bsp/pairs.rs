//! How often features came together, in the order in which pairs were first seen: among equals
//! the original takes the first.

use super::hash::Map;

/// Counts of pairs of features, each with the smaller number first.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    places: Map<(u32, u32), usize>,
    /// Removed ones have a count of 0.
    counted: Vec<((u32, u32), u64)>,
}

impl Pairs {
    /// Counts two features that came together.
    pub fn count(&mut self, a: u32, b: u32) {
        let pair = (a.min(b), a.max(b));
        let place = *self.places.entry(pair).or_insert_with(|| {
            self.counted.push((pair, 0));
            self.counted.len() - 1
        });
        self.counted[place].1 += 1;
    }

    /// Forgets a pair.
    pub fn remove(&mut self, pair: (u32, u32)) {
        if let Some(place) = self.places.remove(&pair) {
            self.counted[place].1 = 0;
        }
    }

    /// The pairs counted `least` times or more, most frequent first.
    pub fn frequent(&self, least: u64) -> Vec<(u32, u32)> {
        let mut found: Vec<_> =
            self.counted.iter().filter(|(_, count)| *count >= least.max(1)).collect();
        found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        found.into_iter().map(|(pair, _)| *pair).collect()
    }

    /// Keeps of more than `most` pairs the `kept` most frequent, in that order.
    pub fn bound(&mut self, most: usize, kept: usize) {
        if self.places.len() <= most {
            return;
        }
        self.counted.retain(|(_, count)| *count > 0);
        self.counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.counted.truncate(kept);
        self.places = (0..).zip(&self.counted).map(|(place, (pair, _))| (*pair, place)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_stay_in_order() {
        let mut pairs = Pairs::default();
        for (a, b) in [(9, 8), (1, 2), (3, 4), (2, 1), (5, 6), (4, 3)] {
            pairs.count(a, b);
        }
        assert_eq!(pairs.frequent(0), [(1, 2), (3, 4), (8, 9), (5, 6)]);
        assert_eq!(pairs.frequent(2), [(1, 2), (3, 4)]);
        pairs.remove((1, 2));
        pairs.count(2, 1);
        assert_eq!(pairs.frequent(0), [(3, 4), (8, 9), (5, 6), (1, 2)], "it comes again as new");
        pairs.bound(4, 2);
        assert_eq!(pairs.frequent(0).len(), 4);
        pairs.bound(3, 2);
        assert_eq!(pairs.frequent(0), [(3, 4), (8, 9)]);
    }
}
