//! Speed of coding a generated text, with and without groups.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_group::codec::Coder;
use pressmark_group::groups::Settings;

/// Paragraphs, each on one of eight subjects with 24 words of its own.
fn text(paragraphs: u64) -> Vec<u8> {
    let mut state = 7u64;
    let mut pick = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..paragraphs {
        let subject = pick(8);
        for _ in 0..40 {
            let word = pick(24);
            text += &format!(
                "the {}{} ",
                ["ta", "no", "mi", "ke", "lu", "so", "wa", "ri"][subject as usize],
                word * 37 + subject
            );
        }
        text += "\n";
    }
    text.into_bytes()
}

fn coding(c: &mut Criterion) {
    let text = text(400);
    let mut group = c.benchmark_group("group");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    for groups in [true, false] {
        let settings = Settings { groups, ..Settings::default() };
        let encode = || {
            let mut out = Vec::new();
            Coder::new(settings).encode(&text, &mut out).map(|_| out)
        };
        let archive = encode().unwrap_or_default();
        let name = if groups { "groups" } else { "no groups" };
        group.bench_function(format!("encode, {name}"), |b| b.iter(encode));
        group.bench_function(format!("decode, {name}"), |b| {
            b.iter(|| Coder::new(settings).decode(&archive, text.len(), &mut Vec::new()))
        });
    }
    group.finish();
}

criterion_group!(benches, coding);
criterion_main!(benches);
