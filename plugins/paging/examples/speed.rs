//! Accesses per second and memory of each policy, on a zipf trace.
//!
//! `speed [ACCESSES] [PAGES] [CAPACITY] [POLICY,...]`, by default 100 million accesses to 10
//! million pages with room for a million. Pages are numbered in order of appearance, as the
//! host does it. The speed counts processor time, so that it holds on a busy machine: once
//! access by access, once with the look-ahead that batches allow.

use std::time::Instant;

use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;
use pressmark_paging::table::AHEAD;

#[path = "../tests/common/mod.rs"]
mod common;

fn replay<P: Policy>(policy: &mut P, trace: &[u32], ahead: bool) -> (u64, u64) {
    let (mut hits, mut evictions) = (0, 0);
    let mut keys = [0; AHEAD];
    for chunk in trace.chunks(AHEAD) {
        for (key, &page) in keys.iter_mut().zip(chunk) {
            *key = u64::from(page);
        }
        if ahead {
            std::hint::black_box(policy.touch(&keys[..chunk.len()]));
        }
        for &key in &keys[..chunk.len()] {
            hits += u64::from(policy.access(key, 1, &mut |_| evictions += 1));
        }
    }
    (hits, evictions)
}

fn measure<P: Policy>(name: &str, wanted: &str, capacity: u64, trace: &[u32]) {
    if !wanted.split(',').any(|wanted| wanted == name || wanted == "all") {
        return;
    }
    let began = Instant::now();
    let speed = |ahead| {
        let start = common::seconds(began);
        let mut policy = P::new(capacity);
        let (hits, _) = replay(&mut policy, trace, ahead);
        (trace.len() as f64 / 1e6 / (common::seconds(began) - start), hits, policy)
    };
    let (single, _, _) = speed(false);
    let (batched, hits, policy) = speed(true);
    println!(
        "{name:9} {single:6.1} M/s, {batched:6.1} M/s with look-ahead, hits {:.4}, {:.1} bytes per resident page",
        hits as f64 / trace.len() as f64,
        policy.bytes() as f64 / policy.used() as f64,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (accesses, pages) = (number(0, 100_000_000), number(1, 10_000_000));
    let capacity = number(2, pages / 10);
    let wanted = arguments.get(3).map_or("all", String::as_str);
    let trace = common::numbered(common::Zipf::new(pages, 42).take(accesses as usize));
    println!("{accesses} accesses to {pages} pages, room for {capacity}");
    measure::<Fifo>("fifo", wanted, capacity, &trace);
    measure::<Lru>("lru", wanted, capacity, &trace);
    measure::<Clock>("clock", wanted, capacity, &trace);
    measure::<Lfu>("lfu", wanted, capacity, &trace);
    measure::<Sieve>("sieve", wanted, capacity, &trace);
    measure::<S3Fifo>("s3fifo", wanted, capacity, &trace);
    measure::<Arc>("arc", wanted, capacity, &trace);
    measure::<Lirs>("lirs", wanted, capacity, &trace);
    measure::<TwoQ>("2q", wanted, capacity, &trace);
    measure::<WTinyLfu>("wtinylfu", wanted, capacity, &trace);
    measure::<Adaptive>("adaptive", wanted, capacity, &trace);
}
