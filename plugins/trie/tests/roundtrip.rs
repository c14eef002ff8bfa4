//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in
//! a panic, a hang or unbounded memory.

use std::convert::Infallible;

use pressmark_trie::trie::{Error, Outside, Report, Settings, decode, encode};
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

fn encoded(settings: Settings, prime: &[&[u8]], input: &[u8]) -> (Gathered, Report) {
    let mut out = Gathered::default();
    let report = encode(settings, prime, input, &mut out).expect("a short input can be encoded");
    (out, report)
}

fn decoded(
    settings: Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
) -> Result<(Gathered, Report), Error<Infallible>> {
    let mut out = Gathered::default();
    let result = decode(settings, prime, archive, length, &mut out);
    assert!(out.bytes.len() <= length, "never more than what was asked for");
    result.map(|report| (out, report))
}

fn check(settings: Settings, prime: &[&[u8]], input: &[u8]) -> Vec<u8> {
    let (out, there) = encoded(settings, prime, input);
    let archive = out.bytes;
    assert!(archive.len() <= input.len() + 1, "{} bytes for {}", archive.len(), input.len());
    let (back, here) =
        decoded(settings, prime, &archive, input.len()).expect("an archive of ours can be read");
    assert!(back.bytes == input, "other bytes came back");
    if archive.first() == Some(&1) {
        assert_eq!(
            (here.counts, here.nodes),
            (there.counts, there.nodes),
            "both sides count alike"
        );
        assert_eq!(here.counts.sources.iter().sum::<u64>(), input.len() as u64);
    }
    archive
}

const SMALL: Settings = Settings { max_order: 7, max_active_nodes: 0, memory_limit: 1 << 20 };

fn settings() -> impl Strategy<Value = Settings> {
    (1usize..=7, prop_oneof![Just(0), 1usize..20_000], 16u32..22).prop_map(
        |(max_order, max_active_nodes, bits)| Settings {
            max_order,
            max_active_nodes,
            memory_limit: 1 << bits,
        },
    )
}

/// Text as it comes: words, JSON, runs, odd line ends, other scripts; some parts come again.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-e]{1,3} ",
        2 => "[A-C][a-c]{0,3}(, |\\. | )",
        1 => "(\r\n|\n\n|\n|\t|  | \" |\\\\n|\\\\)",
        1 => "\\{\"[ab]\": [0-9]{1,4}\\}",
        1 => "(ab ){2,30}",
        1 => "[é世]{1,3}",
    ];
    let copies = prop::collection::vec((any::<prop::sample::Index>(), 1usize..400), 0..6);
    (prop::collection::vec(piece, 0..120), copies).prop_map(|(pieces, copies)| {
        let mut text = pieces.concat().into_bytes();
        for (from, length) in copies {
            if !text.is_empty() {
                let from = from.index(text.len());
                text.extend_from_within(from..(from + length).min(text.len()));
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600), settings in settings()) {
        check(settings, &[], &input);
    }

    #[test]
    fn texts_come_back(input in text(), prime in text(), settings in settings()) {
        check(settings, &[&prime, b"", &input], &input);
        check(settings, &[], &input);
    }

    #[test]
    fn bounds_hold(input in text(), settings in settings()) {
        let (_, report) = encoded(settings, &[], &input);
        let most = match settings.max_active_nodes {
            0 => usize::MAX,
            most => most.max(64),
        };
        prop_assert!(report.nodes as usize <= most);
        prop_assert!(report.nodes as usize * 16 <= settings.memory_limit);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..5000) {
        let _ = decoded(SMALL, &[b"a little text"], &[&[1], &archive[..]].concat(), length);
        let _ = decoded(SMALL, &[], &archive, length);
    }

    #[test]
    fn damaged_archives_end(input in text(), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>()) {
        let mut archive = encoded(SMALL, &[], &input).0.bytes;
        if !archive.is_empty() {
            let cut = cut.index(archive.len());
            let _ = decoded(SMALL, &[], &archive[..cut], input.len());
            let at = at.index(archive.len());
            archive[at] ^= 1 << bit;
            let _ = decoded(SMALL, &[], &archive, input.len());
        }
        let _ = decoded(SMALL, &[], &archive, input.len() * 3 + 1);
        let _ = decoded(SMALL, &[], &archive, input.len() / 2);
    }
}

#[test]
fn an_endless_length_is_refused() {
    let archive = encoded(SMALL, &[], &b"one two three four five six ".repeat(50)).0.bytes;
    assert!(decoded(SMALL, &[], &archive, usize::MAX).is_err());
    assert!(decoded(SMALL, &[], &archive, 1 << 31).is_err());
    for other in [&[][..], &[0], &[1], &[77, 1, 2, 3]] {
        assert!(decoded(SMALL, &[], other, usize::MAX).is_err());
    }
}

#[test]
fn a_long_cut_archive_is_refused() {
    let input: Vec<u8> = (0..20_000u32)
        .flat_map(|k| (k.wrapping_mul(2_654_435_761) >> 12).to_string().into_bytes())
        .collect();
    let archive = check(SMALL, &[], &input);
    let result = decoded(SMALL, &[], &archive[..archive.len() / 2], input.len());
    assert!(matches!(result, Err(Error::Damaged(_))));
}

#[test]
fn progress_is_told_often_on_both_sides() {
    let input = b"All work and no play makes Jack a dull boy. ".repeat(400);
    let (out, _) = encoded(SMALL, &[], &input);
    let (back, _) = decoded(SMALL, &[], &out.bytes, input.len()).expect("it comes back");
    assert!(out.calls >= 200 && back.calls >= 200, "{} and {} calls", out.calls, back.calls);
}

#[test]
fn runs_and_periods_are_small() {
    for unit in [&b"a"[..], b"ab ", b" ", b"\n", b"x, y, ", b"\x80\x00"] {
        let archive = check(SMALL, &[], &unit.repeat(60_000 / unit.len()));
        assert!(archive.len() < 200, "{unit:?}: {} bytes", archive.len());
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
    let bits = |settings| 8.0 * check(settings, &[], dev).len() as f64 / dev.len() as f64;
    let (full, half) =
        (bits(Settings::default()), bits(Settings { memory_limit: 4 << 20, ..SMALL }));
    assert!(full < 1.55, "{full} bits per byte");
    assert!(half < 1.8 && half > full, "{half} bits per byte in 4 MiB");
}
