//! Writes a report of made-up records into a folder, to look at its design.
//!
//! ```text
//! cargo run -p pressmark-reports --example sample -- FOLDER
//! ```

use std::path::PathBuf;

use pressmark_reports::record::{
    Channel, Dataset, LEARNING_CURVE, MEMORY_CURVE, Metric, PrimeMethod, Protocol, Task,
};
use pressmark_reports::{Record, ReportMeta, State, Store, write_report};
use serde_json::json;

/// Strategy, bits per byte cold, bits per byte primed, encode MB/s, memory MB.
const CODECS: &[(&str, f64, f64, f64, f64)] = &[
    ("ref.gzip", 2.411, 2.358, 22.0, 0.8),
    ("ref.bzip2", 1.678, 1.709, 16.0, 8.0),
    ("ref.xz", 1.731, 1.695, 1.6, 96.0),
    ("ref.zstd", 1.745, 1.706, 2.2, 180.0),
    ("ref.brotli", 1.743, 1.708, 0.6, 60.0),
    ("ref.ppmd", 1.316, 1.280, 3.0, 512.0),
    ("trie.credibility", 1.402, 1.334, 0.41, 48.0),
    ("trie.seed", 2.25, 2.20, 0.007, 310.0),
    ("program.machine", 1.466, 1.371, 0.22, 130.0),
    ("group.online", 1.521, 1.455, 0.18, 75.0),
    ("mixing.text", 1.151, 1.088, 0.095, 220.0),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("name the folder to write the report to")?;
    let mut records = Vec::new();
    for dataset in ["tinystories", "tau_airline"] {
        for protocol in [Protocol::Cold, Protocol::Primed] {
            for codec in CODECS {
                records.push(coded(records.len(), codec, dataset, protocol));
            }
        }
        for order in [4, 6, 12] {
            let (name, cold, primed, speed, memory) = CODECS[6];
            let off = f64::from((order - 8i32).abs()) * 0.03;
            let scale = f64::from(order) / 8.0;
            let codec = (name, cold + off, primed + off, speed / scale, memory * scale);
            let mut record = coded(records.len(), &codec, dataset, Protocol::Cold);
            record.options.insert("max_order".into(), json!(order));
            records.push(record);
        }
    }
    for percent in [5u32, 10, 25, 50, 100] {
        let (name, cold, primed, speed, memory) = CODECS[6];
        let worse = 1.0 + 0.2 / f64::from(percent).sqrt();
        let share = f64::from(percent) / 100.0;
        let codec = (name, cold * worse, primed * worse, speed, memory * share);
        let mut record = coded(records.len(), &codec, "tau_airline", Protocol::Cold);
        let limit = (memory * share * 1e6) as u64;
        record.options.insert("memory_limit".into(), json!(limit));
        records.push(record);
    }
    for codec in [CODECS[2], CODECS[5], CODECS[6], CODECS[8]] {
        records.extend(growth(records.len(), codec));
    }
    records.extend(failures(records.len()));
    records.extend(compaction(records.len()));
    records.extend(caches(records.len()));

    let store = Store::open(&folder)?;
    for record in &records {
        store.put(record)?;
    }
    let run = store.all()?;
    store.write_exports(&run.records)?;
    let meta = ReportMeta {
        title: "Sample report".into(),
        description: Some("Made-up records that show what a report looks like.".into()),
        generated_at: None,
        notes: vec!["no figure on this page was measured".into()],
    };
    write_report(&folder, &run.records, &meta)?;
    println!("wrote {}", folder.join("report.html").display());
    Ok(())
}

fn blank(index: usize, strategy: &str, dataset: &str) -> Record {
    let bytes = if dataset == "tinystories" { 4_069_518 } else { 4_110_000 };
    let mut record = Record {
        key: format!("{index:064x}"),
        experiment: "sample".into(),
        strategy: strategy.into(),
        dataset: Dataset {
            id: dataset.into(),
            source: Some(format!("file:{dataset}.txt")),
            sha256: Some(format!("{:064x}", dataset.len() * 7919)),
            bytes: Some(bytes),
            chars: Some(bytes - 400),
            slice: None,
            format: Some("text".into()),
        },
        state: State::Ok,
        wall_seconds: Some(12.0),
        ..Record::default()
    };
    record.plugin.id = strategy.split('.').next().unwrap_or_default().replace("ref", "reference");
    record.plugin.version = Some("0.1.0".into());
    record.plugin.decoder_bytes = Some(180_000);
    record.environment.cpu = Some("Sample processor, 2 cores".into());
    record.environment.cores = Some(2);
    record.environment.os = Some("Linux".into());
    record.environment.load_average = Some(0.3 + index as f64 / 100.0);
    record.environment.started_at = Some(format!("2026-01-01T00:{:02}:00Z", index % 60));
    record
}

