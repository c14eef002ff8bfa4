//! One download through the hub's client, under a deadline.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use hf_hub::HFClient;
use hf_hub::progress::{DownloadEvent, ProgressEvent, ProgressHandler};

use super::PinnedFile;
use crate::error::DatasetError;
use crate::options::{FetchOptions, Progress, ProgressCallback};

/// A point in time, and the time that was allowed until then.
pub(super) struct Deadline {
    end: Instant,
    allowed: Duration,
}

impl Deadline {
    pub(super) fn after(allowed: Duration) -> Self {
        // A deadline too far to represent is none: a year stands for it.
        let year = Duration::from_secs(365 * 24 * 3600);
        let end = Instant::now() + allowed.min(year);
        Deadline { end, allowed }
    }
}

/// Downloads `file` into the cache and returns its path there, unverified.
///
/// The client has no timeouts, so it works in a thread of its own; when the deadline
/// passes that thread is left to itself. What it may still write is verified, as
/// everything is, before it is used.
pub(super) fn download(
    file: &PinnedFile,
    options: &FetchOptions,
    force: bool,
    deadline: &Deadline,
) -> Result<PathBuf, DatasetError> {
    let (sender, receiver) = mpsc::channel();
    let (job_file, job_options) = (file.clone(), options.clone());
    let spawned = thread::Builder::new().name("hub-fetch".into()).spawn(move || {
        // The receiver is gone once the deadline has passed.
        let _ = sender.send(blocking_download(&job_file, &job_options, force));
    });
    let failed = |why: String| DatasetError::Fetch {
        file: file.name(),
        endpoint: options.endpoint().to_owned(),
        why,
    };
    if let Err(error) = spawned {
        return Err(failed(format!("no thread could be started ({error})")));
    }
    let left = deadline.end.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(Ok(path)) => Ok(path),
        Ok(Err(why)) => Err(failed(why)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(DatasetError::Deadline {
            file: file.name(),
            endpoint: options.endpoint().to_owned(),
            deadline: deadline.allowed,
        }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(failed("the client broke down".into())),
    }
}

fn blocking_download(
    file: &PinnedFile,
    options: &FetchOptions,
    force: bool,
) -> Result<PathBuf, String> {
    // So that a thread left behind ends, and with it its lock on the cache.
    let http = reqwest::Client::builder()
        .user_agent(concat!("pressmark/", env!("CARGO_PKG_VERSION")))
        .timeout(options.deadline)
        .build()
        .map_err(|error| sentence(&error))?;
    let mut builder = HFClient::builder()
        .client(http)
        .endpoint(options.endpoint())
        .cache_dir(&options.cache_dir)
        .retry_max_attempts(3)
        .retry_base_delay(Duration::from_millis(200));
    if let Some(token) = &options.token {
        builder = builder.token(token.clone());
    }
    let client = builder.build_sync().map_err(|error| sentence(&error))?;
    let (owner, name) = hf_hub::split_id(&file.repository);
    let progress = options.progress.clone().map(|callback| {
        Arc::new(Reporter { file: file.name(), callback }) as Arc<dyn ProgressHandler>
    });
    client
        .dataset(owner, name)
        .download_file()
        .filename(file.path.clone())
        .revision(file.revision.clone())
        .force_download(force)
        .maybe_progress(progress)
        .send()
        .map_err(|error| sentence(&error))
}

/// The error and its causes, on one line and not longer than a line should be.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(300).collect()
}

/// Passes the client's events on.
struct Reporter {
    file: String,
    callback: ProgressCallback,
}

impl ProgressHandler for Reporter {
    fn on_progress(&self, event: &ProgressEvent) {
        let (bytes, total) = match event {
            ProgressEvent::Download(DownloadEvent::Start { total_bytes, .. }) => (0, *total_bytes),
            ProgressEvent::Download(DownloadEvent::Progress { files }) => {
                files.iter().fold((0, 0), |(b, t), f| (b + f.bytes_completed, t + f.total_bytes))
            }
            ProgressEvent::Download(DownloadEvent::AggregateProgress {
                bytes_completed,
                total_bytes,
                ..
            }) => (*bytes_completed, *total_bytes),
            _ => return,
        };
        (self.callback)(&Progress { file: self.file.clone(), bytes, total });
    }
}
