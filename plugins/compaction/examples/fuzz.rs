//! Fuzzes the decoder: `fuzz compaction.lossless SECONDS [SEED]`, as [`pressmark_samples::fuzz`]
//! says.

use pressmark_compaction::LOSSLESS;
use pressmark_samples::{Subject, fuzz};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let new = || Subject::new(&LOSSLESS);
    fuzz(&[
        new(),
        new().with("unit", "word").with("share", 150),
        new().with("unit", "byte").with("share", 150),
        new().with("unit", "word").with("part", "summary"),
        new().with("unit", "byte").with("part", "summary"),
        new().with("unit", "word").with("memory_limit", 1 << 20),
    ])
}
