//! Records as one data frame: a row per record, a column per figure.
//!
//! The only module that knows polars, whose interface changes with every minor
//! release. Its group-by returns rows in random order, so everything that leaves
//! this module is sorted by a total order first.

use std::collections::BTreeSet;
use std::io::Cursor;

use polars::prelude::*;
use polars_io::prelude::*;

use crate::groups::measured;
use crate::record::{Record, Task};

/// A way to turn records into the bytes of a file.
pub(crate) type Encode = fn(&[Record]) -> Result<Vec<u8>, TableError>;

/// What the table engine said.
#[derive(Debug, thiserror::Error)]
#[error("the table could not be made: {0}")]
pub(crate) struct TableError(#[from] PolarsError);

/// Comma-separated values with a header; a missing value is an empty field.
pub(crate) fn to_csv(records: &[Record]) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame(records)?)?;
    Ok(bytes)
}

/// Parquet, Zstandard-compressed.
pub(crate) fn to_parquet(records: &[Record]) -> Result<Vec<u8>, TableError> {
    let mut bytes = Cursor::new(Vec::new());
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(&mut frame(records)?)?;
    Ok(bytes.into_inner())
}

/// A strategy over all datasets of one protocol.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Across {
    pub(crate) protocol: String,
    pub(crate) strategy: String,
    /// Datasets on which the strategy ended `ok`.
    pub(crate) datasets: u64,
    /// Geometric mean over these of its size over that of the smallest strategy.
    pub(crate) ratio: f64,
}

/// Strategies of lossless cells over datasets: those with most datasets first,
/// then by ratio. The best options of a strategy on each dataset count.
pub(crate) fn across_datasets(records: &[Record]) -> Result<Vec<Across>, TableError> {
    let size = |r: &Record| {
        let lossless = r.task == Task::Codec;
        measured(r, |r| r.bits_per_byte).filter(|bits| lossless && *bits > 0.0).map(f64::ln)
    };
    let columns = vec![
        text("dataset", records, |r| Some(r.dataset.id.clone())),
        text("protocol", records, |r| Some(r.protocol.to_string())),
        text("strategy", records, |r| Some(r.strategy.clone())),
        real("ln_size", records, size),
    ];
    let cells = DataFrame::new(records.len(), columns)?.lazy().filter(col("ln_size").is_not_null());
    let best = cells
        .clone()
        .group_by([col("dataset"), col("protocol")])
        .agg([col("ln_size").min().alias("ln_best")]);
    let result = cells
        .group_by([col("dataset"), col("protocol"), col("strategy")])
        .agg([col("ln_size").min()])
        .join(
            best,
            [col("dataset"), col("protocol")],
            [col("dataset"), col("protocol")],
            JoinArgs::new(JoinType::Left),
        )
        .with_column((col("ln_size") - col("ln_best")).alias("ln_ratio"))
        // A mean depends on the order of its terms in the last bit.
        .sort(["protocol", "strategy", "dataset"], SortMultipleOptions::default())
        .group_by_stable([col("protocol"), col("strategy")])
        .agg([len().alias("datasets"), col("ln_ratio").mean().alias("ln_ratio")])
        .collect()?;
    let protocols = result.column("protocol")?.str()?;
    let strategies = result.column("strategy")?.str()?;
    let datasets = result.column("datasets")?.cast(&DataType::UInt64)?;
    let datasets = datasets.u64()?;
    let ratios = result.column("ln_ratio")?.f64()?;
    let mut rows: Vec<Across> = (0..result.height())
        .filter_map(|i| {
            Some(Across {
                protocol: protocols.get(i)?.to_owned(),
                strategy: strategies.get(i)?.to_owned(),
                datasets: datasets.get(i)?,
                ratio: ratios.get(i)?.exp(),
            })
        })
        .collect();
    rows.sort_by(|a, b| {
        (&a.protocol, b.datasets)
            .cmp(&(&b.protocol, a.datasets))
            .then(a.ratio.total_cmp(&b.ratio))
            .then_with(|| a.strategy.cmp(&b.strategy))
    });
    Ok(rows)
}

