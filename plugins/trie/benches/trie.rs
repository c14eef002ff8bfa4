//! Speed of the trie on a generated text: the model alone, encoding, decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::codec::{decode, encode, room};
use pressmark_coding::range::Teacher;
use pressmark_coding::trie::{Bytes, Model, Settings, Texts};
use pressmark_samples::sentences;

fn trie(c: &mut Criterion) {
    let text = sentences(4_000);
    let settings = Settings::default();
    let mut archive = vec![0; room(text.len())];
    let used = encode(&settings, &[], &text, &mut archive, &mut Vec::new()).map(|(used, _)| used);
    archive.truncate(used.unwrap_or(0));
    let mut group = c.benchmark_group("trie");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("model", |b| {
        b.iter(|| {
            let texts = Texts { length: text.len(), ..Texts::default() };
            let Ok(size) = settings.size::<Bytes>(texts) else { return };
            let mut model = Model::<Bytes>::new(size);
            text.iter().for_each(|&byte| _ = model.symbol(&mut Teacher, byte));
        })
    });
    group.bench_function("encode", |b| {
        let mut out = vec![0; room(text.len())];
        b.iter(|| encode(&settings, &[], &text, &mut out, &mut Vec::new()))
    });
    group.bench_function("decode", |b| {
        b.iter(|| decode(&settings, &[], &archive, text.len(), &mut Vec::new()))
    });
    group.finish();
}

criterion_group!(benches, trie);
criterion_main!(benches);
