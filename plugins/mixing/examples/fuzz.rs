//! Fuzzes the decoder: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_mixing::TEXT;
use pressmark_samples::{Subject, fuzz};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let new = || Subject::new(&TEXT);
    let [fast, best] = [1, 9].map(|level| new().with("level", level));
    fuzz(&[new(), fast, best, new().with("level", 3).with("memory_limit", 32 << 20)])
}
