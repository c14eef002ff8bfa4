//! Two sets of records, compared cell by cell, and a gate on what was found.
//!
//! Figures that must be the same on every run (sizes, ideal bits, channel
//! counts, metrics) are compared exactly, or against a threshold on growth.
//! Speeds are compared only where both sides have an interval, and count as
//! different only when the intervals are apart by more than the threshold.

mod markdown;

use std::collections::BTreeMap;

use crate::groups::peak_memory_bytes;
use crate::record::{Protocol, Record, State, Task};

/// Differences in resident memory up to this many bytes are noise, whatever their share: pages are
/// counted in batches of the kernel's, and allocators keep what was freed in steps of 64 KiB
/// and more, so that the peak of a small cell varies by a tenth between equal runs.
const RESIDENT_NOISE: f64 = 1024.0 * 1024.0;

/// How much a figure may grow worse before it is a regression, in per cent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Growth of encoded bytes and of ideal bits; 0 by default: any growth counts.
    pub size_percent: f64,
    /// Gap between the intervals of a speed; 5 by default.
    pub time_percent: f64,
    /// Growth of peak memory; 5 by default. As long as the host's allocator counts the same within
    /// it, growth of resident memory by 1 MiB or less passes in any case: it is noise.
    pub memory_percent: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { size_percent: 0.0, time_percent: 5.0, memory_percent: 5.0 }
    }
}

/// What makes a cell the same cell in both sets, whatever build ran it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellId {
    /// Id of the dataset.
    pub dataset: String,
    /// Protocol.
    pub protocol: Protocol,
    /// Id of the strategy.
    pub strategy: String,
    /// Options on one line.
    pub options: String,
    /// Seed.
    pub seed: u64,
    /// Task.
    pub task: Task,
}

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Worse, beyond the threshold.
    Regression,
    /// The new set lacks a cell of the baseline.
    Missing,
    /// Different, in a figure of which neither direction is better.
    Changed,
    /// Better, beyond the threshold.
    Improvement,
    /// The baseline lacks a cell of the new set.
    Added,
}

/// One difference between the two sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The cell.
    pub cell: CellId,
    /// Name of the figure, as in the record; `cell` or `state` for the cell itself.
    pub figure: String,
    /// How it is to be taken.
    pub verdict: Verdict,
    /// What the baseline has, as text.
    pub baseline: String,
    /// What the new set has, as text.
    pub new: String,
    /// Change of the figure in per cent of the baseline, where that has a meaning.
    pub change_percent: Option<f64>,
}

/// The outcome of [`compare`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Every difference, worst first, then in order of cells.
    pub findings: Vec<Finding>,
    /// Cells that ended `ok` on both sides on the same input.
    pub compared: usize,
    /// Speeds that could not be compared because a side has no interval.
    pub without_interval: usize,
}

/// The outcome of a [`gate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Something was compared and nothing is worse.
    Passed,
    /// Something is worse, or a cell is missing.
    Failed,
    /// No cell could be compared: the gate has shown nothing.
    NothingCompared,
}

/// Decides on a comparison: regressions and missing cells fail it, and with
/// `strict` every change of a figure that should be the same does too.
pub fn gate(comparison: &Comparison, strict: bool) -> Gate {
    let fails = |finding: &Finding| match finding.verdict {
        Verdict::Regression | Verdict::Missing => true,
        Verdict::Changed => strict,
        Verdict::Improvement | Verdict::Added => false,
    };
    if comparison.findings.iter().any(fails) {
        Gate::Failed
    } else if comparison.compared == 0 {
        Gate::NothingCompared
    } else {
        Gate::Passed
    }
}

/// Compares two sets of records. Where a set holds several records of one cell,
/// the one that started last counts.
pub fn compare(baseline: &[Record], new: &[Record], thresholds: &Thresholds) -> Comparison {
    let (old_cells, new_cells) = (by_cell(baseline), by_cell(new));
    let mut comparison = Comparison::default();
    for (cell, old) in &old_cells {
        match new_cells.get(cell) {
            Some(new) => Pair { cell, old, new, out: &mut comparison }.compare(thresholds),
            None => comparison.findings.push(lone(cell, Verdict::Missing, old)),
        }
    }
    for (cell, new) in new_cells.iter().filter(|(cell, _)| !old_cells.contains_key(*cell)) {
        comparison.findings.push(lone(cell, Verdict::Added, new));
    }
    comparison.findings.sort_by(|a, b| (a.verdict, &a.cell).cmp(&(b.verdict, &b.cell)));
    comparison
}

