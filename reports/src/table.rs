//! Records as one data frame: a row per record, a column per figure.
//!
//! The only module that knows polars, whose interface changes with every minor
//! release. Its group-by returns rows in random order, so everything that leaves
//! this module is sorted by a total order first.

use std::collections::BTreeSet;
use std::io::Cursor;

use polars::prelude::*;
use polars_io::prelude::*;

use crate::record::Record;

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
