//! Traces, and a replay without a host, for tests, benchmarks and examples.
#![allow(dead_code, reason = "each program uses its part")]

use std::collections::HashSet;

use pressmark_paging::policy::Policy;

/// Draws pages with weights 1/rank, in integers only: the recipe of the golden files.
pub(crate) struct Zipf {
    cumulative: Vec<u64>,
    state: u64,
}

impl Zipf {
    /// Over `pages` pages.
    pub(crate) fn new(pages: u64, seed: u64) -> Self {
        let weights = (1..=pages).map(|rank| 1_000_000_000_000 / rank);
        let sum = |sum: &mut u64, weight| {
            *sum += weight;
            Some(*sum)
        };
        Self { cumulative: weights.scan(0, sum).collect(), state: seed }
    }

    /// 53 random bits.
    pub(crate) fn random(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.state >> 11
    }
}

impl Iterator for Zipf {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let total = *self.cumulative.last()?;
        let at = ((u128::from(self.random()) * u128::from(total)) >> 53) as u64;
        Some(self.cumulative.partition_point(|&sum| sum <= at) as u64)
    }
}

/// The trace of the golden files: 5,000 pages, 100,000 accesses, seed 42.
pub(crate) fn golden_zipf() -> Vec<u64> {
    Zipf::new(5_000, 42).take(100_000).collect()
}

/// Replays pages of size 1 and counts misses; the books of residence are kept here.
pub(crate) fn misses<P: Policy>(capacity: u64, trace: &[u64]) -> usize {
    let mut policy = P::new(capacity);
    let mut resident = HashSet::new();
    let mut misses = 0;
    for &key in trace {
        let was = resident.contains(&key);
        resident.insert(key);
        let hit = policy.access(key, 1, &mut |gone| {
            assert!(resident.remove(&gone), "{gone} was not resident");
        });
        assert_eq!(hit, was);
        assert!(resident.len() as u64 <= capacity);
        misses += usize::from(!hit);
    }
    misses
}
