//! Fuzzes the decoder: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_samples::{Subject, fuzz};
use pressmark_trie::{BLENDING, CREDIBILITY};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [credibility, blending] =
        [&CREDIBILITY, &BLENDING].map(|strategy| move || Subject::new(strategy));
    let tight = |subject: Subject<'static>| subject.with("memory_limit", 524_288);
    fuzz(&[
        credibility(),
        tight(credibility()).with("max_order", 2),
        blending(),
        blending().with("level", 1),
        tight(blending()),
    ])
}
