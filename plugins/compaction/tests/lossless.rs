//! What goes in comes back, the summary alone as well, and what is damaged ends in an error or in
//! other bytes, never in a panic, a hang or unbounded memory.

use pressmark_coding::trie;
use pressmark_coding::unit::Unit;
use pressmark_compaction::lossless::shape::{Shape, preview};
use pressmark_compaction::lossless::{Report, Settings, decode, encode, room, summary};
use pressmark_compaction::{LOSSLESS, budgeted, level::Level};
use pressmark_samples::{Subject, damage, repeated, shared, text, turns};
use pressmark_sdk::{Budget, testing};
use proptest::prelude::*;

fn subject() -> Subject<'static> {
    Subject::new(&LOSSLESS)
}

/// Documents of lines short and long, with and without ends, and what markers begin with.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-f]{1,6} ".prop_map(String::into_bytes),
        3 => "(user|assistant|tool x): ".prop_map(String::into_bytes),
        5 => "\n|\r\n|\n\n".prop_map(String::into_bytes),
        3 => "[A-Z]{2}[0-9]{4}[.?!,;] ".prop_map(String::into_bytes),
        2 => "\\[~|\\[~~|\\[~3L 20B\\]|\\[~#0123abcd\\]\n".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..4),
        1 => "[a-z]{150,260}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..400).prop_map(|pieces| pieces.concat())
}

/// The summary that an archive must begin with.
fn expected(document: &[u8], share: u64) -> Vec<u8> {
    let budget = (document.len() as u64 * share / 1000).max(budgeted::LEAST_BYTES);
    let kept = budgeted::compact(document, Budget::Bytes(budget), Level::Daily);
    preview(&Shape::of(document, &kept.expect("it compacts").kept), document.len())
}

/// What symbols can be; a decoder is not told.
fn unit() -> impl Strategy<Value = Option<Unit>> {
    prop::sample::select(vec![None, Some(Unit::Byte), Some(Unit::Word)])
}

/// The same as options spell it.
fn units() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["auto", "byte", "word"])
}

fn encoded(document: &[u8], share: u64, unit: Option<Unit>, prime: &[&[u8]]) -> (Vec<u8>, Report) {
    let settings = Settings { share, model: trie::Settings { unit, ..Default::default() } };
    let mut archive = vec![0; room(document.len())];
    let mut port: Vec<u8> = Vec::new();
    let (used, report) =
        encode(settings, prime, document, &mut archive, &mut port).expect("it encodes");
    archive.truncate(used);
    (archive, report)
}

/// Encodes with the summary in front, and reads both parts back.
fn checked(document: &[u8], share: u64, unit: Option<Unit>, prime: &[&[u8]]) {
    let (archive, report) = encoded(document, share, unit, prime);
    assert!(archive.len() <= document.len() + 1);
    let mut back: Vec<u8> = Vec::new();
    let model = trie::Settings::default();
    let again = decode(model, prime, &archive, document.len(), &mut back).expect("it decodes");
    assert!(back == document, "other bytes came back for {} bytes", document.len());
    let coded = archive.first() == Some(&1);
    if coded {
        assert_eq!(
            (again.spans, again.summary_bytes, again.residual_bytes),
            (report.spans, report.summary_bytes, report.residual_bytes)
        );
        assert_eq!(report.summary_bytes + report.residual_bytes, document.len() as u64);
        let bytes = report.bits.iter().sum::<f64>() / 8.0;
        assert!((archive.len() as f64 - 1.0 - bytes).abs() < 3.0, "{bytes} of {}", archive.len());
    }
    let mut front: Vec<u8> = Vec::new();
    summary(model, prime, &archive, document.len(), &mut front).expect("the summary is there");
    let expected = if coded { expected(document, share) } else { document.to_vec() };
    assert!(front == expected, "another summary");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..2000)) {
        subject().comes_back(&input);
    }

    #[test]
    fn documents_come_back_with_their_summary_first(
        document in document(),
        share in 0u64..=1000,
        unit in unit(),
        prime in text(),
    ) {
        checked(&document, share, unit, &[]);
        checked(&document, share, unit, &[&prime, b"", &document]);
    }

    /// A document that was compacted before is a document.
    #[test]
    fn compacted_documents_come_back(document in document(), percent in 10u64..90, unit in unit()) {
        let budget = Budget::Bytes(document.len() as u64 * percent / 100);
        let shorter = budgeted::compact(&document, budget, Level::Daily).expect("it compacts").text;
        checked(&shorter, 500, unit, &[]);
    }

    #[test]
    fn texts_come_back(input in repeated(), prime in text(), share in 0u32..=1000, unit in units()) {
        let subject = subject().with("share", share).with("unit", unit);
        let out = subject.comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 1);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        subject().primed(&[b"a little text"]).survives_random(&archive, length);
        subject().with("part", "summary").survives_random(&archive, length);
    }

    #[test]
    fn damaged_archives_end(input in repeated(), damage in damage(), share in 0u32..=1000, unit in units()) {
        let subject = subject().with("share", share).with("unit", unit);
        subject.survives_damage(&input, &damage);
        subject.with("part", "summary").survives_damage(&input, &damage);
    }
}

