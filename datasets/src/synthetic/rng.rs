//! Random numbers and Zipf's law in integers.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high word of a product: the bias is below 2^-32 for the bounds used here.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `numerator` of `denominator` cases.
    pub(crate) fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// One of `items`, all alike.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// Puts `items` into an order, each alike (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// A bijection of 64 bits in which every input bit moves every output bit.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Draws ranks 0, 1, 2, … with weights 1/(rank + shift) (Zipf and Mandelbrot).
#[derive(Debug, Clone)]
pub(crate) struct Zipf {
    /// Sums of the weights up to each rank.
    sums: Vec<u64>,
}

impl Zipf {
    /// Over `ranks` ranks, at least 1; a larger `shift` flattens the head.
    pub(crate) fn new(ranks: usize, shift: u64) -> Self {
        let mut sum = 0;
        let sums = (0..ranks as u64)
            .map(|rank| {
                sum += (1u64 << 40) / (rank + shift.max(1));
                sum
            })
            .collect();
        Zipf { sums }
    }

    pub(crate) fn draw(&self, rng: &mut Rng) -> usize {
        let total = self.sums.last().copied().unwrap_or(1);
        let point = rng.below(total);
        self.sums.partition_point(|&sum| sum <= point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs of SplitMix64 for seed 0, as its authors give them.
        let mut rng = Rng::new(0);
        assert_eq!(rng.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(rng.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn zipf_halves_from_rank_to_rank() {
        let zipf = Zipf::new(100, 1);
        let mut rng = Rng::new(7);
        let mut counts = [0u32; 100];
        for _ in 0..100_000 {
            counts[zipf.draw(&mut rng)] += 1;
        }
        let ratio = f64::from(counts[0]) / f64::from(counts[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(counts.iter().all(|&count| count > 0));
    }

    #[test]
    fn bounds_are_kept() {
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            assert!(rng.below(3) < 3);
            assert!((5..=7).contains(&rng.between(5, 7)));
        }
    }
}
