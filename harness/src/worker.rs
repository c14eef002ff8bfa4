//! Gives one task to a worker process and says how it ended.
//!
//! The worker gets its own process group, an empty environment, memory files for its bytes
//! and a deadline. Whatever it does - crash, hang, exit, run out of memory, print - the
//! result is one [`Outcome`].

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use pressmark_protocol::page::{SIZE, word};
use pressmark_protocol::{
    Descriptors, Failure, FailureKind, Limits, Observations, Options, Page, Phase, Request,
    Response, Success, Task, WORKER,
};
use pressmark_reports::State;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::memfile::{Lent, MemFile, number, tail};

/// What a plugin printed is quoted up to this many bytes.
const NOISE_QUOTED: u64 = 500;
/// How long an interruption may go unnoticed.
const TICK: Duration = Duration::from_millis(50);
/// How long a killed process may take to go away.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// One task, as the harness sees it.
pub struct Job<'a> {
    /// The plugin's library.
    pub plugin: &'a Path,
    /// Id of the strategy; empty to describe the plugin.
    pub strategy: &'a str,
    /// Options that were given.
    pub options: &'a Options,
    /// The strategy's only entropy.
    pub seed: u64,
    /// Limits of the worker.
    pub limits: Limits,
    /// Wall-clock time it may take.
    pub deadline: Duration,
    /// What to do.
    pub task: Task,
    /// What to encode, decode and so on; a trace may be the end of a pipe.
    pub input: Option<BorrowedFd<'a>>,
    /// Priming or training text.
    pub prime: Option<&'a MemFile>,
}

/// How a worker ended.
#[derive(Debug)]
pub enum Outcome {
    /// It did its task.
    Done(Box<Done>),
    /// It did not.
    Failed(Box<Ending>),
}

/// A task that was done.
#[derive(Debug)]
pub struct Done {
    /// What came of it.
    pub success: Success,
    /// What was told and sampled on the way.
    pub observations: Observations,
    /// What was written, sealed.
    pub output: MemFile,
}

/// A task that was not done.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The state of the cell.
    pub state: State,
    /// One sentence.
    pub reason: String,
    /// What the worker was doing.
    pub phase: Phase,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The status that the plugin returned, or the exit code.
    pub code: Option<i32>,
    /// What was told before.
    pub observations: Observations,
}

/// Starts workers.
#[derive(Debug)]
pub struct Workers {
    program: PathBuf,
    /// Descriptors are lent one child at a time, or another child would inherit them too.
    spawning: Mutex<()>,
}

impl Workers {
    /// Finds the worker beside this program.
    ///
    /// # Errors
    /// A sentence when it is not there.
    pub fn find() -> Result<Workers, String> {
        let program = std::env::current_exe()
            .map_err(|error| format!("this program cannot find itself: {error}"))?
            .with_file_name(format!("{WORKER}{}", std::env::consts::EXE_SUFFIX));
        if !program.is_file() {
            return Err(format!(
                "{} is missing: it is built and installed together with pressmark (cargo build \
                 builds both)",
                program.display()
            ));
        }
        Ok(Workers { program, spawning: Mutex::new(()) })
    }

    /// Runs one task to its end.
    ///
    /// # Errors
    /// When the system has no memory, descriptor or process left for it.
    pub fn run(&self, job: &Job<'_>) -> io::Result<Outcome> {
        let page = MemFile::zeroed("page", SIZE as u64)?;
        let response = MemFile::new("response")?;
        let output = MemFile::new("output")?;
        let noise = MemFile::new("noise")?;
        let request = Request {
            plugin: job.plugin.to_path_buf(),
            strategy: job.strategy.to_string(),
            options: job.options.clone(),
            seed: job.seed,
            limits: job.limits,
            descriptors: Descriptors {
                page: number(page.as_fd()),
                response: number(response.as_fd()),
                input: job.input.map(number),
                prime: job.prime.map(|prime| number(prime.as_fd())),
                output: Some(number(output.as_fd())),
            },
            task: job.task.clone(),
        };
        let mut lent = vec![page.as_fd(), response.as_fd(), output.as_fd()];
        lent.extend(job.input);
        lent.extend(job.prime.map(AsFd::as_fd));
        let child = self.spawn(lent, &noise, &request)?;
        let (status, stopped) = wait(child, job.deadline)?;
        let page = Page::parse(&page.bytes()?);
        let response = if page.get(word::COMPLETE) == 1 {
            serde_json::from_slice::<Response>(&response.bytes()?).ok()
        } else {
            None
        };
        let noise = tail(&noise, NOISE_QUOTED);
        Ok(match classify(status, stopped, &page, response, job.deadline, &noise) {
            Ok((success, mut observations)) => {
                if !noise.is_empty() {
                    observations.warnings.push(format!("the plugin printed: {noise}"));
                }
                seal_when_free(&output)?;
                Outcome::Done(Box::new(Done { success, observations, output }))
            }
            Err(ending) => Outcome::Failed(ending),
        })
    }

    fn spawn(
        &self,
        lent: Vec<BorrowedFd<'_>>,
        noise: &MemFile,
        request: &Request,
    ) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(noise.try_clone()?.into_file())
            .stderr(noise.try_clone()?.into_file());
        let mut child = {
            let _turn = self.spawning.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _lent = Lent::new(lent)?;
            command.spawn()?
        };
        let mut stdin = child.stdin.take().expect("it was piped");
        // A worker that died already is classified by its end, not by this broken pipe.
        let _ = stdin.write_all(&serde_json::to_vec(request)?);
        Ok(child)
    }
}

