//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in
//! a panic, a hang or unbounded memory.

use pressmark_samples::{Subject, damage, repeated, shared, text};
use pressmark_trie::CREDIBILITY;
use proptest::prelude::*;

fn small() -> Subject<'static> {
    Subject::new(&CREDIBILITY).with("memory_limit", 1 << 20)
}

fn units() -> [Subject<'static>; 2] {
    ["byte", "word"].map(|unit| small().with("unit", unit))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        for unit in units() {
            unit.comes_back(&input);
        }
    }

    #[test]
    fn texts_come_back(input in repeated(), prime in text(), (max_order, nodes) in (1usize..=7, prop_oneof![Just(0), 1usize..20_000]), limit in 524_288usize..4_000_000, freeze in prop_oneof![Just(0), Just(5), 1u32..=64], unit in prop::sample::select(vec!["auto", "byte", "word"])) {
        let subject = Subject::new(&CREDIBILITY)
            .with("max_order", max_order)
            .with("max_active_nodes", nodes)
            .with("memory_limit", limit)
            .with("freeze", freeze)
            .with("unit", unit);
        let out = subject.comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 1);
        let most = if nodes == 0 { usize::MAX } else { nodes };
        let alive = out.metrics.get("nodes").copied().unwrap_or_default();
        prop_assert!(alive <= most as f64 && out.host_peak <= limit as u64);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        small().primed(&[b"a little text"]).survives_random(&archive, length);
    }

    #[test]
    fn damaged_archives_end(input in repeated(), damage in damage()) {
        small().survives_damage(&input, &damage);
    }
}

#[test]
fn an_endless_length_is_refused() {
    small().refuses_endless_lengths();
}

#[test]
fn half_an_archive_is_refused() {
    small().refuses_half();
}

#[test]
fn progress_is_told_often_on_both_sides() {
    small().tells_progress();
}

#[test]
fn runs_and_periods_are_small() {
    small().keeps_runs_small(200);
}

#[test]
fn stories_shrink_as_promised() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let dev = &text[text.len() - 300_000..];
    let bits =
        |subject: Subject<'_>| 8.0 * subject.comes_back(dev).bytes.len() as f64 / dev.len() as f64;
    let full = bits(Subject::new(&CREDIBILITY));
    let half = bits(Subject::new(&CREDIBILITY).with("memory_limit", 4 << 20));
    assert!(full < 1.55, "{full} bits per byte");
    assert!(half < 1.8 && half > full, "{half} bits per byte in 4 MiB");
}
