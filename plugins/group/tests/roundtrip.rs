//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in a
//! panic, a hang or unbounded memory.

use pressmark_group::ONLINE;
use pressmark_samples::{Subject, damage, shared, text};
use proptest::prelude::*;

fn subject() -> Subject<'static> {
    Subject::new(&ONLINE)
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
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let out = subject().comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 1);
    }

    #[test]
    fn texts_come_back(
        input in text(),
        prime in text(),
        (max_groups, top_k, half_life) in (16usize..40, 1usize..20, 1usize..60),
        disable in prop::sample::select(vec!["", "groups", "passage", "groups,passage"]),
    ) {
        let subject = subject()
            .with("max_groups", max_groups)
            .with("top_k", top_k)
            .with("half_life", half_life)
            .with("disable", disable);
        subject.comes_back(&input);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        subject().primed(&[b"a little text to learn"]).survives_random(&archive, length);
    }

    #[test]
    fn damaged_archives_end(input in text(), damage in damage()) {
        subject().survives_damage(&input, &damage);
    }
}

#[test]
fn an_endless_length_ends_with_the_archive() {
    subject().refuses_endless_lengths();
}

#[test]
fn half_an_archive_is_refused() {
    subject().refuses_half();
}

#[test]
fn progress_is_told_often() {
    subject().tells_progress();
}

#[test]
fn runs_are_small() {
    subject().keeps_runs_small(1_000);
}

#[test]
fn groups_pay_where_words_occur_together() {
    let input = subjects(1500);
    // Lines are short and change the subject.
    let with =
        |disable| subject().with("half_life", 12).with("disable", disable).comes_back(&input);
    let (full, bare) = (with("passage"), with("groups,passage"));
    let sizes = (full.bytes.len(), bare.bytes.len());
    assert!(sizes.0 * 100 < sizes.1 * 96, "{sizes:?} bytes");
    let (words, covered) = full.channels["covered"];
    assert!(full.metrics["groups_created"] > 0.0 && full.metrics["groups_alive"] > 0.0);
    assert!(covered * 2 > words, "{covered} of {words}");
    assert_eq!(bare.channels["covered"].1, 0);
    assert!(bare.metrics["groups_alive"] < 0.5);
}

#[test]
fn the_limit_of_groups_holds() {
    let out = subject().with("max_groups", 20).comes_back(&subjects(1500));
    assert!(out.metrics["groups_alive"] <= 20.0 && out.metrics["groups_pruned"] > 0.0);
}

#[test]
fn stories_shrink() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let out = subject().comes_back(&text[text.len() - 200_000..]);
    assert!(out.bytes.len() * 8 < 200_000 * 17 / 10, "{} bytes", out.bytes.len());
    assert!(out.channels["covered"].1 > 0);
}
