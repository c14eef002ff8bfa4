//! Measures the coder on a file: size, speed, peak memory, and what the groups did.
//!
//! `measure FILE [PRIME] [-groups] [-passage] [name=value]…` encodes and decodes `FILE` after
//! priming with `PRIME`; `-groups` and `-passage` leave that part out.

use std::time::Instant;

use pressmark_group::codec::Coder;
use pressmark_group::groups::Settings;
use pressmark_group::meter::NAMES;

/// The peak resident memory of this process so far, in MB, where the system tells.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0 / 1e6)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut files = Vec::new();
    for argument in std::env::args().skip(1) {
        match (argument.as_str(), argument.split_once('=')) {
            ("-groups", _) => settings.groups = false,
            ("-passage", _) => settings.passage = false,
            (_, Some(("max_groups", value))) => settings.max_groups = value.parse()?,
            (_, Some(("top_k", value))) => settings.top_k = value.parse()?,
            (_, Some(("half_life", value))) => settings.half_life = value.parse()?,
            (_, Some(("decay", value))) => settings.decay = value.parse()?,
            _ => files.push(std::fs::read(argument)?),
        }
    }
    let text = files.first().ok_or("usage: measure FILE [PRIME] [-groups] [-passage]")?;
    let primed = || {
        let mut coder = Coder::new(settings);
        files[1..].iter().try_for_each(|prime| coder.prime(prime)).map(|()| coder)
    };
    let coder = primed()?;
    let began = Instant::now();
    let mut archive = Vec::new();
    let report = coder.encode(text, &mut archive)?;
    let encoding = began.elapsed().as_secs_f64();
    let peak = peak();
    let coder = primed()?;
    let began = Instant::now();
    let mut back = Vec::new();
    coder.decode(&archive, text.len(), &mut back)?;
    let decoding = began.elapsed().as_secs_f64();
    if back != *text {
        return Err("the text did not come back".into());
    }
    let bytes = text.len() as f64;
    println!(
        "{} bytes, {:.4} bits/byte, encode {:.2} MB/s, decode {:.2} MB/s, peak {:.0} MB",
        archive.len(),
        8.0 * archive.len() as f64 / bytes,
        bytes / 1e6 / encoding,
        bytes / 1e6 / decoding,
        peak.unwrap_or(f64::NAN),
    );
    let sources = NAMES.iter().zip(report.bits);
    let sources: Vec<String> =
        sources.map(|(name, bits)| format!("{name} {:.4}", bits / bytes)).collect();
    println!(
        "bits/byte by source: {}; {} groups; {:?}",
        sources.join(", "),
        report.alive,
        report.counts
    );
    Ok(())
}
