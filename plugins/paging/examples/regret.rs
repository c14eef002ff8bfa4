//! Regret of the adaptive policy on many traces that are drawn by a seed.
//!
//! `regret [LENGTH] [FIRST] [LAST]`: of each kind in `traces::KINDS` one trace of so many accesses
//! for each seed from FIRST up to LAST, at five capacities: a 64th, a 16th, a quarter, half and
//! nine tenths of its pages. Printed are the worst rows and how many are above one per cent of
//! the accesses, for all capacities and for those of at most a fiftieth of the accesses: a
//! cache that is filled only a few times can lose all it holds on one wrong guess.

use std::collections::HashSet;
use std::sync::Mutex;

use common::traces::{KINDS, drawn};
use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;

#[path = "../tests/common/mod.rs"]
mod common;

/// One trace at one capacity.
struct Row {
    name: String,
    capacity: usize,
    /// Misses of the adaptive policy beyond those of the best fixed one, % of accesses.
    regret: f64,
    best: &'static str,
    /// Hits in per cent of Belady's: of the best fixed policy on this row, and the adaptive one's.
    shares: [f64; 2],
}

fn misses<P: Policy>(capacity: usize, trace: &[u64]) -> usize {
    let mut policy = P::new(capacity as u64);
    trace.iter().filter(|&&key| !policy.access(key, 1, &mut |_| {})).count()
}

fn best(capacity: usize, trace: &[u64]) -> (usize, &'static str) {
    let fixed = [
        (misses::<Fifo>(capacity, trace), "fifo"),
        (misses::<Lru>(capacity, trace), "lru"),
        (misses::<Clock>(capacity, trace), "clock"),
        (misses::<Lfu>(capacity, trace), "lfu"),
        (misses::<Sieve>(capacity, trace), "sieve"),
        (misses::<S3Fifo>(capacity, trace), "s3fifo"),
        (misses::<Arc>(capacity, trace), "arc"),
        (misses::<Lirs>(capacity, trace), "lirs"),
        (misses::<TwoQ>(capacity, trace), "2q"),
        (misses::<WTinyLfu>(capacity, trace), "wtinylfu"),
    ];
    fixed.into_iter().min().unwrap_or_default()
}

fn rows(kind: usize, seed: u64, length: usize) -> Vec<Row> {
    let trace = drawn(kind, length, seed);
    let pages = trace.iter().collect::<HashSet<_>>().len();
    let row = |part: f64| {
        let capacity = ((pages as f64 * part) as usize).max(2);
        let bound = length - common::belady(capacity, &trace);
        let (fixed, best) = best(capacity, &trace);
        let ours = misses::<Adaptive>(capacity, &trace);
        let share = |misses| (length - misses) as f64 * 100.0 / bound.max(1) as f64;
        Row {
            name: format!("{} {seed}", KINDS[kind]),
            capacity,
            regret: (ours as f64 - fixed as f64) * 100.0 / length as f64,
            best,
            shares: [share(fixed), share(ours)],
        }
    };
    [1.0 / 64.0, 1.0 / 16.0, 0.25, 0.5, 0.9].map(row).into()
}

fn tell(title: &str, rows: &[&Row]) {
    let above = rows.iter().filter(|row| row.regret > 1.0).count();
    let mean = |figure: &dyn Fn(&Row) -> f64| {
        rows.iter().map(|row| figure(row)).sum::<f64>() / rows.len().max(1) as f64
    };
    println!(
        "{title}: {} rows, {above} above 1 %, mean regret {:.3} %, share of Belady's hits {:.2} % \
         (best fixed policy of each row {:.2} %)",
        rows.len(),
        mean(&|row| row.regret),
        mean(&|row| row.shares[1]),
        mean(&|row| row.shares[0]),
    );
    for row in rows.iter().take(12) {
        let Row { name, capacity, regret, best, .. } = row;
        println!("{regret:8.2}  {name:14} {capacity:7} pages, best {best}");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (length, first, last) = (number(0, 100_000) as usize, number(1, 0), number(2, 10));
    let kinds = 0..KINDS.len();
    let jobs = (first..last).flat_map(|seed| kinds.clone().map(move |kind| (kind, seed)));
    let jobs = Mutex::new(jobs);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let next = || jobs.lock().ok()?.next();
        std::iter::from_fn(next)
            .flat_map(|(kind, seed)| rows(kind, seed, length))
            .collect::<Vec<_>>()
    };
    let mut found: Vec<Row> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    found.sort_by(|a, b| b.regret.total_cmp(&a.regret).then(a.name.cmp(&b.name)));
    tell("all", &found.iter().collect::<Vec<_>>());
    let small: Vec<&Row> = found.iter().filter(|row| row.capacity * 50 <= length).collect();
    tell("capacities of at most a fiftieth of the accesses", &small);
}
