//! Fuzzes the decoder: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_samples::{Subject, fuzz};
use pressmark_trie::CREDIBILITY;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let new = || Subject::new(&CREDIBILITY);
    fuzz(&[new(), new().with("max_order", 2).with("memory_limit", 524_288)])
}
