//! Hand-made records for the tests; no figure in here was measured.
#![allow(dead_code, reason = "each test binary uses a part of this module")]

use std::fs;
use std::path::Path;

use pressmark_reports::record::{
    Channel, Dataset, LEARNING_CURVE, MEMORY_CURVE, Metric, PrimeMethod, Protocol, Task,
};
use pressmark_reports::{Record, ReportMeta, State, write_report};
use serde_json::json;

/// A report as files of text.
pub(crate) struct Report {
    pub(crate) html: String,
    pub(crate) summary: String,
    /// Name and content of each picture.
    pub(crate) plots: Vec<(String, String)>,
}

impl Report {
    /// A section of the page; panics if there is none.
    pub(crate) fn section(&self, id: &str) -> &str {
        let start = self.html.find(&format!("<section id=\"{id}\""));
        let start = start.unwrap_or_else(|| panic!("there is no section {id}"));
        &self.html[start..start + self.html[start..].find("</section>").unwrap()]
    }
}

/// Writes a report of the records and reads it back.
pub(crate) fn report(records: &[Record]) -> Report {
    let dir = tempfile::tempdir().unwrap();
    let meta = ReportMeta { title: "Example".into(), ..ReportMeta::default() };
    write_report(dir.path(), records, &meta).unwrap();
    read(dir.path())
}

/// Reads a report.
pub(crate) fn read(dir: &Path) -> Report {
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    let mut plots: Vec<(String, String)> = fs::read_dir(dir.join("plots"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), text(&path)))
        .collect();
    plots.sort();
    Report { html: text(&dir.join("report.html")), summary: text(&dir.join("summary.md")), plots }
}

/// A text of 1 000 000 bytes and as many characters.
pub(crate) fn dataset(id: &str) -> Dataset {
    Dataset {
        id: id.into(),
        source: Some(format!("file:{id}.txt")),
        sha256: Some("ab".repeat(32)),
        bytes: Some(1_000_000),
        chars: Some(1_000_000),
        slice: Some("0..1000000".into()),
        format: Some("text".into()),
    }
}

/// A record that ended `ok` with the given size, time of a call and memory.
pub(crate) fn ok(key: &str, strategy: &str, dataset_id: &str, bytes: u64, seconds: f64) -> Record {
    let mut record = Record {
        key: key.into(),
        experiment: "example".into(),
        strategy: strategy.into(),
        dataset: dataset(dataset_id),
        state: State::Ok,
        host_alloc_peak_bytes: Some(bytes * 7),
        rss_peak_delta_bytes: Some(bytes * 8),
        max_rss_bytes: Some(bytes * 9),
        wall_seconds: Some(seconds * 10.0),
        ..Record::default()
    };
    record.plugin.id = strategy.split('.').next().unwrap_or_default().into();
    record.plugin.decoder_bytes = Some(60_000);
    record.set_encoded_bytes(bytes);
    record.set_times(vec![seconds, seconds * 1.1, seconds * 0.95], vec![seconds / 2.0; 3]);
    record.environment.cpu = Some("Example CPU".into());
    record.environment.cores = Some(2);
    record.environment.started_at = Some("2026-01-02T03:04:05Z".into());
    record
}

/// A record that did not end `ok`.
pub(crate) fn failed(
    key: &str,
    strategy: &str,
    dataset_id: &str,
    state: State,
    reason: &str,
) -> Record {
    Record {
        key: key.into(),
        experiment: "example".into(),
        strategy: strategy.into(),
        dataset: dataset(dataset_id),
        state,
        reason: Some(reason.into()),
        phase: Some("encode".into()),
        ..Record::default()
    }
}

