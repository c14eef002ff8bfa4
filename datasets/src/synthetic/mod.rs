//! Seeded generators, so that experiments run offline on a fresh machine.
//!
//! The same kind, size and seed give the same bytes on every machine: everything is
//! integer arithmetic. How general compressors rank on the texts, beside real ones,
//! is measured in the crate's README.

mod accesses;
mod grammar;
mod inflect;
mod rng;
mod sessions;
mod stories;

pub(crate) use rng::Rng;

use crate::size::ByteSize;
use crate::spec::Format;

/// What a generator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Children's stories from a grammar, separated by four line feeds.
    Stories,
    /// An agent's work on a code base, with tool calls and re-reads, as JSON.
    Sessions,
    /// A trace in which few keys are hot (Zipf's law, exponent 1).
    Zipf,
    /// A Zipf trace that is interrupted by scans over keys used once.
    Scan,
    /// A trace that goes round the same keys, with small jumps.
    Loop,
}

impl Kind {
    /// The kind named after `synthetic:`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "stories" => Some(Kind::Stories),
            "sessions" => Some(Kind::Sessions),
            "zipf" => Some(Kind::Zipf),
            "scan" => Some(Kind::Scan),
            "loop" => Some(Kind::Loop),
            _ => None,
        }
    }

    /// The format of what is made.
    pub fn format(self) -> Format {
        match self {
            Kind::Stories => Format::Stories,
            Kind::Sessions => Format::Sessions,
            Kind::Zipf | Kind::Scan | Kind::Loop => Format::Trace,
        }
    }
}

/// Makes at most `size` bytes: as many whole stories, sessions or accesses as fit.
///
/// A size in which not even one fits gives no bytes.
pub fn generate(kind: Kind, size: ByteSize, seed: u64) -> Vec<u8> {
    match kind {
        Kind::Stories => stories::generate(size, seed),
        Kind::Sessions => sessions::generate(size, seed),
        Kind::Zipf | Kind::Scan | Kind::Loop => accesses::generate(kind, size, seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::sha256_hex;

    const ALL: [Kind; 5] = [Kind::Stories, Kind::Sessions, Kind::Zipf, Kind::Scan, Kind::Loop];

    #[test]
    fn equal_seeds_give_equal_bytes_and_others_do_not() {
        for kind in ALL {
            let make = |seed| sha256_hex(&generate(kind, ByteSize(60_000), seed));
            assert_eq!(make(1), make(1), "{kind:?}");
            assert_ne!(make(1), make(2), "{kind:?}");
        }
    }

    /// Results that name a seed stay comparable only while these hold: a change of a
    /// generator is a change of the data.
    #[test]
    fn the_bytes_of_a_seed_are_for_ever() {
        for (kind, sha256) in [
            (Kind::Stories, "d788782816c1c9d5fb01d7c81fa7176d5137d5ec4a3fff3b3764e8d0f6606fa3"),
            (Kind::Sessions, "75ad2cf372b23bda0510f1c2561403f1f5f6372fa877ac85e23a82b1c34de214"),
            (Kind::Zipf, "61a7f23da98bed66c4b2b090f83f1387317dcbe7bd58afd97434f4a750de1727"),
            (Kind::Scan, "65b7b196fc5332b51f04cd14ff7458a59aceca7449937c9ec16d37764d071b84"),
            (Kind::Loop, "07627013c7ba0159c5a7891db295d4974dba757ad6aecc7c282888a79581ffde"),
        ] {
            assert_eq!(sha256_hex(&generate(kind, ByteSize(100_000), 1)), sha256, "{kind:?}");
        }
    }

    #[test]
    fn sizes_are_kept_and_nearly_used_up() {
        for kind in ALL {
            for size in [0, 1, 100, 100_000] {
                let length = generate(kind, ByteSize(size), 3).len() as u64;
                assert!(length <= size, "{kind:?}");
                assert!(size < 100_000 || length > 60_000, "{kind:?}: {length}");
            }
        }
    }

    #[test]
    fn a_smaller_size_is_a_prefix() {
        let long = generate(Kind::Stories, ByteSize(50_000), 1);
        let short = generate(Kind::Stories, ByteSize(20_000), 1);
        assert!(long.starts_with(&short));
    }
}
