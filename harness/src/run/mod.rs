//! Runs the cells of a plan and keeps a record of each.
//!
//! Cells of one dataset and protocol are compared with each other, so they run together, and
//! their repeats take turns: what disturbs the machine for a while disturbs all of them. A
//! record is durable as soon as its cell ends; the same command later runs what is missing.

mod cell;
mod compact;
mod inputs;
mod pack;
mod replay;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pressmark_datasets::FetchOptions;
use pressmark_reports::record::Task;
use pressmark_reports::{Record, State, Store, StoreError};

use crate::config::Config;
use crate::plan::{Cell, Plan};
use crate::worker::Workers;

use cell::CellRun;
pub use cell::limits;
use inputs::Inputs;

/// What a run tells while it goes on.
pub trait Observer: Sync {
    /// Before the first cell.
    fn begin(&self, total: usize);
    /// A cell's record is there already.
    fn cell_reused(&self);
    /// A repeat of a cell begins. `label` names the cell for a person.
    fn cell_started(&self, label: &str);
    /// A cell ended and its record is kept.
    fn cell_finished(&self, record: &Record);
    /// Something a person should know.
    fn warn(&self, message: &str);
    /// After the last cell.
    fn end(&self);
}

/// Choices of one invocation; none is part of a cell's key.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Run cells again whose record says that they failed.
    pub retry_failed: bool,
    /// Run every cell again.
    pub fresh: bool,
    /// Keep every archive in `archives/<key>.pm`.
    pub keep_archives: bool,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Records of this plan's cells, those of earlier runs included.
    pub records: Vec<Record>,
    /// Cells that were run now.
    pub ran: usize,
    /// Cells whose record was there already.
    pub reused: usize,
    /// Whether the person stopped it.
    pub interrupted: bool,
}

impl Summary {
    /// Cells that did not end `ok`.
    pub fn failed(&self) -> usize {
        self.records.iter().filter(|record| record.state != State::Ok).count()
    }

    /// The exit code: 0 all ok, 2 some cells not ok, 4 nothing ran, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        let ran_any = self.records.iter().any(|record| record.state != State::Lost);
        match (self.interrupted, ran_any, self.failed()) {
            (true, _, _) => 130,
            (false, false, _) => 4,
            (false, true, 0) => 0,
            (false, true, _) => 2,
        }
    }
}

/// Why a run could not go on; every record kept before stays.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run's folder refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another run uses the folder.
    #[error("{0} is in use by another pressmark: wait for it, or choose another --out")]
    Locked(String),
    /// The system refused memory, descriptors or processes.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

/// Runs a plan into a folder.
///
/// # Errors
/// When the folder or the system refuses; a cell that fails is no error but a record.
pub fn run(
    config: &Config,
    plan: &Plan,
    workers: &Workers,
    out: &Path,
    fetch: &FetchOptions,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Summary, RunError> {
    let store = Store::open(out)?;
    let _lock = lock(out)?;
    let known = store.all()?;
    for warning in &known.warnings {
        observer.warn(warning);
    }
    observer.begin(plan.cells.len());
    let runner = Runner { config, plan, workers, store: &store, options, observer, out };
    let mut summary = Summary::default();
    // One dataset at a time is in memory: the plan keeps the cells of each together.
    for cells in plan.cells.chunk_by(|a, b| a.dataset == b.dataset) {
        let spec = &config.datasets[cells[0].dataset];
        match Inputs::load(spec, fetch, config.experiment.task) {
            Ok(inputs) => runner.run_dataset(cells, &inputs, &known.records, &mut summary)?,
            Err(error) => runner.give_up(cells, &error, &mut summary)?,
        }
        summary.interrupted = crate::interrupted();
        if summary.interrupted {
            break;
        }
    }
    observer.end();
    // An interrupted run has not looked at all records; those it kept are in results.jsonl.
    if !summary.interrupted {
        store.write_exports(&summary.records)?;
    }
    Ok(summary)
}

/// What every cell of a run shares.
struct Runner<'a> {
    config: &'a Config,
    plan: &'a Plan,
    workers: &'a Workers,
    store: &'a Store,
    options: &'a RunOptions,
    observer: &'a dyn Observer,
    out: &'a Path,
}