fn by_cell(records: &[Record]) -> BTreeMap<CellId, &Record> {
    let mut cells: BTreeMap<CellId, &Record> = BTreeMap::new();
    for record in records {
        let cell = CellId {
            dataset: record.dataset.id.clone(),
            protocol: record.protocol,
            strategy: record.strategy.clone(),
            options: record.options_line(),
            seed: record.seed,
            task: record.task,
        };
        let started = |r: &Record| r.environment.started_at.clone();
        let kept = cells.entry(cell).or_insert(record);
        if started(record) >= started(kept) {
            *kept = record;
        }
    }
    cells
}

fn lone(cell: &CellId, verdict: Verdict, record: &Record) -> Finding {
    let (mut baseline, mut new) = (record.state.to_string(), "absent".to_owned());
    if verdict == Verdict::Added {
        std::mem::swap(&mut baseline, &mut new);
    }
    let (cell, figure) = (cell.clone(), "cell".to_owned());
    Finding { cell, figure, verdict, baseline, new, change_percent: None }
}

/// One cell in both sets.
struct Pair<'a> {
    cell: &'a CellId,
    old: &'a Record,
    new: &'a Record,
    out: &'a mut Comparison,
}

impl Pair<'_> {
    fn compare(&mut self, thresholds: &Thresholds) {
        let (old, new) = (self.old, self.new);
        if old.state != new.state {
            let verdict = match (old.state, new.state) {
                (State::Ok, _) => Verdict::Regression,
                (_, State::Ok) => Verdict::Improvement,
                _ => Verdict::Changed,
            };
            self.add("state", verdict, old.state.to_string(), new.state.to_string(), None);
        }
        if old.state != State::Ok || new.state != State::Ok {
            return;
        }
        let inputs = |r: &Record| (r.dataset.sha256.clone(), r.prime_sha256.clone());
        if inputs(old) != inputs(new) {
            let text = |r: &Record| r.dataset.sha256.clone().unwrap_or_else(|| "unknown".into());
            self.add("dataset.sha256", Verdict::Changed, text(old), text(new), None);
            return;
        }
        self.out.compared += 1;
        self.sizes(thresholds);
        self.counts();
        self.speeds(thresholds);
    }

    fn sizes(&mut self, thresholds: &Thresholds) {
        let (old, new) = (self.old, self.new);
        let bytes = |r: &Record| r.encoded_bytes.map(|v| v as f64);
        // The size of a summary says nothing without what it keeps.
        if self.cell.task == Task::Codec {
            self.less("encoded_bytes", bytes(old), bytes(new), thresholds.size_percent);
        } else {
            self.same("encoded_bytes", bytes(old), bytes(new));
        }
        let ideal = (old.ideal_bits_per_char, new.ideal_bits_per_char);
        self.less("ideal_bits_per_char", ideal.0, ideal.1, thresholds.size_percent);
        self.memory(thresholds.memory_percent);
    }

    /// Peak memory. What the host's allocator counts is exact, resident memory is not: where the
    /// former is about the same, a small difference in the latter is noise.
    fn memory(&mut self, percent: f64) {
        let peak = |r: &Record| peak_memory_bytes(r).map(|v| v as f64);
        let allocated = |r: &Record| r.host_alloc_peak_bytes.unwrap_or(0) as f64;
        let apart = |old: f64, new: f64, least: f64| (new - old).abs() > least;
        let (old, new) = (allocated(self.old), allocated(self.new));
        let exact = apart(old, new, old * percent / 100.0);
        let (old, new) = (peak(self.old), peak(self.new));
        let noise = old.zip(new).is_some_and(|(old, new)| !apart(old, new, RESIDENT_NOISE));
        if exact || !noise {
            self.graded("peak_memory_bytes", old, new, percent, percent);
        }
    }

    /// Channel counts and metrics: equal, or reported.
    fn counts(&mut self) {
        type Figures = BTreeMap<String, f64>;
        let figures = |record: &Record| -> Figures {
            let channels = record.channels.iter().flat_map(|c| {
                let name = |count| format!("channels.{}.{count}", c.name);
                [(name("hits"), c.hits as f64), (name("lookups"), c.lookups as f64)]
            });
            let metrics = record.metrics.iter();
            let metrics = metrics.filter_map(|(n, m)| Some((format!("metrics.{n}"), m.value?)));
            channels.chain(metrics).collect()
        };
        let (old, new) = (figures(self.old), figures(self.new));
        let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            self.same(name, old.get(name).copied(), new.get(name).copied());
        }
    }

    fn speeds(&mut self, thresholds: &Thresholds) {
        let share = thresholds.time_percent / 100.0;
        let (old, new) = (self.old, self.new);
        for (name, old, new) in [
            (
                "encode_mb_per_s",
                (old.encode_mb_per_s, old.encode_mb_per_s_ci95),
                (new.encode_mb_per_s, new.encode_mb_per_s_ci95),
            ),
            (
                "decode_mb_per_s",
                (old.decode_mb_per_s, old.decode_mb_per_s_ci95),
                (new.decode_mb_per_s, new.decode_mb_per_s_ci95),
            ),
        ] {
            let ((old, Some(old_interval)), (new, Some(new_interval))) = (old, new) else {
                let any = old.0.is_some() || new.0.is_some();
                self.out.without_interval += usize::from(any);
                continue;
            };
            let verdict = if new_interval[1] < old_interval[0] * (1.0 - share) {
                Verdict::Regression
            } else if new_interval[0] > old_interval[1] * (1.0 + share) {
                Verdict::Improvement
            } else {
                continue;
            };
            let text = |middle: Option<f64>, [low, high]: [f64; 2]| {
                let number = crate::format::significant;
                let middle = middle.map_or_else(|| "–".to_owned(), number);
                format!("{middle} ({}–{})", number(low), number(high))
            };
            let change = old.zip(new).and_then(|(old, new)| change_percent(old, new));
            self.add(name, verdict, text(old, old_interval), text(new, new_interval), change);
        }
    }

    /// A figure of which less is better: growth beyond the threshold is worse, any
    /// decline is better.
    fn less(&mut self, name: &str, old: Option<f64>, new: Option<f64>, percent: f64) {
        self.graded(name, old, new, percent, 0.0);
    }

    /// A figure of which less is better: growth by more than `up` per cent is worse, a decline
    /// by more than `down` per cent is better.
    fn graded(&mut self, name: &str, old: Option<f64>, new: Option<f64>, up: f64, down: f64) {
        let verdict = match (old, new) {
            (Some(a), Some(b)) if b > a * (1.0 + up / 100.0) => Verdict::Regression,
            (Some(a), Some(b)) if b < a * (1.0 - down / 100.0) => Verdict::Improvement,
            (Some(_), None) | (None, Some(_)) => Verdict::Changed,
            _ => return,
        };
        self.figure(name, verdict, old, new);
    }

    fn same(&mut self, name: &str, old: Option<f64>, new: Option<f64>) {
        if old != new {
            self.figure(name, Verdict::Changed, old, new);
        }
    }

    fn figure(&mut self, name: &str, verdict: Verdict, old: Option<f64>, new: Option<f64>) {
        let text = |value: Option<f64>| match value {
            Some(value) if value.fract() == 0.0 => crate::format::number(value),
            Some(value) => format!("{value:.6}"),
            None => "–".to_owned(),
        };
        let change = old.zip(new).and_then(|(old, new)| change_percent(old, new));
        self.add(name, verdict, text(old), text(new), change);
    }

    fn add(
        &mut self,
        figure: &str,
        verdict: Verdict,
        baseline: String,
        new: String,
        change_percent: Option<f64>,
    ) {
        let (cell, figure) = (self.cell.clone(), figure.to_owned());
        self.out.findings.push(Finding { cell, figure, verdict, baseline, new, change_percent });
    }
}

fn change_percent(old: f64, new: f64) -> Option<f64> {
    (old != 0.0).then(|| (new / old - 1.0) * 100.0).filter(|change| change.is_finite())
}
