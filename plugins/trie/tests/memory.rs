//! The memory limit holds for everything that is allocated, on both sides.

use pressmark_samples::sentences;
use pressmark_sdk::testing::{decode, encode};
use pressmark_trie::CREDIBILITY;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_host_never_gives_more(
        bits in 19f64..23.0,
        length in 0usize..60_000,
        primes in prop::collection::vec(0usize..60_000, 0..4),
        noise in 0usize..10_000,
        nodes in prop_oneof![3 => Just(0), 1 => 1usize..100_000],
        unit in prop::sample::select(vec!["auto", "byte", "word"]),
    ) {
        let limit = bits.exp2() as u64;
        let text = sentences(3_000);
        let mut input = text[..length.min(text.len())].to_vec();
        let random = |k: u64| (k.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8;
        input.extend((0..noise as u64).map(random));
        let prime: Vec<&[u8]> = primes.iter().map(|&n| &text[text.len() - n.min(text.len())..]).collect();
        let (limit_text, nodes_text) = (limit.to_string(), nodes.to_string());
        let options = [("memory_limit", limit_text.as_str()), ("max_active_nodes", nodes_text.as_str()), ("unit", unit)];
        match encode(&CREDIBILITY, &options, &prime, &input) {
            Ok(out) => {
                prop_assert!(out.host_peak <= limit, "{} bytes of {limit}", out.host_peak);
                let back = decode(&CREDIBILITY, &options, &prime, &out.bytes, input.len() as u64);
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
                let options = [("memory_limit", least.as_str()), ("unit", unit)];
                prop_assert!(encode(&CREDIBILITY, &options, &prime, &input).is_ok());
            }
        }
    }
}

#[test]
fn the_limit_is_made_use_of() {
    // Words that hardly foretell each other: many contexts.
    let words = (0..40_000u64).map(|k| format!("w{} ", k * k * k % 9_973)).collect::<String>();
    let text = [&sentences(6_000)[..], words.as_bytes()].concat();
    for (limit, unit) in [
        (1u64 << 20, "byte"),
        (2 << 20, "byte"),
        (4 << 20, "byte"),
        (1 << 20, "word"),
        (2 << 20, "word"),
    ] {
        let value = limit.to_string();
        let options = [("memory_limit", value.as_str()), ("freeze", "5"), ("unit", unit)];
        let out = encode(&CREDIBILITY, &options, &[], &text).expect("it fits");
        assert!(out.host_peak <= limit && out.host_peak * 10 > limit * 8, "{}", out.host_peak);
        assert!(out.metrics["freezes"] > 0.0 && out.metrics["condensed"] > 0.0);
    }
}
