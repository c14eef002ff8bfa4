//! Each probe keeps the contract and tells what it is documented to tell.

use pressmark_sdk::testing::{
    compact, conformance, decode, encode, pack, replay, roundtrip, roundtrip_stream,
    roundtrip_trained,
};
use pressmark_sdk::{Access, AccessKind, Budget, Error, Mode, PackRequest, Page};

use super::*;

#[test]
fn all_keep_the_contract() {
    for descriptor in [
        &copy::COPY,
        &cache::CACHE,
        &compact::COMPACT,
        &stream::STREAM,
        &histogram::TRAIN,
        &histogram::MODEL,
        &prime::PRIME,
        &options::OPTIONS,
        &curves::CURVES,
        &pack::PACK,
    ] {
        conformance(descriptor);
    }
}

#[test]
fn alloc_is_counted_by_the_host_or_not() {
    for (how, range) in [("rust", 1 << 20..=(1 << 20) + 4096), ("malloc", 0..=4096)] {
        let options = [("bytes", "1048576"), ("how", how)];
        let run = roundtrip(&alloc::ALLOC, &options, &[], b"text").unwrap();
        assert!(range.contains(&run.host_peak), "{how}: {}", run.host_peak);
        assert_eq!(run.metrics["pages"], 256.0);
    }
}

#[test]
fn options_arrive_as_given_or_by_default() {
    let told = |options| encode(&options::OPTIONS, options, &[], b"").unwrap().metrics;
    let by_default = told(&[]);
    let expected = [
        ("flag", 1.0),
        ("count", 7.0),
        ("ratio", 0.5),
        ("pick", 1.0),
        ("some", 5.0),
        ("word", 5.0),
    ];
    for (name, value) in expected {
        assert_eq!(by_default[name], value, "{name}");
    }
    let given = told(&[("flag", "false"), ("count", "-10"), ("some", ""), ("word", "")]);
    assert_eq!((given["flag"], given["count"]), (0.0, -10.0));
    assert_eq!((given["some"], given["word"]), (0.0, 0.0));
    let clash = encode(&options::OPTIONS, &[("clash", "true")], &[], b"");
    assert_eq!(clash, Err(Error::BadOption("`clash` excludes itself".into())));
    for wrong in [("count", "1001"), ("pick", "grey"), ("ratio", "NaN"), ("none", "1")] {
        assert!(matches!(encode(&options::OPTIONS, &[wrong], &[], b""), Err(Error::BadOption(_))));
    }
}

#[test]
fn curves_arrive_whole() {
    let run = encode(&curves::CURVES, &[], &[], b"").unwrap();
    assert_eq!(run.metrics["last_step"], 99.0);
    assert_eq!((run.channels["even"], run.channels["third"]), ((100, 50), (300, 100)));
    assert_eq!(run.series["square"][7], (7.0, 49.0));
    assert_eq!(run.series["line"].len(), 100);
}

#[test]
fn a_prime_shortens_and_must_be_the_same() {
    let run = roundtrip(&prime::PRIME, &[], &[b"once ", b"upon"], b"once upon a time").unwrap();
    assert_eq!(run.bytes, b"\x09\0\0\0\0\0\0\0 a time");
    let other = decode(&prime::PRIME, &[], &[b"once"], &run.bytes, 16);
    assert!(matches!(other, Err(Error::BadInput(_))), "{other:?}");
}

#[test]
fn training_shortens() {
    let (model, run) = roundtrip_trained(&histogram::TRAIN, &[], &[b"zzzzy"], &[b'z'; 80]).unwrap();
    assert_eq!((model.len(), run.bytes.len()), (2048, 10));
}

#[test]
fn the_ideal_length_is_that_of_the_gamma_code() {
    let run = encode(&histogram::MODEL, &[], &[], &[0, 1, 255]).unwrap();
    assert_eq!(run.ideal_bits, Some(1.0 + 3.0 + 17.0));
    assert_eq!(run.bytes.len(), 3);
}

#[test]
fn least_recently_used_is_that() {
    let trace: Vec<_> = [1, 2, 1, 3, 2].map(|key| Access::new(AccessKind::Read, key, 1, 0)).into();
    let run = replay(&cache::CACHE, &[], 2, &trace, true).unwrap();
    assert_eq!(run.hits, [false, false, true, false, false]);
    assert_eq!(run.output.channels["lru"], (5, 1));
    let turns: Vec<_> = (0..4).map(|at| Access::new(AccessKind::Read, at, 1, at)).collect();
    let run = replay(&cache::CACHE, &[("ahead", "true")], 2, &turns, false).unwrap();
    assert_eq!((run.hits, run.prefetches), (vec![false, true, true, true], 3));
}

#[test]
fn compaction_keeps_first_lines() {
    let run = compact(&compact::COMPACT, &[], b"one\ntwo\nthree\n", Budget::Bytes(9)).unwrap();
    assert_eq!((&run.output.bytes[..], &run.kept[..]), (&b"one\ntwo\n"[..], &[(0, 4), (4, 4)][..]));
    // Four scalar values in seven bytes, then two in three.
    let text = "äöü\nä\n".as_bytes();
    for (tokens, len) in [(0, 0), (1, 7), (2, 10)] {
        let run = compact(&compact::COMPACT, &[], text, Budget::Tokens(tokens)).unwrap();
        assert_eq!(run.output.bytes.len(), len);
    }
}

#[test]
fn streams_swap_pairs_across_pieces() {
    let run = roundtrip_stream(&stream::STREAM, &[], 3, b"abcdefg").unwrap();
    assert_eq!(run.bytes, b"badcfeg");
}

#[test]
fn packing_keeps_last_pages_and_may_break_its_budget() {
    let page = |text: &'static str| Page {
        text: text.as_bytes(),
        role: "user",
        tool: "",
        turn: 0,
        tokens: 1,
    };
    let pages = [page("one"), page("two"), page("three")];
    let request = PackRequest { question: b"?", pages: &pages, budget: 3, mode: Mode::Passive };
    let run = pack(&pack::PACK, &[], &[request]).unwrap().remove(0);
    assert_eq!((&run.chosen[..], &run.output.bytes[..]), (&[2, 1][..], &b"three\ntwo\n"[..]));
    let over = pack(&pack::PACK, &[("over", "2")], &[request]);
    assert_eq!(over, Err(Error::Failed("5 tokens were written, 3 allowed".into())));
}
