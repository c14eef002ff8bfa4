//! What stands behind the host services that a plugin is given.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use pressmark_protocol::page::word;
use pressmark_protocol::{Channel, Limits, LogLine, Metric, Observations, OptionValue, Options};

use crate::page::SharedPage;

/// Points of a memory or learning curve, at most one more.
const CURVE_POINTS: u64 = 128;
/// What a plugin may tell; more is dropped, and a warning says so.
const LOG_LINES: usize = 100;
const NAMES: usize = 1000;
const SERIES_POINTS: usize = 10_000;

/// The state behind `pm_host.ctx`. It lives as long as the process.
pub(crate) struct Context {
    pub(crate) page: &'static SharedPage,
    pub(crate) limit: u64,
    options: BTreeMap<CString, OptionValue>,
    told: Mutex<Told>,
    written: AtomicU64,
}

#[derive(Default)]
struct Told {
    observations: Observations,
    error: Option<String>,
    recording: bool,
    next_sample: u64,
    written_at_start: u64,
}

impl Context {
    /// `options` must be complete: every option of the strategy with its value.
    pub(crate) fn new(page: &'static SharedPage, limits: &Limits, options: &Options) -> Context {
        let options = options
            .iter()
            .filter_map(|(name, value)| Some((CString::new(name.as_str()).ok()?, value.clone())))
            .collect();
        Context {
            page,
            limit: limits.memory,
            options,
            told: Mutex::default(),
            written: AtomicU64::new(0),
        }
    }

    pub(crate) fn option(&self, name: &std::ffi::CStr) -> Option<&OptionValue> {
        self.options.get(name)
    }

    /// Output so far, for the learning curve.
    pub(crate) fn set_written(&self, bytes: u64) {
        self.written.store(bytes, Ordering::Relaxed);
    }

    /// Curves are sampled from now on, or no longer.
    pub(crate) fn record_curves(&self, on: bool) {
        let mut told = self.told();
        told.recording = on;
        told.next_sample = 0;
        told.written_at_start = self.written.load(Ordering::Relaxed);
    }

    /// `done` of `total` bytes are finished: a sign of life, and a point on the curves.
    pub(crate) fn progress(&self, done: u64, total: u64) {
        self.page.set(word::DONE, done);
        self.page.set(word::TOTAL, total);
        self.page.beat();
        let mut told = self.told();
        if told.recording && done >= told.next_sample {
            told.next_sample = done.saturating_add((total / CURVE_POINTS).max(1));
            let live = self.page.get(word::LIVE) as f64;
            let written = self.written.load(Ordering::Relaxed) - told.written_at_start;
            told.observations.memory_curve.push((done as f64, live));
            told.observations.output_curve.push((done as f64, written as f64));
        }
    }

    pub(crate) fn log(&self, level: i32, message: String) {
        let log = &mut self.told().observations.log;
        if log.len() < LOG_LINES {
            log.push(LogLine { level, message });
        }
    }

    pub(crate) fn set_error(&self, message: String) {
        self.told().error = Some(message);
    }

    pub(crate) fn take_error(&self) -> Option<String> {
        self.told().error.take()
    }

    pub(crate) fn metric(&self, name: String, unit: String, value: f64) {
        let mut told = self.told();
        if !value.is_finite() {
            told.warn(format!("metric {name} is not a finite number and was left out"));
        } else if told.observations.metrics.len() < NAMES {
            told.observations.metrics.insert(name, Metric { value, unit });
        }
    }

    pub(crate) fn channel(&self, name: String, lookups: u64, hits: u64) {
        let mut told = self.told();
        if hits > lookups {
            told.warn(format!("channel {name} claims {hits} hits in {lookups} lookups"));
            return;
        }
        let channels = &mut told.observations.channels;
        let room = channels.len() < NAMES;
        match channels.iter_mut().find(|channel| channel.name == name) {
            Some(channel) => {
                channel.lookups = channel.lookups.saturating_add(lookups);
                channel.hits = channel.hits.saturating_add(hits);
            }
            None if room => channels.push(Channel { name, lookups, hits }),
            None => {}
        }
    }

    pub(crate) fn series(&self, name: String, x: f64, y: f64) {
        let mut told = self.told();
        if !x.is_finite() || !y.is_finite() {
            told.warn(format!("series {name} has a point that is not finite"));
            return;
        }
        let series = &mut told.observations.series;
        if series.len() < NAMES || series.contains_key(&name) {
            let points = series.entry(name).or_default();
            if points.len() < SERIES_POINTS {
                points.push((x, y));
            }
        }
    }

    pub(crate) fn warn(&self, warning: String) {
        self.told().warn(warning);
    }

    /// All that was told so far.
    pub(crate) fn observations(&self) -> Observations {
        self.told().observations.clone()
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Told {
    fn warn(&mut self, warning: String) {
        let warnings = &mut self.observations.warnings;
        if warnings.len() < LOG_LINES && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}
