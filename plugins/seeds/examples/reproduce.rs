//! Prints what the originals were measured to give beside what the reproductions give.
//!
//! `reproduce FILE` takes the TinyStories file that the figures were measured on
//! (`../shared/data/tinystories/train.txt`).

use pressmark_coding::range::Teacher;
use pressmark_seeds::trie::coder::Coder;
use pressmark_seeds::trie::compressor::Rules;
use pressmark_seeds::trie::predictor::Settings;
use pressmark_seeds::trie::symbols::Unit;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: reproduce FILE")?;
    let text = std::fs::read(file)?;
    for (name, bytes, unit, settings) in rows() {
        let Some(text) = text.get(..bytes) else { continue };
        let mut coder = Coder::new(unit, settings);
        let began = std::time::Instant::now();
        unit.each(text, |symbol, _| {
            coder.code(&mut Teacher, symbol);
            Ok::<(), std::convert::Infallible>(())
        })?;
        let seconds = began.elapsed().as_secs_f64();
        let counts = coder.counts();
        println!(
            "{name} bpc {:.6} ideal {:.4} top1 {:.2} novel {} nodes {} frozen {:?} asked {:?} symbols {} {:.0} KB/s",
            counts.claimed.bits() / counts.symbols as f64,
            counts.ideal.bits() / counts.symbols as f64,
            100.0 * counts.guessed as f64 / counts.symbols as f64,
            counts.novel,
            coder.predictor().trie().contexts(),
            coder.predictor().store().map(|s| s.len()),
            coder.predictor().store().map(|s| s.asked()),
            counts.symbols,
            bytes as f64 / 1e3 / seconds
        );
    }
    Ok(())
}

fn rows() -> Vec<(String, usize, Unit, Settings)> {
    let k = |context_length| Settings { context_length, ..Settings::default() };
    let mut rows = Vec::new();
    for (bytes, name) in [(20_000, "20 KB"), (100_000, "100 KB"), (400_000, "400 KB")] {
        rows.push((format!("{name} k=5"), bytes, Unit::Char, k(5)));
        let with = Settings { compressor: Some(Rules::default()), ..k(5) };
        rows.push((format!("{name} k=5 compressor"), bytes, Unit::Char, with));
    }
    for d in [2, 3, 4, 6, 8, 12] {
        rows.push((format!("100 KB k={d}"), 100_000, Unit::Char, k(d)));
    }
    let generator = Settings {
        learning_rate: 0.08,
        credibility_max: 6.05,
        lambda_power: 0.65,
        adaptive_cap: true,
        ..k(6)
    };
    rows.push(("100KB generator".into(), 100_000, Unit::Char, generator));
    rows.push(("400KB k=6".into(), 400_000, Unit::Byte, k(6)));
    rows.push((
        "400KB k=6 C=100".into(),
        400_000,
        Unit::Byte,
        Settings { credibility_max: 100.0, ..k(6) },
    ));
    rows.push((
        "400KB k=5 p=.3".into(),
        400_000,
        Unit::Byte,
        Settings { lambda_power: 0.3, ..k(5) },
    ));
    rows.push(("5KB k=64".into(), 5_000, Unit::Char, k(64)));
    rows.push(("4MB k=5 bytes".into(), 4_069_518, Unit::Byte, k(5)));
    rows.push(("4MB k=2 bytes".into(), 4_069_518, Unit::Byte, k(2)));
    rows.push(("4MB k=8 bytes".into(), 4_069_518, Unit::Byte, k(8)));
    rows
}
