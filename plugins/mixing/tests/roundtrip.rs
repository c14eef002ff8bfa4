//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in
//! a panic, a hang or unbounded memory.

use pressmark_mixing::TEXT;
use pressmark_samples::{Subject, damage, repeated, sentences, shared, text};
use pressmark_sdk::testing::{decode, encode};
use proptest::prelude::*;

fn small() -> Subject<'static> {
    Subject::new(&TEXT).with("level", 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        small().comes_back(&input);
    }

    #[test]
    fn texts_come_back(input in repeated(), prime in text(), (level, disable) in prop_oneof![(1usize..=9, Just("")), (3usize..=9, prop_oneof![Just("bytes"), Just("words,document,direct"), Just("match,maps"), Just("skip,layout")])]) {
        let subject = Subject::new(&TEXT).with("level", level).with("disable", disable);
        prop_assert!(subject.comes_back(&input).bytes.len() <= input.len() + 1);
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

    #[test]
    fn the_limit_holds_on_both_sides(limit in 33_554_432u64..100_000_000, level in 1usize..=9, length in 0usize..60_000, before in 0usize..60_000) {
        let text = sentences(3_000);
        let (input, prime) = (&text[..length.min(text.len())], &text[text.len() - before.min(text.len())..]);
        let (limit_text, level) = (limit.to_string(), level.to_string());
        let options = [("memory_limit", limit_text.as_str()), ("level", level.as_str())];
        match encode(&TEXT, &options, &[prime], input) {
            Ok(out) => {
                prop_assert!(out.host_peak <= limit, "{} bytes of {limit}", out.host_peak);
                let back = decode(&TEXT, &options, &[prime], &out.bytes, input.len() as u64);
                let back = back.expect("it can be read");
                prop_assert!(back.host_peak <= limit, "{} bytes of {limit}", back.host_peak);
                prop_assert!(back.bytes == input);
            }
            Err(error) => {
                // The message names the least that is enough.
                let message = error.to_string();
                let least: u64 = message.rsplit(' ').next().and_then(|n| n.parse().ok()).expect(&message);
                prop_assert!(least > limit);
                let least = least.to_string();
                let options = [("memory_limit", least.as_str()), ("level", level.as_str())];
                let out = encode(&TEXT, &options, &[prime], input).expect("it is enough");
                prop_assert!(out.host_peak <= least.parse().expect("a number"));
            }
        }
    }
}

#[test]
fn levels_without_families_say_so() {
    for level in ["1", "2"] {
        let options = [("level", level), ("disable", "maps")];
        let message = encode(&TEXT, &options, &[], b"text").expect_err("no maps").to_string();
        assert!(message.contains("from 3 up"), "{message}");
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
    let out = Subject::new(&TEXT).comes_back(dev);
    let bits = 8.0 * out.bytes.len() as f64 / dev.len() as f64;
    assert!(bits < 1.48, "{bits} bits per byte");
}
