//! An instance of a strategy, and its interfaces as safe calls.

use std::ffi::{CStr, CString};
use std::time::Instant;

use pressmark_abi::{
    BUDGET_BYTES, BUDGET_TOKENS, CODEC_1, COMPACT_1, DRAFT_EXPLAIN, DRAFT_PACK_1, MODEL_1, OK,
    PACK_PASSIVE, PACK_RELAXED, PACK_STRICT, PRIME_1, PmBytes, PmCache, PmCodec, PmCompact,
    PmExplain, PmHost, PmInstance, PmModel, PmPack, PmPage, PmPrime, PmSink, PmStatus, PmStrategy,
    PmStream, PmTrainable, STREAM_1, STREAM_DECODE, STREAM_ENCODE, TRAINABLE_1,
};
use pressmark_protocol::{Failure, FailureKind, PackMode, Phase};

use crate::context::Context;
use crate::host::List;
use crate::page::SharedPage;
use crate::sink::Sink;

/// Piece that a stream is pushed.
const STREAM_PIECE: usize = 1 << 20;

/// A strategy at work.
pub(crate) struct Instance {
    raw: *mut PmInstance,
    strategy: &'static PmStrategy,
    context: &'static Context,
    interfaces: Vec<String>,
}

/// How a codec's work goes: one way for both directions.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Encode,
    Decode {
        /// Length of the original.
        decoded_len: u64,
    },
}

pub(crate) fn bytes(bytes: &[u8]) -> PmBytes {
    PmBytes { ptr: bytes.as_ptr(), len: bytes.len() as u64 }
}

fn handle(sink: &mut Sink) -> *mut PmSink {
    std::ptr::from_mut(sink).cast()
}

impl Instance {
    /// Creates an instance. `interfaces` are those that the strategy claims.
    pub(crate) fn create(
        strategy: &'static PmStrategy,
        interfaces: &[String],
        host: &'static PmHost,
        context: &'static Context,
    ) -> Result<Instance, Failure> {
        context.page.enter(Phase::Create);
        let create = strategy.create.expect("the loader checked it");
        let mut raw = std::ptr::null_mut();
        // SAFETY: the header's contract; host and context live as long as the process.
        let status = unsafe { create(host, &mut raw) };
        status_of(status, Phase::Create, context)?;
        if raw.is_null() {
            return Err(misbehaved(Phase::Create, "create returned PM_OK and no instance"));
        }
        Ok(Instance { raw, strategy, context, interfaces: interfaces.to_vec() })
    }

    /// Destroys the instance.
    pub(crate) fn destroy(self) {
        self.context.page.enter(Phase::Destroy);
        let destroy = self.strategy.destroy.expect("the loader checked it");
        // SAFETY: raw came from create and is not used again.
        unsafe { destroy(self.raw) };
    }

    /// Whether the strategy claims an interface.
    pub(crate) fn claims(&self, id: &CStr) -> bool {
        self.interfaces.iter().any(|claimed| claimed.as_bytes() == id.to_bytes())
    }

    /// Gives the priming text.
    pub(crate) fn prime(&mut self, text: &[u8]) -> Result<(), Failure> {
        let interface = self.interface::<PmPrime>(PRIME_1, Phase::Prime)?;
        let prime = self.call(interface.prime, PRIME_1, Phase::Prime)?;
        let sample = bytes(text);
        // SAFETY: the header's contract; one sample.
        let status = unsafe { prime(self.raw, &sample, 1) };
        self.status(status, Phase::Prime)
    }

    /// Trains on a text; the model's bytes go to the sink.
    pub(crate) fn train(&mut self, text: &[u8], model: &mut Sink) -> Result<(), Failure> {
        let interface = self.interface::<PmTrainable>(TRAINABLE_1, Phase::Train)?;
        let train = self.call(interface.train, TRAINABLE_1, Phase::Train)?;
        let sample = bytes(text);
        // SAFETY: the header's contract; one sample.
        let status = unsafe { train(self.raw, &sample, 1, handle(model)) };
        self.status(status, Phase::Train)
    }

    /// Loads a model.
    pub(crate) fn load(&mut self, model: &[u8]) -> Result<(), Failure> {
        let interface = self.interface::<PmTrainable>(TRAINABLE_1, Phase::Train)?;
        let load = self.call(interface.load, TRAINABLE_1, Phase::Train)?;
        // SAFETY: the header's contract.
        let status = unsafe { load(self.raw, bytes(model)) };
        self.status(status, Phase::Train)
    }

