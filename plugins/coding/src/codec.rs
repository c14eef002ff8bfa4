//! The codec that models of symbols share: one pass of the model over the text, on either side.
//!
//! An archive is a byte that names its form, as [`opened`] has it, and a code: the [`Unit`], then
//! the symbols of the text. Who has a [`SymbolModel`], and a [`Design`] that makes one, has a codec.

use pressmark_sdk::{
    CODED, Error, Host, Port, Result, STORED, Sink, decoded_length, opened, paced, stride,
};

use crate::meter::Tally;
use crate::odds::FINE_BITS;
use crate::range::{BitIo, ChoiceIo, Decoder, Encoder, FineIo, Room, Teacher};
use crate::unit::{ByByte, ByWord, Symbols, Unit, each_token};
use crate::words::LONGEST;

/// A model of the next symbol of a text, the same on both sides.
pub trait SymbolModel {
    /// What it counts.
    type Counts: Default;

    /// Codes one symbol and learns it.
    fn symbol<Io: BitIo + FineIo + ChoiceIo>(&mut self, io: &mut Io, symbol: u8) -> u8;
    /// Another text begins: what the last one ended with does not go on in it.
    fn begin(&mut self);
    /// Counts from here on.
    fn restart_counts(&mut self);
    /// What was counted.
    fn counts(&self) -> Self::Counts;
    /// Where the last prediction came from, in numbers of the model's own; 0 if it does not say.
    fn source(&self) -> usize {
        0
    }
}

/// What a model is made from. Both sides must be given the same.
pub trait Design {
    /// What its models count.
    type Counts: Default;
    /// The model of these symbols.
    type Model<S: Symbols>: SymbolModel<Counts = Self::Counts>;

    /// What the symbols of a text are.
    fn unit_of(&self, text: &[u8]) -> Unit;
    /// A model that has seen nothing, for a text of `length` bytes after `prime` bytes that are
    /// learned first, and the most tokens that are numbered.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for texts too long or a limit too low.
    fn model<S: Symbols>(&self, prime: usize, length: usize) -> Result<(Self::Model<S>, usize)>;
}

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report<C> {
    /// What the model counted.
    pub counts: C,
    /// What the symbols are.
    pub unit: Unit,
    /// What the model says the text costs, in bits; encoder only.
    pub ideal_bits: f64,
}

/// The probability of a bit that says as much as it costs.
const EVEN: u32 = 1 << (FINE_BITS - 1);

/// Teaches a model `prime`, text by text, and gives back the speller that learned with it: it
/// numbers up to `tokens`. Calls `tell` with how many bytes are learned.
///
/// # Errors
///
/// Those of `tell`, which end it.
pub fn teach<S: Symbols, E>(
    model: &mut impl SymbolModel,
    tokens: usize,
    prime: &[&[u8]],
    mut tell: impl FnMut(usize) -> Result<(), E>,
) -> Result<S::Speller, E> {
    let mut speller = S::speller(tokens);
    let mut before = 0;
    for text in prime {
        each_token::<S, _>(&mut speller, text, |at, _, symbols| {
            symbols.iter().for_each(|&symbol| _ = model.symbol(&mut Teacher, symbol));
            tell(before + at)
        })?;
        before += text.len();
        speller = S::again(speller);
        model.begin();
    }
    model.restart_counts();
    Ok(speller)
}

