//! Speed of the trie on a generated text: the model alone, encoding, decoding.

use std::convert::Infallible;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::range::Teacher;
use pressmark_trie::model::Model;
use pressmark_trie::trie::{Outside, Settings, decode, encode};

struct Buffer(Vec<u8>);

impl Outside for Buffer {
    type Error = Infallible;
    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn progress(&mut self, _done: usize) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Sentences of a small grammar; whole sentences come again now and then.
fn text(sentences: usize) -> Vec<u8> {
    const WHO: [&str; 6] = ["The cat", "A small dog", "Lily", "Tim", "The old man", "Her mother"];
    const DID: [&str; 6] = ["saw", "liked", "wanted to find", "ran to", "talked about", "lost"];
    const WHAT: [&str; 6] =
        ["the ball", "a red car", "the big tree", "her toy", "a cake", "the park"];
    let mut state = 7u64;
    let mut pick = |from: &[&'static str; 6]| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        from[(state >> 33) as usize % 6]
    };
    let sentence = |_| format!("{} {} {}. ", pick(&WHO), pick(&DID), pick(&WHAT));
    (0..sentences).map(sentence).collect::<String>().into_bytes()
}

fn trie(c: &mut Criterion) {
    let text = text(4_000);
    let settings = Settings::default();
    let encoded = || {
        let mut out = Buffer(Vec::new());
        encode(settings, &[], &text, &mut out).map(|_| out.0)
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
        b.iter(|| decode(settings, &[], &archive, text.len(), &mut Buffer(Vec::new())))
    });
    group.finish();
}

criterion_group!(benches, trie);
criterion_main!(benches);
