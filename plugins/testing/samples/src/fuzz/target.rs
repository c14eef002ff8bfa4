//! What is fuzzed: a subject, with archives of its own to begin with.

use pressmark_sdk::testing::{Feed, Output, attempt};
use pressmark_sdk::{Error, Interface, Result};

use super::mutate::Random;
use crate::{Subject, sentences};

/// A subject, primed or not, the archives to hurt, and what its decoder may take.
pub(super) struct Target<'a> {
    subject: Subject<'a>,
    pub(super) archives: Vec<Archive>,
    pub(super) bound: Bound,
}

/// An archive to hurt further, and the length of the text it came from.
#[derive(Clone)]
pub(super) struct Archive {
    pub(super) bytes: Vec<u8>,
    pub(super) length: u64,
}

/// One run of the decoder.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) archive: Vec<u8>,
    pub(super) claimed: u64,
    pub(super) feed: Feed,
}

/// The most memory a decoder may have, as a function of the claimed length: half more than it
/// took for small texts, then for each byte three times the most it took for long ones (a table
/// that doubles is there twice while it moves), the subject's window, and 4 MB. A claim above 4,000,000 bytes is
/// believed only as far as twice what was then written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    fixed: f64,
    per_byte: f64,
}

/// A claim that a decoder may believe at once.
const BELIEVED: u64 = 4_000_000;
/// The text that is learnt by a primed target, in sentences.
const PRIME: usize = 60;
/// What the sink takes where more is claimed than anyone believes.
const SINK: u64 = 16_000_000;

impl Bound {
    /// The bound on the peak of a run that was claimed to give so many bytes, and gave some.
    pub(super) fn bytes(&self, claimed: u64, written: u64) -> u64 {
        let believed = claimed.min(BELIEVED + 2 * written);
        (self.fixed + self.per_byte * believed as f64) as u64
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let megabytes = self.fixed / 1e6;
        format!("{megabytes:.1} MB and {:.1} bytes for each claimed", self.per_byte)
    }
}

impl<'a> Target<'a> {
    /// The subject as it is and, if it can be, primed.
    pub(super) fn all(subject: &Subject<'a>) -> Result<Vec<Target<'a>>> {
        let mut targets = vec![Target::new(subject.clone())?];
        if subject.descriptor().interfaces.contains(&Interface::Prime) {
            // It lives as long as the program, as a text from a file would.
            let prime: &'static [u8] = sentences(PRIME).leak();
            targets.push(Target::new(subject.clone().primed(&[prime]))?);
        }
        Ok(targets)
    }

    fn new(subject: Subject<'a>) -> Result<Target<'a>> {
        let coded = |text: &[u8]| -> Result<(Archive, f64)> {
            let archive = Archive { bytes: subject.encoded(text).bytes, length: text.len() as u64 };
            let decoded = subject.decoded(&archive.bytes, archive.length)?;
            Ok((archive, decoded.host_peak as f64))
        };
        let (mut archives, mut base) = (Vec::new(), 0.0f64);
        for text in texts() {
            let (archive, peak) = coded(&text)?;
            archives.push(archive);
            base = base.max(peak);
        }
        let mut per_byte = 0.0f64;
        for text in long_texts() {
            let (archive, peak) = coded(&text)?;
            per_byte = per_byte.max(3.0 * (peak - base) / archive.length as f64);
        }
        let fixed = 1.5 * base + subject.allowed_window() as f64 + 4e6;
        Ok(Target { subject, archives, bound: Bound { fixed, per_byte } })
    }

    /// Decodes; the result is that of the decoder.
    pub(super) fn decode(&self, case: &Case) -> (Output, Result<()>) {
        let (descriptor, options) = (self.subject.descriptor(), self.subject.options());
        attempt(descriptor, &options, self.subject.prime(), &case.archive, case.claimed, case.feed)
    }

    /// An archive with the length to claim for it and the way to feed it.
    pub(super) fn case(&self, archive: Vec<u8>, length: u64, random: &mut Random) -> Case {
        let claimed = match random.below(32) {
            0..18 => length,
            18..20 => 0,
            20..22 => length + 1,
            22..24 => length.saturating_sub(1),
            24..26 => length * 2 + random.below(100) as u64,
            26..30 => random.small(14) as u64,
            30 if random.one_in(4) => random.below(BELIEVED as usize) as u64,
            30 => random.below(1 << 16) as u64,
            _ => random.pick(&[u64::MAX, u64::MAX / 2, 1 << 40, 1 << 32, u64::from(u32::MAX)]),
        };
        let streams = self.subject.descriptor().interfaces.contains(&Interface::Stream);
        let feed = if streams && claimed <= BELIEVED && random.one_in(3) {
            Feed::Pieces(1 + random.small(12))
        } else {
            Feed::Whole { limit: if claimed > BELIEVED { SINK } else { claimed } }
        };
        Case { archive, claimed, feed }
    }

    /// What the run did that it must not do.
    pub(super) fn fault(
        &self,
        case: &Case,
        output: &Output,
        result: &Result<()>,
    ) -> Option<String> {
        let stopped = matches!(result, Err(Error::Sink)) && case.claimed > BELIEVED;
        match result {
            Err(Error::BadInput(_) | Error::Unsupported(_)) | Ok(()) => {}
            Err(_) if stopped => {}
            Err(error) => return Some(format!("{}: {error}", kind(result))),
        }
        let bound = self.bound.bytes(case.claimed, output.bytes.len() as u64);
        (output.host_peak > bound)
            .then(|| format!("memory: {} bytes where {bound} are allowed", output.host_peak))
    }

    /// Options and priming, for people.
    pub(super) fn name(&self) -> String {
        let options: Vec<String> =
            self.subject.options().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let prime = match self.subject.prime() {
            [] => String::new(),
            _ => format!("primed with sentences({PRIME})"),
        };
        [options.join(" "), prime]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// How a run ended, in a word.
pub(super) fn kind(result: &Result<()>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(Error::BadInput(_)) => "bad input",
        Err(Error::Unsupported(_)) => "unsupported",
        Err(Error::Failed(_)) => "failed",
        Err(Error::NoMemory) => "no memory",
        Err(Error::BadOption(_)) => "bad option",
        Err(Error::Cancelled) => "cancelled",
        Err(Error::Panic(_)) => "panic",
        Err(Error::Sink) => "output limit",
        Err(Error::BadCall(_)) => "bad call",
    }
}

/// Small texts of many kinds.
fn texts() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"a".to_vec(),
        b"One two.".to_vec(),
        sentences(4),
        sentences(30),
        sentences(120),
        b"ab ".repeat(400),
        vec![b'x'; 3000],
        numbers(200),
        "{\"role\": \"tool\", \"n\": 17, \"text\": \"a\\nb\"},\n".repeat(25).into_bytes(),
        "é世界 – Ünïcode, 🙂 und so \u{10ffff}.\r\n".repeat(12).into_bytes(),
        noise(700),
    ]
}

/// Texts of some 40,000 bytes from which memory per byte is told: one that repeats itself,
/// one in which every word is new, and one that is none.
fn long_texts() -> [Vec<u8>; 3] {
    [sentences(1_500), numbers(4_000), noise(40_000)]
}

fn numbers(count: u32) -> Vec<u8> {
    let numbers = (0..count).map(|k| format!("{} ", k.wrapping_mul(2_654_435_761)));
    numbers.collect::<String>().into_bytes()
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut random = Random(99);
    (0..bytes).map(|_| random.next() as u8).collect()
}
