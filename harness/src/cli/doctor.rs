//! `pressmark doctor`: is this machine, and this installation, fit to measure?

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use clap::Args;
use pressmark::environment;
use pressmark::memfile::MemFile;
use pressmark::plugins::Strategy;
use pressmark::run::limits;
use pressmark::worker::{Job, Outcome, Workers};
use pressmark_protocol::{Options, Protocol, Success, Task};
use pressmark_reports::statistics::median;

use super::{Global, Style, exit, tools};

/// Runs of the same cell against itself.
const RUNS: usize = 11;
/// Bytes that such a run copies.
const PROBE: usize = 32 << 20;
/// Spread of equal runs above which times say little.
const NOISY: f64 = 0.10;

/// Check this machine and installation, and measure the noise floor
#[derive(Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let mut findings = Findings { style: Style::stdout(), bad: 0 };
        let environment = environment::capture();
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
        findings.good(&format!(
            "{}, {} cores, {}, kernel {}",
            known(&environment.cpu),
            environment.cores.unwrap_or_default(),
            known(&environment.os),
            known(&environment.kernel)
        ));
        match environment.governor.as_deref() {
            Some("performance") => findings.good("frequency governor: performance"),
            Some(governor) => findings.advice(&format!(
                "frequency governor {governor}: times will drift; `cpupower frequency-set -g \
                 performance` steadies them"
            )),
            None => {
                findings.advice("the frequency governor cannot be read, as on virtual machines")
            }
        }
        let load = environment.load_average.unwrap_or_default();
        if load > 0.5 * f64::from(environment.cores.unwrap_or(1)) {
            findings
                .advice(&format!("load average {load}: something else is running; times suffer"));
        }
        let workers = match Workers::find() {
            Ok(workers) => workers,
            Err(error) => {
                findings.fault(&error);
                return Ok(exit::USAGE);
            }
        };
        let registry = tools::registry(global, &workers)?;
        for plugin in registry.plugins() {
            findings.good(&format!(
                "plugin {} {}: {} strategies, {}",
                plugin.info().id,
                plugin.info().version,
                plugin.info().strategies.len(),
                plugin.path.display()
            ));
        }
        for broken in registry.broken() {
            findings.fault(&format!(
                "{}: {}: {}",
                broken.path.display(),
                broken.ending.state,
                broken.ending.reason
            ));
        }
        match registry.strategy("ref.store") {
            Ok(strategy) => measure(&workers, strategy, &mut findings)?,
            Err(error) => findings.fault(&error),
        }
        Ok(if findings.bad == 0 { exit::OK } else { exit::USAGE })
    }
}

/// The cost of a run of nothing, and how much equal runs differ.
fn measure(workers: &Workers, store: Strategy<'_>, findings: &mut Findings) -> anyhow::Result<()> {
    let mut walls = Vec::new();
    let mut calls = Vec::new();
    let empty = MemFile::of("empty", &[])?;
    let block = MemFile::of("block", &[&vec![b'x'; PROBE]])?;
    for _ in 0..RUNS {
        let start = Instant::now();
        copy(workers, store, &empty, 0)?;
        walls.push(start.elapsed().as_secs_f64());
        calls.extend(copy(workers, store, &block, PROBE as u64)?);
    }
    let overhead = median(&walls).unwrap_or_default();
    findings.good(&format!("a worker that does nothing takes {:.1} ms", overhead * 1e3));
    let middle = median(&calls).unwrap_or_default();
    calls.sort_by(f64::total_cmp);
    if let (Some(low), Some(high)) = (calls.get(1), calls.get(calls.len().saturating_sub(2)))
        && middle > 0.0
    {
        let spread = (high - low) / middle;
        let speed = PROBE as f64 / 1e6 / middle;
        let text = format!(
            "copying through the whole path: {speed:.0} MB/s; equal runs differ by {:.1} % \
             (noise floor)",
            spread * 100.0
        );
        if spread > NOISY {
            findings.advice(&format!("{text}: use more repeats, or a quieter machine"));
        } else {
            findings.good(&text);
        }
    }
    Ok(())
}

/// Encodes by copying; the seconds of the call.
fn copy(
    workers: &Workers,
    store: Strategy<'_>,
    input: &MemFile,
    bytes: u64,
) -> anyhow::Result<Option<f64>> {
    let timeout = Duration::from_secs(60);
    let job = Job {
        plugin: &store.plugin.path,
        strategy: &store.info.id,
        options: &Options::new(),
        seed: 0,
        limits: limits(1 << 30, timeout, 1, bytes),
        deadline: timeout,
        task: Task::Encode {
            protocol: Protocol::Cold,
            checksum: [0; 8],
            prime_checksum: None,
            warm: false,
            ideal: false,
        },
        input: Some(input.as_fd()),
        prime: None,
    };
    match workers.run(&job)? {
        Outcome::Done(done) => match done.success {
            Success::Coded(result) => Ok(Some(result.seconds)),
            _ => Ok(None),
        },
        Outcome::Failed(ending) => anyhow::bail!("{}: {}", ending.state, ending.reason),
    }
}

struct Findings {
    style: Style,
    bad: usize,
}

impl Findings {
    fn good(&self, text: &str) {
        self.say(&self.style.green("ok   "), text);
    }

    fn advice(&self, text: &str) {
        self.say(&self.style.yellow("note "), text);
    }

    fn fault(&mut self, text: &str) {
        self.bad += 1;
        self.say(&self.style.red("fault"), text);
    }

    fn say(&self, mark: &str, text: &str) {
        // Standard output may be gone; there is nobody to tell then.
        let _ = super::output::print(&format!("{mark}  {text}\n"));
    }
}
