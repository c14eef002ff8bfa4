//! Speed of compaction on a generated text.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_compaction::level::Level;
use pressmark_compaction::seed;
use pressmark_samples::sentences;

fn compaction(c: &mut Criterion) {
    let text: Vec<u8> =
        sentences(40_000).iter().map(|&b| if b == b'.' { b'\n' } else { b }).collect();
    let mut group = c.benchmark_group("compaction");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("seed", |b| b.iter(|| seed::compact(&text, Level::Raw, Level::Daily)));
    group.finish();
}

criterion_group!(benches, compaction);
criterion_main!(benches);
