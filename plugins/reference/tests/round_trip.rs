//! Every peer gives back what it was given: at its levels, primed and not, in any pieces.

use pressmark_reference::coder::Pump;
use pressmark_reference::peers::{Brotli, Bzip2, Gzip, Lz4, Peer, Ppmd, Xz, Zstd};
use pressmark_reference::{compress, decompress};
use pressmark_sdk::{Error, Result};
use proptest::prelude::*;

/// Cheap settings of every peer.
fn peers() -> Vec<(&'static str, Box<dyn Peer>)> {
    vec![
        ("gzip", Box::new(Gzip { level: 6 })),
        ("bzip2", Box::new(Bzip2 { level: 1 })),
        ("xz", Box::new(Xz { level: 1, extreme: false })),
        ("zstd", Box::new(Zstd { level: 3, long: 0 })),
        ("brotli", Box::new(Brotli { level: 5, window: 18 })),
        ("ppmd", Box::new(Ppmd { order: 6, memory_mb: 1 })),
        ("lz4", Box::new(Lz4 { level: 4 })),
    ]
}

/// Text-like, with repetitions, some that reach far back.
fn prose(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = Vec::with_capacity(len + 16);
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = state >> 24;
        text.extend_from_slice(format!("word{} ", word * word / 256).as_bytes());
    }
    text.truncate(len);
    text
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn round_trip(name: &str, peer: &dyn Peer, prime: &[u8], text: &[u8]) -> usize {
    let archive = compress(peer, prime, text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let back = decompress(peer, prime, &archive, text.len() as u64);
    let back = back.unwrap_or_else(|e| panic!("{name}, {} bytes: {e}", text.len()));
    assert!(back == text, "{name}: {} bytes come back different", text.len());
    archive.len()
}

#[test]
fn every_level() {
    let text = prose(40_000);
    for level in 1..=9 {
        round_trip("gzip", &Gzip { level }, &[], &text);
        round_trip("bzip2", &Bzip2 { level }, &[], &text);
    }
    for level in 0..=9 {
        round_trip("xz", &Xz { level, extreme: level % 2 == 0 }, &[], &text);
    }
    for level in (-7..=22).step_by(2).chain([22]) {
        round_trip("zstd", &Zstd { level, long: 0 }, &[], &text);
    }
    for long in [10, 20, 27, 28] {
        round_trip("zstd --long", &Zstd { level: 5, long }, &[], &text);
    }
    for level in 0..=11 {
        round_trip("brotli", &Brotli { level, window: 24 }, &[], &text);
    }
    for window in [10, 16, 25] {
        round_trip("brotli -w", &Brotli { level: 5, window }, &[], &text);
    }
    for (order, memory_mb) in [(2, 1), (16, 8), (64, 1)] {
        round_trip("ppmd", &Ppmd { order, memory_mb }, &[], &text);
    }
    for level in 1..=12 {
        round_trip("lz4", &Lz4 { level }, &[], &text);
    }
}

#[test]
fn priming_is_taken_up_at_every_level() {
    let (prime, text) = (prose(60_000), prose(50_000)[20_000..].to_vec());
    let mut primed: Vec<(String, Box<dyn Peer>)> = Vec::new();
    for level in 1..=9 {
        primed.push((format!("gzip {level}"), Box::new(Gzip { level })));
    }
    for level in [-7, 1, 3, 9, 16, 19, 22] {
        primed.push((format!("zstd {level}"), Box::new(Zstd { level, long: 27 })));
    }
    for level in 2..=11 {
        primed.push((format!("brotli {level}"), Box::new(Brotli { level, window: 24 })));
    }
    primed.push(("ppmd".into(), Box::new(Ppmd { order: 8, memory_mb: 4 })));
    for (name, peer) in &primed {
        let cold = round_trip(name, &**peer, &[], &text);
        let warm = round_trip(name, &**peer, &prime, &text);
        assert!(warm < cold, "{name}: {warm} bytes primed, {cold} cold");
    }
}

#[test]
fn a_prime_may_be_too_large_or_of_no_use() {
    let (prime, text) = (prose(200_000), prose(50_000));
    for level in [-7, 3, 22] {
        round_trip("zstd", &Zstd { level, long: 10 }, &prime, &text);
    }
    for level in 0..=11 {
        round_trip("brotli", &Brotli { level, window: 10 }, &prime, &text);
        round_trip("brotli", &Brotli { level, window: 24 }, &prime, &[]);
        round_trip("brotli", &Brotli { level, window: 30 }, &noise(3_000), &text);
    }
    round_trip("ppmd", &Ppmd { order: 64, memory_mb: 1 }, &noise(900_000), &text);
}

#[test]
fn a_primed_archive_needs_its_prime() {
    let (prime, text) = (prose(30_000), prose(25_000)[5_000..].to_vec());
    for (name, peer) in peers() {
        let archive = compress(&*peer, &prime, &text).expect("it can be encoded");
        let primes = archive.len() < compress(&*peer, &[], &text).expect("it can").len();
        let back = decompress(&*peer, &noise(30_000), &archive, text.len() as u64);
        assert!(!primes || back.ok().as_ref() != Some(&text), "{name} decodes with another prime");
    }
}

#[test]
fn awkward_texts() {
    let texts = [vec![], vec![0], b"ab".to_vec(), vec![0; 300_000], noise(150_000), prose(200_000)];
    for (name, peer) in peers() {
        for text in &texts {
            round_trip(name, &*peer, &[], text);
            round_trip(name, &*peer, b"x", text);
            round_trip(name, &*peer, &0xec30_a437_u32.to_le_bytes(), text);
        }
    }
}

/// One direction, fed in pieces of `piece` bytes through a buffer of `buffer`.
fn pumped(mut pump: Pump, input: &[u8], piece: usize) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut emit = |bytes: &[u8]| {
        output.extend_from_slice(bytes);
        Ok(())
    };
    for piece in input.chunks(piece) {
        pump.push(piece, &mut emit)?;
    }
    pump.finish(&mut emit)?;
    Ok(output)
}

