//! How time and memory grow with the input: the same strategy over datasets of one source.
//!
//! A power law, figure = c · bytesᵏ, is a straight line of slope k where both are drawn
//! to a logarithmic scale; k is fitted there by least squares. An exponent of 1 is linear
//! time, and above 1 every byte costs more the more there are.

use crate::groups::{Row, decode_peak_memory_bytes, label, measured, peak_memory_bytes};
use crate::record::{Protocol, Record, Task};
use crate::statistics::{log_log_slope, median};

/// Two sizes make a line whatever was measured; from three on a fit says something.
const LEAST_SIZES: usize = 3;
/// Sizes nearer to each other than this say nothing about growth.
const LEAST_SPAN: u64 = 4;
/// Where time per byte is compared with that of the largest input: beyond the caches of
/// a processor and the start of a call.
const BASE_BYTES: u64 = 4_000_000;

/// A figure that may grow with the input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growing {
    /// Its name, as a heading.
    pub(crate) name: &'static str,
    /// Its unit.
    pub(crate) unit: &'static str,
    get: fn(&Record) -> Option<f64>,
}

impl Growing {
    /// The figure of a record that ended `ok`.
    pub(crate) fn of(&self, record: &Record) -> Option<f64> {
        measured(record, self.get)
    }
}

/// Median time of an encode.
pub(crate) const ENCODE: Growing =
    Growing { name: "Encode time", unit: "s", get: |r| median(&r.encode_seconds) };
/// Median time of a decode.
pub(crate) const DECODE: Growing =
    Growing { name: "Decode time", unit: "s", get: |r| median(&r.decode_seconds) };
/// Peak memory of an encode.
pub(crate) const ENCODE_MEMORY: Growing = Growing {
    name: "Encode memory",
    unit: "MB",
    get: |r| peak_memory_bytes(r).map(|bytes| bytes as f64 / 1e6),
};
/// Peak memory of a decode.
pub(crate) const DECODE_MEMORY: Growing = Growing {
    name: "Decode memory",
    unit: "MB",
    get: |r| decode_peak_memory_bytes(r).map(|bytes| bytes as f64 / 1e6),
};

/// Every growing figure, in the order of reports.
pub(crate) const FIGURES: [Growing; 4] = [ENCODE, DECODE, ENCODE_MEMORY, DECODE_MEMORY];

/// One strategy with one set of options over the sizes of a family, smallest first.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    pub(crate) rows: Vec<Row<'a>>,
}

/// Time per byte of the largest input over that of a smaller one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PerByte {
    pub(crate) ratio: f64,
    /// Bytes of the smaller input.
    pub(crate) from: f64,
    /// Bytes of the largest.
    pub(crate) to: f64,
}

impl Line<'_> {
    /// Strategy, and those options in which it differs from others of the family.
    pub(crate) fn label(&self) -> &str {
        self.rows.first().map_or("", |row| &row.label)
    }

    /// A record of the line, for what all of them share.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.rows.first().map(|row| row.record)
    }

    /// Input bytes and the figure, for cells that have one above 0.
    pub(crate) fn points(&self, figure: Growing) -> Vec<[f64; 2]> {
        let point = |row: &Row<'_>| {
            Some([row.record.dataset.bytes? as f64, figure.of(row.record).filter(|x| *x > 0.0)?])
        };
        self.rows.iter().filter_map(point).collect()
    }

    /// The fitted exponent; `None` for fewer than three sizes.
    pub(crate) fn exponent(&self, figure: Growing) -> Option<f64> {
        let points = self.points(figure);
        (sizes(&points).len() >= LEAST_SIZES).then(|| log_log_slope(&points)).flatten()
    }

    /// What a byte of the largest input takes over what one takes at 4 MB; at the second
    /// smallest size where none is within a tenth of 4 MB.
    pub(crate) fn per_byte(&self, figure: Growing) -> Option<PerByte> {
        let points = self.points(figure);
        let sizes = sizes(&points);
        let near = |bytes: &&f64| (**bytes / BASE_BYTES as f64 - 1.0).abs() <= 0.1;
        let (to, from) = (*sizes.last()?, *sizes.iter().find(near).or(sizes.get(1))?);
        let at = |bytes: f64| points.iter().find(|p| p[0] == bytes).map(|p| p[1] / bytes);
        (from < to).then_some(PerByte { ratio: at(to)? / at(from)?, from, to })
    }
}

/// The distinct sizes of points in order of size.
fn sizes(points: &[[f64; 2]]) -> Vec<f64> {
    let mut sizes: Vec<f64> = points.iter().map(|p| p[0]).collect();
    sizes.dedup();
    sizes
}

/// Lossless cells over one source that differ in size.
#[derive(Debug, Clone)]
pub(crate) struct Family<'a> {
    pub(crate) source: &'a str,
    pub(crate) protocol: Protocol,
    pub(crate) prime_bytes: Option<u64>,
    /// Ours, then the peers, each in order of name.
    pub(crate) lines: Vec<Line<'a>>,
}

impl Family<'_> {
    /// Source and protocol.
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.source, self.protocol)
    }
}