    /// How many bytes encoding may write, where the strategy knows.
    pub(crate) fn bound(&mut self, input_len: u64) -> Option<u64> {
        let interface = self.interface::<PmCodec>(CODEC_1, Phase::Encode).ok()?;
        // SAFETY: the header's contract.
        interface.bound.map(|bound| unsafe { bound(self.raw, input_len) })
    }

    /// Encodes or decodes, by the codec or else the stream; returns the seconds it took.
    pub(crate) fn code(
        &mut self,
        direction: Direction,
        input: &[u8],
        sink: &mut Sink,
    ) -> Result<f64, Failure> {
        let phase = match direction {
            Direction::Encode => Phase::Encode,
            Direction::Decode { .. } => Phase::Decode,
        };
        if !self.claims(CODEC_1) && self.claims(STREAM_1) {
            return self.code_stream(direction, phase, input, sink);
        }
        let interface = self.interface::<PmCodec>(CODEC_1, phase)?;
        let (status, seconds) = match direction {
            Direction::Encode => {
                let encode = self.call(interface.encode, CODEC_1, phase)?;
                self.context.page.enter(phase);
                let start = Instant::now();
                // SAFETY: the header's contract.
                let status = unsafe { encode(self.raw, bytes(input), handle(sink)) };
                (status, start.elapsed())
            }
            Direction::Decode { decoded_len } => {
                let decode = self.call(interface.decode, CODEC_1, phase)?;
                self.context.page.enter(phase);
                let start = Instant::now();
                // SAFETY: the header's contract.
                let status = unsafe { decode(self.raw, bytes(input), decoded_len, handle(sink)) };
                (status, start.elapsed())
            }
        };
        self.status(status, phase)?;
        Ok(seconds.as_secs_f64())
    }

