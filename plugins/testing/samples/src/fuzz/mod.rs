//! A mutation fuzzer for decoders.
//!
//! # The idea
//! Archives of small texts are hurt: bits flipped, bytes set, parts cut out, doubled, put
//! before the rest of another archive. Each is decoded for the right length and for others.
//! Where instrumented builds tell a fuzzer which code a run reached, here its outcome stands
//! in: how it ended, how far it got, its peak of memory, how often progress was told, and
//! every count and metric the decoder told, each to the nearest power of two. An archive
//! whose outcome shows something that was never seen is kept and hurt further. So archives
//! gather that get deep into a decoder before it gives up.
//!
//! # What is a finding
//! - an end that is neither success nor a refusal (`BadInput`, `Unsupported`): a panic above all;
//! - more output than was claimed: the sink's limit, where that is the claimed length;
//! - more memory than [`Bound`] allows;
//! - a run longer than [`DEADLINE`], or the death of the process. For these the archive of the
//!   run at hand always stands in the file `at-hand.bin`.
//!
//! A decoder that succeeds with other bytes than were encoded is none: archives carry a
//! checksum, which the harness compares.

mod mutate;
mod run;
mod target;

use std::time::Duration;

use crate::Subject;
use target::Target;

/// The longest a run may take, on a busy machine too.
const DEADLINE: Duration = Duration::from_secs(120);

/// The body of an example that fuzzes: `ID SECONDS [SEED]` from the command line choose those
/// of `subjects` with that id, and how long. Each is fuzzed as it is and, if it can be, primed.
/// Prints how many archives were decoded, how that ended, the slowest, the greatest peak, and
/// what was found, with files to make tests of.
///
/// # Errors
/// A wrong command line, a file that cannot be written, a subject that cannot decode its own
/// archives; and findings, after all of them were printed.
pub fn fuzz(subjects: &[Subject<'_>]) -> Result<(), Box<dyn std::error::Error>> {
    const USAGE: &str = "usage: fuzz ID SECONDS [SEED]";
    let mut arguments = std::env::args().skip(1);
    let id = arguments.next().ok_or(USAGE)?;
    let seconds = arguments.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse()).map_err(|_| USAGE)?;
    let chosen = subjects.iter().filter(|s| s.descriptor().id.to_str() == Ok(&id));
    let mut targets = Vec::new();
    for subject in chosen {
        targets.extend(Target::all(subject)?);
    }
    if targets.is_empty() {
        return Err(format!("there is no {id} to fuzz here").into());
    }
    run::run(&id, targets, Duration::from_secs(seconds), seed)
}
