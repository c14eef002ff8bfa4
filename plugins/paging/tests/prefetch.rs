//! Fetching ahead: the books are right, sessions gain, and what cannot be predicted loses little.

mod common;

use std::collections::HashMap;

use common::Zipf;
use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Lirs, Lru};
use pressmark_paging::policy::Policy;
use pressmark_paging::prefetch::plugin::PREFETCH;
use pressmark_paging::prefetch::{Events, Prefetching};
use pressmark_paging::seed::plugin::PREFETCH as SEED;
use pressmark_sdk::testing::replay;
use pressmark_sdk::{Access, AccessKind};
use proptest::prelude::*;

/// The host's books: a page that is fetched comes with the size it had last, at least 1.
#[derive(Default)]
struct Books {
    sizes: HashMap<u64, u64>,
    resident: HashMap<u64, u64>,
    moves: Vec<(u64, bool)>,
    fetched: u64,
}

impl Events for Books {
    fn gone(&mut self, key: u64) {
        self.moves.push((key, false));
    }

    fn fetched(&mut self, key: u64) {
        self.moves.push((key, true));
    }
}

impl Books {
    /// Settles one access: what came, then what left.
    fn settle(&mut self, access: &Access, hit: bool, capacity: u64) {
        if access.kind() != AccessKind::Tool {
            assert_eq!(hit, self.resident.contains_key(&access.key()));
            self.resident.insert(access.key(), access.size());
            self.sizes.insert(access.key(), access.size());
        }
        let moves = std::mem::take(&mut self.moves);
        for (key, _) in moves.iter().filter(|(_, comes)| *comes) {
            let size = self.sizes.get(key).expect("a page that was accessed before");
            assert_eq!(self.resident.insert(*key, (*size).max(1)), None, "it was there");
            self.fetched += 1;
        }
        for (key, _) in moves.iter().filter(|(_, comes)| !comes) {
            assert!(self.resident.remove(key).is_some(), "it was not there");
        }
        assert!(self.resident.values().sum::<u64>() <= capacity);
    }
}

/// Replays with the books kept; the hits, and those of the policy alone.
fn kept<P: Policy>(capacity: u64, trace: &[Access]) -> (u64, u64, u64) {
    let (mut cache, mut alone) = (Prefetching::<P>::new(capacity), P::new(capacity));
    let (mut books, mut hits, mut plain) = (Books::default(), 0, 0);
    for access in trace {
        let hit = cache.access(access, &mut books);
        books.settle(access, hit, capacity);
        assert!(cache.used() <= capacity);
        hits += u64::from(hit);
        let is_tool = access.kind() == AccessKind::Tool;
        plain += u64::from(!is_tool && alone.access(access.key(), access.size(), &mut |_| {}));
    }
    assert_eq!(cache.alone, plain);
    assert_eq!(cache.fetches.iter().map(|one| one.fetched).sum::<u64>(), books.fetched);
    (hits, plain, books.fetched)
}

fn trace() -> impl Strategy<Value = Vec<Access>> {
    let kind = prop_oneof![
        4 => Just(AccessKind::Read), 2 => Just(AccessKind::Write), 1 => Just(AccessKind::Tool),
    ];
    let access = (kind, 0..30u64, 0..9u64, 0..3u64).prop_map(|(kind, key, size, turn)| {
        // A tool may have the number of a page, sizes mostly stay, turns may even go back.
        let key = if kind == AccessKind::Tool { key % 4 } else { key };
        let size = if kind == AccessKind::Tool || size == 8 { size } else { key % 7 };
        Access::new(kind, key, size, turn)
    });
    // Passages that come again, so that there is something to predict.
    (prop::collection::vec(access, 1..60), 1..6usize).prop_map(|(trace, times)| trace.repeat(times))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_books_are_right(trace in trace(), capacity in 1..120u64) {
        kept::<Lru>(capacity, &trace);
        kept::<Lirs>(capacity, &trace);
        kept::<Adaptive>(capacity, &trace);
    }
}

fn reads(keys: impl Iterator<Item = u64>) -> Vec<Access> {
    let read = |(at, key): (u64, u64)| Access::new(AccessKind::Read, key, 1, at / 20);
    (0..).zip(keys).map(read).collect()
}

#[test]
fn a_loop_is_foreseen() {
    let (hits, plain, fetched) = kept::<Lru>(50, &reads((0..20_000).map(|at| at % 1000)));
    assert_eq!(plain, 0);
    assert!(hits > 18_900, "{hits} of 19,000");
    assert!(fetched < 19_200, "{fetched} fetched");
}

#[test]
fn chance_loses_next_to_nothing() {
    let mut random = Zipf::new(1, 5);
    for capacity in [20, 200, 1000] {
        let (hits, plain, _) = kept::<Lru>(
            capacity,
            &reads((0..20_000).map(|_| random.random() >> 20).map(|draw| draw % 2000)),
        );
        assert!(hits + 20 > plain, "{hits} for {plain}");
    }
}

/// Tasks on records, each tried four times: what is asked, what tools answer, groups of records
/// that answers quote; and in between records at random.
fn sessions(seed: u64) -> Vec<Access> {
    let mut random = Zipf::new(1, seed);
    let mut draw = |below: u64| (random.random() >> 33) % below;
    let mut trace = Vec::new();
    let (mut turn, mut next) = (0, 1000);
    for _task in 0..40 {
        let plan: Vec<(u64, u64, u64)> =
            (0..6).map(|_| (draw(5), draw(300), 2 + draw(8))).collect();
        for _trial in 0..4 {
            for &(tool, first, group) in &plan {
                trace.push(Access::new(AccessKind::Tool, 5000 + tool, 1, turn));
                turn += 1;
                let (from, to) = if draw(4) == 0 { (draw(300), 3) } else { (first, group) };
                for record in from..from + to {
                    trace.push(Access::new(AccessKind::Read, record, 100 + record % 50 * 10, turn));
                }
                trace.push(Access::new(AccessKind::Write, next, 300, turn));
                next += 1;
                turn += 1;
            }
        }
    }
    trace
}

#[test]
fn sessions_gain_more_than_by_the_seed() {
    for seed in [1, 2] {
        let trace = sessions(seed);
        let pages: HashMap<u64, u64> = trace
            .iter()
            .filter(|access| access.kind() != AccessKind::Tool)
            .map(|access| (access.key(), access.size()))
            .collect();
        let all: u64 = pages.values().sum();
        for percent in [1, 5, 10, 25] {
            let capacity = all * percent / 100;
            let hits = |strategy| {
                let run = replay(strategy, &[], capacity, &trace, true).expect("it replays");
                run.hits.iter().filter(|&&hit| hit).count() as u64
            };
            let (ours, plain, _) = kept::<Lru>(capacity, &trace);
            assert_eq!(hits(&PREFETCH), ours);
            assert!(ours > plain && ours > hits(&SEED), "{percent} %: {ours}, alone {plain}");
        }
    }
}

#[test]
fn channels_tell_what_paid() {
    let run = replay(&PREFETCH, &[], 10_000, &sessions(3), false).expect("it replays");
    let [alone, page, tool] = ["policy alone", "fetched after a page", "fetched after a tool"]
        .map(|name| run.output.channels[name]);
    let hits = run.hits.iter().filter(|&&hit| hit).count() as u64;
    assert!(alone.0 > hits && hits > alone.1);
    assert_eq!(page.0 + tool.0, run.prefetches);
    assert!(page.1 > 0 && tool.1 > 0 && page.1 + tool.1 >= hits - alone.1);
}
