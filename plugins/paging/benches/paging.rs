//! Accesses per second of the policies, one by one and with the look-ahead of batches, on a
//! zipf trace.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;
use pressmark_paging::table::AHEAD;

#[path = "../tests/common/mod.rs"]
mod common;

const CAPACITY: u64 = 20_000;

fn replay<P: Policy>(trace: &[u64], ahead: bool) -> u64 {
    let mut policy = P::new(CAPACITY);
    let mut hits = 0;
    for keys in trace.chunks(AHEAD) {
        if ahead {
            std::hint::black_box(policy.touch(keys));
        }
        for &key in keys {
            hits += u64::from(policy.access(key, 1, &mut |_| {}));
        }
    }
    hits
}

fn policy<P: Policy>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, trace: &[u64]) {
    group.bench_function(format!("{name}/single"), |b| b.iter(|| replay::<P>(trace, false)));
    group.bench_function(format!("{name}/batch"), |b| b.iter(|| replay::<P>(trace, true)));
}

fn paging(c: &mut Criterion) {
    let trace = common::numbered(common::Zipf::new(200_000, 42).take(500_000));
    let trace: Vec<u64> = trace.into_iter().map(u64::from).collect();
    let mut group = c.benchmark_group("paging");
    group.sample_size(10).throughput(Throughput::Elements(trace.len() as u64));
    policy::<Fifo>(&mut group, "fifo", &trace);
    policy::<Lru>(&mut group, "lru", &trace);
    policy::<Clock>(&mut group, "clock", &trace);
    policy::<Lfu>(&mut group, "lfu", &trace);
    policy::<Sieve>(&mut group, "sieve", &trace);
    policy::<S3Fifo>(&mut group, "s3fifo", &trace);
    policy::<Arc>(&mut group, "arc", &trace);
    policy::<Lirs>(&mut group, "lirs", &trace);
    policy::<TwoQ>(&mut group, "2q", &trace);
    policy::<WTinyLfu>(&mut group, "wtinylfu", &trace);
    policy::<Adaptive>(&mut group, "adaptive", &trace);
    group.finish();
}

criterion_group!(benches, paging);
criterion_main!(benches);
