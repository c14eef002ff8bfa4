//! Speed of BSP on generated lines: cold, where it learns every line, and primed, where it does not.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_samples::sentences;
use pressmark_seeds::bsp::codec::Coder;
use pressmark_seeds::bsp::engine::Settings;

/// Lines of six sentences.
fn text() -> Vec<u8> {
    let text = String::from_utf8_lossy(&sentences(3000)).into_owned();
    let sentences: Vec<&str> = text.split_inclusive(". ").collect();
    sentences.chunks(6).map(|line| line.concat() + "\n").collect::<String>().into_bytes()
}

fn coding(c: &mut Criterion) {
    let text = text();
    let mut group = c.benchmark_group("bsp");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    for machine in [true, false] {
        let name = if machine { "program" } else { "group" };
        let (max_groups, lines_per_second, seed) = (20_000, 48, 1);
        let settings = Settings { max_groups, lines_per_second, seed, machine, groups: true };
        let mut primed = Coder::new(settings);
        let learned = primed.prime(&text);
        assert!(learned.is_ok(), "{learned:?}");
        group.bench_function(format!("encode cold, {name}"), |b| {
            b.iter(|| Coder::new(settings).encode(&text, &mut Vec::new()))
        });
        group.bench_function(format!("encode primed, {name}"), |b| {
            b.iter(|| primed.clone().encode(&text, &mut Vec::new()))
        });
    }
    group.finish();
}

criterion_group!(benches, coding);
criterion_main!(benches);
