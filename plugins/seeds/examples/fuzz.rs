//! Fuzzes the decoders of the reproduced systems: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_samples::{Subject, fuzz};
use pressmark_seeds::{bsp, trie};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    fuzz(&[
        Subject::new(&trie::SEED),
        Subject::new(&bsp::GROUP_SEED),
        Subject::new(&bsp::PROGRAM_SEED),
    ])
}
