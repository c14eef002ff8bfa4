//! What goes in comes back, and what is damaged ends in an error or in other bytes, never in a
//! panic, a hang or unbounded memory.

use pressmark_samples::{Subject, damage, repeated, sentences, text};
use pressmark_sdk::Descriptor;
use pressmark_sdk::testing::conformance;
use pressmark_seeds::bsp::{GROUP_SEED, PROGRAM_SEED};
use proptest::prelude::*;

const BOTH: [&Descriptor; 2] = [&GROUP_SEED, &PROGRAM_SEED];

fn subjects<'a>() -> impl Iterator<Item = Subject<'a>> {
    BOTH.into_iter().map(Subject::new)
}

/// Short lines of few words, so that groups form, programs copy and lines repeat themselves.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let word =
        || prop::sample::select(vec!["the", "cat", "saw", "a", "Dog", "RUN", "iPod", "é", "ran"]);
    let end = prop::sample::select(vec![".\n", "\n\n\n\n", "!\n***\n", " \r\n", "\n \n"]);
    let line =
        (prop::collection::vec(word(), 0..9), 1usize..4, end).prop_map(|(words, times, end)| {
            [vec![words.join(" "); times].join(" ").as_str(), end].concat()
        });
    prop::collection::vec(line, 0..40).prop_map(|lines| lines.concat().into_bytes())
}

#[test]
fn they_keep_the_contract() {
    BOTH.into_iter().for_each(conformance);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes_come_back(input in prop::collection::vec(any::<u8>(), 0..600)) {
        for subject in subjects() {
            prop_assert!(subject.comes_back(&input).bytes.len() <= input.len() + 1);
        }
    }

    #[test]
    fn odd_letters_come_back(input in "[a-zA-Z É\u{130}ſǅ\u{212a}Ⱥɓ世'\n\r]{0,80}", prime in "[a-zİ\u{130} \n]{0,40}") {
        for subject in subjects() {
            subject.primed(&[prime.as_bytes()]).comes_back(input.as_bytes());
        }
    }

    #[test]
    fn texts_come_back(input in prop_oneof![text(), lines(), repeated()], prime in prop_oneof![text(), lines()]) {
        for subject in subjects() {
            subject.comes_back(&input);
            subject.with("seed", 7).primed(&[&prime, b"", &input]).comes_back(&input);
        }
        Subject::new(&PROGRAM_SEED).with("disable", "groups").primed(&[&prime]).comes_back(&input);
    }

    #[test]
    fn random_archives_end(archive in prop::collection::vec(any::<u8>(), 0..200), length in 0u64..5000) {
        for subject in subjects() {
            subject.primed(&[b"a little text to learn\na little text again"]).survives_random(&archive, length);
        }
    }

    #[test]
    fn damaged_archives_end(input in prop_oneof![text(), lines()], damage in damage()) {
        for subject in subjects() {
            subject.survives_damage(&input, &damage);
            subject.primed(&[&input]).survives_damage(&input, &damage);
        }
    }
}

#[test]
fn an_endless_length_ends_with_the_archive() {
    subjects().for_each(|subject| subject.refuses_endless_lengths());
}

#[test]
fn half_an_archive_is_refused() {
    subjects().for_each(|subject| subject.refuses_half());
}

#[test]
fn progress_is_told_often() {
    subjects().for_each(|subject| subject.tells_progress());
}

#[test]
fn the_file_is_as_long_as_the_model_says() {
    for descriptor in BOTH {
        let out = Subject::new(descriptor).comes_back(&sentences(3000));
        let (ideal, real) =
            (out.ideal_bits.expect("there is a model") / 8.0, out.bytes.len() as f64);
        assert!(real <= ideal + 2.5 && real + 4.0 >= ideal, "{real} bytes for {ideal}");
        let parts: f64 = out
            .metrics
            .iter()
            .filter(|(name, _)| name.ends_with("_bits"))
            .map(|(_, bits)| bits)
            .sum();
        assert!((parts / 8.0 - ideal).abs() < 1e-6, "every bit belongs to a part");
    }
}

#[test]
fn without_priming_it_learns_as_it_goes() {
    let text = [sentences(40), b"\n".to_vec()].concat().repeat(60);
    let out = Subject::new(&PROGRAM_SEED).comes_back(&text);
    assert!(out.metrics["lines_learned"] > 59.0 && out.metrics["groups_alive"] > 0.0);
    let primed = Subject::new(&PROGRAM_SEED).primed(&[&text]).comes_back(&text);
    assert!((primed.metrics["lines_learned"] - out.metrics["lines_learned"]).abs() < 0.5);
    assert!(primed.bytes.len() < out.bytes.len());
}

#[test]
fn a_line_of_unknown_words_is_claimed_to_cost_nothing() {
    let prime = sentences(2000);
    let out = Subject::new(&GROUP_SEED).primed(&[&prime]).comes_back(b"zxqv\n");
    assert!(out.metrics["claimed_bits_per_char"].abs() < 1e-12);
    assert!(out.ideal_bits > Some(8.0), "its letters have to be paid");
}

#[test]
fn all_operations_are_used() {
    let lines = ["one two three four five six seven\n", "ha ha ha ha ha ha ha ha ha ha ho\n"];
    let text = lines.concat().repeat(30);
    let out = Subject::new(&PROGRAM_SEED).comes_back(text.as_bytes());
    for operation in ["literal", "copy", "repeat"] {
        assert!(out.metrics[&format!("{operation}_operations")] > 0.0, "{operation}");
        assert!(out.channels[operation].1 > 0, "{operation}");
    }
    let (words, produced) = (out.channels["copy"].0, |name: &str| out.channels[name].1);
    assert!(produced("literal") + produced("copy") + produced("repeat") <= words);
}
