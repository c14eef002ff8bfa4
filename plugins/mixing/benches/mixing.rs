//! Speed of the mixer on a generated text: the model alone, encoding, decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pressmark_coding::codec::{SymbolModel, decode, encode, room};
use pressmark_coding::range::Teacher;
use pressmark_coding::unit::Unit;
use pressmark_mixing::bounds::Settings;
use pressmark_mixing::model::Model;
use pressmark_mixing::plan::Plan;
use pressmark_samples::sentences;

fn mixing(c: &mut Criterion) {
    let text = sentences(1_000);
    let mut group = c.benchmark_group("mixing");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    for level in [3, 5, 9] {
        let settings = Settings { plan: Plan::level(level), ..Settings::default() };
        let mut archive = vec![0; room(text.len())];
        let used = encode(&settings, &[], &text, &mut archive, &mut Vec::new());
        archive.truncate(used.map_or(0, |(used, _)| used));
        group.bench_function(format!("model/{level}"), |b| {
            b.iter(|| {
                let Ok(size) = settings.size(Unit::Byte, 0, text.len()) else { return };
                let mut model = Model::new(size);
                text.iter().for_each(|&byte| _ = model.symbol(&mut Teacher, byte));
            })
        });
        group.bench_function(format!("encode/{level}"), |b| {
            let mut out = vec![0; room(text.len())];
            b.iter(|| encode(&settings, &[], &text, &mut out, &mut Vec::new()))
        });
        group.bench_function(format!("decode/{level}"), |b| {
            b.iter(|| decode(&settings, &[], &archive, text.len(), &mut Vec::new()))
        });
    }
    group.finish();
}

criterion_group!(benches, mixing);
criterion_main!(benches);
