//! Measures how fast documents become shorter: `speed FILE [BYTES]`.
//!
//! The file is one document, or is cut at line ends into documents of about so many bytes. Prints
//! megabytes of input per second of processor time (of wall time where the system does not tell
//! it), the median of eleven runs and the fastest, for `compaction.budgeted` at four budgets and
//! for `compaction.seed`.

use std::time::Instant;

use pressmark_compaction::level::Level;
use pressmark_compaction::{budgeted, seed};
use pressmark_sdk::Budget;

const RUNS: usize = 11;
/// Seconds that a run takes, about: enough for clocks that tick every few milliseconds.
const SECONDS: f64 = 0.2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: speed FILE [BYTES]")?;
    let text = std::fs::read(&file)?;
    let bytes: usize = arguments.next().map_or(Ok(text.len()), |bytes| bytes.parse())?;
    let documents = cut(&text, bytes.max(1));
    println!("{file}: {} bytes, {} documents", text.len(), documents.len());
    for percent in [30, 15, 10, 7] {
        report(&format!("compaction.budgeted, {percent} %"), &documents, |document| {
            let budget = Budget::Bytes(document.len() as u64 * percent / 100);
            budgeted::compact(document, budget, Level::Daily).map(|short| short.text.len())
        })?;
    }
    report("compaction.seed", &documents, |document| {
        Ok(seed::compact(document, Level::Raw, Level::Daily).text.len())
    })
}

/// Documents of `bytes` bytes or a little more, each to the end of a line.
fn cut(text: &[u8], bytes: usize) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let mut left = text;
    while !left.is_empty() {
        let rest = left.get(bytes..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (document, after) = left.split_at(left.len() - rest.len() + end);
        documents.push(document);
        left = after;
    }
    documents
}

/// Compacts all documents again and again, and prints how fast.
fn report(
    name: &str,
    documents: &[&[u8]],
    compact: impl Fn(&[u8]) -> pressmark_sdk::Result<usize>,
) -> Result<(), Box<dyn std::error::Error>> {
    let input: usize = documents.iter().map(|document| document.len()).sum();
    let mut output = 0;
    let mut all = || {
        output = 0;
        documents.iter().try_for_each(|document| {
            output += compact(document)?;
            Ok::<_, pressmark_sdk::Error>(())
        })
    };
    let began = Instant::now();
    all()?;
    let rounds = (SECONDS / began.elapsed().as_secs_f64()).ceil().clamp(1.0, 1e6) as usize;
    let mut speeds = Vec::new();
    for _ in 0..RUNS {
        let before = (processor(), Instant::now());
        (0..rounds).try_for_each(|_| all())?;
        let wall = before.1.elapsed().as_secs_f64();
        let seconds = processor().zip(before.0).map_or(wall, |(now, before)| now - before);
        speeds.push((rounds * input) as f64 / 1e6 / seconds);
    }
    speeds.sort_by(f64::total_cmp);
    let share = output as f64 / input.max(1) as f64;
    println!(
        "{name}: {share:.3} of the bytes, {:.0} MB/s, fastest {:.0}",
        speeds[RUNS / 2],
        speeds[RUNS - 1]
    );
    Ok(())
}

/// Seconds that the processor gave to this process, where the system tells (Linux).
fn processor() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}
