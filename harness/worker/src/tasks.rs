//! The tasks a worker can be asked to do.

use pressmark_abi::{MODEL_1, PRIME_1, PmPage, PmStr, TRAINABLE_1};
use pressmark_protocol::archive::{self, Header};
use pressmark_protocol::page::word;
use pressmark_protocol::{
    CodeResult, CompactResult, Failure, FailureKind, Observations, Options, PackMode, PackPage,
    PackResult, PackSession, Packed, Phase, Protocol, Request, Response, StrategyInfo, Success,
    Task,
};

use crate::context::Context;
use crate::host::{self, List};
use crate::instance::{Direction, Instance, bytes};
use crate::loader::Plugin;
use crate::memory::Measurement;
use crate::page::SharedPage;
use crate::sink::Sink;
use crate::{audit, mapping};

/// Most bytes of an archive's header without its model.
const HEADER_SLACK: u64 = 1 << 20;
/// Most bytes of contexts that a sink is made ready for.
const MOST_EXPECTED: u64 = 64 << 20;
/// Bytes that a runtime may keep for itself without a word.
const LEFT_BEHIND: u64 = 256 << 10;

/// Does what was asked and tells what came of it.
pub(crate) fn run(request: &Request, page: &'static SharedPage) -> Response {
    page.enter(Phase::Load);
    let plugin = match Plugin::load(&request.plugin) {
        Ok(plugin) => plugin,
        Err(failure) => {
            return Response { outcome: Err(failure), observations: Observations::default() };
        }
    };
    if let Task::Describe = request.task {
        return Response {
            outcome: Ok(Success::Described(plugin.info)),
            observations: Observations::default(),
        };
    }
    let job = match Job::new(request, &plugin, page) {
        Ok(job) => job,
        Err(failure) => {
            return Response { outcome: Err(failure), observations: Observations::default() };
        }
    };
    let outcome = match &request.task {
        Task::Describe => unreachable!("answered above"),
        Task::Encode { protocol, checksum, prime_checksum, warm, ideal } => {
            job.encode(*protocol, *checksum, *prime_checksum, *warm, *ideal).map(Success::Coded)
        }
        Task::Decode { protocol, warm } => job.decode(*protocol, *warm).map(Success::Coded),
        Task::Compact { budget, tokens } => job.compact(*budget, *tokens).map(Success::Compacted),
        Task::Replay { capacity } => job.replay(*capacity).map(Success::Replayed),
        Task::Explain => job.explain().map(|()| Success::Explained),
        Task::Pack { budget, mode } => job.pack(*budget, *mode).map(Success::Packed),
    };
    Response { outcome, observations: job.context.observations() }
}

/// One strategy with its options, ready to be instantiated.
struct Job<'a> {
    request: &'a Request,
    strategy: &'static pressmark_abi::PmStrategy,
    info: StrategyInfo,
    /// Options that differ from their defaults.
    options: Options,
    context: &'static Context,
    host: &'static pressmark_abi::PmHost,
}

impl<'a> Job<'a> {
    fn new(
        request: &'a Request,
        plugin: &Plugin,
        page: &'static SharedPage,
    ) -> Result<Self, Failure> {
        let (strategy, info) = plugin.strategy(&request.strategy)?;
        let (complete, options) = resolve(info, &request.options)?;
        // The host's services live as long as the process: an instance may keep them.
        let context: &'static Context =
            Box::leak(Box::new(Context::new(page, &request.limits, &complete)));
        let host = host::table(context, request);
        Ok(Job { request, strategy, info: info.clone(), options, context, host })
    }

    fn instance(&self) -> Result<Instance, Failure> {
        Instance::create(self.strategy, &self.info.interfaces, self.host, self.context)
    }

    /// A fresh instance that has what the protocol gives it.
    fn prepared(
        &self,
        protocol: Protocol,
        prime: &[u8],
        model: Option<&[u8]>,
    ) -> Result<(Instance, Option<f64>), Failure> {
        let mut instance = self.instance()?;
        let start = std::time::Instant::now();
        match protocol {
            Protocol::Cold => return Ok((instance, None)),
            Protocol::Primed => instance.prime(prime)?,
            Protocol::Trained => instance.load(model.unwrap_or_default())?,
        }
        Ok((instance, Some(start.elapsed().as_secs_f64())))
    }

