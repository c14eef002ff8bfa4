//! One cell: encode in one process, decode in another, compare, record.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use pressmark_protocol::{CodeResult, Limits, Observations, Protocol, Success, Task, interface};
use pressmark_reports::record::{
    Channel, Dataset, LEARNING_CURVE, MEMORY_CURVE, Metric, Plugin, PrimeMethod,
    Protocol as RecordProtocol, Task as RecordTask,
};
use pressmark_reports::{Record, State};
use sha2::{Digest, Sha256};

use super::Runner;
use super::inputs::{Form, Inputs, checksum};
use crate::config::Experiment;
use crate::memfile::MemFile;
use crate::plan::{Cell, PlannedStrategy, by_difference};
use crate::worker::{Done, Ending, Job, Outcome};

/// Output may be this many times the input, and at least [`LEAST_OUTPUT`].
const MOST_EXPANSION: u64 = 8;
const LEAST_OUTPUT: u64 = 64 << 20;

/// Limits of a worker over an input of `bytes` bytes.
pub fn limits(experiment_memory: u64, timeout: Duration, threads: u32, bytes: u64) -> Limits {
    Limits {
        memory: experiment_memory,
        cpu_seconds: timeout.as_secs().saturating_mul(u64::from(threads)).saturating_add(5),
        output: bytes.saturating_mul(MOST_EXPANSION).max(LEAST_OUTPUT),
        threads,
    }
}

/// A cell under way.
pub(super) struct CellRun<'a> {
    pub(super) runner: &'a Runner<'a>,
    pub(super) cell: &'a Cell,
    pub(super) strategy: &'a PlannedStrategy,
    inputs: &'a Inputs,
    pub(super) record: Record,
    difference: bool,
    /// The first repeat's archive.
    archive: Option<MemFile>,
    encode_seconds: Vec<f64>,
    decode_seconds: Vec<f64>,
    /// Of caches and compactions, one value per repeat.
    pub(super) seconds: Vec<f64>,
    spent: Duration,
    ended: bool,
}

/// What encoding and decoding gave.
struct Coded {
    encode: CodeResult,
    decode: CodeResult,
    observations: Observations,
    archive: MemFile,
}

/// A record with everything that is known before the first run.
pub(super) fn blank(runner: &Runner<'_>, cell: &Cell) -> Record {
    let strategy = &runner.plan.strategies[cell.strategy];
    let dataset = &runner.config.datasets[cell.dataset];
    let provider = &strategy.provider;
    let options = strategy.options.iter().map(|(name, value)| {
        (name.clone(), serde_json::to_value(value).expect("an option is a plain value"))
    });
    let task = runner.config.experiment.task;
    let amount = cell.amount.map(|amount| {
        let name = if task == RecordTask::Cache { "capacity" } else { "budget" };
        (name.to_string(), amount.to_string().into())
    });
    let mode = runner.config.experiment.pack_mode();
    let mode = mode.map(|mode| ("mode".to_string(), mode.name().into()));
    Record {
        experiment: runner.config.experiment.name.clone(),
        strategy: strategy.id.clone(),
        plugin: Plugin {
            id: provider.id.clone(),
            version: provider.version.clone(),
            sha256: provider.sha256.clone(),
            bytes: provider.bytes,
            decoder_bytes: provider.decoder_bytes,
        },
        options: options.chain(amount).chain(mode).collect(),
        task,
        dataset: Dataset {
            id: dataset.id.clone(),
            source: Some(dataset.source.clone()),
            ..Dataset::default()
        },
        protocol: match cell.protocol {
            Protocol::Cold => RecordProtocol::Cold,
            Protocol::Primed => RecordProtocol::Primed,
            Protocol::Trained => RecordProtocol::Trained,
        },
        seed: cell.seed,
        environment: crate::environment::capture(),
        ..Record::default()
    }
}

