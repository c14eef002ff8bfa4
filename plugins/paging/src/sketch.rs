//! How often a key was seen of late, roughly: a count-min sketch of four-bit counters (G. Cormode
//! and S. Muthukrishnan 2005) that are halved from time to time, as TinyLFU has it (G. Einziger,
//! R. Friedman and B. Manes, TinyLFU: A Highly Efficient Cache Admission Policy, TOS 2017).

/// Counters for about as many keys as [`Sketch::fit`] was told, in 8 to 16 bytes a key.
#[derive(Debug)]
pub struct Sketch {
    /// Sixteen counters each; a key has one in each of four words.
    words: Vec<u64>,
    /// Additions since counters were halved.
    additions: u64,
}

/// Halving comes after so many additions per key.
const PERIOD: u64 = 10;
const LEAST: usize = 64;

impl Default for Sketch {
    fn default() -> Self {
        Self { words: vec![0; LEAST], additions: 0 }
    }
}

impl Sketch {
    /// The word and the bit of a key's counter in each row.
    #[inline]
    fn counters(&self, key: u64) -> [(usize, u32); 4] {
        let mut hash = (key ^ (key >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
        std::array::from_fn(|row| {
            hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
            hash ^= hash >> 32;
            // One of the four counters of the row.
            let counter = row as u32 * 4 + (hash >> 60) as u32 % 4;
            (hash as usize & (self.words.len() - 1), counter * 4)
        })
    }

    /// How often a key was seen, 15 at most.
    #[inline]
    pub fn estimate(&self, key: u64) -> u64 {
        let count = |(word, bit): (usize, u32)| self.words[word] >> bit & 15;
        self.counters(key).into_iter().map(count).min().unwrap_or(0)
    }

    /// A key was seen.
    #[inline]
    pub fn add(&mut self, key: u64) {
        let mut added = 0;
        for (word, bit) in self.counters(key) {
            if self.words[word] >> bit & 15 < 15 {
                self.words[word] += 1 << bit;
                added = 1;
            }
        }
        self.additions += added;
        if self.additions >= self.words.len() as u64 * PERIOD {
            self.age();
        }
    }

    #[cold]
    fn age(&mut self) {
        for word in &mut self.words {
            *word = *word >> 1 & 0x7777_7777_7777_7777;
        }
        self.additions /= 2;
    }

    /// Grows for so many keys. Counters are doubled, so that estimates stay.
    #[inline]
    pub fn fit(&mut self, keys: u64) {
        while (self.words.len() as u64) < keys {
            self.words.extend_from_within(..);
        }
    }

    /// Bytes of the counters.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_counts_or_a_little_more() {
        let mut sketch = Sketch::default();
        sketch.fit(1000);
        for key in 0..100 {
            (0..key % 10).for_each(|_| sketch.add(key));
        }
        assert!((0..100).all(|key| sketch.estimate(key) >= key % 10));
        assert!((0..100).filter(|&key| sketch.estimate(key) > key % 10).count() < 5);
        sketch.fit(4000);
        assert!((0..100).all(|key| sketch.estimate(key) >= key % 10));
    }

    #[test]
    fn counts_grow_old() {
        let mut sketch = Sketch::default();
        (0..15).for_each(|_| sketch.add(7));
        assert_eq!(sketch.estimate(7), 15);
        (100..1000).for_each(|key| sketch.add(key));
        assert!(sketch.estimate(7) < 15);
    }
}