    fn encode(
        &self,
        protocol: Protocol,
        checksum: [u8; 8],
        prime_checksum: Option<[u8; 8]>,
        warm: bool,
        ideal: bool,
    ) -> Result<CodeResult, Failure> {
        let input = self.input()?;
        let prime = self.prime()?;
        self.require(protocol)?;
        let mut result = CodeResult::default();
        let mut model = None;
        if protocol == Protocol::Trained {
            let start = std::time::Instant::now();
            let mut bytes = self.sink(prime.len() as u64, self.request.limits.output)?;
            let mut trainer = self.instance()?;
            let trained = trainer.train(prime, &mut bytes);
            self.accepted(trained, &bytes, Phase::Train)?;
            trainer.destroy();
            result.prepare_seconds = Some(start.elapsed().as_secs_f64());
            result.model_bytes = Some(bytes.len() as u64);
            model = Some(bytes.bytes().to_vec());
        }
        let header = Header {
            strategy: self.info.id.clone(),
            format_version: self.info.format_version,
            options: self.options.clone(),
            decoded_len: input.len() as u64,
            checksum,
            prime_checksum: prime_checksum.filter(|_| protocol == Protocol::Primed),
        }
        .to_bytes(model.as_deref());
        let expected = input.len() as u64 + input.len() as u64 / 16 + header.len() as u64;
        let limit = self.request.limits.output + header.len() as u64 + HEADER_SLACK;
        let mut sink = self.sink(expected, limit)?;

        let measurement = Measurement::begin(self.context.page);
        let (mut instance, prepare_seconds) = self.prepared(protocol, prime, model.as_deref())?;
        result.prepare_seconds = match (result.prepare_seconds, prepare_seconds) {
            (Some(train), Some(load)) => Some(train + load),
            (train, load) => load.or(train),
        };
        sink.write(&header);
        self.context.set_written(sink.len() as u64);
        self.context.record_curves(true);
        let bound = instance.bound(input.len() as u64);
        let seconds = instance.code(Direction::Encode, input, &mut sink);
        result.seconds = self.accepted(seconds, &sink, Phase::Encode)?;
        self.context.progress(input.len() as u64, input.len() as u64);
        self.context.record_curves(false);
        result.memory = measurement.end();
        let payload = (sink.len() - header.len()) as u64;
        if let Some(bound) = bound.filter(|&bound| payload > bound) {
            self.context.warn(format!("encode wrote {payload} bytes, its bound said {bound}"));
        }
        if ideal && instance.claims(MODEL_1) {
            result.ideal_bits = Some(instance.code_length()?);
        }
        self.destroy(instance);
        if warm {
            let written = sink.len();
            let mut again = self.warm(protocol, prime, model.as_deref())?;
            let seconds = again.code(Direction::Encode, input, &mut sink);
            result.warm_seconds = Some(self.accepted(seconds, &sink, Phase::Encode)?);
            again.destroy();
            sink.truncate(written);
        }
        result.output_bytes = self.finish(sink)?;
        Ok(result)
    }

    fn decode(&self, protocol: Protocol, warm: bool) -> Result<CodeResult, Failure> {
        let archive = self.input()?;
        let prime = self.prime()?;
        let parts = archive::parse(archive).map_err(bad_archive)?;
        if parts.header.strategy != self.info.id {
            return Err(bad_archive(format!(
                "the archive was written by {}, not by {}",
                parts.header.strategy, self.info.id
            )));
        }
        if parts.header.format_version != self.info.format_version {
            return Err(bad_archive(format!(
                "the archive has version {} of the format of {}, this plugin reads version {}",
                parts.header.format_version, self.info.id, self.info.format_version
            )));
        }
        let decoded_len = parts.header.decoded_len;
        let limit = decoded_len.min(self.request.limits.output);
        let mut sink = self.sink(limit, limit)?;
        let direction = Direction::Decode { decoded_len };

        let mut result = CodeResult::default();
        let measurement = Measurement::begin(self.context.page);
        let (mut instance, prepare_seconds) = self.prepared(protocol, prime, parts.model)?;
        result.prepare_seconds = prepare_seconds;
        let seconds = instance.code(direction, parts.payload, &mut sink);
        result.seconds = self.accepted(seconds, &sink, Phase::Decode)?;
        result.memory = measurement.end();
        instance.destroy();
        if warm {
            sink.truncate(0);
            let mut again = self.warm(protocol, prime, parts.model)?;
            let seconds = again.code(direction, parts.payload, &mut sink);
            result.warm_seconds = Some(self.accepted(seconds, &sink, Phase::Decode)?);
            again.destroy();
        }
        result.output_bytes = self.finish(sink)?;
        Ok(result)
    }

