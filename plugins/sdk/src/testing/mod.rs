//! A host inside a test program, so that a plugin's unit tests need no pressmark.
//!
//! Everything goes through the same C functions a real host calls, panics included.
//! The three lines every plugin should have:
//!
//! ```text
//! #[test]
//! fn keeps_the_contract() {
//!     pressmark_sdk::testing::conformance(&XZ);
//! }
//! ```

mod conformance;
mod host;
mod lossy;
mod memory;
mod packing;
mod session;
mod traces;

use std::collections::BTreeMap;

use crate::{Access, Budget, Descriptor, Error, PackRequest, Result};

pub use conformance::conformance;

use session::{Session, Setup};

/// What one run gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// What was written to the sink.
    pub bytes: Vec<u8>,
    /// The last value of each metric.
    pub metrics: BTreeMap<String, f64>,
    /// Lookups and hits of each channel.
    pub channels: BTreeMap<String, (u64, u64)>,
    /// The points of each series.
    pub series: BTreeMap<String, Vec<(f64, f64)>>,
    /// How often progress was told.
    pub progress_calls: u64,
    /// What the model says the code would cost, in bits, where the strategy has
    /// `pressmark.model/1`; set by an encode.
    pub ideal_bits: Option<f64>,
    /// The most bytes that lived at once, of those this thread asked of the host from
    /// before `create` on; 0 in a program that does not call
    /// [`export_plugin!`](crate::export_plugin).
    pub host_peak: u64,
}

/// Encodes on a fresh instance. `options` are names and values as a user writes them;
/// `prime`, if not empty, is given to `pressmark.prime/1` first.
///
/// # Errors
/// Those of the strategy; [`Error::BadOption`] for a name or value it does not allow.
pub fn encode(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    input: &[u8],
) -> Result<Output> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    session.prime(prime)?;
    session.encode(input)?;
    session.output()
}

/// Decodes on a fresh instance; the other side of [`encode`].
///
/// # Errors
/// Those of the strategy, [`Error::Sink`] if it writes more than `decoded_len` bytes.
pub fn decode(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    archive: &[u8],
    decoded_len: u64,
) -> Result<Output> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    session.prime(prime)?;
    session.decode(archive, decoded_len)?;
    session.output()
}

/// How an archive reaches a decoder that may fail; see [`attempt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// In one call of `pressmark.codec/1`, into a sink that takes so many bytes.
    Whole {
        /// The most bytes that the sink takes.
        limit: u64,
    },
    /// Through `pressmark.stream/1`, so many bytes at a time, into a sink that takes as many
    /// bytes as are announced.
    Pieces(usize),
}

/// Decodes on a fresh instance as [`decode`] does, and gives back what was seen of it even
/// if it failed: what was written and told until then, and the peak of its memory.
pub fn attempt(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    archive: &[u8],
    decoded_len: u64,
    feed: Feed,
) -> (Output, Result<()>) {
    let mut session = match Session::new(descriptor, Setup { options, ..Setup::default() }) {
        Ok(session) => session,
        Err(error) => return (Output::default(), Err(error)),
    };
    let decoded = session.prime(prime).and_then(|()| match feed {
        Feed::Whole { limit } => session.decode_within(archive, decoded_len, limit),
        Feed::Pieces(piece) => {
            session.stream(crate::Direction::Decode, Some(decoded_len), archive, piece)
        }
    });
    match session.output() {
        Ok(output) => (output, decoded),
        Err(error) => (Output::default(), Err(error)),
    }
}

/// Encodes, decodes, and compares; gives back what the encoder gave.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] if the bytes differ.
pub fn roundtrip(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    prime: &[&[u8]],
    input: &[u8],
) -> Result<Output> {
    let encoded = encode(descriptor, options, prime, input)?;
    let decoded = decode(descriptor, options, prime, &encoded.bytes, input.len() as u64)?;
    same(input, &decoded.bytes)?;
    Ok(encoded)
}

