//! One strategy on one's own files: `compress`, `decompress`, `compact`, `explain`.

use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use pressmark_protocol::archive::{self, Header};
use pressmark_protocol::{CompactResult, Options, Protocol, Success, Task};
use sha2::{Digest, Sha256};

use crate::memfile::MemFile;
use crate::plugins::Strategy;
use crate::run::limits;
use crate::worker::{Done, Job, Outcome, Workers};

/// How a file is worked on.
pub struct FileJob<'a> {
    /// Starts workers.
    pub workers: &'a Workers,
    /// The strategy.
    pub strategy: Strategy<'a>,
    /// Its options.
    pub options: Options,
    /// Memory it may use, in bytes.
    pub memory_limit: u64,
    /// Time each process may take.
    pub timeout: Duration,
    /// Priming text.
    pub prime: Option<Vec<u8>>,
    /// Told what the worker or the plugin has to say.
    pub tell: Box<dyn Fn(&str) + 'a>,
}

impl FileJob<'_> {
    /// Compresses, and has another process decode the archive to the same bytes before it is
    /// handed out.
    ///
    /// # Errors
    /// A sentence.
    pub fn compress(&self, input: &[u8]) -> Result<MemFile, String> {
        let protocol = self.protocol();
        let file = MemFile::of("input", &[input]).map_err(|error| error.to_string())?;
        let task = Task::Encode {
            protocol,
            checksum: checksum(input),
            prime_checksum: self.prime.as_deref().map(checksum),
            warm: false,
            ideal: false,
        };
        let archive = self.work(task, &file, input.len() as u64)?.output;
        let decoded = self.decode(&archive, protocol, input.len() as u64)?;
        match file.first_difference(&decoded).map_err(|error| error.to_string())? {
            None => Ok(archive),
            Some(at) => Err(format!(
                "{} did not give the input back: the first difference is at byte {at}; nothing was \
                 written",
                self.strategy.info.id
            )),
        }
    }

    /// Decompresses an archive whose header was read, and checks its checksum.
    ///
    /// # Errors
    /// A sentence.
    pub fn decompress(&self, archive: &[u8], header: &Header) -> Result<MemFile, String> {
        let file = MemFile::of("archive", &[archive]).map_err(|error| error.to_string())?;
        let decoded = self.decode(&file, self.protocol(), header.decoded_len)?;
        let bytes = decoded.bytes().map_err(|error| error.to_string())?;
        if bytes.len() as u64 != header.decoded_len || checksum(&bytes) != header.checksum {
            return Err("the archive is damaged: what it decodes to is not what was compressed; \
                        nothing was written"
                .into());
        }
        Ok(decoded)
    }

    /// Compacts a document.
    ///
    /// # Errors
    /// A sentence.
    pub fn compact(
        &self,
        document: &[u8],
        budget: Option<u64>,
        tokens: bool,
    ) -> Result<(CompactResult, MemFile), String> {
        let file = MemFile::of("document", &[document]).map_err(|error| error.to_string())?;
        let done = self.work(Task::Compact { budget, tokens }, &file, document.len() as u64)?;
        match done.success {
            Success::Compacted(result) => Ok((result, done.output)),
            other => Err(format!("the worker answered {other:?}")),
        }
    }

    /// How the strategy sees an input, as text.
    ///
    /// # Errors
    /// A sentence.
    pub fn explain(&self, input: &[u8]) -> Result<MemFile, String> {
        let file = MemFile::of("input", &[input]).map_err(|error| error.to_string())?;
        Ok(self.work(Task::Explain, &file, input.len() as u64)?.output)
    }

    fn protocol(&self) -> Protocol {
        if self.prime.is_some() { Protocol::Primed } else { Protocol::Cold }
    }

    fn decode(&self, archive: &MemFile, protocol: Protocol, bytes: u64) -> Result<MemFile, String> {
        Ok(self.work(Task::Decode { protocol, warm: false }, archive, bytes)?.output)
    }

    fn work(&self, task: Task, input: &MemFile, bytes: u64) -> Result<Done, String> {
        let prime = match &self.prime {
            Some(prime) => Some(MemFile::of("prime", &[prime]).map_err(|error| error.to_string())?),
            None => None,
        };
        let job = Job {
            plugin: &self.strategy.plugin.path,
            strategy: &self.strategy.info.id,
            options: &self.options,
            seed: 0,
            limits: limits(self.memory_limit, self.timeout, 1, bytes),
            deadline: self.timeout,
            task,
            input: Some(input.as_fd()),
            prime: prime.as_ref(),
        };
        match self.workers.run(&job).map_err(|error| format!("the system refused: {error}"))? {
            Outcome::Done(done) => {
                done.observations.notes().for_each(&self.tell);
                Ok(*done)
            }
            Outcome::Failed(ending) => Err(format!(
                "{}: {} while in {}: {}",
                self.strategy.info.id,
                ending.state,
                ending.phase.name(),
                ending.reason
            )),
        }
    }
}

/// First eight bytes of the SHA-256.
pub fn checksum(bytes: &[u8]) -> [u8; 8] {
    Sha256::digest(bytes)[..8].try_into().expect("a digest has 32 bytes")
}

/// Reads the header of an archive file.
///
/// # Errors
/// A sentence that names the file.
pub fn header(path: &Path, archive: &[u8]) -> Result<Header, String> {
    archive::parse(archive)
        .map(|parts| parts.header)
        .map_err(|error| format!("{}: {error}", path.display()))
}
