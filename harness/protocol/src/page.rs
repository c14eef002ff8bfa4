//! The status page: one page of shared memory that survives a crash of the worker.
//!
//! Sixty-four native-endian `u64` words. The worker alone writes them, each with one
//! atomic store; the harness reads the memory file when the worker has ended, or while it
//! runs for a sign of life.

use serde::{Deserialize, Serialize};

/// Size of the page in bytes.
pub const SIZE: usize = 512;
/// Words in the page.
pub const WORDS: usize = SIZE / 8;

/// Index of each word.
pub mod word {
    /// [`Phase`](super::Phase) as a number.
    pub const PHASE: usize = 0;
    /// Bytes alive in the host allocator.
    pub const LIVE: usize = 1;
    /// The most bytes that were alive at one time.
    pub const PEAK: usize = 2;
    /// Size of the last allocation that the limit refused; 0 for none.
    pub const REFUSED: usize = 3;
    /// Counts calls of `progress`.
    pub const HEARTBEAT: usize = 4;
    /// Bytes of the uncompressed side that are finished.
    pub const DONE: usize = 5;
    /// Bytes of the uncompressed side in all.
    pub const TOTAL: usize = 6;
    /// Signal that the worker's handler saw; 0 for none.
    pub const SIGNAL: usize = 7;
    /// Address space in bytes at that signal.
    pub const SIGNAL_VM: usize = 8;
    /// Address that could not be accessed.
    pub const SIGNAL_ADDRESS: usize = 9;
    /// 1 once the response is complete.
    pub const COMPLETE: usize = 10;
    /// Limit of the address space in bytes that the worker set for itself.
    pub const VM_LIMIT: usize = 11;
    /// Limit of the host allocator in bytes.
    pub const ALLOC_LIMIT: usize = 12;
}

/// What a worker is doing; the phase of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u64)]
pub enum Phase {
    /// Setting itself up.
    Start,
    /// Loading the library and checking its tables.
    Load,
    /// Creating an instance.
    Create,
    /// Training a model, or loading one.
    Train,
    /// Taking the priming text.
    Prime,
    /// Encoding.
    Encode,
    /// Decoding.
    Decode,
    /// Telling ideal code lengths.
    Model,
    /// Compacting a document.
    Compact,
    /// Replaying a trace.
    Replay,
    /// Explaining an input.
    Explain,
    /// Packing a context.
    Pack,
    /// Destroying an instance.
    Destroy,
    /// Reporting.
    Report,
}

impl Phase {
    const ALL: [Phase; 14] = [
        Phase::Start,
        Phase::Load,
        Phase::Create,
        Phase::Train,
        Phase::Prime,
        Phase::Encode,
        Phase::Decode,
        Phase::Model,
        Phase::Compact,
        Phase::Replay,
        Phase::Explain,
        Phase::Pack,
        Phase::Destroy,
        Phase::Report,
    ];

    /// The name used in records and messages.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Start => "start",
            Phase::Load => "load",
            Phase::Create => "create",
            Phase::Train => "train",
            Phase::Prime => "prime",
            Phase::Encode => "encode",
            Phase::Decode => "decode",
            Phase::Model => "model",
            Phase::Compact => "compact",
            Phase::Replay => "replay",
            Phase::Explain => "explain",
            Phase::Pack => "pack",
            Phase::Destroy => "destroy",
            Phase::Report => "report",
        }
    }
}

/// A copy of the page, as the harness reads it.
#[derive(Clone, Debug)]
pub struct Page {
    words: [u64; WORDS],
}

impl Page {
    /// Reads a page from its bytes; missing bytes count as zero.
    pub fn parse(bytes: &[u8]) -> Page {
        let mut words = [0; WORDS];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_ne_bytes(chunk.try_into().expect("chunks of eight"));
        }
        Page { words }
    }

    /// One word, by its index in [`word`].
    pub fn get(&self, index: usize) -> u64 {
        self.words[index]
    }

    /// What the worker was doing.
    pub fn phase(&self) -> Phase {
        usize::try_from(self.words[word::PHASE])
            .ok()
            .and_then(|phase| Phase::ALL.get(phase).copied())
            .unwrap_or(Phase::Start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_survive_the_page() {
        for phase in Phase::ALL {
            let mut bytes = [0u8; SIZE];
            bytes[..8].copy_from_slice(&(phase as u64).to_ne_bytes());
            assert_eq!(Page::parse(&bytes).phase(), phase);
        }
    }

    #[test]
    fn a_torn_page_is_read_as_far_as_it_goes() {
        assert_eq!(Page::parse(&[1, 2, 3]).phase(), Phase::Start);
        assert_eq!(Page::parse(&[0xff; SIZE]).phase(), Phase::Start);
    }
}
