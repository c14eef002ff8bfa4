//! Damaged archives end in an error or in wrong bytes: no panic, no flood of output.

use pressmark_reference::coder::Pump;
use pressmark_reference::peers::{Brotli, Bzip2, Gzip, Lz4, Peer, Ppmd, Xz, Zstd};
use pressmark_reference::{compress, decompress};
use pressmark_sdk::Result;
use proptest::prelude::*;

fn peers() -> Vec<(&'static str, Box<dyn Peer>)> {
    vec![
        ("gzip", Box::new(Gzip { level: 9 })),
        ("bzip2", Box::new(Bzip2 { level: 1 })),
        ("xz", Box::new(Xz { level: 1, extreme: true })),
        ("zstd", Box::new(Zstd { level: 12, long: 20 })),
        ("brotli", Box::new(Brotli { level: 9, window: 20 })),
        ("ppmd", Box::new(Ppmd { order: 8, memory_mb: 1 })),
        ("lz4", Box::new(Lz4 { level: 9 })),
    ]
}

fn text() -> Vec<u8> {
    (0..2000_u32)
        .flat_map(|i| format!("line {} of {}\n", i * i % 97, i % 13).into_bytes())
        .collect()
}

/// Decodes and counts, so that even a flood would be seen and not stored.
fn flood(peer: &dyn Peer, archive: &[u8], declared: u64) -> (u64, Result<()>) {
    let mut count = 0;
    let mut emit = |bytes: &[u8]| {
        count += bytes.len() as u64;
        Ok(())
    };
    let decoder = match peer.decoder(&[], Some(declared)) {
        Ok(decoder) => decoder,
        Err(error) => return (0, Err(error)),
    };
    let mut pump = Pump::new(decoder, 4096, Some(declared));
    let result = pump.push(archive, &mut emit).and_then(|()| pump.finish(&mut emit));
    (count, result)
}

#[test]
fn truncated() {
    let text = text();
    for (name, peer) in peers() {
        let archive = compress(&*peer, &[], &text).expect("it can be encoded");
        for cut in (0..archive.len()).step_by(archive.len() / 50 + 1) {
            let back = decompress(&*peer, &[], &archive[..cut], text.len() as u64);
            assert!(back.is_err(), "{name} decodes {cut} of {} bytes", archive.len());
        }
    }
}

#[test]
fn bytes_after_the_end() {
    let text = text();
    for (name, peer) in peers() {
        let mut archive = compress(&*peer, &[], &text).expect("it can be encoded");
        archive.push(0);
        let back = decompress(&*peer, &[], &archive, text.len() as u64);
        assert!(back.is_err(), "{name} ignores what follows its end");
    }
}

#[test]
fn a_false_length() {
    let text = text();
    let len = text.len() as u64;
    for (name, peer) in peers() {
        let archive = compress(&*peer, &[], &text).expect("it can be encoded");
        for declared in [0, 1, len / 2, len - 1, len + 1, 2 * len, u64::MAX - 1, u64::MAX] {
            let (count, result) = flood(&*peer, &archive, declared);
            assert!(count <= declared, "{name} writes {count} of {declared} bytes");
            // PPMd has no end mark: it may decode a symbol more or less unnoticed.
            assert!(
                result.is_err() || (name == "ppmd" && declared.abs_diff(len) == 1),
                "{name} takes {declared} for {len}"
            );
        }
    }
}

#[test]
fn a_bomb_stops_at_the_declared_length() {
    let zeros = vec![0; 8 << 20];
    for (name, peer) in peers() {
        let archive = compress(&*peer, &[], &zeros).expect("it can be encoded");
        let (count, result) = flood(&*peer, &archive, 1000);
        assert!(count <= 1000 && result.is_err(), "{name} writes {count} bytes");
    }
}

#[test]
fn a_greedy_xz_header_is_refused() {
    let peer = Xz { level: 0, extreme: false };
    let mut archive = compress(&peer, &[], b"text").expect("it can be encoded");
    // The dictionary size in the LZMA2 filter's properties, and the header's CRC-32.
    assert_eq!(&archive[12..17], &[2, 0, 0x21, 1, 12]);
    archive[16] = 40;
    let crc = crc32(&archive[12..20]);
    archive[20..24].copy_from_slice(&crc.to_le_bytes());
    let error = decompress(&peer, &[], &archive, 4).expect_err("4 GiB are too much");
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
        let text = text();
        for (name, peer) in peers() {
            let mut archive = compress(&*peer, &[], &text).expect("it can be encoded");
            let at = at.index(archive.len());
            archive[at] ^= 1 << bit;
            let (count, _) = flood(&*peer, &archive, text.len() as u64);
            prop_assert!(count <= text.len() as u64, "{name}");
        }
    }

    #[test]
    fn random_archives(
        archive in prop::collection::vec(any::<u8>(), 0..2000),
        declared in prop_oneof![0..5000_u64, Just(u64::MAX)],
    ) {
        for (name, peer) in peers() {
            // A head of the right kind gets past the first checks.
            let mut dressed = compress(&*peer, &[], b"head").expect("it can be encoded");
            dressed.truncate(14);
            dressed.extend_from_slice(&archive);
            for archive in [&archive, &dressed] {
                let (count, _) = flood(&*peer, archive, declared);
                prop_assert!(count <= declared, "{name}");
            }
        }
    }
}
