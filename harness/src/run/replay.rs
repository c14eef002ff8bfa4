//! One cell of a cache: replay the trace, and again shuffled; add the bounds.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, OnceLock, PoisonError};

use pressmark_datasets::oracle::{belady, shuffled};
use pressmark_datasets::trace::{Access, Kind};
use pressmark_protocol::{CacheResult, Observations, OptionValue, Success, Task};
use pressmark_reports::record::{Channel, HIT_CURVE};
use pressmark_reports::statistics::median;

use super::cell::{CellRun, limits};
use crate::plan::check_option;
use crate::replay::replay;
use crate::worker::{Ending, Job, Outcome};

/// The order of the shuffled trace.
const SHUFFLE: u64 = 1;

/// A dataset as accesses, with what is known of them.
pub(super) struct Trace {
    accesses: Vec<Access>,
    /// Sizes of the distinct pages together.
    pub(super) pages: u64,
    turns: u64,
    /// In another order, once it is asked for.
    shuffled: OnceLock<Vec<Access>>,
    /// Hits of Belady's policy by capacity: the same for all strategies.
    best: Mutex<HashMap<u64, u64>>,
}

impl Trace {
    pub(super) fn new(accesses: Vec<Access>) -> Self {
        let looked_up = accesses.iter().filter(|access| access.kind != Kind::Tool);
        let sizes: HashMap<u64, u64> = looked_up.map(|access| (access.key, access.size)).collect();
        let pages = sizes.values().fold(0, |sum: u64, size| sum.saturating_add(*size));
        let mut turns: Vec<u64> = accesses.iter().map(|access| access.turn).collect();
        turns.dedup();
        let (turns, shuffled, best) = (turns.len() as u64, OnceLock::new(), Mutex::default());
        Self { accesses, pages, turns, shuffled, best }
    }

    fn shuffled(&self) -> &[Access] {
        self.shuffled.get_or_init(|| shuffled(&self.accesses, SHUFFLE))
    }

    /// Hits of Belady's policy.
    fn best(&self, capacity: u64) -> u64 {
        // What a panicked thread left in it is whole.
        let mut best = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        *best.entry(capacity).or_insert_with(|| belady(&self.accesses, capacity))
    }
}

impl CellRun<'_> {
    /// Replays once; the first time with all that needs no second.
    pub(super) fn replay(&mut self, trace: &Trace) -> std::io::Result<Result<(), Ending>> {
        let capacity = self.units(trace.pages);
        let (result, observations) = match self.replayed(&trace.accesses, capacity)? {
            Ok(done) => done,
            Err(ending) => return Ok(Err(ending)),
        };
        self.seconds.push(result.seconds);
        let looked_up = result.accesses as f64;
        let speed = median(&self.seconds).filter(|seconds| *seconds > 0.0);
        self.figure("accesses_per_second", "1/s", speed.map(|seconds| looked_up / seconds));
        if self.seconds.len() > 1 {
            return Ok(Ok(()));
        }
        let (mixed, _) = match self.replayed(trace.shuffled(), capacity)? {
            Ok(done) => done,
            Err(ending) => return Ok(Err(ending)),
        };
        self.observe(&observations);
        let best = trace.best(capacity);
        for (name, lookups, hits) in [
            ("hits", result.accesses, result.hits),
            ("hits, trace shuffled", mixed.accesses, mixed.hits),
            ("hits, Belady", result.accesses, best),
            ("prefetches used", result.prefetched, result.prefetch_used),
            ("misses prefetched", result.misses + result.prefetch_used, result.prefetch_used),
        ] {
            self.record.channels.push(Channel { name: name.into(), lookups, hits });
        }
        let per = |count: u64, of: u64| (of > 0).then(|| count as f64 / of as f64);
        self.figure("capacity", "units", Some(capacity as f64));
        self.figure("misses", "", Some(result.misses as f64));
        self.figure("miss_ratio", "", per(result.misses, result.accesses));
        self.figure("belady_miss_ratio", "", per(result.accesses - best, result.accesses));
        self.figure("compulsory_misses", "", Some(result.compulsory_misses as f64));
        self.figure("share_of_belady_hits", "", per(result.hits, best));
        self.figure("evictions", "", Some(result.evictions as f64));
        self.figure("faults_per_turn", "", per(result.misses, trace.turns));
        self.record.host_alloc_peak_bytes = Some(result.memory.host_alloc_peak);
        self.record.rss_peak_delta_bytes = result.memory.rss_peak_delta;
        self.record.max_rss_bytes = result.memory.max_rss;
        let curve = result.curve.iter().map(|&(accesses, hits)| [accesses as f64, hits as f64]);
        self.record.series.insert(HIT_CURVE.into(), curve.collect());
        Ok(Ok(()))
    }

    fn replayed(
        &self,
        accesses: &[Access],
        capacity: u64,
    ) -> std::io::Result<Result<(CacheResult, Observations), Ending>> {
        let experiment = self.experiment();
        let mut options = self.strategy.options.clone();
        // A strategy may have an option of that name for its own purposes.
        let own = OptionValue::Int(i64::try_from(capacity).unwrap_or(i64::MAX));
        if let Some(info) = &self.strategy.provider.info
            && let Ok(value) = check_option(info, "capacity", &own)
        {
            options.insert("capacity".into(), value);
        }
        let job = Job {
            plugin: &self.strategy.provider.path,
            strategy: &self.strategy.id,
            options: &options,
            seed: self.cell.seed,
            limits: limits(experiment.memory_limit.0, experiment.timeout, experiment.threads, 0),
            deadline: experiment.timeout,
            task: Task::Replay { capacity },
            input: None,
            prime: None,
        };
        let accesses = accesses.iter().map(|access| Ok::<_, Infallible>(*access));
        match replay(self.runner.workers, job, accesses)?.0 {
            Outcome::Failed(ending) => Ok(Err(*ending)),
            Outcome::Done(done) => match done.success {
                Success::Replayed(result) => Ok(Ok((result, done.observations))),
                _ => Err(std::io::Error::other("a worker answered another question")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_trace_and_found_once() {
        let access = |at: u64| Access { key: at * at % 7, size: 1, turn: at, kind: Kind::Read };
        let trace = Trace::new((0..50).map(access).collect());
        for capacity in [1, 2, 3, 2, 1] {
            assert_eq!(trace.best(capacity), belady(&trace.accesses, capacity));
        }
        assert_eq!(trace.best.lock().unwrap().len(), 3);
        assert_eq!(trace.shuffled(), shuffled(&trace.accesses, SHUFFLE));
    }
}
