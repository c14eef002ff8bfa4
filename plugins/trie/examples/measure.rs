//! Measures the trie on a file: size, speed, memory, and where predictions came from.
//!
//! `measure FILE [PRIME]` encodes and decodes `FILE`, after learning `PRIME`. Speeds count
//! the time the processor gave to this process where the system tells it (Linux), so that
//! they hold on a busy machine; learning the priming text is included.

use std::time::Instant;

use pressmark_trie::explain::name;
use pressmark_trie::trie::{Settings, decode, encode};

/// Seconds of processor time, or else of wall time since `began`.
fn seconds(began: Instant) -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(|| began.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1);
    let text = std::fs::read(files.next().ok_or("usage: measure FILE [PRIME]")?)?;
    let prime = files.next().map(std::fs::read).transpose()?.unwrap_or_default();
    let bytes = (text.len() + prime.len()) as f64;
    let began = Instant::now();
    let start = seconds(began);
    let mut archive = Vec::new();
    let report = encode(Settings::default(), &[&prime], &text, &mut archive)?;
    let encoded = seconds(began);
    let mut back = Vec::new();
    decode(Settings::default(), &[&prime], &archive, text.len(), &mut back)?;
    let decoded = seconds(began);
    if back != text {
        return Err("the text did not come back".into());
    }
    println!(
        "{} bytes, {:.4} bits/byte, encode {:.2} MB/s, decode {:.2} MB/s, peak {:.0} MB, {} nodes, {} evictions",
        archive.len(),
        8.0 * archive.len() as f64 / text.len() as f64,
        bytes / 1e6 / (encoded - start),
        bytes / 1e6 / (decoded - encoded),
        peak().unwrap_or(f64::NAN),
        report.nodes,
        report.evictions,
    );
    if std::env::var_os("SOURCES").is_some() {
        for (source, count) in report.counts.sources.iter().enumerate() {
            println!("{}: {count}", name(source));
        }
        println!("escapes: {}", report.counts.escapes);
    }
    Ok(())
}