fn coded(
    index: usize,
    &(name, cold, primed, speed, memory): &(&str, f64, f64, f64, f64),
    dataset: &str,
    protocol: Protocol,
) -> Record {
    let mut record = blank(index, name, dataset);
    let bytes = record.dataset.bytes.unwrap_or_default() as f64;
    let easier = if dataset == "tinystories" { 1.0 } else { 0.16 };
    let bits = easier * if protocol == Protocol::Cold { cold } else { primed };
    record.protocol = protocol;
    if protocol == Protocol::Primed {
        let own = !record.is_peer() || name == "ref.zstd" || name == "ref.brotli";
        record.prime_method = Some(if own { PrimeMethod::Model } else { PrimeMethod::Difference });
        record.prime_bytes = Some(911_480);
    }
    let level = match name {
        "ref.ppmd" => 16,
        "trie.credibility" => 8,
        _ => 9,
    };
    let option = if name == "trie.credibility" { "max_order" } else { "level" };
    record.options.insert(option.into(), json!(level));
    record.set_encoded_bytes((bits * bytes / 8.0) as u64);
    let seconds = bytes / 1e6 / speed;
    let wobble = |scale: f64| [1.0, 1.03, 0.98, 1.01, 1.07].map(|w| w * scale).to_vec();
    let decode = if record.is_peer() { seconds / 12.0 } else { seconds * 1.02 };
    record.set_times(wobble(seconds), wobble(decode));
    record.host_alloc_peak_bytes = Some((memory * 1e6) as u64);
    record.rss_peak_delta_bytes = Some((memory * 1.04e6) as u64);
    record.max_rss_bytes = Some((memory * 1.04e6) as u64 + 12_000_000);
    record.decode_rss_peak_delta_bytes = Some((memory * 0.9e6) as u64);
    record.series.insert(
        LEARNING_CURVE.into(),
        curve(bytes, |share| bits * bytes / 8.0 * share * (1.0 + 0.5 * (1.0 - share).powi(3))),
    );
    record.series.insert(
        MEMORY_CURVE.into(),
        curve(bytes, |share| memory * 1e6 * (0.2 + 0.8 * share.sqrt())),
    );
    if name == "trie.seed" {
        let claim = metric(bits / 3.0, "bits/char");
        record.metrics.insert("claimed_bits_per_char".into(), claim);
    }
    if !record.is_peer() {
        record.set_ideal_bits(bits * bytes * 0.994);
        let total = bytes as u64;
        record.channels = match name {
            "program.machine" => vec![
                ("literal", 870_000, 312_400),
                ("copy", 870_000, 401_200),
                ("repeat", 870_000, 12_011),
                ("template", 870_000, 98_714),
                ("transform", 870_000, 45_675),
            ],
            "group.online" => {
                vec![("active_group", 870_000, 502_114), ("surprise", 870_000, 88_020)]
            }
            _ => vec![
                ("depth_2", total, total / 5),
                ("depth_6", total, total / 2),
                ("frozen", total, total / 9),
            ],
        }
        .into_iter()
        .map(|(name, lookups, hits)| Channel { name: name.into(), lookups, hits })
        .collect();
    }
    record
}

