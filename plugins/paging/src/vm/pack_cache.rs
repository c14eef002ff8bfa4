//! Packed contexts that were asked for before.
//!
//! A context is found again by all that it is made of: the pages, by hashes of their texts and in
//! their order, the place of each, the budget and the mode. The original's key left the order of
//! the pages out, and writing a key again evicted another one.

use pressmark_sdk::Mode;

use super::context::Packed;
use super::log::Place;

/// All that a context is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Tokens.
    pub budget: u64,
    /// What the reader may do.
    pub mode: Mode,
    /// The pages of the session in order: what tells the page from others, and where it is.
    pub pages: Vec<(u64, Place)>,
}

/// The contexts packed last, those asked for least recently first.
#[derive(Debug, Default)]
pub struct PackCache {
    contexts: Vec<(Key, Packed)>,
    most: usize,
    /// Contexts asked for, and those found.
    pub counts: (u64, u64),
}

impl PackCache {
    /// For at most so many contexts.
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// The context of this key; made, and remembered, if it is not there.
    pub fn get(&mut self, key: Key, make: impl FnOnce() -> Packed) -> Packed {
        self.counts.0 += 1;
        let found = self.contexts.iter().position(|(known, _)| *known == key);
        let entry = match found {
            Some(at) => {
                self.counts.1 += 1;
                self.contexts.remove(at)
            }
            None => (key, make()),
        };
        let packed = entry.1.clone();
        if self.most > 0 {
            if self.contexts.len() == self.most {
                self.contexts.remove(0);
            }
            self.contexts.push(entry);
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::Level;
    use super::super::pages::Tier;
    use super::*;

    fn key(pages: &[u64]) -> Key {
        let place = Place { tier: Tier::Context, level: Level::Full };
        let pages = pages.iter().map(|&mark| (mark, place)).collect();
        Key { budget: 100, mode: Mode::Passive, pages }
    }

    fn packed(text: &str) -> Packed {
        Packed { bytes: text.into(), chosen: vec![], left: 0 }
    }

    #[test]
    fn the_same_is_found_and_no_other() {
        let mut cache = PackCache::new(2);
        let first = cache.get(key(&[1, 2]), || packed("one"));
        // Another order, budget or level is another context.
        let mut lower = key(&[1, 2]);
        lower.pages[0].1.level = Level::Reduced;
        assert_eq!(cache.get(lower, || packed("lower")), packed("lower"));
        assert_eq!(cache.get(key(&[1, 2]), || packed("never made")), first);
        assert_eq!(cache.get(key(&[2, 1]), || packed("two")), packed("two"));
        // The least recently asked for has left, and writing evicted one.
        assert_eq!(cache.get(key(&[1, 2]), || packed("never made")), first);
        assert_eq!((cache.counts, cache.contexts.len()), ((5, 2), 2));
        let other = Key { budget: 99, ..key(&[1, 2]) };
        assert_eq!(cache.get(other, || packed("other")), packed("other"));
    }

    #[test]
    fn with_room_for_none_nothing_is_kept() {
        let mut cache = PackCache::new(0);
        cache.get(key(&[1]), || packed("one"));
        assert_eq!(cache.get(key(&[1]), || packed("again")), packed("again"));
    }
}
