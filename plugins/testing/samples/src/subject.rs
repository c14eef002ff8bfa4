//! A codec put through what a codec must survive.

use pressmark_sdk::testing::{Output, decode, encode};
use pressmark_sdk::{Descriptor, Error, Result};
use proptest::prelude::*;

/// A strategy with options and priming text, behind the plugin interfaces.
#[derive(Clone)]
pub struct Subject<'a> {
    descriptor: &'static Descriptor,
    options: Vec<(&'static str, String)>,
    prime: Vec<&'a [u8]>,
    window: u64,
}

/// Where to hurt an archive: a bit to flip, a place to cut.
#[derive(Debug, Clone)]
pub struct Damage {
    at: prop::sample::Index,
    bit: u8,
    cut: prop::sample::Index,
}

/// Any damage.
pub fn damage() -> impl Strategy<Value = Damage> {
    (any::<prop::sample::Index>(), 0u8..8, any::<prop::sample::Index>())
        .prop_map(|(at, bit, cut)| Damage { at, bit, cut })
}

impl<'a> Subject<'a> {
    /// A strategy as it comes.
    pub fn new(descriptor: &'static Descriptor) -> Self {
        Self { descriptor, options: Vec::new(), prime: Vec::new(), window: 0 }
    }

    /// With an option set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.options.push((name, value.to_string()));
        self
    }

    /// With text that both sides are given.
    #[must_use]
    pub fn primed(mut self, samples: &[&'a [u8]]) -> Self {
        self.prime.extend_from_slice(samples);
        self
    }

    /// With a window of so many bytes that an archive may ask of its decoder, whatever the
    /// length of the text: one that the format or an option bounds. For [`fuzz`](crate::fuzz).
    #[must_use]
    pub fn window(mut self, bytes: u64) -> Self {
        self.window = bytes;
        self
    }

    pub(crate) fn allowed_window(&self) -> u64 {
        self.window
    }

    pub(crate) fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    pub(crate) fn prime(&self) -> &[&'a [u8]] {
        &self.prime
    }

    pub(crate) fn options(&self) -> Vec<(&str, &str)> {
        self.options.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Encodes `input`.
    ///
    /// # Panics
    /// If it cannot be encoded.
    pub fn encoded(&self, input: &[u8]) -> Output {
        encode(self.descriptor, &self.options(), &self.prime, input)
            .unwrap_or_else(|error| panic!("{} bytes cannot be encoded: {error}", input.len()))
    }

    /// Decodes an archive, good or bad.
    ///
    /// # Errors
    /// [`Error::BadInput`] or [`Error::Unsupported`].
    ///
    /// # Panics
    /// If the decoder ends in another way: a panic of its own, or more bytes than were asked
    /// for.
    pub fn decoded(&self, archive: &[u8], length: u64) -> Result<Output> {
        let result = decode(self.descriptor, &self.options(), &self.prime, archive, length);
        match &result {
            Ok(_) | Err(Error::BadInput(_) | Error::Unsupported(_)) => result,
            Err(error) => panic!("{} bytes for {length}: {error}", archive.len()),
        }
    }

    /// Encodes `input`, twice the same, and decodes it; gives back what the encoder gave.
    ///
    /// # Panics
    /// If other bytes come back, or if the decoder counts other lookups and hits. One that was
    /// handed the text as it is counts none.
    pub fn comes_back(&self, input: &[u8]) -> Output {
        let out = self.encoded(input);
        let back = self.decoded(&out.bytes, input.len() as u64);
        let back =
            back.unwrap_or_else(|error| panic!("an archive of ours cannot be read: {error}"));
        assert!(back.bytes == input, "other bytes came back for {} bytes", input.len());
        let counted = back.channels.values().any(|&(lookups, _)| lookups > 0);
        assert!(!counted || back.channels == out.channels, "both sides count alike");
        assert!(out.bytes == self.encoded(input).bytes, "other bytes the second time");
        out
    }

    /// Decodes the archive of `input` cut and with a bit flipped, and for other lengths.
    ///
    /// # Panics
    /// As [`Subject::decoded`].
    pub fn survives_damage(&self, input: &[u8], damage: &Damage) {
        let length = input.len() as u64;
        let mut archive = self.encoded(input).bytes;
        if !archive.is_empty() {
            let _ = self.decoded(&archive[..damage.cut.index(archive.len())], length);
            let at = damage.at.index(archive.len());
            archive[at] ^= 1 << damage.bit;
            let _ = self.decoded(&archive, length);
        }
        let _ = self.decoded(&archive, length * 3 + 1);
        let _ = self.decoded(&archive, length / 2);
    }

    /// Decodes random bytes, as they are and behind the first bytes of a real archive.
    ///
    /// # Panics
    /// As [`Subject::decoded`].
    pub fn survives_random(&self, archive: &[u8], length: u64) {
        let _ = self.decoded(archive, length);
        let mut dressed = self.encoded(&b"a text to begin with ".repeat(9)).bytes;
        dressed.truncate(1 + archive.len() % 8);
        dressed.extend_from_slice(archive);
        let _ = self.decoded(&dressed, length);
    }

    /// Decodes archives that claim to hold no end of bytes.
    ///
    /// # Panics
    /// If one is believed.
    pub fn refuses_endless_lengths(&self) {
        let whole = self.encoded(&b"one two three four five six seven ".repeat(50)).bytes;
        for archive in [&whole[..], &[], &[0], &[1], &[77, 1, 2, 3]] {
            for length in [u64::MAX, 1 << 40] {
                assert!(self.decoded(archive, length).is_err(), "{} bytes", archive.len());
            }
        }
    }

    /// Decodes the first half of a long archive.
    ///
    /// # Panics
    /// If it is believed.
    pub fn refuses_half(&self) {
        let number = |k: u32| format!("{} ", k.wrapping_mul(2_654_435_761) >> 12);
        let input: String = (0..20_000).map(number).collect();
        let archive = self.comes_back(input.as_bytes()).bytes;
        let result = self.decoded(&archive[..archive.len() / 2], input.len() as u64);
        assert!(matches!(result, Err(Error::BadInput(_))), "half an archive was believed");
    }

    /// Encodes and decodes a text of some length.
    ///
    /// # Panics
    /// If the host hears of progress less than 200 times on a side.
    pub fn tells_progress(&self) {
        let input = b"All work and no play makes Jack a dull boy. ".repeat(2000);
        let out = self.encoded(&input);
        let back = self.decoded(&out.bytes, input.len() as u64).expect("ours can be read");
        let calls = (out.progress_calls, back.progress_calls);
        assert!(calls.0 >= 200 && calls.1 >= 200, "{calls:?} calls");
    }

    /// Encodes and decodes runs and periods of 60,000 bytes.
    ///
    /// # Panics
    /// If an archive is longer than `most` bytes.
    pub fn keeps_runs_small(&self, most: usize) {
        for unit in [&b"a"[..], b"ab ", b" ", b"\n", b"=-", b"x, y, ", b"\x80\x00"] {
            let archive = self.comes_back(&unit.repeat(60_000 / unit.len())).bytes;
            assert!(archive.len() <= most, "{unit:?}: {} bytes", archive.len());
        }
    }
}
