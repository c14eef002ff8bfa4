//! Damaged archives end in an error or in wrong bytes: no panic, no flood of output.

mod common;

use common::{CHEAP, prose};
use pressmark_reference::{PPMD, XZ};
use pressmark_sdk::testing::{Output, decode, encode};
use pressmark_sdk::{Descriptor, Error, Result};
use proptest::prelude::*;

fn archive_of(strategy: &'static Descriptor, options: &[(&str, &str)], text: &[u8]) -> Vec<u8> {
    encode(strategy, options, &[], text).expect("it can be encoded").bytes
}

/// The error that a damaged archive may end in. Not [`Error::Sink`]: a strategy keeps to
/// the declared length by itself.
fn bad_input(result: &Result<Output>) -> bool {
    matches!(result, Err(Error::BadInput(_)))
}

#[test]
fn truncated() {
    let text = prose(50_000);
    for (strategy, options) in CHEAP {
        let archive = archive_of(strategy, options, &text);
        for cut in (0..archive.len()).step_by(archive.len() / 50 + 1) {
            let back = decode(strategy, options, &[], &archive[..cut], text.len() as u64);
            assert!(bad_input(&back), "{:?}, {cut} of {}", strategy.id, archive.len());
        }
    }
}

#[test]
fn bytes_after_the_end() {
    let text = prose(50_000);
    for (strategy, options) in CHEAP {
        let archive = [&archive_of(strategy, options, &text)[..], &[0]].concat();
        let back = decode(strategy, options, &[], &archive, text.len() as u64);
        assert!(bad_input(&back), "{:?} ignores what follows its end", strategy.id);
    }
}

#[test]
fn a_false_length() {
    let text = prose(50_000);
    let len = text.len() as u64;
    for (strategy, options) in CHEAP {
        let archive = archive_of(strategy, options, &text);
        for declared in [0, 1, len / 2, len - 1, len + 1, 2 * len, u64::MAX - 1, u64::MAX] {
            let back = decode(strategy, options, &[], &archive, declared);
            // PPMd has no end mark: a symbol more or less may go unnoticed.
            let unnoticed = strategy.id == PPMD.id && declared.abs_diff(len) == 1;
            assert!(bad_input(&back) || unnoticed, "{:?}: {declared} for {len}", strategy.id);
        }
    }
}

#[test]
fn a_bomb_stops_at_the_declared_length() {
    let zeros = vec![0; 8 << 20];
    for (strategy, options) in CHEAP {
        let archive = archive_of(strategy, options, &zeros);
        let back = decode(strategy, options, &[], &archive, 1000);
        assert!(bad_input(&back), "{:?}", strategy.id);
    }
}

#[test]
fn a_greedy_xz_header_is_refused() {
    let mut archive = archive_of(&XZ, &[("level", "0")], b"text");
    // The LZMA2 filter's dictionary size, 4 GiB, and the header's CRC-32.
    assert_eq!(archive[12..17], [2, 0, 0x21, 1, 12]);
    archive[16] = 40;
    let crc = crc32(&archive[12..20]);
    archive[20..24].copy_from_slice(&crc.to_le_bytes());
    let error = decode(&XZ, &[], &[], &archive, 4).expect_err("4 GiB are too much");
    assert!(error.to_string().contains("emory"), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bits(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let text = prose(20_000);
        for (strategy, options) in CHEAP {
            let mut archive = archive_of(strategy, options, &text);
            let at = at.index(archive.len());
            archive[at] ^= 1 << bit;
            let back = decode(strategy, options, &[], &archive, text.len() as u64);
            prop_assert!(back.is_ok() || bad_input(&back), "{:?}: {back:?}", strategy.id);
        }
    }

    #[test]
    fn random_archives(
        archive in prop::collection::vec(any::<u8>(), 0..2000),
        declared in prop_oneof![0..5000_u64, Just(u64::MAX)],
    ) {
        for (strategy, options) in CHEAP {
            // A head of the right kind gets past the first checks.
            let mut dressed = archive_of(strategy, options, b"head");
            dressed.truncate(14);
            dressed.extend_from_slice(&archive);
            for archive in [&archive, &dressed] {
                let back = decode(strategy, options, &[], archive, declared);
                prop_assert!(back.is_ok() || bad_input(&back), "{:?}: {back:?}", strategy.id);
            }
        }
    }
}
