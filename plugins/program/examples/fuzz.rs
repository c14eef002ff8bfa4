//! Fuzzes the decoder: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_program::MACHINE;
use pressmark_samples::{Subject, fuzz};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    fuzz(&[
        Subject::new(&MACHINE),
        Subject::new(&MACHINE).with("window", 40).with("disable", "repeat"),
    ])
}
