//! Speed of the trie on a generated text: the model alone, encoding, decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::range::Teacher;
use pressmark_samples::sentences;
use pressmark_trie::model::Model;
use pressmark_trie::trie::{Settings, decode, encode};

fn trie(c: &mut Criterion) {
    let text = sentences(4_000);
    let settings = Settings::default();
    let encoded = || {
        let mut out = Vec::new();
        encode(settings, &[], &text, &mut out).map(|_| out)
    };
    let archive = encoded().unwrap_or_default();
    let mut group = c.benchmark_group("trie");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("model", |b| {
        b.iter(|| {
            let mut model = Model::new(settings.size(text.len()));
            text.iter().for_each(|&byte| _ = model.byte(&mut Teacher, byte));
        })
    });
    group.bench_function("encode", |b| b.iter(encoded));
    group.bench_function("decode", |b| {
        b.iter(|| decode(settings, &[], &archive, text.len(), &mut Vec::new()))
    });
    group.finish();
}

criterion_group!(benches, trie);
criterion_main!(benches);
