//! The peers' sizes against those of the command line tools they stand for.
//!
//! The figures are bits per byte of gzip 1.12 -9, bzip2 1.0.8 -9, xz 5.4 -9e,
//! zstd 1.5 --ultra -22 --long=27, brotli 1.0 -q 11 -w 24, 7-Zip 16's PPMd with 512 MB
//! and lz4 1.9.4 -12.

use std::path::Path;

use pressmark_reference::{BROTLI, BZIP2, GZIP, LZ4, PPMD, XZ, ZSTD};
use pressmark_sdk::Descriptor;
use pressmark_sdk::testing::roundtrip;

/// How far from the tool a peer may be: versions differ in details.
const COLD: f64 = 0.005;
/// The tools were primed by difference; a mechanism is not quite the same.
const PRIMED: f64 = 0.02;

/// A file of the shared data, or None (said on standard output) where that is absent.
fn shared(name: &str) -> Option<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared is absent");
        return None;
    }
    let path = data.join(name);
    Some(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// The first 5,000 lines that are not blank: the priming text.
fn prime(stories: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(stories).expect("the stories are UTF-8");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(5000);
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

/// The end of the stories, from the first boundary in the last 368,000 characters.
fn dev(stories: &[u8]) -> Vec<u8> {
    const BOUNDARY: &str = "\n\n\n\n";
    let text = std::str::from_utf8(stories).expect("the stories are UTF-8");
    let (start, _) = text.char_indices().rev().nth(368_000 - 1).expect("the stories are long");
    let boundary = start + text[start..].find(BOUNDARY).expect("there is a boundary");
    text.as_bytes()[boundary + BOUNDARY.len()..].to_vec()
}

/// Bytes of the archive of `text`, which is decoded and compared.
fn size(
    strategy: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    text: &[u8],
) -> usize {
    roundtrip(strategy, options, prime, text).expect("a round trip").bytes.len()
}

fn check(strategy: &Descriptor, bytes: usize, text: &[u8], anchor: f64, tolerance: f64) {
    let bits = 8.0 * bytes as f64 / text.len() as f64;
    let off = 100.0 * (bits / anchor - 1.0);
    let name = strategy.name.to_string_lossy();
    println!("{name:10} {bytes:8} B  {bits:.4} bits/byte, the tool {anchor:.3}: {off:+.2} %");
    assert!(off.abs() <= 100.0 * tolerance, "{name}: {bits:.4} bits/byte is far from {anchor}");
}

#[test]
fn dev_cold() {
    let Some(stories) = shared("tinystories/train.txt") else { return };
    let dev = &dev(&stories)[..];
    assert_eq!(dev.len(), 367_693);
    for (strategy, anchor) in [
        (&GZIP, 2.385),
        (&BZIP2, 1.741),
        (&XZ, 1.989),
        (&ZSTD, 2.004),
        (&BROTLI, 1.957),
        (&PPMD, 1.542),
        (&LZ4, 2.730),
    ] {
        check(strategy, size(strategy, &[], &[], dev), dev, anchor, COLD);
    }
}

#[test]
fn dev_primed() {
    let Some(stories) = shared("tinystories/train.txt") else { return };
    let (prime, dev) = (&prime(&stories)[..], &dev(&stories)[..]);
    assert_eq!(prime.len(), 911_480);
    for (strategy, anchor) in [(&GZIP, 2.358), (&ZSTD, 1.706), (&BROTLI, 1.708), (&PPMD, 1.280)] {
        check(strategy, size(strategy, &[], &[prime], dev), dev, anchor, PRIMED);
    }
    // What the host does for those without a mechanism.
    let both = &[prime, dev].concat()[..];
    for (strategy, anchor) in [(&BZIP2, 1.709), (&XZ, 1.695), (&LZ4, 2.648)] {
        let added = size(strategy, &[], &[], both) - size(strategy, &[], &[], prime);
        check(strategy, added, dev, anchor, COLD);
    }
}

#[test]
fn stories_cold() {
    let Some(stories) = shared("tinystories/train.txt") else { return };
    for (strategy, anchor) in [
        (&GZIP, 2.411),
        (&BZIP2, 1.678),
        (&XZ, 1.731),
        (&ZSTD, 1.745),
        (&BROTLI, 1.743),
        (&LZ4, 2.729),
    ] {
        check(strategy, size(strategy, &[], &[], &stories), &stories, anchor, COLD);
    }
}

#[test]
fn sessions_cold() {
    let Some(sessions) = shared("sessions/tau_airline.json") else { return };
    for (strategy, anchor) in [
        (&GZIP, 0.792),
        (&BZIP2, 0.483),
        (&XZ, 0.274),
        (&ZSTD, 0.283),
        (&BROTLI, 0.274),
        (&LZ4, 0.762),
    ] {
        check(strategy, size(strategy, &[], &[], &sessions), &sessions, anchor, COLD);
    }
    let bytes = size(&PPMD, &[("order", "32")], &[], &sessions);
    check(&PPMD, bytes, &sessions, 0.214, COLD);
}
