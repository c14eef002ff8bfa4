//! Traces with a known character: skewed, skewed with scans, and looping.

use super::Kind;
use super::rng::{Rng, Zipf, mix};
use crate::size::ByteSize;

/// Keys of the hot set.
const KEYS: usize = 4096;
/// Keys of one round of the loop.
const ROUND: u64 = 1000;

/// One key per line, as decimal text, in at most `size` bytes.
pub(super) fn generate(kind: Kind, size: ByteSize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let zipf = Zipf::new(KEYS, 1);
    let mut out = Vec::with_capacity(size.as_usize().min(1 << 26));
    // Hot keys by name, so that a key does not tell its rank.
    let name = |rank: usize| mix(seed ^ rank as u64) % 1_000_000;
    let mut scan_left = 0;
    let mut next_cold = 1_000_000;
    let mut position = 0;
    loop {
        let key = match kind {
            Kind::Loop => {
                // One step in fifty goes elsewhere, as a person would.
                position = if rng.chance(1, 50) { rng.below(ROUND) } else { position + 1 };
                position % ROUND
            }
            Kind::Scan => {
                if scan_left == 0 && rng.chance(1, 2000) {
                    scan_left = rng.between(200, 2000);
                }
                if scan_left > 0 {
                    scan_left -= 1;
                    next_cold += 1;
                    next_cold
                } else {
                    name(zipf.draw(&mut rng))
                }
            }
            _ => name(zipf.draw(&mut rng)),
        };
        let line = format!("{key}\n");
        if out.len() + line.len() > size.as_usize() {
            return out;
        }
        out.extend_from_slice(line.as_bytes());
    }
}
