//! Adaptive counters found by hashed context.
//!
//! A symbol is coded as a few binary decisions. All decisions that can follow
//! within four levels of one context sit in one *bucket* of 32 bytes, so a context
//! costs one memory access per four decisions (the nibble buckets of Mahoney's
//! lpaq, with probabilities in place of bit histories). A bucket holds a 16-bit
//! check of its context and 15 counters, one per node of a four-level binary tree.
//! Of two neighbouring buckets the less used one gives way.
//!
//! A counter is 12 bits of probability and 4 bits of confidence: how often it was
//! updated, up to 15. The first updates average, the later ones forget
//! exponentially.
//!
//! Cost: 32 bytes per context and four levels; one cache miss when cold.

/// Nodes of a four-level binary tree, numbered from 1 as in a heap.
pub const NODES: usize = 16;

/// A probability with a confidence; all zeros is "even, never seen".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter(u16);

/// Stored counters are exclusive-ored with an even probability, so that zeroed
/// memory is a table of fresh counters.
const FRESH: u16 = 0x8000;

/// `65536 / (n + 1.6)`: how far a counter seen `n` times moves towards a bit.
const RATES: [i32; 16] = rates();

const fn rates() -> [i32; 16] {
    let mut rates = [0; 16];
    let mut n = 0;
    while n < 16 {
        rates[n] = (655_360 / (10 * n + 16)) as i32;
        n += 1;
    }
    rates
}

impl Counter {
    /// The probability of a one, in 12 bits.
    #[inline]
    pub fn p12(self) -> u16 {
        (self.0 ^ FRESH) >> 4
    }

    /// How often it was updated, 0 to 15; 15 means 15 or more.
    #[inline]
    pub fn confidence(self) -> u16 {
        self.0 & 15
    }

    /// Learns a bit.
    #[inline]
    pub fn update(&mut self, bit: bool) {
        let n = self.confidence();
        let p = i32::from(self.p12());
        let target = if bit { 4095 } else { 0 };
        let p = p + (((target - p) * RATES[usize::from(n)] + (1 << 15)) >> 16);
        self.0 = ((p as u16) << 4 | (n + u16::from(n < 15))) ^ FRESH;
    }
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(32))]
struct Bucket {
    check: u16,
    counters: [Counter; NODES - 1],
}

/// A bounded table of buckets.
#[derive(Debug, Clone)]
pub struct SlotTable {
    buckets: Vec<Bucket>,
    mask: usize,
}

impl SlotTable {
    /// A table of `2^bits` buckets (`32 * 2^bits` bytes); at least two.
    pub fn new(bits: u32) -> Self {
        let buckets = vec![Bucket::default(); 1 << bits.max(1)];
        Self { mask: buckets.len() - 1, buckets }
    }

    /// Finds the bucket of a context hash, taking over a less used one when it is new.
    ///
    /// The low bits choose the place, the high 16 bits are the check.
    #[inline]
    pub fn find(&mut self, hash: u64) -> u32 {
        let check = ((hash >> 48) as u16).max(1);
        let first = hash as usize & self.mask;
        let second = first ^ 1;
        if self.buckets[first].check == check {
            return first as u32;
        }
        if self.buckets[second].check == check {
            return second as u32;
        }
        // Node 1 is on every path, so its confidence is how often the bucket was used.
        let used = |at: usize| self.buckets[at].counters[0].confidence();
        let victim = if used(first) <= used(second) { first } else { second };
        self.buckets[victim] = Bucket { check, ..Bucket::default() };
        victim as u32
    }

    /// The counter of `node` (1 to 15) in a bucket that [`SlotTable::find`] returned.
    #[inline]
    pub fn counter(&self, bucket: u32, node: usize) -> Counter {
        self.buckets[bucket as usize & self.mask].counters[(node - 1) % (NODES - 1)]
    }

    /// The same, to be updated.
    #[inline]
    pub fn counter_mut(&mut self, bucket: u32, node: usize) -> &mut Counter {
        &mut self.buckets[bucket as usize & self.mask].counters[(node - 1) % (NODES - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_counter_is_even() {
        assert_eq!(Counter::default().p12(), 2048);
        assert_eq!(Counter::default().confidence(), 0);
    }

    #[test]
    fn a_counter_follows_its_bits() {
        let mut counter = Counter::default();
        for _ in 0..100 {
            counter.update(true);
        }
        assert!(counter.p12() > 4000 && counter.confidence() == 15);
        for _ in 0..100 {
            counter.update(false);
        }
        assert!(counter.p12() < 100);
    }

    #[test]
    fn a_context_keeps_its_counters() {
        let mut table = SlotTable::new(10);
        let hash = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for k in 0..200 {
            let bucket = table.find(hash(k));
            for _ in 0..=k % 7 {
                table.counter_mut(bucket, 1).update(true);
            }
        }
        let kept = (0..200)
            .filter(|&k| {
                let bucket = table.find(hash(k));
                u64::from(table.counter(bucket, 1).confidence()) == k % 7 + 1
            })
            .count();
        assert!(kept > 190, "{kept} of 200 contexts kept in 1024 buckets");
    }
}
