//! The codec: one pass of the model over the text, on either side.

use pressmark_coding::logistic::PROB_BITS;
use pressmark_coding::range::{BitIo, Decoder, Encoder, Room, Teacher};
use pressmark_sdk::{CODED, Error, Port, Result, STORED, opened};

pub use crate::bounds::Settings;
use pressmark_coding::trie::{Counts, Events, Model};

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// What was predicted from where.
    pub counts: Counts,
    /// What became of nodes.
    pub nodes: Events,
    /// What the model says the text costs, in bits; encoder only.
    pub ideal_bits: f64,
}

impl Report {
    fn of(model: &Model) -> Self {
        Self { counts: *model.counts(), nodes: *model.events(), ideal_bits: 0.0 }
    }
}

/// How often progress is told, at least, over a text of enough bytes.
const CALLS: usize = 512;
/// Decoded bytes are written in pieces of this many.
const PIECE: usize = 1 << 14;

/// Runs `work` on a model primed with `prime`.
fn primed(
    settings: Settings,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<Model> {
    let before: usize = prime.iter().map(|text| text.len()).sum();
    let mut model = Model::new(settings.size(before, length)?);
    let stride = before / CALLS + 1;
    for text in prime {
        for piece in text.chunks(stride) {
            port.progress(0)?;
            for &byte in piece {
                model.byte(&mut Teacher, byte);
            }
        }
    }
    model.restart_counts();
    Ok(model)
}

/// The room that [`encode`] needs: at worst the input is stored behind one byte.
pub fn room(input: usize) -> usize {
    if input == 0 { 0 } else { input.saturating_add(1) }
}

/// Encodes `input` after learning `prime` into `out`, which has [`room`]. Gives back how many
/// bytes of it the archive takes.
///
/// # Errors
///
/// [`Error::Unsupported`] for an input too long or a limit too low, and those of the port,
/// which only hears of progress.
pub fn encode(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    out: &mut [u8],
    port: &mut impl Port,
) -> Result<(usize, Report)> {
    let Some((form, code)) = out.split_first_mut().filter(|_| !input.is_empty()) else {
        return Ok((0, Report::default()));
    };
    let mut model = primed(settings, prime, input.len(), port)?;
    let mut io = Tally::new(Encoder::new(Room::new(code)));
    let stride = input.len() / CALLS + 1;
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            model.byte(&mut io, byte);
        }
    }
    let mut report = Report::of(&model);
    report.ideal_bits = io.bits();
    let used = io.inner.finish().used().filter(|&used| used < input.len());
    *form = if used.is_some() { CODED } else { STORED };
    if used.is_none() {
        let stored = code.get_mut(..input.len()).ok_or(Error::Sink)?;
        stored.copy_from_slice(input);
        report.ideal_bits = 8.0 * input.len() as f64;
    }
    port.progress(input.len())?;
    Ok((1 + used.unwrap_or(input.len()), report))
}

/// Decodes `length` bytes of `archive` after learning `prime`.
///
/// # Errors
///
/// [`Error::BadInput`], [`Error::Unsupported`] as [`encode`], and those of the port.
pub fn decode(
    settings: Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let mut model = primed(settings, prime, length, port)?;
    let mut io = Decoder::new(code);
    let stride = (length / CALLS + 1).min(PIECE);
    let mut text = Vec::with_capacity(stride);
    let mut done = 0;
    while done < length {
        port.progress(done)?;
        let piece = stride.min(length - done);
        text.clear();
        text.extend((0..piece).map(|_| model.byte(&mut io, 0)));
        if io.overrun() {
            return Err(Error::damaged("it ends too early"));
        }
        port.write(&text)?;
        done += piece;
    }
    port.progress(length)?;
    Ok(Report::of(&model))
}

/// What the model thinks of one byte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Its price in bits.
    pub bits: f64,
    /// Where its prediction came from, below [`pressmark_coding::trie::SOURCES`].
    pub source: usize,
}

/// Calls `each` with what the model thinks of every byte of `input`, in order.
///
/// # Errors
///
/// As [`encode`], and those of `each`.
pub fn judge(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(Judged) -> Result<()>,
) -> Result<()> {
    let mut model = primed(settings, prime, input.len(), port)?;
    let mut io = Tally::new(Teacher);
    let mut before = 0.0;
    let stride = input.len() / CALLS + 1;
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            model.byte(&mut io, byte);
            let now = io.bits();
            each(Judged { bits: now - before, source: model.source() })?;
            before = now;
        }
    }
    Ok(())
}

const ONE: u64 = 1 << 31;

/// Passes bits on and multiplies their probabilities on the way, as a product kept in
/// `[2^31, 2^32)` and the powers of two taken out: a sum of logarithms without a table.
struct Tally<Io> {
    inner: Io,
    mantissa: u64,
    exponent: u64,
}

impl<Io> Tally<Io> {
    fn new(inner: Io) -> Self {
        Self { inner, mantissa: ONE, exponent: 0 }
    }

    fn bits(&self) -> f64 {
        self.exponent as f64 - (self.mantissa as f64 / ONE as f64).log2()
    }
}

impl<Io: BitIo> BitIo for Tally<Io> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        let p = if bit { u64::from(p1) } else { (1 << PROB_BITS) - u64::from(p1) };
        let product = (self.mantissa * p) >> PROB_BITS;
        let shift = product.leading_zeros().saturating_sub(32);
        self.mantissa = product << shift;
        self.exponent += u64::from(shift);
        self.inner.bit(p1, bit)
    }
}
