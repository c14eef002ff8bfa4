//! The figures of the original: what it claims, and what its own code counts when it is given the
//! clock and the draws used here. The data it was published with may lie beside the repository;
//! the generated lines are always there.

use pressmark_samples::{Subject, shared};
use pressmark_sdk::testing::Output;
use pressmark_seeds::bsp::engine::{Claim, Engine, Settings};
use pressmark_seeds::bsp::{GROUP_SEED, PROGRAM_SEED, text};

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

/// Within half a percent: the original's figures change a little from run to run.
fn near(out: &Output, name: &str, claimed: f64) {
    let found = out.metrics[name];
    assert!((found / claimed - 1.0).abs() < 0.005, "{name} is {found}, claimed was {claimed}");
}

#[test]
fn the_machine_claims_what_it_claimed() {
    let Some((prime, dev)) = split() else { return };
    let out = Subject::new(&PROGRAM_SEED).primed(&[&prime]).comes_back(&dev);
    near(&out, "claimed_bits_per_char", 2.276);
    near(&out, "claimed_by_groups_bits_per_char", 3.155);
    let (lines, by_program) = out.channels["program"];
    let share = by_program as f64 / lines as f64;
    assert!((share - 0.85).abs() < 0.01, "{by_program} of {lines} lines by program");
    assert!(out.metrics["programs_wrong"] > 0.0 && out.metrics["copies_given_up"] > 0.0);
    let real = 8.0 * out.bytes.len() as f64 / dev.len() as f64;
    assert!(real > out.metrics["claimed_bits_per_char"] + 0.2, "a decoder needs {real}");
    let bare = Subject::new(&PROGRAM_SEED).with("disable", "groups").primed(&[&prime]);
    let bare = bare.encoded(&dev);
    assert!(bare.bytes.len() < out.bytes.len(), "lines by groups cost more than they are said to");
    assert_eq!(bare.channels["program"], out.channels["program"], "the claim is the same");
}

#[test]
fn groups_alone_claim_what_they_claimed() {
    let Some((prime, dev)) = split() else { return };
    let out = Subject::new(&GROUP_SEED).primed(&[&prime]).comes_back(&dev);
    near(&out, "claimed_bits_per_char", 3.155);
    let real = 8.0 * out.bytes.len() as f64 / dev.len() as f64;
    assert!(real > out.metrics["claimed_bits_per_char"] + 0.5, "a decoder needs {real}");
}

/// What an engine counted, in the names of the original's code.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    features: u32,
    /// Groups there are, ever made, merged and pruned after the learning.
    groups: [u64; 4],
    /// Features that are a member somewhere, and in how many groups the most frequent is.
    members: (usize, usize),
    surprise: usize,
    hallucination: usize,
    active: usize,
    by_program: usize,
    rejected: usize,
    wrong: usize,
}

/// Learns the first lines, is written and read, and evaluates the others. Also gives the bits of
/// programs alone, of word order and claimed.
fn run(learned: &[&str], evaluated: &[&str]) -> (Counted, [f64; 3]) {
    let (machine, groups) = (true, true);
    let settings = Settings { max_groups: 20_000, lines_per_second: 48, seed: 1, machine, groups };
    let mut engine = Engine::new(settings);
    for line in learned {
        step(&mut engine, line, &mut Counted::default());
    }
    let store = engine.store();
    let groups = store.alive().iter().filter_map(|&number| store.get(number));
    let mut members: Vec<u32> = groups.flat_map(|group| &group.members).copied().collect();
    members.sort_unstable();
    let most = members.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
    members.dedup();
    let mut counted = Counted {
        features: engine.features().learned(),
        groups: [store.alive().len() as u64, store.created(), store.merged, store.pruned],
        members: (members.len(), most),
        ..Counted::default()
    };
    engine.reload();
    let mut bits = [0.0; 3];
    for line in evaluated {
        let claim = step(&mut engine, line, &mut counted);
        for (sum, bits) in bits.iter_mut().zip([claim.program, claim.sequence, claim.bits()]) {
            *sum += bits;
        }
    }
    (counted, bits)
}

fn step(engine: &mut Engine, line: &str, counted: &mut Counted) -> Claim {
    let mut words = Vec::new();
    text::words(line.as_bytes(), |word, _| words.push(engine.word(word)));
    let seen = engine.look(&words);
    let program = engine.program(&words);
    counted.surprise += seen.surprise.len();
    counted.hallucination += seen.hallucination.len();
    counted.active += seen.active.len();
    if let Some(program) = &program {
        counted.rejected += usize::from(program.rejected);
        counted.wrong += usize::from(!program.is_right(&words, engine.context(words.len())));
    }
    let claim = engine.take(&words, &seen, program.as_ref());
    counted.by_program += usize::from(claim.by_program());
    claim
}

fn assert_close(found: [f64; 3], counted: [f64; 3]) {
    for (found, counted) in found.into_iter().zip(counted) {
        assert!((found / counted - 1.0).abs() < 1e-9, "{found} bits, the original has {counted}");
    }
}

/// Lines on one of 25 topics, in which pieces of the lines before come again.
fn lines(count: usize) -> Vec<String> {
    let mut state = 11u64;
    let mut pick = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    for at in 0..count {
        let (mut line, topic) = (Vec::new(), pick(25));
        for _ in 0..1 + pick(6) {
            if at > 0 && pick(2) == 0 {
                let from = &lines[at - 1 - pick(at.min(20))];
                let begin = pick(from.len());
                line.extend(from[begin..from.len().min(begin + 3 + pick(8))].iter().cloned());
            }
            for _ in 0..1 + pick(8) {
                let word =
                    if pick(3) == 0 { pick(6) * pick(6) } else { 40 + 20 * topic + pick(20) };
                line.push(format!("w{word}"));
            }
        }
        lines.push(line);
    }
    lines.into_iter().map(|line| line.join(" ")).collect()
}

#[test]
fn generated_lines_are_counted_as_the_original_counts_them() {
    let lines = lines(6000);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (counted, bits) = run(&lines[..5000], &lines[5000..]);
    let original = Counted {
        features: 108_951,
        groups: [1_483, 2_716, 65, 1_168],
        members: (543, 942),
        surprise: 24_094,
        hallucination: 10_409,
        active: 12_316,
        by_program: 603,
        rejected: 265,
        wrong: 12,
    };
    assert_eq!(counted, original);
    assert_close(bits, [215_298.569_659, 192_678.706_501, 226_349.270_016]);
}

#[test]
fn stories_are_counted_as_the_original_counts_them() {
    let Some((prime, dev)) = split() else { return };
    let (prime, dev) = (String::from_utf8_lossy(&prime), String::from_utf8_lossy(&dev));
    let (prime, dev) = (filled(&prime), filled(&dev));
    let (counted, bits) = run(&prime, &dev);
    let original = Counted {
        features: 156_076,
        groups: [1_114, 2_093, 185, 794],
        members: (796, 675),
        surprise: 83_576,
        hallucination: 26_256,
        active: 28_189,
        by_program: 1_790,
        rejected: 296,
        wrong: 35,
    };
    assert_eq!(counted, original);
    assert_close(bits, [786_799.980_973, 517_255.368_264, 827_846.029_320]);
}

/// The lines that are not blank.
fn filled(text: &str) -> Vec<&str> {
    text.split('\n').filter(|line| !line.trim().is_empty()).collect()
}
