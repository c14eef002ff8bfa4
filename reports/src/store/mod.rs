//! The folder of one run: one file per record, and exports made from them.
//!
//! ```text
//! RUN/records/<key>.json   the truth: one record, replaced only as a whole
//! RUN/results.jsonl        all records, one per line; grows while a run goes on
//! RUN/results.csv          one row per record, without arrays and curves
//! RUN/results.parquet      the same rows
//! ```
//!
//! Several processes may put records into one folder at once. `results.jsonl`
//! is then only as complete as the last [`Store::write_exports`]; the files
//! under `records/` always are.

mod atomic;
mod error;
mod export;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::record::Record;
pub(crate) use atomic::write_atomically;
pub use error::StoreError;

/// Records read back, in the order of every report, and what could not be read.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Every valid record, in the order of [`Record::cmp_for_report`].
    pub records: Vec<Record>,
    /// One sentence for each file or line that was skipped.
    pub warnings: Vec<String>,
}

/// The folder of one run.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    records: PathBuf,
}

impl Store {
    /// Opens the folder, creates it if need be, and rebuilds `results.jsonl`
    /// from the records that are there.
    ///
    /// # Errors
    /// When the folder cannot be created, read or written; nothing is changed then.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Store, StoreError> {
        let dir = dir.into();
        let records = dir.join("records");
        fs::create_dir_all(&records).map_err(|e| StoreError::write(&records, e))?;
        let store = Store { dir, records };
        let loaded = store.all()?;
        export::write_jsonl(&store.results(), &loaded.records)?;
        Ok(store)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The record with this key, if its cell has ended.
    ///
    /// # Errors
    /// When the key is not hexadecimal, or the file is there but cannot be read
    /// as a record; the cell should then be run again.
    pub fn get(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let path = self.path_of(key)?;
        match fs::read(&path) {
            Ok(bytes) => parse(&path, &bytes).map(Some),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::read(&path, e)),
        }
    }

    /// Keeps a record under its key (temporary file, fsync, rename), replacing an
    /// earlier one, and appends it to `results.jsonl`.
    ///
    /// Numbers that are not finite are removed first, with a warning in the record.
    ///
    /// # Errors
    /// When the key is not hexadecimal or a file cannot be written. An earlier
    /// record of the same key is then still there, whole.
    pub fn put(&self, record: &Record) -> Result<(), StoreError> {
        let path = self.path_of(&record.key)?;
        let mut record = record.clone();
        record.drop_non_finite();
        let mut line = to_json(&path, &record)?;
        line.push('\n');
        write_atomically(&path, line.as_bytes())?;
        self.append(line.as_bytes())
    }

    /// Every record of the run. Torn or invalid files are skipped and reported.
    ///
    /// # Errors
    /// When the folder itself cannot be read.
    pub fn all(&self) -> Result<Loaded, StoreError> {
        read_records(&self.records)
    }

    /// Writes `results.jsonl`, `results.csv` and `results.parquet`, each replaced
    /// as a whole, in the order of [`Record::cmp_for_report`].
    ///
    /// # Errors
    /// When a file cannot be written; the file of that name is then unchanged.
    pub fn write_exports(&self, records: &[Record]) -> Result<(), StoreError> {
        export::write_all(&self.dir, records)
    }

    fn results(&self) -> PathBuf {
        self.dir.join("results.jsonl")
    }

    /// One `write` call on a file opened for appending, so that lines of several
    /// processes do not mix.
    fn append(&self, line: &[u8]) -> Result<(), StoreError> {
        let path = self.results();
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(line)).map_err(|e| StoreError::write(&path, e))
    }

    /// Keys become file names, so nothing but hexadecimal digits may pass.
    fn path_of(&self, key: &str) -> Result<PathBuf, StoreError> {
        let valid = !key.is_empty() && key.len() <= 128 && key.bytes().all(is_lower_hex);
        if !valid {
            return Err(StoreError::Key { key: key.to_owned() });
        }
        Ok(self.records.join(format!("{key}.json")))
    }
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Reads the records of a run without writing anything: `path` is a run folder,
/// or a `results.jsonl` file.
///
/// Of several lines with one key the last counts.
///
/// # Errors
/// When `path` is neither, or cannot be read.
pub fn load(path: &Path) -> Result<Loaded, StoreError> {
    let records = path.join("records");
    if records.is_dir() {
        return read_records(&records);
    }
    let lines = if path.is_dir() { path.join("results.jsonl") } else { path.to_owned() };
    let bytes = fs::read(&lines).map_err(|e| StoreError::read(&lines, e))?;
    let mut by_key = std::collections::BTreeMap::new();
    let mut warnings = Vec::new();
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match parse(&lines, line) {
            Ok(record) => drop(by_key.insert(record.key.clone(), record)),
            Err(e) => warnings.push(format!("line {}: {e}", index + 1)),
        }
    }
    let mut loaded = Loaded { records: by_key.into_values().collect(), warnings };
    loaded.records.sort_by(Record::cmp_for_report);
    Ok(loaded)
}

fn read_records(dir: &Path) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    for entry in fs::read_dir(dir).map_err(|e| StoreError::read(dir, e))? {
        let path = entry.map_err(|e| StoreError::read(dir, e))?.path();
        // Temporary files of writers that were stopped end otherwise.
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let read = fs::read(&path).map_err(|e| StoreError::read(&path, e));
        match read.and_then(|bytes| parse(&path, &bytes)) {
            Ok(record) if path.file_stem().is_some_and(|stem| stem == record.key.as_str()) => {
                loaded.records.push(record);
            }
            Ok(record) => loaded.warnings.push(format!(
                "{} was skipped: it holds the record of key {:?}; remove it or name it after its key",
                path.display(),
                record.key
            )),
            Err(e) => loaded.warnings.push(e.to_string()),
        }
    }
    loaded.records.sort_by(Record::cmp_for_report);
    loaded.warnings.sort();
    Ok(loaded)
}

fn parse(path: &Path, json: &[u8]) -> Result<Record, StoreError> {
    let invalid = |reason| StoreError::Invalid { path: path.to_owned(), reason };
    let record: Record = serde_json::from_slice(json).map_err(|e| invalid(e.to_string()))?;
    if record.schema != crate::record::SCHEMA {
        return Err(invalid(format!(
            "its schema is {:?}, not {:?}",
            record.schema,
            crate::record::SCHEMA
        )));
    }
    Ok(record)
}

fn to_json(path: &Path, record: &Record) -> Result<String, StoreError> {
    serde_json::to_string(record)
        .map_err(|e| StoreError::Invalid { path: path.to_owned(), reason: e.to_string() })
}
