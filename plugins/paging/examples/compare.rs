//! Misses of each policy on traces of many kinds, at four capacities, beside Belady's bound.
//!
//! `compare [LENGTH] [SEED] [tau_airline.json]`. Capacities are a 64th, a 16th, a quarter and half of
//! the pages of a trace. For each policy: regret, the misses it has more than the best fixed
//! policy there, in per cent of accesses; and its hits in per cent of Belady's.

use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;

#[path = "../tests/common/mod.rs"]
mod common;

const NAMES: [&str; 11] =
    ["fifo", "lru", "clock", "lfu", "sieve", "s3fifo", "arc", "lirs", "2q", "wtinylfu", "adaptive"];
const ADAPTIVE: usize = NAMES.len() - 1;

fn misses<P: Policy>(capacity: u64, trace: &[u64]) -> usize {
    let mut policy = P::new(capacity);
    trace.iter().filter(|&&key| !policy.access(key, 1, &mut |_| {})).count()
}

fn all(capacity: u64, trace: &[u64]) -> [usize; NAMES.len()] {
    [
        misses::<Fifo>(capacity, trace),
        misses::<Lru>(capacity, trace),
        misses::<Clock>(capacity, trace),
        misses::<Lfu>(capacity, trace),
        misses::<Sieve>(capacity, trace),
        misses::<S3Fifo>(capacity, trace),
        misses::<Arc>(capacity, trace),
        misses::<Lirs>(capacity, trace),
        misses::<TwoQ>(capacity, trace),
        misses::<WTinyLfu>(capacity, trace),
        misses::<Adaptive>(capacity, trace),
    ]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let length = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let mut traces = common::traces::generated(length, seed);
    if let Some(file) = arguments.next() {
        traces.extend(common::traces::sessions(&std::fs::read(file)?)?);
    }
    print!("{:15}{:>9}{:>7}{:>8}{:>8}", "trace", "accesses", "cap", "belady", "best");
    NAMES.iter().for_each(|name| print!("{name:>9}"));
    println!("  regret");
    let (mut shares, mut worst) = ([0.0; NAMES.len()], [f64::MIN; NAMES.len()]);
    let mut rows = 0.0;
    for (name, trace) in &traces {
        let pages = trace.iter().collect::<std::collections::HashSet<_>>().len();
        for capacity in [64, 16, 4, 2].map(|part| (pages / part).max(1)) {
            let misses = all(capacity as u64, trace);
            let bound = common::belady(capacity, trace);
            let best = misses[..ADAPTIVE].iter().copied().min().unwrap_or(0);
            print!("{name:15}{:>9}{capacity:>7}{bound:>8}{best:>8}", trace.len());
            for (at, &misses) in misses.iter().enumerate() {
                print!("{misses:>9}");
                let regret = (misses as f64 - best as f64) * 100.0 / trace.len() as f64;
                worst[at] = worst[at].max(regret);
                shares[at] += (trace.len() - misses) as f64 / (trace.len() - bound).max(1) as f64;
            }
            let regret = (misses[ADAPTIVE] as f64 - best as f64) * 100.0 / trace.len() as f64;
            println!("{regret:>8.2}");
            rows += 1.0;
        }
    }
    print!("{:47}", "worst regret, % of accesses");
    worst.iter().for_each(|worst| print!("{worst:>9.2}"));
    print!("\n{:47}", "mean share of Belady's hits, %");
    shares.iter().for_each(|share| print!("{:>9.2}", share * 100.0 / rows));
    println!();
    Ok(())
}