/// One row per record in the order given. Arrays, curves and the environment
/// stay in `results.jsonl`; metrics become `metric.<name>`, channels become
/// `lookups.<name>` and `hits.<name>`.
fn frame(records: &[Record]) -> Result<DataFrame, TableError> {
    let mut columns = vec![
        text("dataset", records, |r| Some(r.dataset.id.clone())),
        text("protocol", records, |r| Some(r.protocol.to_string())),
        text("strategy", records, |r| Some(r.strategy.clone())),
        text("options", records, |r| Some(r.options_line())),
        count("seed", records, |r| Some(r.seed)),
        text("task", records, |r| Some(r.task.to_string())),
        text("state", records, |r| Some(r.state.to_string())),
        text("phase", records, |r| r.phase.clone()),
        text("reason", records, |r| r.reason.clone()),
        count("dataset_bytes", records, |r| r.dataset.bytes),
        count("dataset_chars", records, |r| r.dataset.chars),
        count("prime_bytes", records, |r| r.prime_bytes),
        text("prime_method", records, |r| r.prime_method.map(|m| m.to_string())),
        count("encoded_bytes", records, |r| r.encoded_bytes),
        count("model_bytes", records, |r| r.model_bytes),
        real("bits_per_char", records, |r| r.bits_per_char),
        text("char_unit", records, |r| Some(r.char_unit.to_string())),
        real("bits_per_byte", records, |r| r.bits_per_byte),
        real("ideal_bits_per_char", records, |r| r.ideal_bits_per_char),
        real("bits_per_char_with_decoder", records, |r| r.bits_per_char_with_decoder),
        real("encode_mb_per_s", records, |r| r.encode_mb_per_s),
        real("encode_mb_per_s_low95", records, |r| r.encode_mb_per_s_ci95.map(|i| i[0])),
        real("encode_mb_per_s_high95", records, |r| r.encode_mb_per_s_ci95.map(|i| i[1])),
        real("decode_mb_per_s", records, |r| r.decode_mb_per_s),
        real("decode_mb_per_s_low95", records, |r| r.decode_mb_per_s_ci95.map(|i| i[0])),
        real("decode_mb_per_s_high95", records, |r| r.decode_mb_per_s_ci95.map(|i| i[1])),
        count("host_alloc_peak_bytes", records, |r| r.host_alloc_peak_bytes),
        count("rss_peak_delta_bytes", records, |r| r.rss_peak_delta_bytes),
        count("max_rss_bytes", records, |r| r.max_rss_bytes),
        count("decode_host_alloc_peak_bytes", records, |r| r.decode_host_alloc_peak_bytes),
        count("decode_rss_peak_delta_bytes", records, |r| r.decode_rss_peak_delta_bytes),
        count("decode_max_rss_bytes", records, |r| r.decode_max_rss_bytes),
        real("wall_seconds", records, |r| r.wall_seconds),
    ];
    let channels: BTreeSet<&str> =
        records.iter().flat_map(|r| &r.channels).map(|c| c.name.as_str()).collect();
    for name in channels {
        let find = |r: &Record| r.channels.iter().find(|c| c.name == name).cloned();
        columns.push(count(&format!("lookups.{name}"), records, |r| find(r).map(|c| c.lookups)));
        columns.push(count(&format!("hits.{name}"), records, |r| find(r).map(|c| c.hits)));
    }
    let metrics: BTreeSet<&str> =
        records.iter().flat_map(|r| r.metrics.keys()).map(String::as_str).collect();
    for name in metrics {
        let find = |r: &Record| r.metrics.get(name).and_then(|m| m.value);
        columns.push(real(&format!("metric.{name}"), records, find));
    }
    columns.push(text("started_at", records, |r| r.environment.started_at.clone()));
    columns.push(text("key", records, |r| Some(r.key.clone())));
    Ok(DataFrame::new(records.len(), columns)?)
}

fn text(name: &str, records: &[Record], get: impl Fn(&Record) -> Option<String>) -> Column {
    Column::new(name.into(), records.iter().map(get).collect::<Vec<_>>())
}

fn count(name: &str, records: &[Record], get: impl Fn(&Record) -> Option<u64>) -> Column {
    Column::new(name.into(), records.iter().map(get).collect::<Vec<_>>())
}

fn real(name: &str, records: &[Record], get: impl Fn(&Record) -> Option<f64>) -> Column {
    Column::new(name.into(), records.iter().map(get).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn cell(dataset: &str, strategy: &str, bits: f64) -> Record {
        let mut record = Record {
            strategy: strategy.into(),
            state: State::Ok,
            bits_per_byte: Some(bits),
            ..Record::default()
        };
        record.dataset.id = dataset.into();
        record
    }

    #[test]
    fn the_mean_over_datasets_is_geometric_and_takes_the_best_options() {
        let mut lost = cell("x", "lost", 0.5);
        lost.state = State::Crashed;
        let records = [
            cell("x", "a", 1.0),
            cell("y", "a", 4.0),
            cell("x", "b", 9.0),
            cell("x", "b", 2.0),
            cell("y", "b", 2.0),
            cell("y", "c", 1.0),
            lost,
        ];
        for _ in 0..8 {
            let rows = across_datasets(&records).unwrap();
            let seen: Vec<(&str, u64)> = rows.iter().map(|r| (&*r.strategy, r.datasets)).collect();
            // a: sqrt(1 · 4) = 2 and b: sqrt(2 · 2) = 2 are equal, so in order of name.
            assert_eq!(seen, [("a", 2), ("b", 2), ("c", 1)]);
            for (row, ratio) in rows.iter().zip([2.0, 2.0, 1.0]) {
                assert!((row.ratio - ratio).abs() < 1e-12, "{row:?}");
            }
        }
        assert_eq!(across_datasets(&[]).unwrap(), []);
    }
}
