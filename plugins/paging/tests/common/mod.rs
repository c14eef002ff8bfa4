//! Traces, and a replay without a host, for tests, benchmarks and examples.
#![allow(dead_code, reason = "each program uses its part")]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

use pressmark_paging::policy::Policy;

pub(crate) mod traces;

/// Draws pages with weights 1/rank, in integers only: the recipe of the golden files.
pub(crate) struct Zipf {
    cumulative: Vec<u64>,
    /// For each of the highest bits of a draw, the first page it can be: a short search is left.
    guide: Vec<usize>,
    shift: u32,
    state: u64,
}

impl Zipf {
    /// Over `pages` pages.
    pub(crate) fn new(pages: u64, seed: u64) -> Self {
        Self::weighted((1..=pages).map(|rank| 1_000_000_000_000 / rank), seed)
    }

    /// Over pages of these weights.
    pub(crate) fn weighted(weights: impl Iterator<Item = u64>, seed: u64) -> Self {
        let sum = |sum: &mut u64, weight| {
            *sum += weight;
            Some(*sum)
        };
        let cumulative: Vec<u64> = weights.scan(0, sum).collect();
        let total = cumulative.last().copied().unwrap_or(0);
        let pages = cumulative.len() as u64;
        let shift = (64 - total.leading_zeros()).saturating_sub(64 - pages.leading_zeros());
        let firsts = 0..=(total >> shift);
        let guide = firsts.map(|top| cumulative.partition_point(|&sum| sum <= top << shift));
        Self { guide: guide.collect(), cumulative, shift, state: seed }
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
        let guide = |top: u64| self.guide.get(top as usize).copied();
        let first = guide(at >> self.shift)?;
        let last = guide((at >> self.shift) + 1).unwrap_or(self.cumulative.len());
        let range = &self.cumulative[first..last];
        Some((first + range.partition_point(|&sum| sum <= at)) as u64)
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

/// The same trace with pages numbered in order of appearance, as the host numbers them.
pub(crate) fn numbered(trace: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    let mut number = |key: u64| {
        let next = numbers.len() as u32;
        *numbers.entry(key).or_insert(next)
    };
    trace.map(&mut number).collect()
}

/// Misses of the policy that knows the future (Belady 1966): the page needed last leaves.
pub(crate) fn belady(capacity: usize, trace: &[u64]) -> usize {
    let mut next = vec![usize::MAX; trace.len()];
    let mut seen = HashMap::new();
    for (at, &key) in trace.iter().enumerate().rev() {
        next[at] = seen.insert(key, at).unwrap_or(usize::MAX);
    }
    let mut due: BTreeSet<(usize, u64)> = BTreeSet::new();
    let mut misses = 0;
    for (at, &key) in trace.iter().enumerate() {
        if !due.remove(&(at, key)) {
            misses += 1;
            if due.len() == capacity {
                due.pop_last();
            }
        }
        due.insert((next[at], key));
    }
    misses
}

/// Seconds of processor time, or else of wall time since `began`.
pub(crate) fn seconds(began: Instant) -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(|| began.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