impl Runner<'_> {
    /// Whether an earlier record answers a cell.
    fn is_finished(&self, record: &Record) -> bool {
        let experiment = &self.config.experiment;
        match record.state {
            _ if self.options.fresh => false,
            State::Ok if record.task != Task::Codec => true,
            State::Ok => {
                record.encode_seconds.len() >= experiment.repeats as usize
                    && (!experiment.warm || !record.encode_seconds_warm.is_empty())
            }
            State::Lost | State::Cancelled => false,
            _ => !self.options.retry_failed,
        }
    }

    /// Runs the cells of one dataset, those of one protocol together.
    fn run_dataset(
        &self,
        cells: &[Cell],
        inputs: &Inputs,
        known: &[Record],
        summary: &mut Summary,
    ) -> Result<(), RunError> {
        for group in cells.chunk_by(|a, b| a.protocol == b.protocol) {
            let mut open = Vec::new();
            for cell in group {
                let key = self.plan.key(cell, &inputs.dataset);
                let earlier = known.iter().find(|record| record.key == key);
                match earlier.filter(|record| self.is_finished(record)) {
                    Some(record) => {
                        summary.reused += 1;
                        summary.records.push(record.clone());
                        self.observer.cell_reused();
                    }
                    None => open.push(CellRun::new(self, cell, inputs, key)),
                }
            }
            summary.ran += self.run_group(open, &mut summary.records)?;
        }
        Ok(())
    }

    /// Records that the dataset of these cells could not be had.
    fn give_up(&self, cells: &[Cell], error: &str, summary: &mut Summary) -> Result<(), RunError> {
        self.observer.warn(error);
        for cell in cells {
            let record = self.without_input(cell, error);
            self.store.put(&record)?;
            self.observer.cell_finished(&record);
            summary.records.push(record);
        }
        Ok(())
    }

    /// Runs the cells of one group, their repeats in turn, and keeps their records.
    fn run_group(
        &self,
        open: Vec<CellRun<'_>>,
        records: &mut Vec<Record>,
    ) -> Result<usize, RunError> {
        let jobs = self.config.experiment.jobs.min(open.len() as u32).max(1);
        let open: Vec<Mutex<CellRun<'_>>> = open.into_iter().map(Mutex::new).collect();
        let finished = Mutex::new(Vec::new());
        for repeat in 0..self.config.experiment.repeats as usize {
            let next = AtomicUsize::new(0);
            // Each round begins with another cell, so that none is always the first.
            let work = || -> Result<(), RunError> {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= open.len() || crate::interrupted() {
                        return Ok(());
                    }
                    let cell = &open[(place + repeat) % open.len()];
                    let mut cell = cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if let Some(record) = cell.repeat(repeat)? {
                        self.store.put(&record)?;
                        self.observer.cell_finished(&record);
                        finished
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push(record);
                    }
                }
            };
            if jobs == 1 {
                work()?;
            } else {
                std::thread::scope(|scope| {
                    let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
                    threads.into_iter().try_for_each(|thread| {
                        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                })?;
            }
        }
        let finished = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let ran = finished.len();
        records.extend(finished);
        Ok(ran)
    }

    /// The record of a cell whose dataset could not be had.
    fn without_input(&self, cell: &Cell, error: &str) -> Record {
        let mut record = cell::blank(self, cell);
        record.key = crate::plugins::hex(
            &<sha2::Sha256 as sha2::Digest>::digest(format!(
                "{:?} {:?} {}",
                cell, self.plan.strategies[cell.strategy].options, record.dataset.id
            ))[..16],
        );
        record.state = State::Lost;
        record.phase = Some("dataset".into());
        record.reason = Some(error.to_string());
        record
    }
}

/// Takes the folder for this process alone, until the file is dropped.
fn lock(out: &Path) -> Result<std::fs::File, RunError> {
    let file = std::fs::File::create(out.join(".lock"))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(_) => Err(RunError::Locked(out.display().to_string())),
    }
}
