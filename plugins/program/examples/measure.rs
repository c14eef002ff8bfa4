//! Measures the machine on files: size, speed and what the operators did.
//!
//! `measure FILE [PRIME]` encodes and decodes `FILE`, after priming with `PRIME`.

use std::time::Instant;

use pressmark_program::machine::{Machine, Settings};
use pressmark_program::report::NAMES;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1);
    let text = std::fs::read(files.next().ok_or("usage: measure FILE [PRIME]")?)?;
    let prime = files.next().map(std::fs::read).transpose()?.unwrap_or_default();
    let primed = || -> pressmark_sdk::Result<Machine> {
        let mut machine = Machine::default();
        machine.prime(&prime)?;
        Ok(machine)
    };
    let machine = primed()?;
    let began = Instant::now();
    let mut archive = Vec::new();
    let report = machine.encode(&text, Settings::default(), &mut archive)?;
    let encoding = began.elapsed().as_secs_f64();
    let machine = primed()?;
    let began = Instant::now();
    let mut back = Vec::new();
    machine.decode(&archive, text.len(), &mut back)?;
    let decoding = began.elapsed().as_secs_f64();
    if back != text {
        return Err("the text did not come back".into());
    }
    let bytes = text.len() as f64;
    println!(
        "{} bytes, {:.4} bits/byte, ideal {:.4}, encode {:.2} MB/s, decode {:.2} MB/s",
        archive.len(),
        8.0 * archive.len() as f64 / bytes,
        report.ideal_bits / bytes,
        bytes / 1e6 / encoding,
        bytes / 1e6 / decoding,
    );
    for (name, figures) in NAMES.iter().zip(&report.operators) {
        println!(
            "{name}: {} uses, {:.2} % of tokens, {:.0} bits, {:.0} saved",
            figures.uses,
            100.0 * figures.tokens as f64 / report.tokens() as f64,
            figures.bits,
            figures.bits_saved,
        );
    }
    Ok(())
}
