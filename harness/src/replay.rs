//! Replays accesses through a cache strategy in a worker.

use std::io::{self, BufWriter, PipeWriter, Write};
use std::os::fd::AsFd;

use pressmark_datasets::trace::{Access, Kind};

use crate::worker::{Job, Outcome, Workers};

/// Runs a [`Replay`](pressmark_protocol::Task::Replay) job over `accesses`; its `input` is taken
/// care of. The worker reads while accesses are still being made, so memory stays bounded.
///
/// Returns how the worker ended, and whether the accesses did.
///
/// # Errors
/// When the system has no memory, descriptor or process left.
pub fn replay<E: Send>(
    workers: &Workers,
    job: Job<'_>,
    accesses: impl Iterator<Item = Result<Access, E>> + Send,
) -> io::Result<(Outcome, Result<(), E>)> {
    let (read_end, write_end) = io::pipe()?;
    std::thread::scope(|scope| {
        let feeder = scope.spawn(move || feed(accesses, write_end));
        let outcome = workers.run(&Job { input: Some(read_end.as_fd()), ..job });
        // With the last reading end gone, a feeder that still writes gives up.
        drop(read_end);
        let fed = feeder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((outcome?, fed))
    })
}

/// Writes accesses as the worker reads them.
fn feed<E>(accesses: impl Iterator<Item = Result<Access, E>>, pipe: PipeWriter) -> Result<(), E> {
    let mut pipe = BufWriter::with_capacity(1 << 16, pipe);
    for access in accesses {
        let access = access?;
        let kind = match access.kind {
            Kind::Read => 0u64,
            Kind::Write => 1,
            Kind::Tool => 2,
        };
        for word in [access.key, access.size, access.turn, kind] {
            if pipe.write_all(&word.to_ne_bytes()).is_err() {
                // The worker ended early; how it ended says why.
                return Ok(());
            }
        }
    }
    // As above.
    let _ = pipe.flush();
    Ok(())
}