/// A strategy on texts of 1 to 256 MB, a little slower per byte the more there are.
fn growth(first: usize, codec: (&str, f64, f64, f64, f64)) -> Vec<Record> {
    let sizes = [1u64, 4, 16, 64, 256];
    let cell = |(i, megabytes): (usize, u64)| {
        let mut record = coded(first + i, &codec, "tinystories", Protocol::Cold);
        let slower = (megabytes as f64).powf(codec.4 / 2500.0);
        let seconds = megabytes as f64 * slower / codec.3;
        record.dataset.id = format!("stories-{megabytes}MB");
        record.dataset.source = Some("synthetic:stories".into());
        record.dataset.bytes = Some(megabytes * 1_000_000);
        record.dataset.chars = record.dataset.bytes;
        record.set_encoded_bytes((codec.1 * megabytes as f64 * 125_000.0) as u64);
        record.set_times(vec![seconds], vec![seconds * 0.9]);
        record.rss_peak_delta_bytes = None;
        record.host_alloc_peak_bytes = Some(megabytes * codec.4 as u64 * 90_000 + 20_000_000);
        record.decode_rss_peak_delta_bytes = Some(megabytes * codec.4 as u64 * 60_000 + 20_000_000);
        record
    };
    sizes.into_iter().enumerate().map(cell).collect()
}

fn curve(bytes: f64, f: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    (1..=64).map(|i| f64::from(i) / 64.0).map(|s| [(s * bytes).round(), f(s).round()]).collect()
}

fn failures(first: usize) -> Vec<Record> {
    let states = [
        (
            "group.seed",
            State::Timeout,
            "encode",
            "no result after 600 s; raise `timeout` or lower `limit`",
        ),
        ("program.seed", State::Crashed, "decode", "signal 11 (SIGSEGV) while decoding"),
        (
            "trie.wide",
            State::OutOfMemory,
            "encode",
            "allocation of 67 108 864 bytes refused at 8 GiB",
        ),
        (
            "ref.lz4",
            State::Unsupported,
            "prime",
            "the strategy takes no priming text and <b>has</b> no difference",
        ),
    ];
    let mut records = Vec::new();
    for (i, (strategy, state, phase, reason)) in states.into_iter().enumerate() {
        let mut record = blank(first + i, strategy, "tinystories");
        record.state = state;
        record.phase = Some(phase.into());
        record.reason = Some(reason.into());
        record.signal = (state == State::Crashed).then_some(11);
        record.warnings = vec!["progress was never reported | check `pm_progress`".into()];
        records.push(record);
    }
    records
}

fn metric(value: f64, unit: &str) -> Metric {
    Metric { value: Some(value), unit: unit.into() }
}

fn compaction(first: usize) -> Vec<Record> {
    let kinds = [("compaction.seed", 0.41, 0.02), ("compaction.budgeted", 0.73, 0.31)];
    let make = |(i, (strategy, recall, lift)): (usize, (&str, f64, f64))| {
        let mut record = blank(first + i, strategy, "tau_airline");
        record.task = Task::Compact;
        record.encoded_bytes = Some(204_800);
        record.metrics = [
            ("evidence_recall", metric(recall, "")),
            ("random_recall_mean", metric(recall - lift, "")),
            ("lift", metric(lift, "")),
        ]
        .map(|(name, metric)| (name.to_owned(), metric))
        .into();
        let hits = (recall * 4120.0) as u64;
        record.channels = vec![Channel { name: "evidence".into(), lookups: 4120, hits }];
        record
    };
    kinds.into_iter().enumerate().map(make).collect()
}

fn caches(first: usize) -> Vec<Record> {
    let kinds = [("paging.lru", 61_002), ("paging.sieve", 64_410), ("paging.adaptive", 66_903)];
    let make = |(i, (strategy, hits)): (usize, (&str, u64))| {
        let mut record = blank(first + i, strategy, "tau_airline");
        record.task = Task::Cache;
        let accesses = 98_304;
        record.metrics = [
            ("accesses", metric(accesses as f64, "")),
            ("hits", metric(hits as f64, "")),
            ("misses", metric((accesses - hits) as f64, "")),
            ("belady_hits", metric(71_225.0, "")),
        ]
        .map(|(name, metric)| (name.to_owned(), metric))
        .into();
        record.channels = vec![
            Channel { name: "tlb".into(), lookups: accesses, hits: hits / 2 },
            Channel {
                name: "working_set".into(),
                lookups: accesses - hits / 2,
                hits: hits - hits / 2,
            },
            Channel { name: "prefetch".into(), lookups: 0, hits: 0 },
        ];
        record
    };
    kinds.into_iter().enumerate().map(make).collect()
}
