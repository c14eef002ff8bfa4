//! Speed of the machine on a generated text: literal model, parse, encoding, decoding.

use std::convert::Infallible;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::cost::CostTable;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::Teacher;
use pressmark_coding::token::tokenise;
use pressmark_program::literal::LiteralModel;
use pressmark_program::machine::{Machine, Outside, Settings};
use pressmark_program::matcher::{Matcher, matches};
use pressmark_program::ops::Place;
use pressmark_program::parse::Problem;

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

fn machine(c: &mut Criterion) {
    let text = text(2_000);
    let encode = || {
        let mut out = Buffer(Vec::new());
        Machine::default().encode(&text, Settings::default(), &mut out).map(|_| out.0)
    };
    let archive = encode().unwrap_or_default();
    let mut group = c.benchmark_group("machine");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("encode", |b| b.iter(encode));
    group.bench_function("decode", |b| {
        b.iter(|| Machine::default().decode(&archive, text.len(), &mut Buffer(Vec::new())))
    });
    let mut tokens = Vec::new();
    tokenise(&text, 0, &mut tokens);
    let mut lexicon = Lexicon::default();
    let numbers: Vec<u32> = tokens.iter().map(|t| lexicon.number(t.kind, t.bytes(&text))).collect();
    group.bench_function("literal model", |b| {
        b.iter(|| {
            let mut model = LiteralModel::new();
            numbers.iter().for_each(|&number| model.pass(&mut Teacher, &lexicon, number));
        })
    });
    for matcher in [Matcher::SuffixArray, Matcher::Hash] {
        group.bench_function(format!("{matcher:?}"), |b| b.iter(|| matches(matcher, &numbers, 0)));
    }
    let found = matches(Matcher::SuffixArray, &numbers, 0).unwrap_or_default();
    let prices = vec![3 << 20; numbers.len()];
    let places: Vec<Place> =
        (0..numbers.len() as u32).map(|position| Place { position, ..Place::default() }).collect();
    let costs = CostTable::new();
    group.bench_function("parse", |b| {
        let problem = Problem {
            tokens: &numbers,
            start: 0,
            prices: &prices,
            places: &places,
            matches: &found,
            window: usize::MAX,
            copy: true,
            repeat: true,
        };
        b.iter(|| problem.solve(&costs))
    });
    group.finish();
}

criterion_group!(benches, machine);
criterion_main!(benches);