    fn code_stream(
        &mut self,
        direction: Direction,
        phase: Phase,
        input: &[u8],
        sink: &mut Sink,
    ) -> Result<f64, Failure> {
        let interface = self.interface::<PmStream>(STREAM_1, phase)?;
        let begin = self.call(interface.begin, STREAM_1, phase)?;
        let push = self.call(interface.push, STREAM_1, phase)?;
        let finish = self.call(interface.finish, STREAM_1, phase)?;
        let (direction, total) = match direction {
            Direction::Encode => (STREAM_ENCODE, input.len() as u64),
            Direction::Decode { decoded_len } => (STREAM_DECODE, decoded_len),
        };
        self.context.page.enter(phase);
        let start = Instant::now();
        // SAFETY: the header's contract: the sink outlives finish, here and below.
        let status = unsafe { begin(self.raw, direction, total, handle(sink)) };
        self.status(status, phase)?;
        for piece in input.chunks(STREAM_PIECE) {
            // SAFETY: as above.
            let status = unsafe { push(self.raw, bytes(piece)) };
            self.status(status, phase)?;
        }
        // SAFETY: as above.
        let status = unsafe { finish(self.raw) };
        self.status(status, phase)?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// The ideal code length of what was last encoded, in bits.
    pub(crate) fn code_length(&mut self) -> Result<f64, Failure> {
        let interface = self.interface::<PmModel>(MODEL_1, Phase::Model)?;
        let code_length = self.call(interface.code_length, MODEL_1, Phase::Model)?;
        let mut bits = f64::NAN;
        // SAFETY: the header's contract.
        let status = unsafe { code_length(self.raw, &mut bits) };
        self.status(status, Phase::Model)?;
        if bits.is_finite() && bits >= 0.0 {
            Ok(bits)
        } else {
            Err(misbehaved(Phase::Model, "the ideal code length is not a number of bits"))
        }
    }

    /// Compacts a document; returns the seconds it took.
    pub(crate) fn compact(
        &mut self,
        document: &[u8],
        budget: Option<u64>,
        tokens: bool,
        sink: &mut Sink,
        kept: &mut List,
    ) -> Result<f64, Failure> {
        let interface = self.interface::<PmCompact>(COMPACT_1, Phase::Compact)?;
        let compact = self.call(interface.compact, COMPACT_1, Phase::Compact)?;
        let unit = if tokens { BUDGET_TOKENS } else { BUDGET_BYTES };
        let budget = budget.unwrap_or(u64::MAX);
        let start = Instant::now();
        // SAFETY: the header's contract.
        let status = unsafe {
            compact(self.raw, bytes(document), budget, unit, handle(sink), kept.handle())
        };
        let seconds = start.elapsed().as_secs_f64();
        self.status(status, Phase::Compact)?;
        Ok(seconds)
    }

    /// How the strategy sees an input, as text.
    pub(crate) fn explain(&mut self, input: &[u8], sink: &mut Sink) -> Result<(), Failure> {
        let interface = self.interface::<PmExplain>(DRAFT_EXPLAIN, Phase::Explain)?;
        let explain = self.call(interface.explain, DRAFT_EXPLAIN, Phase::Explain)?;
        // SAFETY: the header's contract.
        let status = unsafe { explain(self.raw, bytes(input), handle(sink)) };
        self.status(status, Phase::Explain)
    }

    /// Packs one context; returns the seconds it took.
    pub(crate) fn pack(
        &mut self,
        question: &[u8],
        pages: &[PmPage],
        (budget, mode): (u64, PackMode),
        sink: &mut Sink,
        chosen: &mut List,
    ) -> Result<f64, Failure> {
        let interface = self.interface::<PmPack>(DRAFT_PACK_1, Phase::Pack)?;
        let pack = self.call(interface.pack, DRAFT_PACK_1, Phase::Pack)?;
        let mode = match mode {
            PackMode::Strict => PACK_STRICT,
            PackMode::Relaxed => PACK_RELAXED,
            PackMode::Passive => PACK_PASSIVE,
        };
        let (from, count) = (pages.as_ptr(), pages.len() as u64);
        let start = Instant::now();
        // SAFETY: the header's contract; what the pages point to lives as long as they do.
        let status = unsafe {
            let (sink, chosen) = (handle(sink), chosen.handle());
            pack(self.raw, bytes(question), from, count, budget, mode, sink, chosen)
        };
        let seconds = start.elapsed().as_secs_f64();
        self.status(status, Phase::Pack)?;
        Ok(seconds)
    }

    /// The cache interface, for the audit to drive.
    pub(crate) fn cache(&mut self) -> Result<(&'static PmCache, *mut PmInstance), Failure> {
        let interface = self.interface::<PmCache>(pressmark_abi::CACHE_1, Phase::Replay)?;
        Ok((interface, self.raw))
    }

    /// Turns a status into a result, with the plugin's own words.
    pub(crate) fn status(&self, status: PmStatus, phase: Phase) -> Result<(), Failure> {
        status_of(status, phase, self.context)
    }

    /// A function of an interface, or the rule that its absence breaks.
    pub(crate) fn call<F>(
        &self,
        function: Option<F>,
        id: &CStr,
        phase: Phase,
    ) -> Result<F, Failure> {
        function.ok_or_else(|| {
            misbehaved(phase, format!("a function of {} is null", id.to_string_lossy()))
        })
    }

    fn interface<T>(&mut self, id: &CStr, phase: Phase) -> Result<&'static T, Failure> {
        let page: &SharedPage = self.context.page;
        page.enter(phase);
        if !self.claims(id) {
            return Err(Failure {
                kind: FailureKind::Unsupported,
                phase,
                message: format!("the strategy does not offer {}", id.to_string_lossy()),
            });
        }
        let get_interface = self.strategy.get_interface.expect("the loader checked it");
        let id = CString::from(id);
        // SAFETY: the header's contract.
        let table = unsafe { get_interface(self.raw, id.as_ptr()) };
        if table.is_null() || !table.cast::<T>().is_aligned() {
            return Err(misbehaved(
                phase,
                format!("the strategy claims {} and returns no table", id.to_string_lossy()),
            ));
        }
        // SAFETY: every interface begins with its size.
        let size = unsafe { table.cast::<u32>().read() } as usize;
        if size < size_of::<T>() {
            return Err(Failure {
                kind: FailureKind::AbiMismatch,
                phase,
                message: format!(
                    "the table of {} has {size} bytes, at least {} are needed",
                    id.to_string_lossy(),
                    size_of::<T>()
                ),
            });
        }
        // SAFETY: not null, aligned, large enough, and constant while the library is loaded.
        Ok(unsafe { &*table.cast::<T>() })
    }
}

/// The failure of a plugin that broke a rule.
pub(crate) fn misbehaved(phase: Phase, message: impl Into<String>) -> Failure {
    Failure { kind: FailureKind::Misbehaved, phase, message: message.into() }
}

fn status_of(status: PmStatus, phase: Phase, context: &Context) -> Result<(), Failure> {
    if status == OK {
        return Ok(());
    }
    let message = context.take_error().unwrap_or_else(|| "the plugin gave no reason".into());
    Err(Failure { kind: FailureKind::Status(status), phase, message })
}