/// Seals the output once nothing maps it any more: a child that the plugin left behind was
/// killed with the group, and the kernel may still be taking it apart.
fn seal_when_free(output: &MemFile) -> io::Result<()> {
    let end = Instant::now() + LAST_BREATH;
    loop {
        match output.seal() {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            result => return result,
        }
    }
}

/// Why the harness stopped a worker.
#[derive(Clone, Copy, PartialEq)]
enum Stopped {
    No,
    Deadline,
    Interrupted,
}

/// Waits for the end of a worker, then ends all that it started.
fn wait(mut child: Child, deadline: Duration) -> io::Result<(ExitStatus, Stopped)> {
    let pid = Pid::from_child(&child);
    let descriptor = pidfd_open(pid, PidfdFlags::empty())?;
    let end = Instant::now() + deadline;
    let stopped = loop {
        let left = end.saturating_duration_since(Instant::now());
        if crate::interrupted() {
            break Stopped::Interrupted;
        }
        if left.is_zero() {
            break Stopped::Deadline;
        }
        let slice = left.min(TICK);
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(slice.subsec_nanos()) };
        match poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => break Stopped::No,
            Err(error) => return Err(error.into()),
        }
    };
    // The leader is not reaped yet, so its group's number cannot have passed to another.
    let _ = kill_process_group(pid, Signal::KILL);
    Ok((child.wait()?, stopped))
}

/// Says how a worker ended. A function of what it left behind, and of nothing else.
fn classify(
    status: ExitStatus,
    stopped: Stopped,
    page: &Page,
    response: Option<Response>,
    deadline: Duration,
    noise: &str,
) -> Result<(Success, Observations), Box<Ending>> {
    let phase = page.phase();
    let (failure, observations) = match response {
        // What was complete before the deadline or the interruption counts.
        Some(Response { outcome: Ok(success), observations }) => {
            return Ok((success, observations));
        }
        Some(Response { outcome: Err(failure), observations }) => (Some(failure), observations),
        None => (None, Observations::default()),
    };
    let refused = page.get(word::REFUSED);
    let ending = |state: State, reason: String| {
        Box::new(Ending {
            state,
            reason,
            phase: failure.as_ref().map_or(phase, |failure| failure.phase),
            signal: status.signal().filter(|_| failure.is_none()),
            code: match &failure {
                Some(Failure { kind: FailureKind::Status(code), .. }) => Some(*code),
                Some(_) => None,
                None => status.code(),
            },
            observations,
        })
    };
    let quoted = if noise.is_empty() { String::new() } else { format!("; it printed: {noise}") };
    Err(match (&failure, stopped) {
        (None, Stopped::Interrupted) => ending(State::Cancelled, "interrupted".into()),
        (None, Stopped::Deadline) => {
            let done = match (page.get(word::DONE), page.get(word::TOTAL)) {
                (_, 0) => String::new(),
                (done, total) => format!(", at {done} of {total} bytes"),
            };
            ending(
                State::Timeout,
                format!("not done after {:.1} s in {}{done}", deadline.as_secs_f64(), phase.name()),
            )
        }
        _ if refused > 0 => ending(
            State::OutOfMemory,
            format!(
                "{refused} bytes more would have passed the limit of {} bytes; {} were in use",
                page.get(word::ALLOC_LIMIT),
                page.get(word::PEAK)
            ),
        ),
        (Some(failure), _) => ending(state_of(failure.kind), failure.message.clone()),
        (None, Stopped::No) => match status.signal() {
            Some(signal) if out_of_address_space(page) => ending(
                State::OutOfMemory,
                format!(
                    "signal {signal} ({}) with {} of {} bytes of address space in use",
                    signal_name(signal),
                    page.get(word::SIGNAL_VM),
                    page.get(word::VM_LIMIT)
                ),
            ),
            Some(signal) if signal == Signal::XCPU.as_raw() => {
                ending(State::Timeout, format!("used up its processor time{quoted}"))
            }
            Some(signal) => ending(
                State::Crashed,
                format!("ended by signal {signal} ({}){quoted}", signal_name(signal)),
            ),
            None => ending(
                State::PluginError,
                format!(
                    "the process ended with exit code {} before it could report{quoted}",
                    status.code().unwrap_or_default()
                ),
            ),
        },
    })
}

fn state_of(kind: FailureKind) -> State {
    match kind {
        FailureKind::LoadFailed => State::LoadFailed,
        FailureKind::AbiMismatch => State::AbiMismatch,
        FailureKind::Unsupported => State::Unsupported,
        // PM_ERR_NO_MEMORY and PM_ERR_UNSUPPORTED of the header.
        FailureKind::Status(-3) => State::OutOfMemory,
        FailureKind::Status(-4) => State::Unsupported,
        FailureKind::Status(_) | FailureKind::BadArchive | FailureKind::Misbehaved => {
            State::PluginError
        }
        FailureKind::Worker => State::Lost,
    }
}

/// A crash with the address space all but used up: `malloc` returned null and was not asked.
fn out_of_address_space(page: &Page) -> bool {
    let (used, limit) = (page.get(word::SIGNAL_VM), page.get(word::VM_LIMIT));
    limit > 0 && used >= limit - limit / 16
}

fn signal_name(signal: i32) -> String {
    const NAMES: [(Signal, &str); 8] = [
        (Signal::SEGV, "SIGSEGV"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL, by the system for lack of memory or by somebody"),
        (Signal::TERM, "SIGTERM"),
        (Signal::SYS, "SIGSYS"),
    ];
    NAMES
        .iter()
        .find(|(known, _)| known.as_raw() == signal)
        .map_or_else(|| "unnamed".to_string(), |(_, name)| (*name).to_string())
}
