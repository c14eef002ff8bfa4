//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in a
//! panic, a hang or unbounded memory.

use std::convert::Infallible;

use pressmark_group::codec::{Coder, Error, Port};
use pressmark_group::groups::Settings;
use pressmark_group::report::Report;
use proptest::prelude::*;

/// Gathers the output and checks how progress is told.
#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    done: usize,
    calls: usize,
}

impl Port for Gathered {
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

fn primed(prime: &[&[u8]], settings: Settings) -> Coder {
    let mut coder = Coder::new(settings);
    for text in prime {
        coder.prime::<Infallible>(text).expect("a short text can be learned");
    }
    coder
}

fn encode(input: &[u8], prime: &[&[u8]], settings: Settings) -> (Gathered, Report) {
    let mut out = Gathered::default();
    let report = primed(prime, settings).encode(input, &mut out).expect("a short text is encoded");
    (out, report)
}

fn decode(
    archive: &[u8],
    prime: &[&[u8]],
    length: usize,
    settings: Settings,
) -> Result<(Gathered, Report), Error<Infallible>> {
    let mut out = Gathered::default();
    let result = primed(prime, settings).decode(archive, length, &mut out);
    assert!(out.bytes.len() <= length, "never more than what was asked for");
    result.map(|report| (out, report))
}

fn check(input: &[u8], prime: &[&[u8]], settings: Settings) -> (Vec<u8>, Report) {
    let (archive, report) = encode(input, prime, settings);
    let archive = archive.bytes;
    assert!(archive.len() <= input.len() + 1, "{} bytes for {}", archive.len(), input.len());
    let (back, told) =
        decode(&archive, prime, input.len(), settings).expect("an archive of ours can be read");
    assert!(back.bytes == input, "other bytes came back");
    if !report.stored {
        assert_eq!(report, told, "both sides see the same");
        let code = 8.0 * archive.len() as f64;
        assert!(code <= report.ideal_bits + 20.0 && code + 40.0 >= report.ideal_bits);
    }
    (archive, report)
}

fn settings() -> impl Strategy<Value = Settings> {
    (16usize..40, 1usize..20, 1usize..60, any::<bool>(), any::<bool>()).prop_map(
        |(max_groups, top_k, half_life, groups, passage)| Settings {
            max_groups,
            top_k,
            half_life,
            groups,
            passage,
            ..Settings::default()
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

/// Lines, each on one of a few subjects with words of its own.
fn subjects(lines: u32) -> Vec<u8> {
    let mut state = 1u64;
    let mut pick = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..lines {
        let subject = pick(12);
        for _ in 0..30 {
            // Any order, and no letters in common: only what occurs together tells the next word.
            let word = (subject * 20 + pick(20) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            text += &format!("{word:x} ");
        }
        text += "\n";
    }
    text.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

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
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..5000) {
        let settings = Settings::default();
        let _ = decode(&[&[1], &archive[..]].concat(), &[b"a little text to learn"], length, settings);
        let _ = decode(&archive, &[], length, settings);
    }

    #[test]
    fn damaged_archives_end(input in text(), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>()) {
        let settings = Settings::default();
        let mut archive = encode(&input, &[], settings).0.bytes;
        if !archive.is_empty() {
            let _ = decode(&archive[..cut.index(archive.len())], &[], input.len(), settings);
            let at = at.index(archive.len());
            archive[at] ^= 1 << bit;
            let _ = decode(&archive, &[], input.len(), settings);
        }
        let _ = decode(&archive, &[], input.len() * 3 + 1, settings);
        let _ = decode(&archive, &[], input.len() / 2, settings);
    }
}

#[test]
fn an_endless_length_ends_with_the_archive() {
    let settings = Settings::default();
    let archive = encode(&b"one two three four five six ".repeat(50), &[], settings).0.bytes;
    for archive in [&archive[..], &[], &[0], &[1], &[77, 1, 2, 3]] {
        assert!(decode(archive, &[], usize::MAX, settings).is_err());
    }
}

#[test]
fn a_cut_archive_is_refused() {
    let input = subjects(200);
    let (archive, _) = check(&input, &[], Settings::default());
    let result = decode(&archive[..archive.len() / 2], &[], input.len(), Settings::default());
    assert!(matches!(result, Err(Error::Damaged(_))));
}

#[test]
fn progress_is_told_often() {
    let input = b"All work and no play makes Jack a dull boy. ".repeat(2000);
    let settings = Settings::default();
    let (out, _) = encode(&input, &[], settings);
    assert!(out.calls >= 200);
    let (back, _) = decode(&out.bytes, &[], input.len(), settings).expect("ours can be read");
    assert!(back.calls >= 200);
}

#[test]
fn runs_are_small() {
    for unit in [&b"a"[..], b"ab ", b" ", b"\n", b"=-", b"x, y, ", b"\x80\x00"] {
        let input = unit.repeat(20_000 / unit.len());
        let (archive, _) = check(&input, &[], Settings::default());
        assert!(archive.len() < 1_000, "{unit:?}: {} bytes", archive.len());
    }
}

#[test]
fn groups_pay_where_words_occur_together() {
    let input = subjects(1500);
    // Lines are short and change the subject.
    let settings = Settings { half_life: 12, passage: false, ..Settings::default() };
    let with = |groups| check(&input, &[], Settings { groups, ..settings });
    let ((full, report), (bare, none)) = (with(true), with(false));
    assert!(full.len() * 100 < bare.len() * 96, "{} against {} bytes", full.len(), bare.len());
    let counts = report.counts;
    assert!(report.alive > 0 && counts.created > 0);
    assert!(counts.covered * 2 > counts.words, "{counts:?}");
    assert!(counts.hallucinated < counts.predicted);
    assert_eq!((none.alive, none.counts.covered), (0, 0));
}

#[test]
fn the_limit_of_groups_holds() {
    let settings = Settings { max_groups: 20, ..Settings::default() };
    let (_, report) = check(&subjects(1500), &[], settings);
    assert!(report.alive <= 20 && report.counts.pruned > 0, "{report:?}");
}

#[test]
fn stories_shrink() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tinystories/train.txt");
    let Ok(text) = std::fs::read(path) else {
        println!("skipped: ../shared is absent");
        return;
    };
    let (archive, report) = check(&text[text.len() - 200_000..], &[], Settings::default());
    assert!(archive.len() * 8 < 200_000 * 17 / 10, "{} bytes", archive.len());
    assert!(report.counts.covered > 0);
}
