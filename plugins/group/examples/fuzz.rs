//! Fuzzes the decoder: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_group::ONLINE;
use pressmark_samples::{Subject, fuzz};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let new = || Subject::new(&ONLINE);
    fuzz(&[new(), new().with("max_groups", 16).with("top_k", 2), new().with("disable", "groups")])
}
