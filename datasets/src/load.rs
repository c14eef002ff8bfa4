//! From a spec to a dataset.

use std::ops::Range;
use std::path::PathBuf;

use crate::checksum::{is_hex, sha256_hex};
use crate::documents;
use crate::error::DatasetError;
use crate::hub::{self, PinnedFile};
use crate::manifest;
use crate::options::FetchOptions;
use crate::pages;
use crate::sessions::{self, Session};
use crate::size::ByteSize;
use crate::slice::{Cutter, Prime};
use crate::source::{self, Source};
use crate::spec::{Columns, DatasetSpec, Format, PrimeSpec, Reader};
use crate::synthetic;
use crate::trace::{Access, TraceReader};

/// Size of a synthetic dataset when the spec names none.
const DEFAULT_SIZE: ByteSize = ByteSize(4_000_000);

/// The largest synthetic dataset: all of it is made in memory.
const LARGEST_SIZE: ByteSize = ByteSize(8 << 30);

/// Bytes to compress, and what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name in records and reports.
    pub id: String,
    /// How the bytes are cut into documents.
    pub format: Format,
    /// For sessions: the log format.
    pub reader: Option<Reader>,
    /// The bytes, exactly as they stand in the source.
    pub bytes: Vec<u8>,
    /// The documents as ranges of `bytes`, in order; separators belong to none.
    pub documents: Vec<Range<usize>>,
    /// The priming text, if the spec asks for one.
    pub prime: Option<Vec<u8>>,
    /// SHA-256 of `bytes`.
    pub sha256: String,
    /// SHA-256 of `prime`.
    pub prime_sha256: Option<String>,
    /// Which part of the source this is, for people: `whole source`, or the cuts.
    pub slice: String,
    /// Unicode scalar values of `bytes`; none if they are not UTF-8.
    pub chars: Option<u64>,
    /// For sessions: those that stand in `bytes` whole.
    pub sessions: Option<Vec<Session>>,
    /// For a trace: the columns that the spec names.
    pub columns: Option<Columns>,
}

impl Dataset {
    /// The accesses for a cache: those of a trace, or those that the sessions make to
    /// their pages (see [`pages`]); none for a text.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Format`] with the line of a trace that is malformed.
    pub fn accesses(&self) -> Result<Option<Vec<Access>>, DatasetError> {
        match (self.format, &self.sessions) {
            (Format::Trace, _) => {
                let bytes = self.bytes.as_slice();
                let reader = TraceReader::new(self.id.as_str(), bytes, self.columns.clone());
                reader.collect::<Result<_, _>>().map(Some)
            }
            (_, Some(sessions)) => Ok(Some(pages::accesses(sessions))),
            _ => Ok(None),
        }
    }
}

/// A source that has been read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The files it came from; none for a synthetic source.
    pub paths: Vec<PathBuf>,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// Reads, verifies and cuts the dataset of `spec`.
///
/// # Errors
///
/// A [`DatasetError`] that says what is wrong with the spec, the source or the
/// format of its bytes, and what to do.
pub fn load(spec: &DatasetSpec, options: &FetchOptions) -> Result<Dataset, DatasetError> {
    let source: Source = spec.source.parse()?;
    check_keys(spec, &source)?;
    let (_, all) = obtain(spec, &source, options, Reach::Network)?;
    if all.is_empty() {
        return Err(empty(spec, "its source has no bytes"));
    }
    let format = spec.format.unwrap_or_else(|| natural_format(&source));
    let parsed = match format {
        Format::Sessions => Some(sessions::parse(&spec.id, &all, spec.reader)?),
        _ => None,
    };
    let placed = parsed.as_ref().map(|log| log.documents.as_slice()).unwrap_or_default();
    let cutter = Cutter::new(&all, format, placed);
    let Slice { range, prime, text: slice } = cut(spec, &cutter, all.len())?;
    let prime = match (&spec.prime, prime) {
        (Some(PrimeSpec::Source { source, limit, sha256 }), _) => {
            Some(other_prime(spec, source, *limit, sha256.as_deref(), options)?)
        }
        (_, prime) => prime,
    };
    let (documents, sessions, reader) = match parsed {
        Some(log) => {
            let reader = log.reader;
            let (documents, sessions) = log.within(&range);
            if sessions.is_empty() {
                return Err(empty(spec, "its slice holds no whole session; raise the limit"));
            }
            (documents, Some(sessions), Some(reader))
        }
        None => (cut_documents(&all[range.clone()], format), None, None),
    };
    let bytes = take(all, range);
    if documents.is_empty() {
        return Err(empty(spec, "it holds nothing but separators"));
    }
    Ok(Dataset {
        id: spec.id.clone(),
        format,
        reader,
        documents,
        sha256: sha256_hex(&bytes),
        prime_sha256: prime.as_deref().map(sha256_hex),
        prime,
        slice,
        chars: std::str::from_utf8(&bytes).ok().map(|text| text.chars().count() as u64),
        sessions,
        columns: spec.columns.clone(),
        bytes,
    })
}

