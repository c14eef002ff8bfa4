//! What size costs in memory: cells of one strategy that differ in one option, along which
//! peak memory changes.

use std::collections::BTreeSet;

use crate::groups::{Group, Row, differing, measured, peak_memory_bytes};
use crate::record::Record;

/// Fewer cells are points, not a curve.
const LEAST_CELLS: usize = 3;
/// An option that moves peak memory by less is not about memory.
const LEAST_SPAN: f64 = 1.5;

/// Cells of a sweep in order of memory.
#[derive(Debug, Clone)]
pub(crate) struct Sweep<'a> {
    /// Strategy, the options that distinguish this sweep from others of it, and the
    /// option that differs within.
    pub(crate) label: String,
    pub(crate) cells: Vec<SweptCell<'a>>,
}

/// A cell that ended `ok` with both figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SweptCell<'a> {
    pub(crate) row: &'a Row<'a>,
    /// Peak memory of encoding, bytes; above 0.
    pub(crate) memory: f64,
    /// Bits per character.
    pub(crate) bits: f64,
}

impl SweptCell<'_> {
    /// The value of a numeric option.
    fn value(&self, option: &str) -> Option<f64> {
        self.row.record.options.get(option)?.as_f64()
    }
}

impl Sweep<'_> {
    /// The most memory a cell of the sweep took, bytes.
    pub(crate) fn most_memory(&self) -> f64 {
        self.cells.iter().map(|cell| cell.memory).fold(0.0, f64::max)
    }

    /// The least bits per character of the sweep.
    pub(crate) fn best_bits(&self) -> f64 {
        self.cells.iter().map(|cell| cell.bits).fold(f64::INFINITY, f64::min)
    }
}

/// The sweeps of a group: for each strategy and each option with three numeric values or
/// more, the cells alike in everything else, if their peak memory differs by half.
pub(crate) fn sweeps<'a>(group: &'a Group<'a>) -> Vec<Sweep<'a>> {
    let cells: Vec<SweptCell<'a>> = group.rows.iter().filter_map(cell).collect();
    let mut sweeps = Vec::new();
    for of_strategy in cells.chunk_by(|a, b| a.row.record.strategy == b.row.record.strategy) {
        let all: Vec<&Record> = of_strategy.iter().map(|cell| cell.row.record).collect();
        let options: BTreeSet<&str> =
            all.iter().flat_map(|r| r.options.keys()).map(String::as_str).collect();
        for option in options {
            let numeric = |cell: &&SweptCell<'_>| cell.value(option).is_some();
            let mut left: Vec<_> = of_strategy.iter().filter(numeric).copied().collect();
            while let Some(first) = left.first().copied() {
                let alike = |cell: &SweptCell<'_>| alike_but_for(option, first, *cell);
                let cells: Vec<_> = left.extract_if(.., |cell| alike(cell)).collect();
                sweeps.extend(sweep(option, cells, &all));
            }
        }
    }
    sweeps
}

fn cell<'a>(row: &'a Row<'a>) -> Option<SweptCell<'a>> {
    let memory = measured(row.record, |r| peak_memory_bytes(r).map(|bytes| bytes as f64));
    let bits = measured(row.record, |r| r.bits_per_char)?;
    Some(SweptCell { row, memory: memory.filter(|bytes| *bytes > 0.0)?, bits })
}

fn alike_but_for(option: &str, a: SweptCell<'_>, b: SweptCell<'_>) -> bool {
    let (a, b) = (a.row.record, b.row.record);
    let others = |r: &Record| {
        let mut options = r.options.clone();
        options.remove(option);
        options
    };
    a.seed == b.seed && others(a) == others(b)
}

fn sweep<'a>(option: &str, mut cells: Vec<SweptCell<'a>>, all: &[&'a Record]) -> Option<Sweep<'a>> {
    let mut values: Vec<f64> = cells.iter().filter_map(|cell| cell.value(option)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    cells.sort_by(|a, b| a.memory.total_cmp(&b.memory));
    let span = cells.last()?.memory / cells.first()?.memory;
    if values.len() < LEAST_CELLS || span < LEAST_SPAN {
        return None;
    }
    let record = cells[0].row.record;
    let fixed = differing(record, all).into_iter().filter(|(name, _)| *name != option);
    let fixed: String = fixed.map(|(name, value)| format!(" {name}={value}")).collect();
    let label = format!("{}{fixed} by {option}", record.strategy);
    Some(Sweep { label, cells })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::groups::groups;
    use crate::record::Task;
    use serde_json::json;

    fn swept(strategy: &str, option: &str, cells: &[(u64, u64, f64)]) -> Vec<Record> {
        let record = |(value, memory, bits): &(u64, u64, f64)| {
            let mut record =
                Record { strategy: strategy.into(), state: State::Ok, ..Record::default() };
            record.options.insert(option.into(), json!(value));
            record.options.insert("other".into(), json!(1));
            record.host_alloc_peak_bytes = Some(*memory);
            record.bits_per_char = Some(*bits);
            record
        };
        cells.iter().map(record).collect()
    }

    fn found(records: &[Record]) -> Vec<(String, Vec<f64>)> {
        let groups = groups(records, Task::Codec);
        let sweeps: Vec<Sweep<'_>> = groups.iter().flat_map(sweeps).collect();
        let memory = |sweep: &Sweep<'_>| sweep.cells.iter().map(|cell| cell.memory).collect();
        sweeps.iter().map(|sweep| (sweep.label.clone(), memory(sweep))).collect()
    }

    #[test]
    fn a_sweep_is_ordered_by_the_memory_it_took() {
        // 0 stands for no limit, so the order of values is not that of memory.
        let cells = [(0, 900, 1.0), (10, 300, 1.5), (20, 600, 1.2)];
        let records = swept("a", "limit", &cells);
        assert_eq!(found(&records), [("a by limit".to_owned(), vec![300.0, 600.0, 900.0])]);
    }

    #[test]
    fn what_does_not_move_memory_or_has_few_values_is_no_sweep() {
        assert_eq!(found(&swept("a", "x", &[(1, 100, 1.0), (2, 900, 1.5)])), []);
        let level = [(1, 100, 1.0), (2, 110, 1.5), (3, 120, 1.6)];
        assert_eq!(found(&swept("a", "level", &level)), []);
        let mut failed = swept("a", "x", &[(1, 100, 1.0), (2, 900, 1.5), (3, 950, 1.5)]);
        failed[2].state = State::OutOfMemory;
        assert_eq!(found(&failed), []);
    }

    #[test]
    fn each_value_of_another_option_has_a_sweep_of_its_own() {
        let mut records = swept("a", "limit", &[(1, 100, 1.0), (2, 500, 1.5), (3, 950, 1.6)]);
        let mut others = records.clone();
        others.iter_mut().for_each(|r| _ = r.options.insert("other".into(), json!(7)));
        records.extend(others);
        let labels: Vec<String> = found(&records).into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["a other=1 by limit", "a other=7 by limit"]);
    }
}
