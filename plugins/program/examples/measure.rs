//! Measures the machine on files: size, speed and what the operators did.
//!
//! `measure FILE [PRIME]` encodes and decodes `FILE`, after priming with `PRIME`.

use std::convert::Infallible;
use std::time::Instant;

use pressmark_program::machine::{Error, Machine, Outside, Settings};
use pressmark_program::report::NAMES;

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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1);
    let text = std::fs::read(files.next().ok_or("usage: measure FILE [PRIME]")?)?;
    let prime = files.next().map(std::fs::read).transpose()?.unwrap_or_default();
    let primed = || -> Result<Machine, Error<Infallible>> {
        let mut machine = Machine::default();
        machine.prime(&prime)?;
        Ok(machine)
    };
    let machine = primed()?;
    let began = Instant::now();
    let mut archive = Buffer(Vec::new());
    let report = machine.encode(&text, Settings::default(), &mut archive)?;
    let encoding = began.elapsed().as_secs_f64();
    let machine = primed()?;
    let began = Instant::now();
    let mut back = Buffer(Vec::new());
    machine.decode(&archive.0, text.len(), &mut back)?;
    let decoding = began.elapsed().as_secs_f64();
    if back.0 != text {
        return Err("the text did not come back".into());
    }
    let bytes = text.len() as f64;
    println!(
        "{} bytes, {:.4} bits/byte, ideal {:.4}, encode {:.2} MB/s, decode {:.2} MB/s",
        archive.0.len(),
        8.0 * archive.0.len() as f64 / bytes,
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
