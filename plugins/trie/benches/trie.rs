//! Speed of the tries on a generated text: the model alone, encoding, decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::blending::{self, Asking, Fast, Strong};
use pressmark_coding::codec::{Design, decode, encode, room};
use pressmark_coding::range::Teacher;
use pressmark_coding::trie::{Bytes, Model, Settings, Texts};
use pressmark_samples::sentences;

fn trie(c: &mut Criterion) {
    let text = sentences(4_000);
    let settings = Settings::default();
    let mut group = c.benchmark_group("credibility");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("model", |b| {
        b.iter(|| {
            let texts = Texts { length: text.len(), ..Texts::default() };
            let Ok(size) = settings.size::<Bytes>(texts) else { return };
            let mut model = Model::<Bytes>::new(size);
            text.iter().for_each(|&byte| _ = model.symbol(&mut Teacher, byte));
        })
    });
    group.finish();
    both_ways(c, "credibility", &settings, &text);
    let settings = blending::Settings { memory_limit: 512 << 20, unit: None };
    both_ways(c, "blending, level 1", &{ Asking(settings) as Fast }, &text);
    both_ways(c, "blending, level 2", &{ Asking(settings) as Strong }, &text);
}

fn both_ways(c: &mut Criterion, name: &str, design: &impl Design, text: &[u8]) {
    let mut archive = vec![0; room(text.len())];
    let used = encode(design, &[], text, &mut archive, &mut Vec::new()).map(|(used, _)| used);
    archive.truncate(used.unwrap_or(0));
    let mut group = c.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("encode", |b| {
        let mut out = vec![0; room(text.len())];
        b.iter(|| encode(design, &[], text, &mut out, &mut Vec::new()))
    });
    group.bench_function("decode", |b| {
        b.iter(|| decode(design, &[], &archive, text.len(), &mut Vec::new()))
    });
    group.finish();
}

criterion_group!(benches, trie);
criterion_main!(benches);
