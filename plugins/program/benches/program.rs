//! Speed of the machine on a generated text: literal model, matching, parse, encoding, decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::cost::CostTable;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::Teacher;
use pressmark_coding::token::tokenise;
use pressmark_program::literal::LiteralModel;
use pressmark_program::machine::Machine;
use pressmark_program::matcher::{Matcher, matches};
use pressmark_program::parse::{Problem, Seen, Way};
use pressmark_samples::sentences;

fn machine(c: &mut Criterion) {
    let text = sentences(2_000);
    let encode = || {
        let mut out = Vec::new();
        Machine::default().encode(&text, &mut out).map(|_| out)
    };
    let archive = encode().unwrap_or_default();
    let mut group = c.benchmark_group("machine");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("encode", |b| b.iter(encode));
    group.bench_function("decode", |b| {
        b.iter(|| Machine::default().decode(&archive, text.len(), &mut Vec::new()))
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
    // The hardest case for the parse: nothing was guessed, so it must look everywhere.
    let prices = [1 << 20, 3 << 20].repeat(numbers.len());
    let seen: Vec<Seen> = (0..numbers.len())
        .map(|at| Seen {
            way: Way::Spelled,
            failed: 3,
            after_word: true,
            novelty: 0,
            last: numbers[at.saturating_sub(1)],
            rejects: 0,
        })
        .collect();
    let costs = CostTable::new();
    group.bench_function("parse", |b| {
        let problem = Problem {
            tokens: &numbers,
            lexicon: &lexicon,
            start: 0,
            prices: &prices,
            seen: &seen,
            rejects: &[],
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
