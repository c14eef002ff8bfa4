//! A dataset as the memory files that workers read.

use std::sync::OnceLock;

use pressmark_datasets::evidence::Case;
use pressmark_datasets::{Dataset, DatasetSpec, FetchOptions, load};
use pressmark_reports::record::Task;

use super::compact::cases;
use super::pack::Cases;
use super::replay::Trace;
use crate::memfile::MemFile;

/// A loaded dataset.
pub(super) struct Inputs {
    /// What is known of it; its bytes are in `input`.
    pub(super) dataset: Dataset,
    /// Bytes of the input.
    pub(super) bytes: u64,
    /// The input.
    pub(super) input: MemFile,
    /// The priming text.
    pub(super) prime: Option<MemFile>,
    /// Bytes of the priming text.
    pub(super) prime_bytes: u64,
    /// What the strategies of the experiment's task take.
    pub(super) form: Form,
    joined: OnceLock<MemFile>,
}

/// A dataset in the form that a task takes.
pub(super) enum Form {
    /// Bytes to compress: `input`.
    Bytes,
    /// Accesses to replay.
    Trace(Trace),
    /// Documents to compact.
    Documents(Vec<Case>),
    /// Sessions to pack contexts of.
    Sessions(Cases),
}

impl Form {
    fn of(dataset: &Dataset, task: Task) -> Result<Form, String> {
        Ok(match task {
            Task::Codec => Form::Bytes,
            Task::Compact => Form::Documents(cases(dataset)),
            Task::Pack => Form::Sessions(Cases::of(dataset)?),
            Task::Cache => {
                let accesses = dataset.accesses().map_err(|error| error.to_string())?;
                Form::Trace(Trace::new(accesses.ok_or_else(|| {
                    format!(
                        "dataset {} has format {} and no accesses: a cache takes format = \
                         \"trace\" or \"sessions\"",
                        dataset.id, dataset.format
                    )
                })?))
            }
        })
    }
}

impl Inputs {
    pub(super) fn load(
        spec: &DatasetSpec,
        fetch: &FetchOptions,
        task: Task,
    ) -> Result<Inputs, String> {
        let mut dataset = load(spec, fetch).map_err(|error| error.to_string())?;
        let form = Form::of(&dataset, task)?;
        let system = |error: std::io::Error| format!("dataset {}: {error}", spec.id);
        let input = MemFile::of("input", &[&dataset.bytes]).map_err(system)?;
        let prime = match &dataset.prime {
            Some(prime) => Some(MemFile::of("prime", &[prime]).map_err(system)?),
            None => None,
        };
        let bytes = dataset.bytes.len() as u64;
        let prime_bytes = dataset.prime.as_ref().map_or(0, |prime| prime.len() as u64);
        // One copy in memory is enough.
        dataset.bytes = Vec::new();
        dataset.prime = None;
        Ok(Inputs { dataset, bytes, input, prime, prime_bytes, form, joined: OnceLock::new() })
    }

    /// The priming text followed by the input, for priming by difference.
    pub(super) fn joined(&self) -> std::io::Result<&MemFile> {
        if let Some(joined) = self.joined.get() {
            return Ok(joined);
        }
        let prime = self.prime.as_ref().map_or(Ok(Vec::new()), MemFile::bytes)?;
        let joined = MemFile::of("joined", &[&prime, &self.input.bytes()?])?;
        Ok(self.joined.get_or_init(|| joined))
    }
}

/// First eight bytes of a SHA-256 in hexadecimal.
pub(super) fn checksum(sha256: &str) -> [u8; 8] {
    let mut sum = [0; 8];
    for (byte, pair) in sum.iter_mut().zip(sha256.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    }
    sum
}
