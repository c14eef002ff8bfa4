//! Adaptive counters found by hashed context.
//!
//! A symbol is coded as a few binary decisions. All decisions that can follow
//! within four levels of one context sit in one *bucket* of 32 bytes, so a context
//! costs one memory access per four decisions (the nibble buckets of Mahoney's
//! lpaq, with probabilities in place of bit histories). A bucket holds a 16-bit
//! check of its context and 15 counters, one per node of a four-level binary tree.
//! Two buckets share a cache line; the less used of them gives way to a new context.
//!
//! A counter is 12 bits of probability and 4 bits of confidence: how often it was
//! updated, up to 15. The first updates average, the later ones forget
//! exponentially.
//!
//! Cost: 32 bytes per context and four levels; one cache miss when cold. Look-ups
//! are done for many contexts at once, loads first and decisions after, so that the
//! misses overlap.

/// Nodes of a four-level binary tree, numbered from 1 as in a heap; 0 is not a node.
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

    /// The counter after one more bit.
    #[inline]
    #[must_use]
    pub fn after(self, bit: bool) -> Self {
        let n = self.confidence();
        let p = i32::from(self.p12());
        let target = if bit { 4095 } else { 0 };
        let p = p + (((target - p) * RATES[usize::from(n)] + (1 << 15)) >> 16);
        Self(((p as u16) << 4 | (n + u16::from(n < 15))) ^ FRESH)
    }
}

/// A check of the context, then the counters of nodes 1 to 15.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(32))]
struct Bucket([Counter; NODES]);

impl Bucket {
    fn check(self) -> u16 {
        self.0[0].0
    }

    /// Node 1 is on every path, so its confidence is how often the bucket was used.
    fn used(self) -> u16 {
        self.0[1].confidence()
    }
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
struct Line([Bucket; 2]);

/// A bounded table of buckets, and the `C` buckets in use.
#[derive(Debug, Clone)]
pub struct SlotTable<const C: usize> {
    lines: Vec<Line>,
    selected: [(u32, bool); C],
    counters: [Counter; C],
}

impl<const C: usize> SlotTable<C> {
    /// A table of `2^bits` buckets (`32 * 2^bits` bytes); at least two.
    pub fn new(bits: u32) -> Self {
        Self {
            lines: vec![Line::default(); 1 << (bits.max(1) - 1)],
            selected: [(0, false); C],
            counters: [Counter::default(); C],
        }
    }

    /// The number of buckets.
    pub fn len(&self) -> usize {
        2 * self.lines.len()
    }

    /// Whether there is no bucket: never.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Doubles the table. Every context is still found, as its place is one of the two copies of
    /// its old one; the other copy is soon taken over.
    pub fn double(&mut self) {
        self.lines.extend_from_within(..);
    }

    /// Selects the buckets of `C` context hashes, taking over less used ones for new contexts.
    ///
    /// The low bits of a hash choose the place, the high 16 bits are the check.
    #[inline]
    pub fn select(&mut self, hashes: &[u64; C]) {
        let mask = self.lines.len() - 1;
        let lines = &mut self.lines[..=mask];
        let mut seen = [[0u16; 2]; C];
        for (seen, &hash) in seen.iter_mut().zip(hashes) {
            let line = &lines[hash as usize & mask].0;
            *seen = [line[0].check(), line[1].check()];
        }
        for ((selected, seen), &hash) in self.selected.iter_mut().zip(seen).zip(hashes) {
            let at = hash as usize & mask;
            let check = ((hash >> 48) as u16).max(1);
            let second = seen[1] == check;
            if seen[0] != check && !second {
                *selected = (at as u32, lines[at].replace(check));
            } else {
                *selected = (at as u32, second);
            }
        }
    }

    /// Reads the counters of `node` (1 to 15) in all selected buckets.
    #[inline]
    pub fn read(&mut self, node: usize) -> &[Counter; C] {
        let mask = self.lines.len() - 1;
        let lines = &self.lines[..=mask];
        for (counter, &(line, side)) in self.counters.iter_mut().zip(&self.selected) {
            *counter = lines[line as usize & mask].0[usize::from(side)].0[node % NODES];
        }
        &self.counters
    }

    /// Teaches the counters that [`SlotTable::read`] gave for `node` the bit that came.
    #[inline]
    pub fn update(&mut self, node: usize, bit: bool) {
        let mask = self.lines.len() - 1;
        let lines = &mut self.lines[..=mask];
        for (counter, &(line, side)) in self.counters.iter().zip(&self.selected) {
            lines[line as usize & mask].0[usize::from(side)].0[node % NODES] = counter.after(bit);
        }
    }
}

impl Line {
    /// Gives the less used bucket to a new context; returns whether it is the second.
    #[inline]
    fn replace(&mut self, check: u16) -> bool {
        // A context selected twice in one call finds its bucket by the check, not by this.
        let second = self.0[0].check() != check
            && (self.0[1].check() == check || self.0[1].used() < self.0[0].used());
        let bucket = &mut self.0[usize::from(second)];
        if bucket.check() != check {
            *bucket = Bucket::default();
            bucket.0[0] = Counter(check);
        }
        second
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
        let ones = (0..100).fold(Counter::default(), |c, _| c.after(true));
        assert!(ones.p12() > 4000 && ones.confidence() == 15);
        let zeros = (0..100).fold(ones, |c, _| c.after(false));
        assert!(zeros.p12() < 100);
    }

    #[test]
    fn a_context_keeps_its_counters() {
        let mut table = SlotTable::<1>::new(10);
        let hash = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ k;
        for k in 0..200 {
            table.select(&[hash(k)]);
            for _ in 0..=k % 7 {
                table.read(1);
                table.update(1, true);
            }
        }
        let kept = (0..200)
            .filter(|&k| {
                table.select(&[hash(k)]);
                u64::from(table.read(1)[0].confidence()) == k % 7 + 1
            })
            .count();
        assert!(kept > 180, "{kept} of 200 contexts kept in 1024 buckets");
    }

    #[test]
    fn doubling_keeps_every_context() {
        let mut table = SlotTable::<1>::new(8);
        let hash = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ k;
        let known = |table: &mut SlotTable<1>| {
            let is_known = |&k: &u64| {
                table.select(&[hash(k)]);
                table.read(1)[0].confidence() > 0
            };
            (0..50).filter(is_known).count()
        };
        for k in 0..50 {
            table.select(&[hash(k)]);
            table.read(1);
            table.update(1, true);
        }
        let before = known(&mut table);
        table.double();
        assert_eq!((table.len(), known(&mut table)), (512, before));
    }

    #[test]
    fn equal_hashes_share_a_bucket() {
        let mut table = SlotTable::<3>::new(4);
        table.select(&[0x1234_0000_0000_0003; 3]);
        table.read(1);
        table.update(1, true);
        assert!(table.read(1).iter().all(|c| c.confidence() == 1));
    }
}
