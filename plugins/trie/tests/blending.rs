//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in
//! a panic, a hang or unbounded memory.

use pressmark_samples::{Subject, damage, repeated, shared, text};
use pressmark_trie::BLENDING;
use proptest::prelude::*;

fn small() -> Subject<'static> {
    Subject::new(&BLENDING).with("memory_limit", 1 << 20)
}

/// Every level, in both units.
fn all() -> impl Iterator<Item = Subject<'static>> {
    let level =
        |level| ["byte", "word"].map(|unit| small().with("unit", unit).with("level", level));
    [1, 2].into_iter().flat_map(level)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        for subject in all() {
            subject.comes_back(&input);
        }
    }

    #[test]
    fn texts_come_back(input in repeated(), prime in text(), level in 1u8..=2, limit in 524_288usize..8_000_000, unit in prop::sample::select(vec!["auto", "byte", "word"])) {
        let subject = Subject::new(&BLENDING)
            .with("level", level)
            .with("memory_limit", limit)
            .with("unit", unit);
        let out = subject.comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 1 && out.host_peak <= limit as u64);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        for subject in all() {
            subject.primed(&[b"a little text"]).survives_random(&archive, length);
        }
    }

    #[test]
    fn damaged_archives_end(input in repeated(), damage in damage()) {
        small().survives_damage(&input, &damage);
        small().with("level", 1).survives_damage(&input, &damage);
    }
}

#[test]
fn an_endless_length_is_refused() {
    small().refuses_endless_lengths();
}

#[test]
fn half_an_archive_is_refused() {
    all().for_each(|subject| subject.refuses_half());
}

#[test]
fn progress_is_told_often_on_both_sides() {
    small().tells_progress();
}

#[test]
fn runs_and_periods_are_small() {
    all().for_each(|subject| subject.keeps_runs_small(200));
}

#[test]
fn stories_shrink_as_promised() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let part = &text[text.len() - 1_000_000..];
    let bits = |level: u8| {
        let out = Subject::new(&BLENDING).with("level", level).comes_back(part);
        8.0 * out.bytes.len() as f64 / part.len() as f64
    };
    let [fast, strong] = [1, 2].map(bits);
    assert!(fast < 1.56 && strong < 1.47, "{fast} and {strong} bits a byte");
}
