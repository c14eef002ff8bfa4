//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in a
//! panic, a hang or unbounded memory.

use pressmark_program::MACHINE;
use pressmark_program::machine::{Machine, Settings};
use pressmark_samples::{Subject, damage, repeated, sentences, shared, text};
use pressmark_sdk::{Port, Result};
use proptest::prelude::*;

fn subject() -> Subject<'static> {
    Subject::new(&MACHINE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let out = subject().comes_back(&input);
        prop_assert!(out.bytes.len() <= input.len() + 16);
    }

    #[test]
    fn texts_come_back(
        input in repeated(),
        prime in text(),
        hash in any::<bool>(),
        window in 0usize..60,
        disable in prop::sample::select(vec!["", "copy", "repeat", "template", "transform", "copy,repeat", "copy,repeat,template,transform"]),
    ) {
        let subject = subject()
            .with("matcher", if hash { "hash" } else { "suffix_array" })
            .with("window", window.saturating_sub(20))
            .with("disable", disable);
        subject.comes_back(&input);
        subject.primed(&[&prime, b"", &input]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        subject().primed(&[b"a little text to copy from"]).survives_random(&archive, length);
    }

    #[test]
    fn damaged_archives_end(input in repeated(), damage in damage()) {
        subject().survives_damage(&input, &damage);
    }
}

#[test]
fn half_an_archive_is_refused() {
    subject().refuses_half();
}

#[test]
fn an_endless_length_ends_with_the_archive() {
    subject().refuses_endless_lengths();
}

#[test]
fn progress_is_told_often() {
    subject().tells_progress();
}

/// Hears progress, and drops what is written.
struct Listener(Vec<usize>);

impl Port for Listener {
    fn write(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, done: usize) -> Result<()> {
        self.0.push(done);
        Ok(())
    }
}

#[test]
fn progress_goes_from_nothing_to_all() {
    let input = sentences(5_000);
    let mut listener = Listener(Vec::new());
    let report = Machine::new(Settings::default()).encode(&input, &mut listener).unwrap();
    let told = listener.0;
    assert_eq!((told[0], told[told.len() - 1]), (0, input.len()));
    let mut steps = told.windows(2).map(|two| two[1].checked_sub(two[0]).expect("it never falls"));
    assert!(steps.all(|step| step <= input.len() / 50), "{told:?}");
    let (place, _) = report.curve[report.curve.len() - 1];
    assert_eq!(place, input.len());
    assert!(report.curve.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
}

#[test]
fn runs_and_periods_are_small() {
    subject().keeps_runs_small(2_000);
}

#[test]
fn stories_shrink_as_promised() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let dev = &text[text.len() - 300_000..];
    let bits = 8.0 * subject().comes_back(dev).bytes.len() as f64 / dev.len() as f64;
    assert!(bits < 1.6, "{bits} bits per byte");
}
