//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in a
//! panic, a hang or unbounded memory.

use std::convert::Infallible;

use pressmark_program::machine::{Error, Machine, Outside, Settings};
use pressmark_program::matcher::Matcher;
use proptest::prelude::*;

/// Gathers the output and checks how progress is told.
#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    done: usize,
    calls: usize,
}

impl Outside for Gathered {
    type Error = Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn progress(&mut self, done: usize) -> Result<(), Infallible> {
        assert!(done >= self.done, "progress goes forward");
        self.done = done;
        self.calls += 1;
        Ok(())
    }
}

fn primed(prime: &[&[u8]]) -> Machine {
    let mut machine = Machine::default();
    for text in prime {
        machine.prime::<Infallible>(text).expect("a short text can be learned");
    }
    machine
}

fn encode(input: &[u8], prime: &[&[u8]], settings: Settings) -> Gathered {
    let mut out = Gathered::default();
    primed(prime).encode(input, settings, &mut out).expect("any short input can be encoded");
    out
}

fn decode(archive: &[u8], prime: &[&[u8]], length: usize) -> Result<Vec<u8>, Error<Infallible>> {
    let mut out = Gathered::default();
    let result = primed(prime).decode(archive, length, &mut out);
    assert!(out.bytes.len() <= length, "never more than what was asked for");
    result.map(|_| out.bytes)
}

fn check(input: &[u8], prime: &[&[u8]], settings: Settings) -> Vec<u8> {
    let archive = encode(input, prime, settings).bytes;
    assert!(archive.len() <= input.len() + 16, "{} bytes for {}", archive.len(), input.len());
    let back = decode(&archive, prime, input.len()).expect("an archive of ours can be read");
    assert!(back == input, "other bytes came back");
    archive
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), 0usize..60, any::<bool>(), any::<bool>()).prop_map(
        |(hash, window, copy, repeat)| {
            let matcher = if hash { Matcher::Hash } else { Matcher::SuffixArray };
            Settings { matcher, window: window.saturating_sub(20), copy, repeat }
        },
    )
}

/// Text as it comes: words, quotes, JSON, runs, odd line ends, other scripts.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-e]{1,3} ",
        2 => "[A-C][a-c]{0,3}(, |\\. | )",
        1 => "[A-C]{2,4}[a-c0-9]{0,3}",
        1 => "(\r\n|\n\n|\n|\t|  | \" |\\\\n|\\\\\\\\n|\\\\)",
        1 => "\\{\"[ab]\": [0-9]{1,4}\\}",
        1 => "(ab ){2,30}",
        1 => "[é世]{1,3}",
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A text in which earlier parts come again, some of them changed.
fn repeated() -> impl Strategy<Value = Vec<u8>> {
    (text(), prop::collection::vec((any::<prop::sample::Index>(), 1usize..400), 0..12)).prop_map(
        |(mut text, copies)| {
            for (from, length) in copies {
                if !text.is_empty() {
                    let from = from.index(text.len());
                    let to = (from + length).min(text.len());
                    text.extend_from_within(from..to);
                    text.push(b"x .\n"[length % 4]);
                }
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600), settings in settings()) {
        check(&input, &[], settings);
    }

    #[test]
    fn texts_come_back(input in text(), prime in text(), settings in settings()) {
        check(&input, &[&prime, b"", &input], settings);
        check(&input, &[], settings);
    }

    #[test]
    fn repetitions_come_back(input in repeated(), prime in repeated(), settings in settings()) {
        check(&input, &[&prime], settings);
    }

    #[test]
    fn the_same_bytes_every_time(input in repeated()) {
        let first = encode(&input, &[], Settings::default()).bytes;
        prop_assert_eq!(first, encode(&input, &[], Settings::default()).bytes);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..5000) {
        let _ = decode(&[&[1], &archive[..]].concat(), &[b"a little text to copy from"], length);
        let _ = decode(&archive, &[], length);
    }

    #[test]
    fn damaged_archives_end(input in repeated(), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>()) {
        let mut archive = encode(&input, &[], Settings::default()).bytes;
        if !archive.is_empty() {
            let cut = cut.index(archive.len());
            let _ = decode(&archive[..cut], &[], input.len());
            let at = at.index(archive.len());
            archive[at] ^= 1 << bit;
            let _ = decode(&archive, &[], input.len());
        }
        let _ = decode(&archive, &[], input.len() * 3 + 1);
        let _ = decode(&archive, &[], input.len() / 2);
    }
}

#[test]
fn a_long_cut_archive_is_refused() {
    let input: Vec<u8> = (0..20_000u32)
        .flat_map(|k| format!("{} ", k.wrapping_mul(2_654_435_761) >> 12).into_bytes())
        .collect();
    let archive = check(&input, &[], Settings::default());
    let result = decode(&archive[..archive.len() / 2], &[], input.len());
    assert!(matches!(result, Err(Error::Damaged(_))), "{result:?}");
}

#[test]
fn an_endless_length_ends_with_the_archive() {
    let archive =
        encode(&b"one two three four five six seven ".repeat(50), &[], Settings::default()).bytes;
    assert!(decode(&archive, &[], usize::MAX).is_err());
    assert!(decode(&[], &[], usize::MAX).is_err());
    assert!(decode(&[0], &[], usize::MAX).is_err());
    assert!(decode(&[1], &[], usize::MAX).is_err());
    assert!(decode(&[77, 1, 2, 3], &[], 3).is_err());
}

#[test]
fn progress_is_told_often() {
    let input = b"All work and no play makes Jack a dull boy. ".repeat(2000);
    assert!(encode(&input, &[], Settings::default()).calls >= 200);
}

#[test]
fn runs_and_periods_are_small() {
    for unit in [&b"a"[..], b"ab ", b" ", b"\n", b"=-", b"x, y, ", b"\x80\x00"] {
        let input = unit.repeat(60_000 / unit.len());
        let archive = check(&input, &[], Settings::default());
        assert!(archive.len() < 2_000, "{unit:?}: {} bytes", archive.len());
    }
}

#[test]
fn stories_shrink_as_promised() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tinystories/train.txt");
    let Ok(text) = std::fs::read(path) else {
        println!("skipped: ../shared is absent");
        return;
    };
    let dev = &text[text.len() - 300_000..];
    let archive = check(dev, &[], Settings::default());
    let bits = 8.0 * archive.len() as f64 / dev.len() as f64;
    assert!(bits < 1.6, "{bits} bits per byte");
}
