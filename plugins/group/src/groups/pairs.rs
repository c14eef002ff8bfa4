//! How often two words came in one passage, in bounded memory.
//!
//! A hashed table of pairs; a pair that finds its place taken weakens the other, and
//! takes the place once it is free (the counting of Misra and Gries 1982, per place).
//!
//! Cost: 12 bytes per place, one cache miss per pair.

use crate::cell::scramble;

const MOST: usize = 1 << 20;

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    pair: [u32; 2],
    count: u32,
}

/// Counts of pairs; see the module.
#[derive(Debug, Clone)]
pub struct Pairs {
    places: Vec<Place>,
    taken: usize,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { places: vec![Place::default(); 1 << 12], taken: 0 }
    }
}

impl Pairs {
    fn at(&self, pair: [u32; 2]) -> usize {
        let hash = scramble(u64::from(pair[0]) << 32 | u64::from(pair[1]));
        (hash >> 20) as usize & (self.places.len() - 1)
    }

    /// Counts a pair; returns how often it is known to have come.
    pub fn add(&mut self, a: u32, b: u32) -> u32 {
        let pair = [a.min(b), a.max(b)];
        let at = self.at(pair);
        let place = &mut self.places[at];
        if place.pair == pair && place.count > 0 {
            place.count = place.count.saturating_add(1);
        } else if place.count > 1 {
            place.count -= 1;
            return 0;
        } else {
            self.taken += usize::from(place.count == 0);
            *place = Place { pair, count: 1 };
        }
        let count = place.count;
        if self.taken * 2 > self.places.len() && self.places.len() < MOST {
            self.grow();
        }
        count
    }

    /// How often a pair is known to have come.
    pub fn count(&self, a: u32, b: u32) -> u32 {
        let pair = [a.min(b), a.max(b)];
        let place = self.places[self.at(pair)];
        if place.pair == pair { place.count } else { 0 }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.places);
        self.places = vec![Place::default(); old.len() * 2];
        self.taken = 0;
        for place in old.into_iter().filter(|place| place.count > 0) {
            let at = self.at(place.pair);
            self.taken += usize::from(self.places[at].count == 0);
            self.places[at] = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_pairs_are_known_and_never_overcounted() {
        let mut pairs = Pairs::default();
        for k in 0..50_000u32 {
            pairs.add(1, 2);
            pairs.add(k, k / 3 + 70_000);
        }
        assert!((49_000..=50_000).contains(&pairs.count(2, 1)));
        assert!(pairs.count(5, 1) <= 1);
    }
}
