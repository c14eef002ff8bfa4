//! The text, on either side.

use pressmark_coding::range::{BitIo, Decoder, Encoder, Teacher};
use pressmark_sdk::{CODED, Error, Port, Result, opened, store};

use super::coder::{Coder, Counts};
use super::predictor::Settings;
use super::symbols::Unit;

/// How often progress is told, at least, over a text of enough bytes.
const CALLS: usize = 512;
/// Decoded bytes are written in pieces of about so many.
const PIECE: usize = 1 << 14;

/// Figures of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// What a symbol was.
    pub unit: Unit,
    /// What was counted symbol by symbol.
    pub counts: Counts,
    /// What the model says the text costs, in bits.
    pub ideal_bits: f64,
    /// Contexts in the trie at the end.
    pub nodes: u64,
    /// Contexts in the store of the compressor at the end.
    pub frozen: u64,
    /// Contexts that came back from there.
    pub thawed: u64,
    /// How often the predictor asked the store, and how often it got an answer.
    pub asked: (u64, u64),
}

impl Report {
    fn of(coder: &Coder) -> Self {
        let predictor = coder.predictor();
        let store = predictor.store();
        Self {
            unit: coder.unit(),
            counts: *coder.counts(),
            ideal_bits: coder.counts().ideal.bits(),
            nodes: predictor.trie().contexts() as u64,
            frozen: store.map_or(0, |store| store.len() as u64),
            thawed: store.map_or(0, |store| store.thawed()),
            asked: store.map_or((0, 0), |store| store.asked()),
        }
    }
}

/// A coder that has learned `prime` and has room for `length` bytes more.
fn primed(
    unit: Unit,
    settings: Settings,
    prime: &[&[u8]],
    length: usize,
    port: &mut impl Port,
) -> Result<Coder> {
    let before: usize = prime.iter().map(|text| text.len()).sum();
    let all = before.checked_add(length);
    let most = all.and_then(|all| all.checked_mul(settings.context_length));
    if most.is_none_or(|most| most >= u32::MAX as usize) {
        return Err(Error::Unsupported(format!(
            "{length} bytes after {before} of priming text are too many for contexts of {} \
             symbols: the product must stay below 4 billion",
            settings.context_length
        )));
    }
    let mut coder = Coder::new(unit, settings);
    let mut steps = Steps::new(before);
    for text in prime {
        unit.each(text, |symbol, bytes| {
            if steps.due() {
                port.progress(0)?;
            }
            steps.done += bytes;
            coder.learn(symbol);
            Ok::<(), Error>(())
        })?;
    }
    coder.restart_counts();
    Ok(coder)
}

/// When progress is told.
struct Steps {
    done: usize,
    next: usize,
    stride: usize,
}

impl Steps {
    fn new(total: usize) -> Self {
        Self { done: 0, next: 0, stride: total / CALLS + 1 }
    }

    fn due(&mut self) -> bool {
        let due = self.done >= self.next;
        if due {
            self.next = self.done + self.stride;
        }
        due
    }
}

/// Passes every symbol of `input` through a primed coder.
fn pass<Io: BitIo>(
    coder: &mut Coder,
    io: &mut Io,
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(&Coder, usize),
) -> Result<()> {
    let mut steps = Steps::new(input.len());
    coder.unit().each(input, |symbol, bytes| {
        if steps.due() {
            port.progress(steps.done)?;
        }
        steps.done += bytes;
        coder.code(io, symbol);
        each(coder, bytes);
        Ok(())
    })
}

/// Encodes `input` after learning `prime`. An empty input has an empty archive and no report.
///
/// # Errors
///
/// [`Error::Unsupported`] for an input too long, and those of the port.
pub fn encode(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
) -> Result<Option<Report>> {
    if input.is_empty() {
        return Ok(None);
    }
    let unit = Unit::of(input);
    let mut coder = primed(unit, settings, prime, input.len(), port)?;
    let mut io = Encoder::new(vec![CODED]);
    io.bit(EVEN, unit == Unit::Byte);
    pass(&mut coder, &mut io, input, port, |_, _| ())?;
    let mut report = Report::of(&coder);
    let archive = io.finish();
    if archive.len() > input.len() {
        store(input, port)?;
        report.ideal_bits = 8.0 * input.len() as f64;
    } else {
        port.write(&archive)?;
        port.progress(input.len())?;
    }
    Ok(Some(report))
}

/// Half of what the coder takes for certain.
const EVEN: u16 = 1 << 14;

/// Decodes `length` bytes of `archive` after learning `prime`. There is no report where the
/// archive is empty or holds the text as it is.
///
/// # Errors
///
/// [`Error::BadInput`], [`Error::Unsupported`] for an input too long, and those of the port.
pub fn decode(
    settings: Settings,
    prime: &[&[u8]],
    archive: &[u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Option<Report>> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(None);
    };
    let mut io = Decoder::new(code);
    let unit = if io.bit(EVEN, false) { Unit::Byte } else { Unit::Char };
    let mut coder = primed(unit, settings, prime, length, port)?;
    let mut steps = Steps::new(length);
    let mut piece = Vec::new();
    let mut written = 0;
    while steps.done < length {
        if steps.due() || piece.len() >= PIECE {
            port.progress(steps.done)?;
            port.write(&piece)?;
            written += piece.len();
            piece.clear();
        }
        let symbol = coder.code(&mut io, 0).filter(|_| !io.overrun());
        let symbol = symbol.ok_or_else(|| Error::damaged("its code breaks off"))?;
        unit.write(symbol, &mut piece);
        steps.done = written + piece.len();
    }
    if steps.done > length {
        return Err(Error::damaged("its last character is longer than the rest of the text"));
    }
    port.write(&piece)?;
    port.progress(length)?;
    Ok(Some(Report::of(&coder)))
}

/// Calls `each` with the cost in bits and the length in bytes of every symbol of `input`.
///
/// # Errors
///
/// As [`encode`].
pub fn judge(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(f64, usize),
) -> Result<()> {
    let mut coder = primed(Unit::of(input), settings, prime, input.len(), port)?;
    pass(&mut coder, &mut Teacher, input, port, |coder, bytes| {
        each(-coder.probability().log2(), bytes);
    })
}
