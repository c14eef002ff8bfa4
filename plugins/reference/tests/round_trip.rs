//! Every peer gives back what it was given, at all of its levels, primed and not.

mod common;

use common::{CHEAP, prose};
use pressmark_reference::{BROTLI, BZIP2, GZIP, LZ4, PPMD, XZ, ZSTD};
use pressmark_sdk::testing::{decode, roundtrip, roundtrip_stream};
use pressmark_sdk::{Descriptor, Interface};
use proptest::prelude::*;

/// Bytes that no peer can compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Bytes of the archive of `text`, which is decoded and compared.
fn size(
    strategy: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    text: &[u8],
) -> usize {
    match roundtrip(strategy, options, prime, text) {
        Ok(output) => output.bytes.len(),
        Err(e) => panic!("{:?} {options:?}, {} bytes: {e}", strategy.id, text.len()),
    }
}

fn every(strategy: &'static Descriptor, option: &str, values: impl IntoIterator<Item = i64>) {
    let text = prose(40_000);
    for value in values {
        let bytes = size(strategy, &[(option, &value.to_string())], &[], &text);
        assert!(bytes < text.len(), "{:?} {option} {value}: {bytes} bytes", strategy.id);
    }
}

#[test]
fn every_level() {
    every(&GZIP, "level", 1..=9);
    every(&BZIP2, "level", 1..=9);
    every(&XZ, "level", 0..=9);
    every(&XZ, "extreme", 0..=1);
    every(&ZSTD, "level", -7..=22);
    every(&ZSTD, "long", [0, 9, 10, 20, 27, 28]);
    every(&BROTLI, "level", 0..=11);
    every(&BROTLI, "window", [10, 16, 24, 25]);
    every(&LZ4, "level", 1..=12);
    let text = prose(40_000);
    for order in ["2", "16", "64"] {
        size(&PPMD, &[("order", order), ("memory_mb", "1")], &[], &text);
    }
}

#[test]
fn priming_helps_at_every_level() {
    let (prime, text) = (prose(60_000), &prose(50_000)[20_000..]);
    let helps = |strategy: &'static Descriptor, options: &[(&str, &str)]| {
        let cold = size(strategy, options, &[], text);
        let primed = size(strategy, options, &[&prime[..7], &prime[7..]], text);
        assert!(primed < cold, "{:?} {options:?}: {primed} bytes, {cold} cold", strategy.id);
    };
    for level in 1..=9 {
        helps(&GZIP, &[("level", &level.to_string())]);
    }
    for level in -7..=22 {
        helps(&ZSTD, &[("level", &level.to_string())]);
    }
    for level in 2..=11 {
        helps(&BROTLI, &[("level", &level.to_string())]);
    }
    helps(&PPMD, &[("order", "8"), ("memory_mb", "4")]);
}

#[test]
fn a_prime_may_be_too_large_or_of_no_use() {
    let (prime, text) = (prose(200_000), prose(50_000));
    for level in ["-7", "3", "22"] {
        size(&ZSTD, &[("level", level), ("long", "10")], &[&prime], &text);
    }
    for level in 0..=11 {
        let level = ("level", &*level.to_string());
        size(&BROTLI, &[level, ("window", "10")], &[&prime], &text);
        size(&BROTLI, &[level], &[&prime], &[]);
        size(&BROTLI, &[level, ("window", "30")], &[&noise(3_000)], &text);
    }
    // The model starts afresh inside the priming text.
    size(&PPMD, &[("order", "64"), ("memory_mb", "1")], &[&noise(900_000)], &text);
}

#[test]
fn a_primed_archive_needs_its_prime() {
    let (prime, text) = (prose(30_000), &prose(25_000)[5_000..]);
    let len = text.len() as u64;
    for &(strategy, options) in CHEAP.iter().filter(|(s, _)| primes(s)) {
        let archive = roundtrip(strategy, options, &[&prime], text).expect("a round trip").bytes;
        for other in [noise(30_000), prose(29_999), vec![]] {
            let back = decode(strategy, options, &[&other], &archive, len);
            let same = back.is_ok_and(|output| output.bytes == text);
            assert!(!same, "{:?} decodes with another prime", strategy.id);
        }
    }
}

fn primes(strategy: &Descriptor) -> bool {
    strategy.interfaces.contains(&Interface::Prime)
}

#[test]
fn awkward_texts() {
    let texts = [vec![], vec![0], b"ab".to_vec(), vec![0; 300_000], noise(150_000), prose(200_000)];
    for (strategy, options) in CHEAP {
        for text in &texts {
            size(strategy, options, &[], text);
            if primes(strategy) {
                size(strategy, options, &[b"x"], text);
                // What a trained dictionary of zstd begins with.
                size(strategy, options, &[&[0x37, 0xa4, 0x30, 0xec]], text);
                size(strategy, options, &[&prose(300)], text);
            }
        }
    }
}

/// Longer than a block or a window of any of them.
#[test]
fn many_blocks() {
    let text = prose(9 << 20);
    for (strategy, options) in CHEAP {
        size(strategy, options, &[], &text);
        for piece in [100_000, usize::MAX] {
            let streamed = roundtrip_stream(strategy, options, piece, &text);
            assert!(streamed.is_ok(), "{:?}: {:?}", strategy.id, streamed.err());
        }
    }
}

/// Texts of few different bytes with which the encoder of brotli fails now and then: they come
/// back all the same, and at most a byte larger than without the priming text.
#[test]
fn brotli_is_primed_or_cold_but_never_fails() {
    let few = |seed: usize, len: usize| -> Vec<u8> {
        noise(seed + len)[seed..].iter().map(|byte| b'a' + byte % 3).collect()
    };
    let mut cold = 0;
    for seed in 0..120 {
        let (prime, text) = (few(seed, 10 + seed * 2), few(1_000 + 7 * seed, 200 + 16 * seed));
        for level in ["2", "5", "9", "10"] {
            let options = [("level", level)];
            let archive = roundtrip(&BROTLI, &options, &[&prime], &text).expect("it comes back");
            if archive.bytes[0] == 0 {
                cold += 1;
                assert_eq!(archive.bytes.len(), 1 + size(&BROTLI, &options, &[], &text));
            }
        }
    }
    assert!((1..50).contains(&cold), "{cold} of 480 without the priming text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes(
        prime in prop_oneof![
            Just(vec![]),
            prop::collection::vec(any::<u8>(), 0..300),
            prop::collection::vec(b'a'..b'd', 0..300),
        ],
        text in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..3000),
            prop::collection::vec(b'a'..b'd', 0..3000),
        ],
    ) {
        for (strategy, options) in CHEAP {
            size(strategy, options, &[], &text);
            if primes(strategy) {
                size(strategy, options, &[&prime], &text);
            }
        }
    }
}
