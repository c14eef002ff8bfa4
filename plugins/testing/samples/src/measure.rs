//! A strategy measured on a file, for the work on it.

use std::time::Instant;

use pressmark_sdk::testing::{decode, encode};
use pressmark_sdk::{Descriptor, Error};

/// The body of an example that measures: `FILE [PRIME] [name=value]…` from the command line are
/// the text, what both sides learn before it, and options. Encodes, decodes, compares, and
/// prints size, speed with the learning included, peak memory, and what the strategy told.
///
/// Speeds count the time the processor gave to this process where the system tells it (Linux),
/// so that they hold on a busy machine.
///
/// # Errors
/// A missing file, an option that is not allowed, and what the strategy fails with.
pub fn measure(descriptor: &'static Descriptor) -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, files): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|argument| argument.contains('='));
    let options: Vec<(&str, &str)> =
        options.iter().filter_map(|option| option.split_once('=')).collect();
    let mut files = files.into_iter().map(std::fs::read);
    let text = files.next().ok_or("usage: measure FILE [PRIME] [name=value]…")??;
    let prime = files.collect::<Result<Vec<_>, _>>()?;
    let prime: Vec<&[u8]> = prime.iter().map(Vec::as_slice).collect();

    let clock = Clock::start();
    let out = encode(descriptor, &options, &prime, &text)?;
    let encoded = clock.seconds();
    let peak = peak_resident();
    let back = decode(descriptor, &options, &prime, &out.bytes, text.len() as u64)?;
    let decoded = clock.seconds() - encoded;
    if back.bytes != text {
        return Err(Error::Failed("the text did not come back".into()).into());
    }

    let megabytes = (text.len() + prime.concat().len()) as f64 / 1e6;
    println!(
        "{} bytes, {:.4} bits/byte, encode {:.3} MB/s, decode {:.3} MB/s, host peak {:.1} MB, resident {:.0} MB",
        out.bytes.len(),
        8.0 * out.bytes.len() as f64 / text.len().max(1) as f64,
        megabytes / encoded,
        megabytes / decoded,
        out.host_peak as f64 / 1e6,
        peak.unwrap_or(f64::NAN),
    );
    for (name, (lookups, hits)) in &out.channels {
        println!("{name}: {hits} of {lookups}, {:.2} %", 100.0 * *hits as f64 / *lookups as f64);
    }
    for (name, value) in &out.metrics {
        println!("{name}: {value:.6}");
    }
    Ok(())
}

/// Seconds of processor time, or else of wall time.
struct Clock {
    began: Instant,
    before: f64,
}

impl Clock {
    fn start() -> Self {
        Self { began: Instant::now(), before: processor().unwrap_or_default() }
    }

    fn seconds(&self) -> f64 {
        processor().map_or_else(|| self.began.elapsed().as_secs_f64(), |now| now - self.before)
    }
}

fn processor() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// The most memory this process had resident so far, in MB, where the system tells.
fn peak_resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0 / 1e6)
}