#[test]
fn keeps_the_contract() {
    testing::conformance(&LOSSLESS);
}

#[test]
fn an_endless_length_is_refused() {
    subject().refuses_endless_lengths();
}

#[test]
fn half_an_archive_is_refused() {
    subject().refuses_half();
}

#[test]
fn progress_is_told_often_on_both_sides() {
    subject().tells_progress();
}

#[test]
fn runs_and_periods_are_small() {
    subject().keeps_runs_small(400);
}

/// Turns with an identifier each.
fn log(count: usize) -> Vec<u8> {
    turns(count, |turn| format!(" See R{:04}X.\n", turn * 7919 % 10_000))
}

/// The head stands at the front: however the archive goes on, the summary is the same.
#[test]
fn a_summary_needs_the_front_only() {
    let document = log(2_000);
    let (mut archive, report) = encoded(&document, 50, None, &[]);
    let model = trie::Settings::default();
    let head = (report.bits[0] + report.bits[1]) / 8.0;
    archive.truncate(head as usize + 16);
    assert!(archive.len() * 3 < document.len());
    let mut front: Vec<u8> = Vec::new();
    summary(model, &[], &archive, document.len(), &mut front).expect("it is all there");
    assert!(front == expected(&document, 50), "another summary");
    let text = String::from_utf8(front).expect("it was UTF-8");
    assert!(text.contains("[~]") && text.contains("See R"), "{text}");
    let mut short: Vec<u8> = Vec::new();
    let half = &archive[..archive.len() / 2];
    assert!(summary(model, &[], half, document.len(), &mut short).is_err(), "half a summary");
    let mut whole: Vec<u8> = Vec::new();
    assert!(
        decode(model, &[], &archive, document.len(), &mut whole).is_err(),
        "the rest is missing"
    );
}

#[test]
fn part_is_what_a_decoder_writes() {
    let document = log(300);
    let out = subject().with("share", 100).encoded(&document);
    let front = subject().with("part", "summary").decoded(&out.bytes, document.len() as u64);
    assert_eq!(front.expect("the summary is there").bytes, expected(&document, 100));
    let metric = |name: &str| out.metrics[name];
    assert_eq!(metric("summary_bytes") + metric("residual_bytes"), document.len() as f64);
    let bits: f64 = ["summary", "shape", "place", "residual"]
        .iter()
        .map(|part| metric(&format!("{part}_bits")))
        .sum();
    assert!((bits / 8.0 - out.bytes.len() as f64).abs() < 4.0, "{bits} bits");
}

#[test]
fn priming_helps() {
    let document = log(600);
    // A word that is known by its second coming has another code than the first time.
    for (unit, times) in [("byte", 10), ("word", 2)] {
        let subject = subject().with("unit", unit);
        let cold = subject.encoded(&document).bytes.len();
        let primed = subject.primed(&[&document]).comes_back(&document).bytes.len();
        assert!(primed * times < cold, "{primed} bytes after {cold} by {unit}");
    }
}

#[test]
fn a_summary_first_costs_little() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let dev = &text[text.len() - 300_000..];
    let size = |share: u32| subject().with("share", share).comes_back(dev).bytes.len();
    let (least, usual, more) = (size(0), size(10), size(70));
    assert!(usual * 100 < least * 101 && more * 100 < least * 102, "{least}, {usual}, {more}");
}
