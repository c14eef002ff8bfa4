//! The codec: one pass of the model over the text, on either side.

use pressmark_coding::odds::FINE_BITS;
use pressmark_coding::range::{Decoder, Encoder, FineIo, Room, Teacher};
use pressmark_sdk::{CODED, Error, Port, Result, STORED, opened};

pub use crate::bounds::Settings;
use crate::model::{Counts, Model};

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// What was known when.
    pub counts: Counts,
    /// What the model says the text costs, in bits; encoder only.
    pub ideal_bits: f64,
}

/// How often progress is told, at least, over a text of enough bytes.
const CALLS: usize = 512;
/// Decoded bytes are written in pieces of this many.
const PIECE: usize = 1 << 12;

/// A model primed with `prime`.
fn primed(
    settings: &Settings,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<Model> {
    let before: usize = prime.iter().map(|text| text.len()).sum();
    let mut model = Model::new(settings.size(before, length)?);
    let stride = (before / CALLS + 1).min(PIECE);
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
    settings: &Settings,
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
    let stride = (input.len() / CALLS + 1).min(PIECE);
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            model.byte(&mut io, byte);
        }
    }
    let mut report = Report { counts: *model.counts(), ideal_bits: io.bits() };
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
    settings: &Settings,
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
    Ok(Report { counts: *model.counts(), ideal_bits: 0.0 })
}

/// Calls `each` with what the model thinks every byte of `input` costs, in bits and in order.
///
/// # Errors
///
/// As [`encode`].
pub fn judge(
    settings: &Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(f64),
) -> Result<()> {
    let mut model = primed(settings, prime, input.len(), port)?;
    let mut io = Tally::new(Teacher);
    let mut before = 0.0;
    let stride = (input.len() / CALLS + 1).min(PIECE);
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            model.byte(&mut io, byte);
            let now = io.bits();
            each(now - before);
            before = now;
        }
    }
    Ok(())
}

/// Passes bits on and multiplies their probabilities on the way, so that a logarithm is taken
/// of many at once.
struct Tally<Io> {
    inner: Io,
    product: f64,
    bits: f64,
}

impl<Io> Tally<Io> {
    fn new(inner: Io) -> Self {
        Self { inner, product: 1.0, bits: 0.0 }
    }

    fn bits(&self) -> f64 {
        self.bits - self.product.log2()
    }
}

impl<Io: FineIo> FineIo for Tally<Io> {
    #[inline]
    fn fine(&mut self, p1: u32, bit: bool) -> bool {
        let p = if bit { p1 } else { (1 << FINE_BITS) - p1 };
        self.product *= f64::from(p) * (1.0 / f64::from(1u32 << FINE_BITS));
        if self.product < 1e-200 {
            (self.bits, self.product) = (self.bits(), 1.0);
        }
        self.inner.fine(p1, bit)
    }
}