impl<'a> CellRun<'a> {
    pub(super) fn new(
        runner: &'a Runner<'a>,
        cell: &'a Cell,
        inputs: &'a Inputs,
        key: String,
    ) -> CellRun<'a> {
        let strategy = &runner.plan.strategies[cell.strategy];
        let difference = by_difference(&strategy.provider, cell.protocol);
        let mut record = blank(runner, cell);
        record.key = key;
        record.dataset.sha256 = Some(inputs.dataset.sha256.clone());
        record.dataset.bytes = Some(inputs.bytes);
        record.dataset.chars = inputs.dataset.chars;
        record.dataset.slice = Some(inputs.dataset.slice.clone());
        record.dataset.format = Some(inputs.dataset.format.to_string());
        if cell.protocol != Protocol::Cold {
            record.prime_bytes = Some(inputs.prime_bytes);
            record.prime_sha256 = inputs.dataset.prime_sha256.clone();
        }
        if cell.protocol == Protocol::Primed {
            let method = if difference { PrimeMethod::Difference } else { PrimeMethod::Model };
            record.prime_method = Some(method);
        }
        CellRun {
            runner,
            cell,
            strategy,
            inputs,
            record,
            difference,
            archive: None,
            encode_seconds: Vec::new(),
            decode_seconds: Vec::new(),
            seconds: Vec::new(),
            spent: Duration::ZERO,
            ended: false,
        }
    }

    /// Runs one repeat; returns the record once the cell has ended. A cell that the person
    /// interrupts leaves none.
    pub(super) fn repeat(&mut self, repeat: usize) -> std::io::Result<Option<Record>> {
        if self.ended {
            return Ok(None);
        }
        self.runner.observer.cell_started(&self.label());
        let start = Instant::now();
        let inputs = self.inputs;
        let result = match &inputs.form {
            Form::Bytes => self.measure(repeat),
            Form::Trace(trace) => self.replay(trace),
            Form::Documents(cases) => self.compact(cases),
            Form::Sessions(cases) => self.pack(cases),
        }?;
        self.spent += start.elapsed();
        match result {
            Ok(()) if repeat + 1 < self.experiment().repeats as usize => return Ok(None),
            Ok(()) => self.record.state = State::Ok,
            Err(ending) if ending.state == State::Cancelled => {
                self.ended = true;
                return Ok(None);
            }
            Err(ending) => self.fail(ending),
        }
        self.ended = true;
        self.record.wall_seconds = Some(self.spent.as_secs_f64());
        self.record.drop_non_finite();
        Ok(Some(self.record.clone()))
    }

    /// The cell for a person: strategy, dataset, and protocol, capacity or budget.
    fn label(&self) -> String {
        let how = match self.cell.amount {
            Some(amount) => amount.to_string(),
            None => self.cell.protocol.name().to_string(),
        };
        format!("{} {} {how}", self.strategy.id, self.inputs.dataset.id)
    }

    pub(super) fn experiment(&self) -> &'a Experiment {
        &self.runner.config.experiment
    }

    /// The cell's capacity or budget where the whole has `whole` units.
    pub(super) fn units(&self, whole: u64) -> u64 {
        self.cell.amount.map_or(whole, |amount| amount.of(whole))
    }

    /// Notes a figure of the host's own.
    pub(super) fn figure(&mut self, name: &str, unit: &str, value: Option<f64>) {
        self.record.metrics.insert(name.into(), Metric { value, unit: unit.into() });
    }

    fn fail(&mut self, ending: Ending) {
        self.observe(&ending.observations);
        self.record.state = ending.state;
        self.record.reason = Some(ending.reason);
        self.record.phase = Some(ending.phase.name().to_string());
        self.record.signal = ending.signal;
        self.record.code = ending.code;
    }

    /// Encodes, decodes, compares and notes the figures of one repeat.
    fn measure(&mut self, repeat: usize) -> std::io::Result<Result<(), Ending>> {
        let inputs = self.inputs;
        let first = repeat == 0;
        let coded = if self.difference {
            self.code(inputs.joined()?, Protocol::Cold, None, first)?
        } else {
            let sum = checksum(&inputs.dataset.sha256);
            self.code(&inputs.input, self.cell.protocol, Some(sum), first)?
        };
        let coded = match coded {
            Ok(coded) => coded,
            Err(ending) => return Ok(Err(ending)),
        };
        match &self.archive {
            None => {
                let size = coded.archive.len()?;
                let encoded = if self.difference {
                    let prime = self.inputs.prime.as_ref().expect("primed cells have a prime");
                    let prime = match self.encode(prime, Protocol::Cold, [0; 8], false)? {
                        Ok(done) => done.output.len()?,
                        Err(ending) => return Ok(Err(ending)),
                    };
                    self.curves(&coded.observations, inputs.prime_bytes, prime);
                    size.saturating_sub(prime)
                } else {
                    self.curves(&coded.observations, 0, 0);
                    size
                };
                self.first_repeat(&coded, encoded);
                if self.runner.options.keep_archives {
                    self.keep(&coded.archive)?;
                }
                self.times(&coded);
                self.archive = Some(coded.archive);
                return Ok(Ok(()));
            }
            Some(first) if self.is_deterministic() => {
                if let Some(at) = first.first_difference(&coded.archive)? {
                    return Ok(Err(Ending {
                        state: State::PluginError,
                        reason: format!(
                            "the strategy claims to be deterministic, and the archive of repeat {} \
                             differs from that of repeat 1 at byte {at}",
                            repeat + 1
                        ),
                        phase: pressmark_protocol::Phase::Encode,
                        signal: None,
                        code: None,
                        observations: Observations::default(),
                    }));
                }
            }
            Some(_) => {}
        }
        self.times(&coded);
        Ok(Ok(()))
    }

    fn is_deterministic(&self) -> bool {
        self.strategy.provider.info.as_ref().is_some_and(|info| info.deterministic)
    }

    /// Encodes, decodes in another process, and compares.
    fn code(
        &self,
        input: &MemFile,
        protocol: Protocol,
        sum: Option<[u8; 8]>,
        ideal: bool,
    ) -> std::io::Result<Result<Coded, Ending>> {
        let sum = match sum {
            Some(sum) => sum,
            None => checksum(&crate::plugins::hex(&Sha256::digest(input.bytes()?))),
        };
        let encoded = match self.encode(input, protocol, sum, ideal)? {
            Ok(done) => done,
            Err(ending) => return Ok(Err(ending)),
        };
        let task = Task::Decode { protocol, warm: self.experiment().warm };
        let decoded = match self.work(task, &encoded.output, protocol, input.len()?)? {
            Ok(done) => done,
            Err(ending) => return Ok(Err(ending)),
        };
        let (Success::Coded(encode), Success::Coded(decode)) = (encoded.success, decoded.success)
        else {
            return Err(std::io::Error::other("a worker answered another question"));
        };
        if let Some(at) = input.first_difference(&decoded.output)? {
            return Ok(Err(Ending {
                state: State::RoundtripMismatch,
                reason: format!(
                    "the decoder wrote {} bytes, the input has {}; they differ first at byte {at}",
                    decoded.output.len()?,
                    input.len()?
                ),
                phase: pressmark_protocol::Phase::Decode,
                signal: None,
                code: None,
                observations: encoded.observations,
            }));
        }
        let mut observations = encoded.observations;
        observations.warnings.extend(decoded.observations.warnings);
        observations.warnings.dedup();
        Ok(Ok(Coded { encode, decode, observations, archive: encoded.output }))
    }

    fn encode(
        &self,
        input: &MemFile,
        protocol: Protocol,
        sum: [u8; 8],
        ideal: bool,
    ) -> std::io::Result<Result<Done, Ending>> {
        let task = Task::Encode {
            protocol,
            checksum: sum,
            prime_checksum: self.inputs.dataset.prime_sha256.as_deref().map(checksum),
            warm: self.experiment().warm,
            ideal: ideal && self.strategy.provider.may(interface::MODEL),
        };
        self.work(task, input, protocol, input.len()?)
    }

    /// Gives a task over `input` to a worker. The decoder gets the archive, the options, the
    /// priming text and nothing else.
    pub(super) fn work(
        &self,
        task: Task,
        input: &MemFile,
        protocol: Protocol,
        bytes: u64,
    ) -> std::io::Result<Result<Done, Ending>> {
        let experiment = self.experiment();
        let trains = protocol == Protocol::Trained && matches!(task, Task::Encode { .. });
        let primes = protocol == Protocol::Primed || trains;
        let job = Job {
            plugin: &self.strategy.provider.path,
            strategy: &self.strategy.id,
            options: &self.strategy.options,
            seed: self.cell.seed,
            limits: limits(
                experiment.memory_limit.0,
                experiment.timeout,
                experiment.threads,
                bytes,
            ),
            deadline: experiment.timeout,
            task,
            input: Some(input.as_fd()),
            prime: self.inputs.prime.as_ref().filter(|_| primes),
        };
        Ok(match self.runner.workers.run(&job)? {
            Outcome::Done(done) => Ok(*done),
            Outcome::Failed(ending) => Err(*ending),
        })
    }

    /// Figures that do not change from repeat to repeat, or are taken once.
    fn first_repeat(&mut self, coded: &Coded, encoded: u64) {
        self.record.set_encoded_bytes(encoded);
        self.record.model_bytes = coded.encode.model_bytes;
        if let Some(bits) = coded.encode.ideal_bits.filter(|_| !self.difference) {
            self.record.set_ideal_bits(bits);
        }
        let (encode, decode) = (&coded.encode.memory, &coded.decode.memory);
        self.record.host_alloc_peak_bytes = Some(encode.host_alloc_peak);
        self.record.rss_peak_delta_bytes = encode.rss_peak_delta;
        self.record.max_rss_bytes = encode.max_rss;
        self.record.decode_host_alloc_peak_bytes = Some(decode.host_alloc_peak);
        self.record.decode_rss_peak_delta_bytes = decode.rss_peak_delta;
        self.record.decode_max_rss_bytes = decode.max_rss;
        self.observe(&coded.observations);
    }

    fn times(&mut self, coded: &Coded) {
        // Taking side information in belongs to the time, whether a strategy does it at once or
        // puts it off until the call; priming by difference pays for it too.
        let whole = |result: &CodeResult| result.seconds + result.prepare_seconds.unwrap_or(0.0);
        self.encode_seconds.push(whole(&coded.encode));
        self.decode_seconds.push(whole(&coded.decode));
        self.record.encode_seconds_warm.extend(coded.encode.warm_seconds);
        self.record.decode_seconds_warm.extend(coded.decode.warm_seconds);
        self.record.prime_seconds.extend(coded.encode.prepare_seconds);
        self.record.set_times(self.encode_seconds.clone(), self.decode_seconds.clone());
    }

    /// Curves over the input alone: what stands before it is taken off.
    fn curves(&mut self, observations: &Observations, skip: u64, skip_written: u64) {
        let skip = skip as f64;
        let points = |curve: &[(f64, f64)], base: f64| -> Vec<[f64; 2]> {
            let within = curve.iter().filter(|(x, _)| *x >= skip);
            within.map(|(x, y)| [x - skip, (y - base).max(0.0)]).collect()
        };
        for (name, curve, base) in [
            (MEMORY_CURVE, &observations.memory_curve, 0.0),
            (LEARNING_CURVE, &observations.output_curve, skip_written as f64),
        ] {
            // A strategy that never tells its progress has an end and no curve.
            if curve.len() > 2 {
                self.record.series.insert(name.to_string(), points(curve, base));
            }
        }
    }

    pub(super) fn observe(&mut self, observations: &Observations) {
        let record = &mut self.record;
        record.warnings.extend(observations.notes().map(str::to_string));
        record.channels = observations
            .channels
            .iter()
            .map(|channel| Channel {
                name: channel.name.clone(),
                lookups: channel.lookups,
                hits: channel.hits,
            })
            .collect();
        for (name, metric) in &observations.metrics {
            let metric = Metric { value: Some(metric.value), unit: metric.unit.clone() };
            record.metrics.insert(name.clone(), metric);
        }
        for (name, points) in &observations.series {
            record.series.insert(name.clone(), points.iter().map(|&(x, y)| [x, y]).collect());
        }
    }

    fn keep(&self, archive: &MemFile) -> std::io::Result<()> {
        let dir = self.runner.out.join("archives");
        std::fs::create_dir_all(&dir)?;
        archive.copy_to(&mut std::fs::File::create(dir.join(format!("{}.pm", self.record.key)))?)
    }
}