/// A model and a speller that have learned `prime`, for a text of `length` bytes.
fn primed<D: Design, S: Symbols>(
    design: &D,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<(D::Model<S>, S::Speller)> {
    let before = prime.iter().map(|text| text.len()).sum();
    let (mut model, tokens) = design.model::<S>(before, length)?;
    let speller = teach::<S, _>(&mut model, tokens, prime, paced(before, |_| port.progress(0)))?;
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
/// Those of the design, and of the port, which only hears of progress.
pub fn encode<D: Design>(
    design: &D,
    prime: &[&[u8]],
    input: &[u8],
    out: &mut [u8],
    port: &mut impl Port,
) -> Result<(usize, Report<D::Counts>)> {
    let Some((form, code)) = out.split_first_mut().filter(|_| !input.is_empty()) else {
        return Ok((0, Report::default()));
    };
    let mut io = Tally::new(Encoder::new(Room::new(code)));
    let unit = design.unit_of(input);
    io.fine(EVEN, unit == Unit::Word);
    let counts = match unit {
        Unit::Byte => write::<D, ByByte>(design, prime, input, &mut io, port),
        Unit::Word => write::<D, ByWord>(design, prime, input, &mut io, port),
    }?;
    let mut report = Report { counts, unit, ideal_bits: io.bits() };
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

/// Encodes as [`encode`] does, into the room that a host has: the code takes no memory of ours.
///
/// # Errors
///
/// As [`encode`], and those of the sink.
pub fn fill<D: Design>(
    design: &D,
    prime: &[&[u8]],
    input: &[u8],
    out: &mut Sink<'_>,
    port: &mut impl Port,
) -> Result<Report<D::Counts>> {
    let mut report = Report::default();
    out.fill(room(input.len()), |room| {
        let (used, told) = encode(design, prime, input, room, port)?;
        report = told;
        Ok(used)
    })?;
    Ok(report)
}

fn write<D: Design, S: Symbols>(
    design: &D,
    prime: &[&[u8]],
    input: &[u8],
    io: &mut (impl BitIo + FineIo + ChoiceIo),
    port: &mut impl Port,
) -> Result<D::Counts> {
    let (mut model, mut speller) = primed::<D, S>(design, prime, input.len(), port)?;
    let mut tell = paced(input.len(), |at| port.progress(at));
    each_token::<S, _>(&mut speller, input, |at, _, symbols| {
        symbols.iter().for_each(|&symbol| _ = model.symbol(io, symbol));
        tell(at)
    })?;
    Ok(model.counts())
}

/// Decodes `length` bytes of `archive` after learning `prime`.
///
/// # Errors
///
/// [`Error::BadInput`], and those of the design and of the port.
pub fn decode<D: Design>(
    design: &D,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Report<D::Counts>> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let mut io = Decoder::new(code);
    let unit = if io.fine(EVEN, false) { Unit::Word } else { Unit::Byte };
    let counts = match unit {
        Unit::Byte => read::<D, ByByte>(design, prime, &mut io, length, port),
        Unit::Word => read::<D, ByWord>(design, prime, &mut io, length, port),
    }?;
    Ok(Report { counts, unit, ideal_bits: 0.0 })
}

fn read<D: Design, S: Symbols>(
    design: &D,
    prime: &[&[u8]],
    io: &mut Decoder<'_>,
    length: usize,
    port: &mut impl Port,
) -> Result<D::Counts> {
    let (mut model, speller) = primed::<D, S>(design, prime, length, port)?;
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
    Ok(model.counts())
}

/// What a model thinks of a stretch of text: a byte, or a word or gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Its bytes, at least one.
    pub bytes: usize,
    /// Its price in bits.
    pub bits: f64,
    /// Where the prediction of its last symbol came from, see [`SymbolModel::source`].
    pub source: usize,
}

/// Calls `each` with what the model thinks of every stretch of `input`, in order.
///
/// # Errors
///
/// As [`encode`], and those of `each`.
pub fn judge<D: Design>(
    design: &D,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    each: impl FnMut(Judged) -> Result<()>,
) -> Result<()> {
    match design.unit_of(input) {
        Unit::Byte => weigh::<D, ByByte>(design, prime, input, port, each),
        Unit::Word => weigh::<D, ByWord>(design, prime, input, port, each),
    }
}

fn weigh<D: Design, S: Symbols>(
    design: &D,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(Judged) -> Result<()>,
) -> Result<()> {
    let (mut model, mut speller) = primed::<D, S>(design, prime, input.len(), port)?;
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

/// Puts the prices of stretches on their bytes: those of a word share its price.
pub fn spread(bits: &mut [f64]) -> impl FnMut(Judged) -> Result<()> {
    let mut bits = bits.iter_mut();
    move |judged| {
        let each = judged.bits / judged.bytes as f64;
        bits.by_ref().take(judged.bytes).for_each(|bits| *bits = each);
        Ok(())
    }
}

/// What a strategy with such models holds beside its design: its host, what is learned first, and
/// what the last text cost.
pub struct Session {
    /// Who is told what was counted.
    pub host: Host,
    /// Learned when a run begins: the size of a model depends on the whole.
    prime: Vec<Vec<u8>>,
    ideal_bits: Option<f64>,
}

impl Session {
    /// One that has learned nothing.
    pub fn new(host: &Host) -> Self {
        Self { host: host.clone(), prime: Vec::new(), ideal_bits: None }
    }

    /// Keeps samples, to be learned first.
    pub fn prime(&mut self, samples: &[&[u8]]) {
        self.prime.reserve_exact(samples.len());
        self.prime.extend(samples.iter().map(|sample| sample.to_vec()));
    }

    fn samples(&self) -> Vec<&[u8]> {
        self.prime.iter().map(Vec::as_slice).collect()
    }

    /// As [`fill`].
    ///
    /// # Errors
    ///
    /// As [`fill`].
    pub fn encode<D: Design>(
        &mut self,
        design: &D,
        input: &[u8],
        out: &mut Sink<'_>,
    ) -> Result<Report<D::Counts>> {
        let mut port = self.host.port(None, input.len());
        let report = fill(design, &self.samples(), input, out, &mut port)?;
        self.ideal_bits = Some(report.ideal_bits);
        Ok(report)
    }

    /// As [`decode`].
    ///
    /// # Errors
    ///
    /// As [`decode`], and for a length that no memory holds.
    pub fn decode<D: Design>(
        &self,
        design: &D,
        archive: &[u8],
        decoded_len: u64,
        out: &mut Sink<'_>,
    ) -> Result<Report<D::Counts>> {
        let length = decoded_length(decoded_len)?;
        let mut port = self.host.port(Some(out), length);
        decode(design, &self.samples(), archive, length, &mut port)
    }

    /// As [`judge`].
    ///
    /// # Errors
    ///
    /// As [`judge`].
    pub fn judge(
        &self,
        design: &impl Design,
        input: &[u8],
        each: impl FnMut(Judged) -> Result<()>,
    ) -> Result<()> {
        let mut port = self.host.port(None, input.len());
        judge(design, &self.samples(), input, &mut port, each)
    }

    /// What the model says that the last text encoded costs, in bits.
    ///
    /// # Errors
    ///
    /// [`Error::BadCall`] if there was none.
    pub fn code_length(&self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }
}
