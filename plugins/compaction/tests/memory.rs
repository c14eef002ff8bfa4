//! The memory limit of `compaction.lossless` holds for everything that is allocated, on both sides.

use pressmark_compaction::LOSSLESS;
use pressmark_samples::turns;
use pressmark_sdk::testing::{decode, encode};
use proptest::prelude::*;

/// A log of short and long lines, and what markers look like.
fn log(count: usize) -> Vec<u8> {
    turns(count, |turn| {
        let end = if turn % 5 == 0 { "\n\n" } else { ", R4711. " };
        let marker = if turn % 50 == 7 { "[~3L 20B] " } else { "" };
        [end, marker].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_host_never_gives_more(
        bits in 19f64..23.5,
        length in 0usize..80_000,
        primes in prop::collection::vec(0usize..60_000, 0..3),
        noise in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..6_000),
        share in prop_oneof![Just(10u32), 0u32..=1000],
        unit in prop::sample::select(vec!["auto", "byte", "word"]),
    ) {
        let limit = bits.exp2() as u64;
        let text = log(1_500);
        let input = [&text[..length.min(text.len())], &noise].concat();
        let prime: Vec<&[u8]> = primes.iter().map(|&n| &text[text.len() - n.min(text.len())..]).collect();
        let share = share.to_string();
        let with = |limit: u64, prime: &[&[u8]]| {
            let limit = limit.to_string();
            let options = [("memory_limit", limit.as_str()), ("share", &share), ("unit", unit)];
            let out = encode(&LOSSLESS, &options, prime, &input)?;
            let whole = decode(&LOSSLESS, &options, prime, &out.bytes, input.len() as u64)?;
            let part = [options[0], ("part", "summary")];
            let part = decode(&LOSSLESS, &part, prime, &out.bytes, input.len() as u64)?;
            Ok::<_, pressmark_sdk::Error>((out, whole, part))
        };
        match with(limit, &prime) {
            Ok((out, whole, part)) => {
                for peak in [out.host_peak, whole.host_peak, part.host_peak] {
                    prop_assert!(peak <= limit, "{} bytes of {}", peak, limit);
                }
                prop_assert!(whole.bytes == input);
            }
            Err(error) => {
                // The message names what is enough.
                let message = error.to_string();
                let least: u64 = message.rsplit(' ').next().and_then(|n| n.parse().ok()).expect(&message);
                prop_assert!(least > limit, "{}", message);
                let (out, whole, _) = with(least, &prime).expect("the message says so");
                prop_assert!(out.host_peak <= least && whole.host_peak <= least);
            }
        }
    }
}