    /// Destroys an instance and says if memory was left behind.
    fn destroy(&self, instance: Instance) {
        instance.destroy();
        let live = self.context.page.get(word::LIVE);
        if live > LEFT_BEHIND {
            self.context.warn(format!("{live} bytes were not given back by destroy"));
        }
    }

    /// A second instance in the same process.
    fn warm(
        &self,
        protocol: Protocol,
        prime: &[u8],
        model: Option<&[u8]>,
    ) -> Result<Instance, Failure> {
        self.prepared(protocol, prime, model).map(|(instance, _)| instance)
    }

    fn compact(&self, budget: Option<u64>, tokens: bool) -> Result<CompactResult, Failure> {
        let document = self.input()?;
        let mut sink = self.sink(document.len() as u64, self.request.limits.output)?;
        let mut kept = List::Spans(Vec::new());
        let measurement = Measurement::begin(self.context.page);
        let mut instance = self.instance()?;
        let seconds = instance.compact(document, budget, tokens, &mut sink, &mut kept);
        let seconds = self.accepted(seconds, &sink, Phase::Compact)?;
        let memory = measurement.end();
        instance.destroy();
        let List::Spans(kept) = kept else { unreachable!("made as spans") };
        audit::spans(&kept, document.len() as u64)?;
        audit::budget(sink.bytes(), budget, tokens, Phase::Compact)?;
        Ok(CompactResult { kept, output_bytes: self.finish(sink)?, seconds, memory })
    }

    fn replay(&self, capacity: u64) -> Result<pressmark_protocol::CacheResult, Failure> {
        let trace = self.request.descriptors.input.map(mapping::file);
        let mut trace = trace.ok_or_else(|| worker_failure("no trace was given"))?;
        let measurement = Measurement::begin(self.context.page);
        let mut instance = self.instance()?;
        let mut result = audit::replay(&mut instance, &mut *trace, capacity)?;
        result.memory = measurement.end();
        instance.destroy();
        Ok(result)
    }

    fn explain(&self) -> Result<(), Failure> {
        let input = self.input()?;
        let prime = self.prime()?;
        let limit = self.request.limits.output;
        let mut sink = self.sink((4 * input.len() as u64).min(limit), limit)?;
        let protocol = if prime.is_empty() { Protocol::Cold } else { Protocol::Primed };
        let (mut instance, _) = self.prepared(protocol, prime, None)?;
        let explained = instance.explain(input, &mut sink);
        self.accepted(explained, &sink, Phase::Explain)?;
        instance.destroy();
        self.finish(sink).map(|_| ())
    }

    /// Packs the contexts of all questions, each session on an instance of its own.
    fn pack(&self, budget: u64, mode: PackMode) -> Result<PackResult, Failure> {
        let sessions: Vec<PackSession> =
            serde_json::from_slice(self.input()?).map_err(worker_failure)?;
        let asked: usize = sessions.iter().map(|session| session.questions.len()).sum();
        let most = (asked as u64).saturating_mul(budget.saturating_mul(4));
        let mut sink = self.sink(most.min(MOST_EXPECTED), self.request.limits.output)?;
        let mut result = PackResult::default();
        let measurement = Measurement::begin(self.context.page);
        for session in &sessions {
            let pages: Vec<PmPage> = (0..).zip(&session.pages).map(raw_page).collect();
            let mut instance = self.instance()?;
            for question in &session.questions {
                let pages = pages.get(..question.pages);
                let pages = pages.ok_or_else(|| worker_failure("a question about no page"))?;
                let before = sink.len();
                let mut keys = List::Keys(Vec::new());
                let text = question.text.as_bytes();
                let packed = instance.pack(text, pages, (budget, mode), &mut sink, &mut keys);
                result.seconds += self.accepted(packed, &sink, Phase::Pack)?;
                let List::Keys(keys) = keys else { unreachable!("made as keys") };
                let chosen: Vec<u64> = keys.into_iter().map(|(page, _)| page).collect();
                let written = &sink.bytes()[before..];
                audit::chosen(&chosen, pages.len())?;
                audit::budget(written, Some(budget), true, Phase::Pack)?;
                let (bytes, tokens) = (written.len() as u64, audit::tokens_of(written));
                result.packed.push(Packed { bytes, tokens, chosen });
            }
            instance.destroy();
        }
        result.memory = measurement.end();
        self.finish(sink)?;
        Ok(result)
    }

