//! `results.jsonl`, `results.csv` and `results.parquet`.

use std::path::Path;

use super::{StoreError, to_json, write_atomically};
use crate::record::Record;
use crate::table;

pub(super) fn write_all(dir: &Path, records: &[Record]) -> Result<(), StoreError> {
    let records = sorted(records);
    write_jsonl(&dir.join("results.jsonl"), &records)?;
    for (name, encode) in
        [("results.csv", table::to_csv as table::Encode), ("results.parquet", table::to_parquet)]
    {
        let path = dir.join(name);
        let bytes = encode(&records)
            .map_err(|e| StoreError::Table { path: path.clone(), reason: e.to_string() })?;
        write_atomically(&path, &bytes)?;
    }
    Ok(())
}

pub(super) fn write_jsonl(path: &Path, records: &[Record]) -> Result<(), StoreError> {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&to_json(path, record)?);
        lines.push('\n');
    }
    write_atomically(path, lines.as_bytes())
}

fn sorted(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    records.sort_by(Record::cmp_for_report);
    records.iter_mut().for_each(Record::drop_non_finite);
    records
}
