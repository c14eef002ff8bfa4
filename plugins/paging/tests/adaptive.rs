//! The adaptive policy is never much worse than the best fixed one, whatever the trace.

mod common;

use common::misses;
use common::traces::generated;
use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;

#[test]
fn regret_is_at_most_one_in_a_hundred_accesses() {
    for (name, trace) in generated(100_000, 0) {
        let pages = trace.iter().collect::<std::collections::HashSet<_>>().len();
        for part in [64, 16, 4, 2] {
            let capacity = (pages / part) as u64;
            let fixed = [
                misses::<Fifo>(capacity, &trace),
                misses::<Lru>(capacity, &trace),
                misses::<Clock>(capacity, &trace),
                misses::<Lfu>(capacity, &trace),
                misses::<Sieve>(capacity, &trace),
                misses::<S3Fifo>(capacity, &trace),
                misses::<Arc>(capacity, &trace),
                misses::<Lirs>(capacity, &trace),
                misses::<TwoQ>(capacity, &trace),
                misses::<WTinyLfu>(capacity, &trace),
            ];
            let best = fixed.into_iter().min().unwrap_or(0);
            let ours = misses::<Adaptive>(capacity, &trace);
            assert!(ours <= best + 1000, "{name} at {capacity}: {ours} misses, {best} possible");
            let bound = common::belady(capacity as usize, &trace);
            assert!(best >= bound && ours >= bound, "Belady's {bound} is a bound");
        }
    }
}

#[test]
fn pages_of_many_units_are_judged_as_pages() {
    for (name, trace) in generated(20_000, 0) {
        let hits = |size: u64| {
            let mut policy = Adaptive::new(800 * size);
            trace.iter().filter(|&&key| policy.access(key, size, &mut |_| {})).count()
        };
        let (small, large) = (hits(1), hits(640));
        // W-TinyLFU is another: its sketch counts units.
        assert!(small.abs_diff(large) <= 50, "{name}: {small} hits, {large} of large pages");
    }
}