    /// The protocol needs an interface that the strategy must claim.
    fn require(&self, protocol: Protocol) -> Result<(), Failure> {
        let (id, phase) = match protocol {
            Protocol::Cold => return Ok(()),
            Protocol::Primed => (PRIME_1, Phase::Prime),
            Protocol::Trained => (TRAINABLE_1, Phase::Train),
        };
        let id = id.to_string_lossy();
        if self.info.has(&id) {
            return Ok(());
        }
        Err(Failure {
            kind: FailureKind::Unsupported,
            phase,
            message: format!(
                "{} does not offer {id}, which {} runs need",
                self.info.id,
                protocol.name()
            ),
        })
    }

    /// A refusal of the sink is the host's word, whatever the plugin made of it.
    fn accepted<T>(
        &self,
        result: Result<T, Failure>,
        sink: &Sink,
        phase: Phase,
    ) -> Result<T, Failure> {
        if sink.refused() {
            return Err(Failure {
                kind: FailureKind::Status(pressmark_abi::ERR_SINK),
                phase,
                message: format!(
                    "the strategy wrote more than {} bytes, all that this output may have",
                    sink.limit()
                ),
            });
        }
        result
    }

    fn input(&self) -> Result<&'static [u8], Failure> {
        self.mapped(self.request.descriptors.input)
    }

    fn prime(&self) -> Result<&'static [u8], Failure> {
        self.mapped(self.request.descriptors.prime)
    }

    fn mapped(&self, descriptor: Option<i32>) -> Result<&'static [u8], Failure> {
        descriptor.map_or(Ok(&[][..]), mapping::bytes).map_err(worker_failure)
    }

    fn sink(&self, expected: u64, limit: u64) -> Result<Sink, Failure> {
        let descriptor = self.request.descriptors.output;
        let descriptor = descriptor.ok_or_else(|| worker_failure("no output file was given"))?;
        Sink::new(descriptor, expected, limit).map_err(worker_failure)
    }

    fn finish(&self, sink: Sink) -> Result<u64, Failure> {
        sink.finish().map_err(worker_failure)
    }
}

/// Every option with its value, and those that differ from their defaults.
fn resolve(info: &StrategyInfo, given: &Options) -> Result<(Options, Options), Failure> {
    let failure = |message| Failure {
        kind: FailureKind::Status(pressmark_abi::ERR_BAD_OPTION),
        phase: Phase::Load,
        message,
    };
    let mut complete = Options::new();
    let mut different = Options::new();
    for (name, value) in given {
        let spec = info.options.iter().find(|spec| spec.name == *name);
        let spec = spec.ok_or_else(|| failure(format!("{} has no option {name}", info.id)))?;
        let value = spec
            .check(value)
            .map_err(|allowed| failure(format!("option {name} of {} {allowed}", info.id)))?;
        if value != spec.default_value() {
            different.insert(name.clone(), value.clone());
        }
        complete.insert(name.clone(), value);
    }
    for spec in &info.options {
        complete.entry(spec.name.clone()).or_insert_with(|| spec.default_value());
    }
    Ok((complete, different))
}

/// A page as the ABI gives it; its texts live in the session.
fn raw_page((turn, page): (u64, &PackPage)) -> PmPage {
    let text = |text: &str| PmStr { ptr: text.as_ptr().cast(), len: text.len() as u64 };
    PmPage {
        text: bytes(page.text.as_bytes()),
        role: text(&page.role),
        tool: text(&page.tool),
        turn,
        tokens: audit::tokens_of(page.text.as_bytes()),
    }
}

fn bad_archive(message: String) -> Failure {
    Failure { kind: FailureKind::BadArchive, phase: Phase::Decode, message }
}

fn worker_failure(error: impl ToString) -> Failure {
    Failure { kind: FailureKind::Worker, phase: Phase::Start, message: error.to_string() }
}
