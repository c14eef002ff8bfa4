//! Speed of compaction on a generated log: the original's tree and ours, at three budgets.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_compaction::level::Level;
use pressmark_compaction::{budgeted, seed};
use pressmark_samples::sentences;
use pressmark_sdk::Budget;

/// Turns of one to three sentences with an identifier each.
fn log(sentence_count: usize) -> Vec<u8> {
    let text = sentences(sentence_count);
    let mut log = Vec::with_capacity(text.len() * 2);
    for (turn, said) in text.split_inclusive(|&byte| byte == b'.').enumerate() {
        let label = ["user: ", "assistant: ", "tool read: "][turn % 3];
        log.extend_from_slice(label.as_bytes());
        log.extend_from_slice(said.trim_ascii());
        log.extend_from_slice(format!(" See R{:04}X.\n", turn * 7919 % 10_000).as_bytes());
    }
    log
}

fn compaction(c: &mut Criterion) {
    let text = log(40_000);
    let mut group = c.benchmark_group("compaction");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("seed", |b| b.iter(|| seed::compact(&text, Level::Raw, Level::Daily)));
    for percent in [30, 15, 7] {
        let budget = Budget::Bytes(text.len() as u64 * percent / 100);
        group.bench_function(format!("budgeted, {percent} %"), |b| {
            b.iter(|| budgeted::compact(&text, budget, Level::Daily))
        });
    }
    group.finish();
}

criterion_group!(benches, compaction);
criterion_main!(benches);