/// A small experiment with everything a report can show.
pub(crate) fn experiment() -> Vec<Record> {
    let mut trie = ok("01", "trie.credibility", "tales", 180_000, 2.0);
    trie.options.insert("max_order".into(), json!(8));
    trie.channels = vec![
        Channel { name: "depth_1".into(), lookups: 1_000_000, hits: 400_000 },
        Channel { name: "frozen".into(), lookups: 5_000, hits: 0 },
    ];
    trie.metrics.insert("nodes".into(), Metric { value: Some(12_345.0), unit: "nodes".into() });
    trie.series.insert(MEMORY_CURVE.into(), curve(|x| 2_000.0 + x * 1.2));
    trie.series.insert(LEARNING_CURVE.into(), curve(|x| x * 0.3 / (1.0 + x / 3e6)));
    trie.set_ideal_bits(1_430_000.0);

    let xz = ok("02", "ref.xz", "tales", 220_000, 0.6);
    let mut primed = ok("03", "ref.xz", "tales", 190_000, 0.6);
    primed.protocol = Protocol::Primed;
    primed.prime_method = Some(PrimeMethod::Difference);
    primed.prime_bytes = Some(400_000);
    let mut own = ok("04", "trie.credibility", "tales", 150_000, 2.1);
    own.protocol = Protocol::Primed;
    own.prime_method = Some(PrimeMethod::Model);
    own.prime_bytes = Some(400_000);

    let mut kept = ok("05", "compaction.budgeted", "logs", 90_000, 0.05);
    kept.task = Task::Compact;
    kept.metrics.insert("evidence_recall".into(), Metric { value: Some(0.8), unit: "".into() });
    let mut lru = ok("06", "paging.lru", "accesses", 1, 0.05);
    lru.task = Task::Cache;
    lru.encoded_bytes = None;
    lru.metrics.insert("hits".into(), Metric { value: Some(4_000.0), unit: "accesses".into() });

    let mut crash = failed("07", "group.seed", "tales", State::Crashed, "signal 11 while encoding");
    crash.signal = Some(11);
    crash.warnings = vec!["progress was never reported".into()];
    vec![trie, xz, primed, own, kept, lru, crash]
}

/// One strategy over texts of 1, 4, 16 and 64 MB of one source: time grows as the size to
/// the power of `exponent`, memory in proportion to it.
pub(crate) fn growing(first: usize, strategy: &str, exponent: f64) -> Vec<Record> {
    let cell = |(i, megabytes): (usize, u64)| {
        let seconds = (megabytes as f64).powf(exponent);
        let key = format!("{:04x}", first + i);
        let mut record = ok(&key, strategy, &format!("stories-{megabytes}MB"), 1, 1.0);
        record.dataset.source = Some("synthetic:stories".into());
        record.dataset.bytes = Some(megabytes * 1_000_000);
        record.dataset.chars = record.dataset.bytes;
        record.set_encoded_bytes(megabytes * 200_000);
        record.set_times(vec![seconds], vec![seconds / 4.0]);
        record.host_alloc_peak_bytes = Some(megabytes * 12_000_000);
        record.rss_peak_delta_bytes = None;
        record.decode_host_alloc_peak_bytes = Some(megabytes * 6_000_000);
        record
    };
    [1, 4, 16, 64].into_iter().enumerate().map(cell).collect()
}

/// One strategy on one text with five limits on its memory.
pub(crate) fn swept(first: usize, strategy: &str) -> Vec<Record> {
    let cell = |(i, percent): (usize, u64)| {
        let key = format!("{:04x}", first + i);
        let size = 200_000 + 4_000_000 / percent;
        let mut record = ok(&key, strategy, "tales", size, 2.0);
        record.options.insert("memory_limit".into(), json!(percent * 1_000_000));
        record.host_alloc_peak_bytes = Some(percent * 1_000_000);
        record.rss_peak_delta_bytes = None;
        record
    };
    [5, 10, 25, 50, 100].into_iter().enumerate().map(cell).collect()
}

fn curve(f: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    (1..=64).map(|i| f64::from(i) * 15_625.0).map(|x| [x, f(x).round()]).collect()
}