/// Families in which some strategy has three sizes or more, the largest at least four
/// times the smallest. Datasets belong together that name the same source and are
/// primed with as many bytes.
pub(crate) fn families(records: &[Record]) -> Vec<Family<'_>> {
    let key = |r: &Record| (r.dataset.source.clone(), r.protocol, r.prime_bytes);
    let mut sorted: Vec<&Record> = records
        .iter()
        .filter(|r| {
            r.task == Task::Codec && r.dataset.source.is_some() && r.dataset.bytes.is_some()
        })
        .collect();
    sorted.sort_by(|a, b| a.cmp_for_report(b));
    sorted.sort_by_key(|r| (key(r), r.dataset.bytes));
    let families = sorted.chunk_by(|a, b| key(a) == key(b)).map(family);
    families.filter(|family| family.lines.iter().any(tells)).collect()
}

fn family<'a>(records: &[&'a Record]) -> Family<'a> {
    let mut rows: Vec<Row<'a>> = records.iter().map(|record| Row::of(record)).collect();
    label(&mut rows);
    let mut lines: Vec<Line<'a>> = Vec::new();
    for row in rows {
        match lines.iter_mut().find(|line| line.label() == row.label) {
            Some(line) => line.rows.push(row),
            None => lines.push(Line { rows: vec![row] }),
        }
    }
    lines.sort_by_key(|line| line.record().is_some_and(Record::is_peer));
    let first = records[0];
    Family {
        source: first.dataset.source.as_deref().unwrap_or_default(),
        protocol: first.protocol,
        prime_bytes: first.prime_bytes,
        lines,
    }
}

/// Whether a line has sizes enough, and far enough apart, to speak of growth.
fn tells(line: &Line<'_>) -> bool {
    let sizes = sizes(&line.points(ENCODE));
    match (sizes.first(), sizes.last()) {
        (Some(least), Some(most)) => {
            sizes.len() >= LEAST_SIZES && *most >= *least * LEAST_SPAN as f64
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn cell(source: &str, strategy: &str, megabytes: u64, seconds: f64) -> Record {
        let mut record =
            Record { strategy: strategy.into(), state: State::Ok, ..Record::default() };
        record.dataset.id = format!("{source}-{megabytes}");
        record.dataset.source = Some(source.into());
        record.dataset.bytes = Some(megabytes * 1_000_000);
        record.set_times(vec![seconds], vec![seconds / 2.0]);
        record
    }

    fn quadratic(source: &str, strategy: &str, sizes: &[u64]) -> Vec<Record> {
        sizes.iter().map(|n| cell(source, strategy, *n, (n * n) as f64)).collect()
    }

    #[test]
    fn an_exponent_and_the_time_per_byte_of_a_quadratic_strategy() {
        let records = quadratic("s", "a", &[1, 4, 16, 64]);
        let families = families(&records);
        assert_eq!(families.len(), 1);
        let line = &families[0].lines[0];
        assert!((line.exponent(ENCODE).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(line.exponent(ENCODE_MEMORY), None, "there is no memory to fit");
        let per_byte = line.per_byte(ENCODE).unwrap();
        assert_eq!((per_byte.from, per_byte.to), (4e6, 64e6));
        assert!((per_byte.ratio - 16.0).abs() < 1e-12);
    }

    #[test]
    fn without_four_megabytes_the_second_smallest_is_the_base() {
        let records = quadratic("s", "a", &[1, 2, 8]);
        let per_byte = families(&records)[0].lines[0].per_byte(ENCODE).unwrap();
        assert_eq!((per_byte.from, per_byte.to), (2e6, 8e6));
    }

    #[test]
    fn few_sizes_near_sizes_and_several_sources_are_no_family() {
        assert!(families(&quadratic("s", "a", &[1, 64])).is_empty(), "two sizes");
        assert!(families(&quadratic("s", "a", &[4, 5, 6])).is_empty(), "near each other");
        let mut mixed = quadratic("s", "a", &[1, 4]);
        mixed.extend(quadratic("t", "a", &[16]));
        assert!(families(&mixed).is_empty(), "of two sources");
        let mut unknown = quadratic("s", "a", &[1, 4, 16]);
        unknown.iter_mut().for_each(|r| r.dataset.source = None);
        assert!(families(&unknown).is_empty(), "of no known source");
        let mut twice = quadratic("s", "a", &[4, 4, 16]);
        twice[0].seed = 1;
        assert!(families(&twice).is_empty(), "one size twice");
    }

    #[test]
    fn failed_cells_stay_in_their_line_without_a_point() {
        let mut records = quadratic("s", "ref.b", &[1, 4, 16, 64]);
        records.extend(quadratic("s", "c", &[1]));
        records[3].state = State::Timeout;
        let families = families(&records);
        let labels: Vec<&str> = families[0].lines.iter().map(Line::label).collect();
        assert_eq!(labels, ["c", "ref.b"], "ours first");
        let line = &families[0].lines[1];
        assert_eq!((line.rows.len(), line.points(ENCODE).len()), (4, 3));
        assert_eq!(families[0].lines[0].exponent(ENCODE), None);
        assert_eq!(families[0].lines[0].per_byte(ENCODE), None);
    }

    #[test]
    fn options_make_lines_of_their_own() {
        let mut records = quadratic("s", "a", &[1, 4, 16]);
        let mut other = records.clone();
        records.iter_mut().for_each(|r| _ = r.options.insert("matcher".into(), "hash".into()));
        other.iter_mut().for_each(|r| _ = r.options.insert("matcher".into(), "tree".into()));
        records.extend(other);
        let families = families(&records);
        let labels: Vec<&str> = families[0].lines.iter().map(Line::label).collect();
        assert_eq!(labels, ["a matcher=hash", "a matcher=tree"]);
    }
}
