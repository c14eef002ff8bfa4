//! The figures that the original claims, on its own data, where that lies beside the repository.

use pressmark_samples::{Subject, shared};
use pressmark_sdk::testing::Output;
use pressmark_seeds::bsp::codec::Coder;
use pressmark_seeds::bsp::engine::Settings;
use pressmark_seeds::bsp::{GROUP_SEED, PROGRAM_SEED};

/// The first 5,000 lines that are not blank, and the last stories.
fn split() -> Option<(Vec<u8>, Vec<u8>)> {
    let train = shared("data/tinystories/train.txt")?;
    let lines = train.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut prime = Vec::new();
    for line in lines.take(5000) {
        prime.extend_from_slice(line);
        prime.push(b'\n');
    }
    let text = String::from_utf8(train).expect("stories are UTF-8");
    let characters = text.chars().count();
    let (from, _) = text.char_indices().nth(characters - 368_000)?;
    let dev = text[from..].split_once("\n\n\n\n")?.1.as_bytes().to_vec();
    assert_eq!((prime.len(), dev.len()), (911_480, 367_693), "the split is the known one");
    Some((prime, dev))
}

fn near(out: &Output, name: &str, claimed: f64, share: f64) {
    let found = out.metrics[name];
    assert!((found / claimed - 1.0).abs() < share, "{name} is {found}, claimed was {claimed}");
}

#[test]
fn the_machine_claims_what_it_claimed() {
    let Some((prime, dev)) = split() else { return };
    let out = Subject::new(&PROGRAM_SEED).primed(&[&prime]).comes_back(&dev);
    near(&out, "claimed_bits_per_char", 2.276, 0.005);
    near(&out, "claimed_by_groups_bits_per_char", 3.155, 0.005);
    let (lines, by_program) = out.channels["program"];
    let share = by_program as f64 / lines as f64;
    assert!((share - 0.85).abs() < 0.01, "{by_program} of {lines} lines by program");
    assert!(out.metrics["programs_wrong"] > 0.0 && out.metrics["copies_given_up"] > 0.0);
    let real = 8.0 * out.bytes.len() as f64 / dev.len() as f64;
    assert!(real > out.metrics["claimed_bits_per_char"] + 0.2, "a decoder needs {real}");
}

#[test]
fn groups_alone_claim_what_they_claimed() {
    let Some((prime, dev)) = split() else { return };
    let out = Subject::new(&GROUP_SEED).primed(&[&prime]).comes_back(&dev);
    near(&out, "claimed_bits_per_char", 3.155, 0.005);
    let real = 8.0 * out.bytes.len() as f64 / dev.len() as f64;
    assert!(real > out.metrics["claimed_bits_per_char"] + 0.5, "a decoder needs {real}");
}

/// What was counted in the original's model after the same 5,000 lines. Where nothing is drawn and
/// no clock read, the numbers are equal.
#[test]
fn the_model_is_the_original_s() {
    let Some((prime, _)) = split() else { return };
    let settings = Settings { max_groups: 20_000, lines_per_second: 48, seed: 1, machine: false };
    let mut coder = Coder::new(settings);
    coder.prime(&prime).expect("it is short");
    let engine = coder.engine();
    assert_eq!((engine.features().words(), engine.features().learned()), (4_483, 156_076));
    let key = |length| {
        let features =
            (0..engine.features().learned()).map(|feature| engine.features().key(feature));
        features
            .filter(|key| key.iter().filter(|&&word| word != u32::MAX).count() == length)
            .count()
    };
    assert_eq!((key(2), key(3)), (47_677, 103_916));
    let groups = || engine.store().alive().iter().filter_map(|&number| engine.store().get(number));
    assert!((1_050..1_250).contains(&groups().count()), "{} groups, once 1,161", groups().count());
    let mut sizes: Vec<usize> = groups().map(|group| group.members.len()).collect();
    sizes.sort_unstable();
    assert!((3..=6).contains(&sizes[sizes.len() / 2]), "the median was 4");
    let mut members: Vec<u32> = groups().flat_map(|group| &group.members).copied().collect();
    members.sort_unstable();
    let the = members.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
    members.dedup();
    assert!((740..870).contains(&members.len()), "{} features in groups, once 806", members.len());
    assert!(the.is_some_and(|the| (550..750).contains(&the)), "one word is in {the:?}, once 679");
}