/// Fetches and verifies the source of `spec` and that of its priming text, so that
/// [`load`] works offline afterwards.
///
/// # Errors
///
/// As [`load`].
pub fn fetch(spec: &DatasetSpec, options: &FetchOptions) -> Result<Fetched, DatasetError> {
    visit(spec, options, Reach::Network)
}

/// As [`fetch`], without the network: what is not in the cache is an error.
///
/// # Errors
///
/// As [`load`].
pub fn verify(spec: &DatasetSpec, options: &FetchOptions) -> Result<Fetched, DatasetError> {
    visit(spec, options, Reach::Cache)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Network,
    Cache,
}

fn visit(
    spec: &DatasetSpec,
    options: &FetchOptions,
    reach: Reach,
) -> Result<Fetched, DatasetError> {
    let source: Source = spec.source.parse()?;
    check_keys(spec, &source)?;
    let (paths, bytes) = obtain(spec, &source, options, reach)?;
    if let Some(PrimeSpec::Source { source, sha256, .. }) = &spec.prime {
        let other = prime_spec(spec, source, sha256.as_deref());
        obtain(&other, &source.parse()?, options, reach)?;
    }
    if bytes.is_empty() {
        return Err(empty(spec, "its source has no bytes"));
    }
    Ok(Fetched { paths, bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) })
}

/// Refuses keys that the source or format would silently ignore.
fn check_keys(spec: &DatasetSpec, source: &Source) -> Result<(), DatasetError> {
    let fail = |why: &str| Err(DatasetError::Spec { id: spec.id.clone(), why: why.into() });
    if !matches!(source, Source::Synthetic(_)) && (spec.size.is_some() || spec.seed.is_some()) {
        return fail("`size` and `seed` go with a `synthetic:` source; use `limit` for a part");
    }
    if spec.size.is_some_and(|size| size > LARGEST_SIZE) {
        return fail(&format!("`size` is more than {LARGEST_SIZE}, the largest that is generated"));
    }
    let format = spec.format.unwrap_or_else(|| natural_format(source));
    if spec.reader.is_some() && format != Format::Sessions {
        return fail("`reader` goes with format = \"sessions\"");
    }
    if spec.columns.is_some() && format != Format::Trace {
        return fail("`columns` goes with format = \"trace\"");
    }
    if matches!(&spec.prime, Some(PrimeSpec::Source { source, .. }) if *source == spec.source) {
        return fail(
            "`prime` names the dataset's own source, so its text would be known beforehand; cut \
             it from the front with `lines` or `bytes`",
        );
    }
    if spec.sha256.as_deref().is_some_and(|text| !is_hex(text, 64)) {
        return fail("`sha256` is not 64 hexadecimal digits");
    }
    Ok(())
}

/// What a source holds when the spec does not say.
fn natural_format(source: &Source) -> Format {
    match source {
        Source::Synthetic(kind) => kind.format(),
        Source::Hub(file) => {
            manifest::lookup(&file.repository, &file.path).1.map_or(Format::Text, |f| f.format)
        }
        Source::File(_) => Format::Text,
    }
}

/// All bytes of a source, verified, and the files they came from.
fn obtain(
    spec: &DatasetSpec,
    source: &Source,
    options: &FetchOptions,
    reach: Reach,
) -> Result<(Vec<PathBuf>, Vec<u8>), DatasetError> {
    let (paths, bytes) = match source {
        Source::File(pattern) => {
            let paths = source::resolve_files(pattern, &options.base_dir)?;
            let bytes = source::read_files(&paths)?;
            (paths, bytes)
        }
        Source::Hub(file) => {
            let file = PinnedFile::new(file, spec.sha256.as_deref())?;
            let (path, bytes) = match reach {
                Reach::Network => hub::get(&file, options)?,
                Reach::Cache => hub::get_cached(&file, options)?,
            };
            (vec![path], bytes)
        }
        Source::Synthetic(kind) => {
            let size = spec.size.unwrap_or(DEFAULT_SIZE);
            (Vec::new(), synthetic::generate(*kind, size, spec.seed.unwrap_or(1)))
        }
    };
    if let Some(expected) = &spec.sha256 {
        let found = sha256_hex(&bytes);
        if !found.eq_ignore_ascii_case(expected) {
            return Err(DatasetError::Checksum {
                what: spec.source.clone(),
                why: format!("its SHA-256 should be {expected} and is {found}"),
                remedy: format!("restore the file, or correct `sha256` of dataset `{}`", spec.id),
            });
        }
    }
    Ok((paths, bytes))
}

