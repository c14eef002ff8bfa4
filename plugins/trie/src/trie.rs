//! The codec: one pass of the model over the text, on either side.

use pressmark_coding::logistic::PROB_BITS;
use pressmark_coding::meter::Tally;
use pressmark_coding::range::{BitIo, Decoder, Encoder, Room, Teacher};
use pressmark_coding::words::LONGEST;
use pressmark_sdk::{CODED, Error, Port, Result, STORED, opened, paced, stride};

pub use pressmark_coding::trie::Settings;
use pressmark_coding::trie::{self, Bytes, Codes, Counts, Events, Model, Reading, Texts};
use pressmark_coding::unit::{ByByte, ByWord, Symbols, Unit, each_token};

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// What was predicted from where.
    pub counts: Counts,
    /// What the symbols are.
    pub unit: Unit,
    /// What became of nodes.
    pub nodes: Events,
    /// What the model says the text costs, in bits; encoder only.
    pub ideal_bits: f64,
}

impl Report {
    fn of<R: Reading>(model: &Model<R>, unit: Unit) -> Self {
        Self { counts: *model.counts(), unit, nodes: *model.events(), ideal_bits: 0.0 }
    }
}

/// The depths that have nodes, in symbols.
pub fn depths(unit: Unit) -> &'static [u32] {
    match unit {
        Unit::Byte => Bytes::DEPTHS,
        Unit::Word => Codes::DEPTHS,
    }
}

/// The probability of a bit that says as much as it costs.
const EVEN: u16 = 1 << (PROB_BITS - 1);

/// A model and a speller that have learned `prime`, for a text of `length` bytes.
fn primed<S: Symbols>(
    settings: Settings,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<(Model<S::Reading>, S::Speller)> {
    let before = prime.iter().map(|text| text.len()).sum();
    let texts = Texts { prime: before, length, ..Texts::default() };
    let size = settings.size(S::UNIT, texts);
    let size = size.map_err(|misfit| Error::Unsupported(misfit.to_string()))?;
    trie::primed::<S, _>(size, prime, paced(before, |_| port.progress(0)))
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
    let mut io = Tally::new(Encoder::new(Room::new(code)));
    let unit = settings.unit_of(input);
    io.bit(EVEN, unit == Unit::Word);
    let mut report = match unit {
        Unit::Byte => write::<ByByte>(settings, prime, input, &mut io, port),
        Unit::Word => write::<ByWord>(settings, prime, input, &mut io, port),
    }?;
    report.ideal_bits = io.bits();
    let used = io.io.finish().used().filter(|&used| used < input.len());
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
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    io: &mut impl BitIo,
    port: &mut impl Port,
) -> Result<Report> {
    let (mut model, mut speller) = primed::<S>(settings, prime, input.len(), port)?;
    let mut tell = paced(input.len(), |at| port.progress(at));
    each_token::<S, _>(&mut speller, input, |at, _, symbols| {
        symbols.iter().for_each(|&symbol| _ = model.symbol(io, symbol));
        tell(at)
    })?;
    Ok(Report::of(&model, S::UNIT))
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
    let mut io = Decoder::new(code);
    if io.bit(EVEN, false) {
        read::<ByWord>(settings, prime, &mut io, length, port)
    } else {
        read::<ByByte>(settings, prime, &mut io, length, port)
    }
}

fn read<S: Symbols>(
    settings: Settings,
    prime: &[&[u8]],
    io: &mut Decoder<'_>,
    length: usize,
    port: &mut impl Port,
) -> Result<Report> {
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
    Ok(Report::of(&model, S::UNIT))
}

/// What the model thinks of a stretch of text: a byte, or a word or gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Its bytes, at least one.
    pub bytes: usize,
    /// Its price in bits.
    pub bits: f64,
    /// Where the prediction of its last symbol came from, below
    /// [`pressmark_coding::trie::SOURCES`].
    pub source: usize,
}

/// Calls `each` with what the model thinks of every stretch of `input`, in order.
///
/// # Errors
///
/// As [`encode`], and those of `each`.
pub fn judge(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    each: impl FnMut(Judged) -> Result<()>,
) -> Result<()> {
    match settings.unit_of(input) {
        Unit::Byte => weigh::<ByByte>(settings, prime, input, port, each),
        Unit::Word => weigh::<ByWord>(settings, prime, input, port, each),
    }
}

fn weigh<S: Symbols>(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(Judged) -> Result<()>,
) -> Result<()> {
    let (mut model, mut speller) = primed::<S>(settings, prime, input.len(), port)?;
    let mut io = Tally::new(Teacher);
    let mut before = 0.0;
    let mut tell = paced(input.len(), |at| port.progress(at));
    each_token::<S, _>(&mut speller, input, |at, bytes, symbols| {
        symbols.iter().for_each(|&symbol| _ = model.symbol(&mut io, symbol));
        let now = io.bits();
        each(Judged { bytes, bits: now - before, source: model.source() })?;
        before = now;
        tell(at)
    })
}