/// Trains on `samples`, then encodes and decodes `input` on fresh instances that load the
/// model. Gives back the model's bytes and what the encoder gave.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] if the bytes differ.
pub fn roundtrip_trained(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    samples: &[&[u8]],
    input: &[u8],
) -> Result<(Vec<u8>, Output)> {
    let setup = Setup { options, ..Setup::default() };
    let mut session = Session::new(descriptor, setup)?;
    session.train(samples)?;
    let model = session.output()?.bytes;
    let mut session = Session::new(descriptor, setup)?;
    session.load(&model)?;
    session.encode(input)?;
    let encoded = session.output()?;
    let mut session = Session::new(descriptor, setup)?;
    session.load(&model)?;
    session.decode(&encoded.bytes, input.len() as u64)?;
    same(input, &session.output()?.bytes)?;
    Ok((model, encoded))
}

/// Streams `input` through an encoder and back, in pieces of `piece` bytes. Gives back
/// what the encoder gave.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] if the bytes differ.
pub fn roundtrip_stream(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    piece: usize,
    input: &[u8],
) -> Result<Output> {
    let setup = Setup { options, ..Setup::default() };
    let len = input.len() as u64;
    let mut session = Session::new(descriptor, setup)?;
    session.stream(crate::Direction::Encode, Some(len), input, piece)?;
    let encoded = session.output()?;
    let mut session = Session::new(descriptor, setup)?;
    session.stream(crate::Direction::Decode, Some(len), &encoded.bytes, piece)?;
    same(input, &session.output()?.bytes)?;
    Ok(encoded)
}

/// What a cache did with a trace, as the host saw it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// For each access: was the key resident?
    pub hits: Vec<bool>,
    /// Keys fetched ahead.
    pub prefetches: u64,
    /// Metrics, channels and series; no bytes.
    pub output: Output,
}

/// Replays a trace turn by turn, batches where `batch` says so, and audits it: a hit is
/// a resident key, nothing is evicted that is not resident, and the resident sizes never
/// exceed `capacity`.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] for what the audit finds.
pub fn replay(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    capacity: u64,
    accesses: &[Access],
    batch: bool,
) -> Result<Replay> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    traces::replay(&mut session, capacity, accesses, batch)
}

/// Replays a trace through the C functions as fast as a host can, without an audit and without
/// turns: one call for each access, or for 4,096 of them where `batch` says so. Gives the hits,
/// and the number of keys evicted and fetched. It is for measuring what the interface costs.
///
/// # Errors
/// Those of the strategy.
pub fn drive(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    capacity: u64,
    accesses: &[Access],
    batch: bool,
) -> Result<(u64, u64)> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    traces::drive(&mut session, capacity, accesses, batch)
}

/// A compacted document.
#[derive(Debug, Clone, PartialEq)]
pub struct Compacted {
    /// Start and length of each span of the document that was kept.
    pub kept: Vec<(u64, u64)>,
    /// The shorter document in `bytes`, and the figures.
    pub output: Output,
}

/// Compacts a document and audits the result: within the budget, spans in order, without
/// overlap and inside the document.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] for what the audit finds.
pub fn compact(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    document: &[u8],
    budget: Budget,
) -> Result<Compacted> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    lossy::compact(&mut session, document, budget)
}

/// A packed context.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The numbers of the pages that it holds something of.
    pub chosen: Vec<u64>,
    /// The context in `bytes`, and the figures.
    pub output: Output,
}

/// Packs contexts of one session in order, on one instance, and audits each: within the
/// budget, pages in range, each once, and of each a run of words in the output.
///
/// # Errors
/// Those of the strategy; [`Error::Failed`] for what the audit finds.
pub fn pack(
    descriptor: &'static Descriptor,
    options: &[(&str, &str)],
    requests: &[PackRequest<'_>],
) -> Result<Vec<Packed>> {
    let mut session = Session::new(descriptor, Setup { options, ..Setup::default() })?;
    requests.iter().map(|request| packing::pack(&mut session, request)).collect()
}

fn same(expected: &[u8], found: &[u8]) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let at = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    Err(Error::Failed(format!(
        "the decoder wrote {} bytes for {}, the first difference at {at}",
        found.len(),
        expected.len()
    )))
}