/// A part of the source and the priming text cut from it.
struct Slice {
    range: Range<usize>,
    prime: Option<Vec<u8>>,
    text: String,
}

fn cut(spec: &DatasetSpec, cutter: &Cutter<'_>, length: usize) -> Result<Slice, DatasetError> {
    let fail = |why: String| DatasetError::Spec { id: spec.id.clone(), why };
    let mut cuts = Vec::new();
    let prime = match &spec.prime {
        Some(PrimeSpec::Lines(lines)) => {
            cuts.push(format!("after the first {lines} lines"));
            Some(cutter.prime_lines(*lines).map_err(fail)?)
        }
        Some(PrimeSpec::Bytes(size)) => {
            let prime = cutter.prime_bytes(*size).map_err(fail)?;
            cuts.push(format!("after the first {} bytes", prime.bytes.len()));
            Some(prime)
        }
        Some(PrimeSpec::Source { .. }) | None => None,
    };
    let mut start = prime.as_ref().map_or(0, |prime| prime.end);
    if let Some(tail) = spec.tail {
        let from = cutter.tail(tail).map_err(fail)?;
        if from < start {
            return Err(fail(format!(
                "`prime` reaches to byte {start} and `tail` begins at byte {from}: the priming \
                 text would hold a part of the dataset; shorten one of them"
            )));
        }
        // The tail alone says where the dataset begins.
        cuts = vec![format!("from the first document in the last {} characters", tail.chars)];
        start = from;
    }
    let end = spec.limit.map_or(length, |limit| cutter.limit(start, limit));
    if let Some(limit) = spec.limit {
        cuts.push(format!("at most {limit}"));
    }
    if start >= end {
        return Err(empty(spec, "its slice leaves no bytes; shorten `prime` or raise `limit`"));
    }
    let text = if cuts.is_empty() { "whole source".to_owned() } else { cuts.join(", ") };
    Ok(Slice { range: start..end, prime: prime.map(|Prime { bytes, .. }| bytes), text })
}

/// The spec of a priming text that comes from another source.
fn prime_spec(spec: &DatasetSpec, source: &str, sha256: Option<&str>) -> DatasetSpec {
    DatasetSpec {
        sha256: sha256.map(str::to_owned),
        ..DatasetSpec::new(format!("{}.prime", spec.id), source)
    }
}

fn other_prime(
    spec: &DatasetSpec,
    source: &str,
    limit: Option<ByteSize>,
    sha256: Option<&str>,
    options: &FetchOptions,
) -> Result<Vec<u8>, DatasetError> {
    let other = prime_spec(spec, source, sha256);
    let parsed: Source = source.parse()?;
    check_keys(&other, &parsed)?;
    let (_, mut bytes) = obtain(&other, &parsed, options, Reach::Network)?;
    if let Some(limit) = limit {
        let end = Cutter::new(&bytes, Format::Text, &[]).limit(0, limit);
        bytes.truncate(end);
    }
    if bytes.is_empty() {
        return Err(empty(&other, "there is no priming text"));
    }
    Ok(bytes)
}

fn cut_documents(bytes: &[u8], format: Format) -> Vec<Range<usize>> {
    match format {
        Format::Stories => documents::between(bytes.len(), &documents::story_separators(bytes)),
        _ => documents::between(bytes.len(), &[]),
    }
}

/// `range` of `bytes`, in place.
fn take(mut bytes: Vec<u8>, range: Range<usize>) -> Vec<u8> {
    bytes.truncate(range.end);
    bytes.drain(..range.start);
    bytes
}

fn empty(spec: &DatasetSpec, why: &str) -> DatasetError {
    DatasetError::Empty { id: spec.id.clone(), why: why.into() }
}
