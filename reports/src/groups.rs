//! Records that may stand in one table or plot: one task, dataset and protocol.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Protocol, Record, Task};

/// Marks a primed figure that is the difference of two sizes.
pub(crate) const DIFFERENCE_MARK: &str = "Δ";

/// A record with the name by which it can be told from the others of its group.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) record: &'a Record,
    /// Strategy, and those options and seeds that differ within the group.
    pub(crate) label: String,
    /// As `label`, with the values alone: for plots, where room is short.
    pub(crate) short: String,
}

impl<'a> Row<'a> {
    /// A row that [`label`] has not yet named.
    pub(crate) fn of(record: &'a Record) -> Row<'a> {
        Row { record, label: String::new(), short: String::new() }
    }
}

/// Records of one task, dataset and protocol, in report order.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    pub(crate) dataset: &'a str,
    pub(crate) protocol: Protocol,
    pub(crate) rows: Vec<Row<'a>>,
}

impl<'a> Group<'a> {
    /// Dataset and protocol.
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.dataset, self.protocol)
    }

    /// Rows that ended `ok` and have the figure, smallest first; equal ones keep
    /// the order of the report.
    pub(crate) fn ranked(&self, figure: impl Fn(&Record) -> Option<f64>) -> Vec<(&Row<'a>, f64)> {
        let mut ranked: Vec<_> = self
            .rows
            .iter()
            .filter_map(|row| Some((row, measured(row.record, &figure)?)))
            .collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        ranked
    }
}

/// The figure of a record that ended `ok`; a failed cell has none, whatever was
/// measured before it failed.
pub(crate) fn measured(record: &Record, figure: impl Fn(&Record) -> Option<f64>) -> Option<f64> {
    (record.state == crate::State::Ok).then(|| figure(record)).flatten().filter(|x| x.is_finite())
}

/// What the strategy needed in memory, bytes: the larger of the host allocator's
/// peak, which counts what was reserved but never touched, and the growth of
/// resident memory, which sees code that allocates elsewhere.
pub(crate) fn peak_memory_bytes(record: &Record) -> Option<u64> {
    record.host_alloc_peak_bytes.max(record.rss_peak_delta_bytes)
}

/// As [`peak_memory_bytes`], while decoding.
pub(crate) fn decode_peak_memory_bytes(record: &Record) -> Option<u64> {
    record.decode_host_alloc_peak_bytes.max(record.decode_rss_peak_delta_bytes)
}

/// Groups of a task, in the order of dataset and protocol.
pub(crate) fn groups(records: &[Record], task: Task) -> Vec<Group<'_>> {
    let mut sorted: Vec<&Record> = records.iter().filter(|r| r.task == task).collect();
    sorted.sort_by(|a, b| a.cmp_for_report(b));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for record in sorted {
        let row = Row::of(record);
        match groups.last_mut() {
            Some(group)
                if (group.dataset, group.protocol) == (&*record.dataset.id, record.protocol) =>
            {
                group.rows.push(row);
            }
            _ => groups.push(Group {
                dataset: &record.dataset.id,
                protocol: record.protocol,
                rows: vec![row],
            }),
        }
    }
    groups.iter_mut().for_each(|group| label(&mut group.rows));
    groups
}

/// Names the rows: the strategy, then the options and the seed in which rows of
/// the same strategy differ.
pub(crate) fn label(rows: &mut [Row<'_>]) {
    let mut by_strategy: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for row in rows.iter() {
        by_strategy.entry(&row.record.strategy).or_default().push(row.record);
    }
    for row in rows.iter_mut() {
        let record = row.record;
        let (mut label, mut short) = (record.strategy.clone(), record.strategy.clone());
        for (name, value) in differing(record, &by_strategy[&*record.strategy]) {
            label += &format!(" {name}={value}");
            short += &format!(" {value}");
        }
        if record.is_difference_primed() {
            label += &format!(" {DIFFERENCE_MARK}");
            short += &format!(" {DIFFERENCE_MARK}");
        }
        row.short = short;
        row.label = label;
    }
}

/// The options and the seed in which a record differs from any of the others, with its
/// values of them.
pub(crate) fn differing<'a>(record: &'a Record, others: &[&'a Record]) -> Vec<(&'a str, String)> {
    let names: BTreeSet<&str> =
        others.iter().flat_map(|r| r.options.keys()).map(|k| &**k).collect();
    let mut differing: Vec<(&str, String)> = Vec::new();
    for name in names {
        let value = record.options.get(name);
        if others.iter().any(|other| other.options.get(name) != value) {
            match value {
                Some(serde_json::Value::String(text)) => differing.push((name, text.clone())),
                Some(value) => differing.push((name, value.to_string())),
                None => {}
            }
        }
    }
    if others.iter().any(|other| other.seed != record.seed) {
        differing.push(("seed", record.seed.to_string()));
    }
    differing
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_label_holds_what_differs_and_nothing_else() {
        let with = |key: &str, strategy: &str, order: u64| {
            let mut record =
                Record { key: key.into(), strategy: strategy.into(), ..Record::default() };
            record.options.insert("order".into(), json!(order));
            record.options.insert("level".into(), json!(3));
            record
        };
        let mut records = vec![with("1", "a", 10), with("2", "a", 9), with("3", "b", 4)];
        records[2].prime_method = Some(crate::record::PrimeMethod::Difference);
        let groups = groups(&records, Task::Codec);
        let labels: Vec<&str> = groups[0].rows.iter().map(|row| &*row.label).collect();
        assert_eq!(labels, ["a order=9", "a order=10", "b Δ"]);
    }

    #[test]
    fn tasks_datasets_and_protocols_stay_apart() {
        let mut records = vec![Record::default(); 4];
        records[1].task = Task::Compact;
        records[2].dataset.id = "other".into();
        records[3].protocol = Protocol::Primed;
        let titles: Vec<String> = groups(&records, Task::Codec).iter().map(Group::title).collect();
        assert_eq!(titles, [", cold", ", primed", "other, cold"]);
    }

    #[test]
    fn a_failed_cell_has_no_figure() {
        let record = Record { bits_per_char: Some(1.0), ..Record::default() };
        assert_eq!(measured(&record, |r| r.bits_per_char), None);
    }
}
