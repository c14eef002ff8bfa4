//! The codec: one pass of the model over the text, on either side.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::logistic::PROB_BITS;
use pressmark_coding::range::{BitIo, Decoder, Encoder, Pricer, Teacher};
use pressmark_sdk::{CODED, Error, Port, Result, opened, store};

use crate::context::DEEPEST;
use crate::model::{Counts, Model, Size};
use crate::nodes::NODE;

/// Positions are counted in 32 bits.
fn too_large(bytes: usize) -> Error {
    Error::Unsupported(format!(
        "an input of {bytes} bytes is too long: together with its priming text it must stay below 4 GiB"
    ))
}

/// The bounds of a trie. Both sides must be given the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The deepest context that has nodes, 1 to [`DEEPEST`].
    pub max_order: usize,
    /// The most nodes alive at a time; 0 for no bound but `memory_limit`.
    pub max_active_nodes: usize,
    /// The most bytes of nodes and pointers.
    pub memory_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_order: DEEPEST, max_active_nodes: 0, memory_limit: 512 << 20 }
    }
}

/// Bytes of nodes for each byte of text: beyond, nothing would be evicted anyway.
const NODES_PER_BYTE: usize = 96;
const MOST_POINTER_BITS: u32 = 24;

impl Settings {
    /// The size of the model for a text of so many bytes, its priming text included.
    pub fn size(self, bytes: usize) -> Size {
        let bytes = bytes.max(1 << 14);
        // Two tables of pointers, four bytes each: at most an eighth of the bound.
        let bits = (self.memory_limit / 64).max(1).ilog2().min(MOST_POINTER_BITS);
        let pointer_bits = bits.min(bytes.saturating_mul(2).ilog2());
        let bound = match self.max_active_nodes {
            0 => usize::MAX,
            most => most.saturating_mul(NODE),
        };
        let rest = self.memory_limit.saturating_sub(8 << pointer_bits);
        let nodes = bytes.saturating_mul(NODES_PER_BYTE).min(rest).min(bound);
        Size { depth: self.max_order, nodes, pointer_bits }
    }
}

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// What was predicted from where.
    pub counts: Counts,
    /// Nodes alive at the end.
    pub nodes: u64,
    /// Nodes taken from one context and given to another.
    pub evictions: u64,
    /// What the model says the text costs, in bits; encoder only.
    pub ideal_bits: f64,
}

impl Report {
    fn of(model: &Model) -> Self {
        let nodes = model.nodes();
        Self {
            counts: *model.counts(),
            nodes: nodes.alive(),
            evictions: nodes.evictions(),
            ideal_bits: 0.0,
        }
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
    let all = before.checked_add(length).filter(|&all| all < u32::MAX as usize);
    let mut model = Model::new(settings.size(all.ok_or_else(|| too_large(length))?));
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

/// Encodes `input` after learning `prime`.
///
/// # Errors
///
/// [`Error::Unsupported`] for an input too long, and those of the port.
pub fn encode(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
) -> Result<Report> {
    if input.is_empty() {
        return Ok(Report::default());
    }
    let mut model = primed(settings, prime, input.len(), port)?;
    let mut io = Tally { inner: Encoder::new(vec![CODED]), mantissa: ONE, exponent: 0 };
    let stride = input.len() / CALLS + 1;
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            model.byte(&mut io, byte);
        }
    }
    let mut report = Report::of(&model);
    report.ideal_bits = io.bits();
    let archive = io.inner.finish();
    if archive.len() > input.len() {
        store(input, port)?;
        report.ideal_bits = 8.0 * input.len() as f64;
    } else {
        port.write(&archive)?;
    }
    port.progress(input.len())?;
    Ok(report)
}

/// Decodes `length` bytes of `archive` after learning `prime`.
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
) -> Result<Report> {
    let Some(code) = opened(archive, length, port)? else {
        return Ok(Report::default());
    };
    let mut model = primed(settings, prime, length, port)?;
    let mut io = Decoder::new(code);
    let stride = (length / CALLS + 1).min(PIECE);
    let mut done = 0;
    while done < length {
        port.progress(done)?;
        let piece = stride.min(length - done);
        for _ in 0..piece {
            model.byte(&mut io, 0);
        }
        if io.overrun() {
            return Err(Error::damaged("it ends too early"));
        }
        port.write(&model.past()[model.past().len() - piece..])?;
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
    /// Where its prediction came from, below [`crate::model::SOURCES`].
    pub source: usize,
}

/// Calls `each` with what the model thinks of every byte of `input`, in order.
///
/// # Errors
///
/// As [`encode`].
pub fn judge(
    settings: Settings,
    prime: &[&[u8]],
    input: &[u8],
    port: &mut impl Port,
    mut each: impl FnMut(Judged),
) -> Result<()> {
    let mut model = primed(settings, prime, input.len(), port)?;
    let costs = CostTable::new();
    let stride = input.len() / CALLS + 1;
    for (count, piece) in input.chunks(stride).enumerate() {
        port.progress(count * stride)?;
        for &byte in piece {
            let mut io = Pricer::new(&costs);
            model.byte(&mut io, byte);
            each(Judged { bits: io.total as f64 / BIT as f64, source: model.source() });
        }
    }
    Ok(())
}

const ONE: u64 = 1 << 31;

/// Encodes bits and multiplies their probabilities on the way, as a product kept in
/// `[2^31, 2^32)` and the powers of two taken out: a sum of logarithms without a table.
struct Tally {
    inner: Encoder,
    mantissa: u64,
    exponent: u64,
}

impl Tally {
    fn bits(&self) -> f64 {
        self.exponent as f64 - (self.mantissa as f64 / ONE as f64).log2()
    }
}

impl BitIo for Tally {
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
