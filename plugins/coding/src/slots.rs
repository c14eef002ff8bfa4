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

/// Lines of a new table, as a power of two.
const FIRST_BITS: u32 = 15;
/// A table grows up to this many buckets (128 MiB), which leaves 10 of the check's 16 bits to
/// tell contexts of one line apart.
pub const MOST_BUCKETS: usize = 1 << 22;

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
    /// A table of 65,536 buckets (2 MiB).
    pub fn new() -> Self {
        Self {
            lines: vec![Line::default(); 1 << FIRST_BITS],
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

    /// Doubles the table, up to [`MOST_BUCKETS`]. The check of a bucket tells which half it
    /// belongs to.
    pub fn double(&mut self) {
        let old = self.lines.len();
        if 2 * old >= MOST_BUCKETS {
            return;
        }
        self.lines.extend_from_within(..);
        let (lower, upper) = self.lines.split_at_mut(old);
        for (low, high) in lower.iter_mut().zip(upper) {
            for (low, high) in low.0.iter_mut().zip(&mut high.0) {
                let stays = place(0, low.check()) & old == 0;
                *(if stays { high } else { low }) = Bucket::default();
            }
        }
    }

    /// Selects the buckets of `C` context hashes, taking over less used ones for new contexts.
    ///
    /// The high 16 bits of a hash are the check; it and the low bits choose the place.
    #[inline]
    pub fn select(&mut self, hashes: &[u64; C]) {
        let mask = self.lines.len() - 1;
        let lines = &mut self.lines[..=mask];
        let mut wanted = [(0usize, 0u16); C];
        let mut seen = [[0u16; 2]; C];
        for ((wanted, seen), &hash) in wanted.iter_mut().zip(&mut seen).zip(hashes) {
            let check = ((hash >> 48) as u16).max(1);
            *wanted = (place(hash, check) & mask, check);
            let line = &lines[wanted.0].0;
            *seen = [line[0].check(), line[1].check()];
        }
        for ((selected, seen), (at, check)) in self.selected.iter_mut().zip(seen).zip(wanted) {
            let second = seen[1] == check;
            if seen[0] != check && !second {
                *selected = (at as u32, lines[at].replace(check));
            } else {
                *selected = (at as u32, second);
            }
        }
    }

    /// Reads the counters of `node` (1 to 15) in the buckets of `C` context hashes without
    /// selecting them: those of a context that has no bucket are fresh.
    pub fn peek(&self, hashes: &[u64; C], node: usize) -> [Counter; C] {
        hashes.map(|hash| {
            let check = ((hash >> 48) as u16).max(1);
            let line = &self.lines[place(hash, check) & (self.lines.len() - 1)].0;
            let bucket = line.iter().find(|bucket| bucket.check() == check);
            bucket.map_or_else(Counter::default, |bucket| bucket.0[node % NODES])
        })
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

impl<const C: usize> Default for SlotTable<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// A line for a hash, before it is cut to the size of the table. Above the first size it depends
/// on the check alone, which the bucket keeps.
#[inline]
fn place(hash: u64, check: u16) -> usize {
    (hash as usize & ((1 << FIRST_BITS) - 1)) | usize::from(check) << FIRST_BITS
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

    fn hash(k: u64) -> u64 {
        let hash = (k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash ^ (hash >> 29)).wrapping_mul(0xff51_afd7_ed55_8ccd) ^ (hash >> 31)
    }

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
        let mut table = SlotTable::<1>::new();
        for k in 0..200 {
            table.select(&[hash(k)]);
            for _ in 0..=k % 7 {
                table.read(1);
                table.update(1, true);
            }
        }
        let kept = (0..200)
            .filter(|&k| {
                let peeked = table.peek(&[hash(k)], 1);
                table.select(&[hash(k)]);
                assert_eq!(peeked, *table.read(1));
                u64::from(table.read(1)[0].confidence()) == k % 7 + 1
            })
            .count();
        assert!(kept > 180, "{kept} of 200 contexts kept");
    }

    #[test]
    fn doubling_keeps_every_context() {
        let mut table = SlotTable::<1>::new();
        for k in 0..20_000 {
            table.select(&[hash(k)]);
            table.read(1);
            table.update(1, true);
        }
        let known = |table: &mut SlotTable<1>| {
            let is_known = |&k: &u64| {
                let wanted = ((hash(k) >> 48) as u16).max(1);
                let at = place(hash(k), wanted) & (table.lines.len() - 1);
                table.lines[at].0.iter().any(|bucket| bucket.check() == wanted)
            };
            (0..20_000).filter(is_known).count()
        };
        let before = known(&mut table);
        assert!(before > 19_000, "{before} of 20,000 contexts kept");
        table.double();
        assert_eq!((table.len(), known(&mut table)), (1 << 17, before));
        let used = table.lines.iter().flat_map(|line| line.0).filter(|b| b.check() != 0).count();
        assert!(used <= 20_000, "no bucket is kept twice");
    }

    #[test]
    fn equal_hashes_share_a_bucket() {
        let mut table = SlotTable::<3>::new();
        table.select(&[0x1234_0000_0000_0003; 3]);
        table.read(1);
        table.update(1, true);
        assert!(table.read(1).iter().all(|c| c.confidence() == 1));
    }
}
