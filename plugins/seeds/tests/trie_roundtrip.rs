//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in
//! a panic, a hang or unbounded memory.

use pressmark_samples::{Subject, damage, repeated, text};
use pressmark_seeds::trie::SEED;
use proptest::prelude::*;

fn seed() -> Subject<'static> {
    Subject::new(&SEED)
}

fn options() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let compressor = (any::<bool>(), 1u32..9, 0.0f64..1.0);
    (1usize..=64, 0.001f64..0.5, 1.0f64..1000.0, 0.05f64..4.0, any::<bool>(), compressor).prop_map(
        |(length, rate, most, power, adaptive, (compressor, observations, ratio))| {
            vec![
                ("context_length", length.to_string()),
                ("learning_rate", rate.to_string()),
                ("cred_max", most.to_string()),
                ("lambda_power", power.to_string()),
                ("adaptive_cap", adaptive.to_string()),
                ("compressor", compressor.to_string()),
                ("min_obs", observations.to_string()),
                ("stability_ratio", ratio.to_string()),
            ]
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let out = seed().comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 1);
    }

    #[test]
    fn any_characters_come_back(input in "\\PC{0,300}", prime in prop::collection::vec(any::<u8>(), 0..300)) {
        seed().primed(&[&prime]).comes_back(input.as_bytes());
    }

    #[test]
    fn texts_come_back(input in repeated(), prime in text(), options in options()) {
        let with = |subject: Subject<'static>, (name, value): &(&'static str, String)| subject.with(name, value);
        let subject = options.iter().fold(seed(), with);
        subject.comes_back(&input);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        seed().primed(&[b"a little text"]).survives_random(&archive, length);
    }

    #[test]
    fn damaged_archives_end(input in repeated(), damage in damage()) {
        seed().survives_damage(&input, &damage);
    }
}

#[test]
fn an_endless_length_is_refused() {
    seed().refuses_endless_lengths();
}

#[test]
fn half_an_archive_is_refused() {
    seed().refuses_half();
}

#[test]
fn progress_is_told_often_on_both_sides() {
    seed().tells_progress();
}

#[test]
fn runs_and_periods_are_small() {
    // A weight is at most 8, so that no symbol ever costs less than 0.08 bits.
    seed().keeps_runs_small(1000);
}
