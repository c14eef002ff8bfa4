//! The codec: one pass of the model over the text, on either side.

use pressmark_coding::odds::FINE_BITS;
use pressmark_coding::range::{Decoder, Encoder, FineIo, Room, Teacher};
use pressmark_coding::unit::{ByByte, ByWord, Symbols, Unit, each_token};
use pressmark_coding::words::LONGEST;
use pressmark_sdk::{CODED, Error, Port, Result, STORED, opened, paced, stride};

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

/// The probability of a bit that says as much as it costs.
const EVEN: u32 = 1 << (FINE_BITS - 1);

/// A model and a speller that have learned `prime`, for a text of `length` bytes.
fn primed<S: Symbols>(
    settings: &Settings,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<(Model, S::Speller)> {
    let before: usize = prime.iter().map(|text| text.len()).sum();
    let size = settings.size(S::UNIT, before, length)?;
    let mut speller = S::speller(size.tokens.unwrap_or(0));
    let mut model = Model::new(size);
    for text in prime {
        let mut tell = paced(before, |_| port.progress(0));
        each_token::<S, _>(&mut speller, text, |at, _, symbols| {
            symbols.iter().for_each(|&symbol| _ = model.symbol(&mut Teacher, symbol));
            tell(at)
        })?;
        speller = S::again(speller);
        model.begin();
    }
    model.restart_counts();
    Ok((model, speller))
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
    let mut io = Tally::new(Encoder::new(Room::new(code)));
    let unit = settings.unit_of(input);
    io.fine(EVEN, unit == Unit::Word);
    let counts = match unit {
        Unit::Byte => write::<ByByte>(settings, prime, input, &mut io, port),
        Unit::Word => write::<ByWord>(settings, prime, input, &mut io, port),
    }?;
    let mut report = Report { counts, ideal_bits: io.bits() };
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

fn write<S: Symbols>(
    settings: &Settings,
    prime: &[&[u8]],
    input: &[u8],
    io: &mut impl FineIo,
    port: &mut impl Port,
) -> Result<Counts> {
    let (mut model, mut speller) = primed::<S>(settings, prime, input.len(), port)?;
    let mut tell = paced(input.len(), |at| port.progress(at));
    each_token::<S, _>(&mut speller, input, |at, _, symbols| {
        symbols.iter().for_each(|&symbol| _ = model.symbol(io, symbol));
        tell(at)
    })?;
    Ok(*model.counts())
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
    let mut io = Decoder::new(code);
    let counts = if io.fine(EVEN, false) {
        read::<ByWord>(settings, prime, &mut io, length, port)
    } else {
        read::<ByByte>(settings, prime, &mut io, length, port)
    }?;
    Ok(Report { counts, ideal_bits: 0.0 })
}

fn read<S: Symbols>(
    settings: &Settings,
    prime: &[&[u8]],
    io: &mut Decoder<'_>,
    length: usize,
    port: &mut impl Port,
) -> Result<Counts> {
    let (mut model, speller) = primed::<S>(settings, prime, length, port)?;
    let mut reader = S::reader(speller);
    let stride = stride(length);
    let mut text = Vec::with_capacity(stride + LONGEST + 1);
    let mut done = 0;
    while done < length {
        port.progress(done)?;
        let piece = stride.min(length - done);
        text.clear();
        while text.len() < piece {
            let symbol = model.symbol(io, 0);
            let read = S::read(&mut reader, symbol, &mut text);
            read.map_err(|_| Error::damaged("it holds what no text gives"))?;
        }
        if io.overrun() {
            return Err(Error::damaged("it ends too early"));
        }
        if text.len() > length - done {
            return Err(Error::damaged("its last word is too long"));
        }
        port.write(&text)?;
        done += text.len();
    }
    port.progress(length)?;
    Ok(*model.counts())
}

/// Calls `each` with how many bytes the next stretch of `input` has (a byte, or a word or gap), and
/// what the model thinks they cost, in bits.
///
/// # Errors
///
/// As [`encode`].
pub fn judge(
    settings: &Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    each: impl FnMut(usize, f64),
) -> Result<()> {
    match settings.unit_of(input) {
        Unit::Byte => weigh::<ByByte>(settings, prime, input, port, each),
        Unit::Word => weigh::<ByWord>(settings, prime, input, port, each),
    }
}

fn weigh<S: Symbols>(
    settings: &Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(usize, f64),
) -> Result<()> {
    let (mut model, mut speller) = primed::<S>(settings, prime, input.len(), port)?;
    let mut tell = paced(input.len(), |at| port.progress(at));
    let mut before = 0.0;
    let mut io = Tally::new(Teacher);
    each_token::<S, _>(&mut speller, input, |at, bytes, symbols| {
        symbols.iter().for_each(|&symbol| _ = model.symbol(&mut io, symbol));
        let now = io.bits();
        each(bytes, now - before);
        before = now;
        tell(at)
    })
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