#[test]
fn any_pieces_and_buffers() {
    let (prime, text) = (prose(5_000), prose(30_000));
    for (name, peer) in peers() {
        for (piece, buffer) in [(1, 1), (7, 4096), (4096, 7), (100_000, 100_000)] {
            let total = Some(text.len() as u64);
            let encoder = peer.encoder(&prime, total).expect("an encoder");
            let archive = pumped(Pump::new(encoder, buffer, None), &text, piece);
            let archive = archive.unwrap_or_else(|e| panic!("{name}: {e}"));
            let decoder = peer.decoder(&prime, total).expect("a decoder");
            let back = pumped(Pump::new(decoder, buffer, total), &archive, piece);
            let back = back.unwrap_or_else(|e| panic!("{name} by {piece} and {buffer}: {e}"));
            assert!(back == text, "{name} by {piece} and {buffer}");
        }
    }
}

#[test]
fn the_length_need_not_be_known() {
    let text = prose(30_000);
    for (name, peer) in peers().into_iter().filter(|(name, _)| *name != "ppmd") {
        let encoder = peer.encoder(&[], None).expect("an encoder");
        let archive = pumped(Pump::new(encoder, 999, None), &text, 1000).expect("it encodes");
        let decoder = peer.decoder(&[], None).expect("a decoder");
        let back = pumped(Pump::new(decoder, 999, None), &archive, 1000).expect("it decodes");
        assert!(back == text, "{name}");
    }
    let ppmd = Ppmd { order: 6, memory_mb: 1 };
    assert!(matches!(ppmd.decoder(&[], None), Err(Error::Unsupported(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes(
        prime in prop_oneof![Just(vec![]), prop::collection::vec(any::<u8>(), 0..300)],
        text in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..3000),
            prop::collection::vec(b'a'..b'd', 0..3000),
        ],
    ) {
        for (name, peer) in peers() {
            round_trip(name, &*peer, &prime, &text);
        }
    }
}
