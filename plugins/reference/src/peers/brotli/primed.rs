//! Brotli with a custom dictionary, checked.
//!
//! With some dictionaries the encoder of the crate (9.1.1) panics, or writes what decodes to
//! something else: mostly with few different bytes in both texts, at qualities from 2 on. So what
//! it has written is decoded before it is given out, and a text with which that fails is encoded
//! without the dictionary. The first byte of the archive says which of the two it is. Both are
//! deterministic: the same texts fail each time.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pressmark_sdk::Result;

use super::{Brotli, Decoder, Encoder};
use crate::coder::{Coder, Step, damaged, failed};

/// The first byte of an archive that was encoded without the dictionary.
const COLD: u8 = 0;
/// The first byte of one that was encoded with it.
const WARM: u8 = 1;
/// What is coded at a time.
const CHUNK: usize = 64 << 10;

/// An encoder that gives out nothing before all of it is checked.
pub(super) struct PrimedEncoder {
    brotli: Brotli,
    prime: Vec<u8>,
    encoder: Encoder,
    /// All that came in.
    input: Vec<u8>,
    /// What was coded so far, behind the first byte; nothing after the encoder has failed.
    coded: Option<Vec<u8>>,
    /// How much of the finished archive was given out.
    given: Option<usize>,
}

impl PrimedEncoder {
    pub(super) fn new(brotli: Brotli, prime: &[u8], total: Option<u64>) -> Result<Self> {
        let encoder = guard(|| brotli.encoding(prime, total));
        let coded = encoder.is_some().then(|| vec![WARM]);
        let encoder = encoder.map_or_else(|| brotli.encoding(&[], total), Ok)?;
        let prime = prime.to_vec();
        Ok(Self { brotli, prime, encoder, input: Vec::new(), coded, given: None })
    }

    fn take(&mut self, input: &[u8], last: bool) {
        self.input.extend_from_slice(input);
        let (encoder, coded) = (&mut self.encoder, &mut self.coded);
        // An encoder that has panicked is not used again, except to drop it.
        let went_well = coded
            .as_mut()
            .is_some_and(|coded| guard(|| drive(encoder, input, last, coded)).is_some());
        if !went_well {
            *coded = None;
        }
    }

    /// The archive: what was coded if it decodes to the input, or else another.
    fn archive(&mut self) -> Result<Vec<u8>> {
        if let Some(coded) = self.coded.take()
            && guard(|| self.gives_back(&coded[1..])) == Some(true)
        {
            return Ok(coded);
        }
        let mut archive = vec![COLD];
        let mut cold = self.brotli.encoding(&[], Some(self.input.len() as u64))?;
        drive(&mut cold, &self.input, true, &mut archive)?;
        Ok(archive)
    }

    fn gives_back(&self, coded: &[u8]) -> Result<bool> {
        let mut decoder = self.brotli.decoding(&self.prime);
        let mut output = vec![0; CHUNK];
        let (mut at, mut done) = (0, 0);
        loop {
            let step = decoder.step(&coded[at..], true, &mut output)?;
            at += step.read;
            let same = self.input[done..].starts_with(&output[..step.written]);
            done += step.written;
            if !same || step == Step::default() {
                return Ok(false);
            }
            if step.done {
                return Ok(done == self.input.len() && at == coded.len());
            }
        }
    }
}

impl Coder for PrimedEncoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let (mut given, mut read) = (self.given.unwrap_or(0), 0);
        if self.given.is_none() {
            self.take(input, last);
            read = input.len();
            if !last {
                return Ok(Step { read, ..Step::default() });
            }
            self.coded = Some(self.archive()?);
        }
        let archive = self.coded.as_deref().unwrap_or_default();
        let written = (archive.len() - given).min(output.len());
        output[..written].copy_from_slice(&archive[given..given + written]);
        given += written;
        self.given = Some(given);
        Ok(Step { read, written, done: given == archive.len() })
    }
}

/// Codes all of `input` and appends what comes out.
fn drive(encoder: &mut Encoder, mut input: &[u8], last: bool, coded: &mut Vec<u8>) -> Result<()> {
    let mut output = vec![0; CHUNK];
    loop {
        let step = encoder.step(input, last, &mut output)?;
        coded.extend_from_slice(&output[..step.written]);
        input = &input[step.read..];
        if step.done || step == Step::default() && input.is_empty() && !last {
            return Ok(());
        }
        if step == Step::default() {
            return Err(failed("brotli", "its encoder makes no progress"));
        }
    }
}

/// The result, unless it is an error or a panic.
fn guard<T>(code: impl FnOnce() -> Result<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(code)).ok()?.ok()
}

/// The decoder of both kinds of archive.
pub(super) struct PrimedDecoder {
    brotli: Brotli,
    prime: Vec<u8>,
    /// Known with the first byte.
    decoder: Option<Decoder>,
}

impl PrimedDecoder {
    pub(super) fn new(brotli: Brotli, prime: &[u8]) -> Self {
        Self { brotli, prime: prime.to_vec(), decoder: None }
    }
}

impl Coder for PrimedDecoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        if let Some(decoder) = &mut self.decoder {
            return decoder.step(input, last, output);
        }
        let Some((&first, rest)) = input.split_first() else { return Ok(Step::default()) };
        let prime = match first {
            COLD => &[][..],
            WARM => &self.prime,
            _ => return Err(damaged("it is of no known form")),
        };
        let decoder = self.decoder.insert(self.brotli.decoding(prime));
        let step = decoder.step(rest, last, output)?;
        Ok(Step { read: step.read + 1, ..step })
    }
}
