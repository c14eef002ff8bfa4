//! Speed of the parts: arithmetic coder, tokeniser, lexicon, codes of words, suffix array with matching, counters
//! and mixer. Inputs are generated, small and the same every time.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::{BitIo, Decoder, Encoder};
use pressmark_coding::slots::SlotTable;
use pressmark_coding::suffix::longest_previous;
use pressmark_coding::token::tokenise;
use pressmark_coding::words::dictionary::Dictionary;
use pressmark_coding::words::reader::Reader;
use pressmark_coding::words::speller::Speller;

/// A text of `words` words from a small vocabulary, skewed to its front.
fn text(words: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut out = Vec::new();
    for k in 0..words {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let rank = (state >> 33) % (1 + (state >> 55)) + 1;
        out.extend_from_slice(format!("w{rank}").as_bytes());
        out.extend_from_slice(if k % 11 == 10 { b". " } else { b" " });
    }
    out
}

fn coder(c: &mut Criterion) {
    let bits: Vec<(u16, bool)> = (0..100_000u32)
        .map(|k| {
            let hash = k.wrapping_mul(2_654_435_761);
            ((hash >> 17).max(1) as u16, hash & 7 == 0)
        })
        .collect();
    let encode = || {
        let mut encoder = Encoder::new(Vec::new());
        for &(p, bit) in &bits {
            encoder.bit(p, bit);
        }
        encoder.finish()
    };
    let code = encode();
    let mut group = c.benchmark_group("range");
    group.throughput(Throughput::Elements(bits.len() as u64));
    group.bench_function("encode", |b| b.iter(encode));
    group.bench_function("decode", |b| {
        b.iter(|| {
            let mut decoder = Decoder::new(&code);
            bits.iter().filter(|&&(p, _)| decoder.bit(p, false)).count()
        })
    });
    group.finish();
}

fn words(c: &mut Criterion) {
    let text = text(50_000);
    let spell = || {
        let mut speller = Speller::new(Dictionary::new(usize::MAX));
        let (mut at, mut codes) = (0, Vec::new());
        while at < text.len() {
            let (taken, token) = speller.next(&text[at..]);
            codes.extend_from_slice(token.as_ref());
            at += taken;
        }
        codes
    };
    let codes = spell();
    let mut group = c.benchmark_group("words");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("spell", |b| b.iter(spell));
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut reader = Reader::new(Dictionary::new(usize::MAX));
            let mut text = Vec::new();
            codes.iter().filter(|&&code| reader.push(code, &mut text).is_err()).count()
        })
    });
    group.finish();
}

fn tokens(c: &mut Criterion) {
    let text = text(50_000);
    let mut tokens = Vec::new();
    tokenise(&text, 0, &mut tokens);
    let number = || -> Vec<i32> {
        let mut lexicon = Lexicon::default();
        tokens.iter().map(|t| lexicon.number(t.kind, t.bytes(&text)) as i32).collect()
    };
    let numbers = number();
    let mut group = c.benchmark_group("token");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("tokenise", |b| {
        b.iter(|| {
            let mut tokens = Vec::new();
            tokenise(&text, 0, &mut tokens);
            tokens.len()
        })
    });
    group.bench_function("number", |b| b.iter(number));
    group.bench_function("suffix array and longest previous matches", |b| {
        b.iter_batched_ref(|| numbers.clone(), |n| longest_previous(n), BatchSize::LargeInput)
    });
    group.finish();
}

fn model(c: &mut Criterion) {
    const CONTEXTS: usize = 10;
    let mut group = c.benchmark_group("model");
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("ten counters, four decisions", |b| {
        let mut table = SlotTable::<CONTEXTS>::new();
        b.iter(|| {
            for step in 0..2_500u64 {
                let hashes = std::array::from_fn(|k| {
                    (step % 997 + k as u64 * 1009).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                });
                table.select(&hashes);
                for node in [1, 2, 5, 10] {
                    table.read(node);
                    table.update(node, step % 3 == 0);
                }
            }
        });
    });
    group.bench_function("mixer of 24", |b| {
        let tables = Logistic::new();
        let mut mixer = Mixer::<24>::new(1, 5000, 6);
        let inputs: [i16; 24] = std::array::from_fn(|k| k as i16 * 40 - 500);
        b.iter(|| {
            for step in 0..10_000 {
                mixer.mix(&inputs, 0, &tables);
                mixer.update(&inputs, step % 3 == 0);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, coder, words, tokens, model);
criterion_main!(benches);
