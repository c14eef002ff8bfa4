//! Fetching from a hub that answers well, badly or not at all.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pressmark_datasets::{
    DatasetError, DatasetSpec, FetchOptions, fetch, load, sha256_hex, verify,
};

const BODY: &[u8] = b"Once upon a time.\n\n\n\nThe end of a second story.\n";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How the hub behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    /// The file is refused, with a short body.
    Forbidden,
    /// The file is a log-in page.
    Portal,
    /// Everything is a log-in page, without any header of the hub.
    PortalEverywhere,
    /// The connection ends in the middle of the file.
    Cut,
    /// The file has another content of the same length.
    Wrong,
    /// The file is at another address.
    Redirect,
    /// No answer comes.
    Hang,
    /// The file begins and does not go on.
    HangInBody,
    /// There is no such file.
    NotFound,
}

/// A hub with one file, on a port of its own.
struct Hub {
    address: String,
    mood: Arc<Mutex<Mood>>,
    requests: Arc<AtomicUsize>,
    etag: String,
}

impl Hub {
    /// A hub that lists the file under its SHA-256, as a large one.
    fn new(mood: Mood) -> Self {
        Self::with_etag(mood, sha256_hex(BODY))
    }

    fn with_etag(mood: Mood, etag: String) -> Self {
        let set = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
        let proxy = set(["http_proxy", "HTTP_PROXY"]).or_else(|| set(["all_proxy", "ALL_PROXY"]));
        let direct = set(["no_proxy", "NO_PROXY"]).is_some_and(|list| list.contains("127.0.0.1"));
        assert!(
            proxy.is_none() || direct,
            "a proxy is set, and it cannot reach this test: run with no_proxy=127.0.0.1"
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = Hub {
            address: format!("http://{}", listener.local_addr().unwrap()),
            mood: Arc::new(Mutex::new(mood)),
            requests: Arc::default(),
            etag,
        };
        let (mood, requests) = (hub.mood.clone(), hub.requests.clone());
        let (address, etag) = (hub.address.clone(), hub.etag.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                requests.fetch_add(1, Ordering::SeqCst);
                let mood = *mood.lock().unwrap();
                let (address, etag) = (address.clone(), etag.clone());
                // A client that goes away is no concern of the hub.
                thread::spawn(move || drop(answer(stream, mood, &address, &etag)));
            }
        });
        hub
    }

    fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn options(&self, cache: &Path) -> FetchOptions {
        FetchOptions {
            cache_dir: cache.to_owned(),
            endpoint: Some(self.address.clone()),
            deadline: Duration::from_secs(20),
            ..FetchOptions::from_vars(".", |_| None)
        }
    }
}

fn answer(mut stream: TcpStream, mood: Mood, address: &str, etag: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let head = request.starts_with("HEAD");
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let expected = format!("/datasets/owner/name/resolve/{COMMIT}/stories.txt");
    let page = b"<html>Please log in to the network.</html>";
    let about = format!(
        "X-Repo-Commit: {COMMIT}\r\nETag: \"{etag}\"\r\nX-Linked-Etag: \"{etag}\"\r\n\
         X-Linked-Size: {}\r\n",
        BODY.len()
    );
    let mut send = |status: &str, headers: &str, length: usize, body: &[u8]| {
        let lines = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(lines.as_bytes())?;
        if !head {
            stream.write_all(body)?;
        }
        stream.flush()
    };
    let whole = |body: &[u8]| body.len();
    match mood {
        _ if path == "/cdn/blob" => send("200 OK", "", whole(BODY), BODY),
        Mood::Hang => {
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        Mood::PortalEverywhere => send("200 OK", "", whole(page), page),
        Mood::NotFound => send("404 Not Found", "X-Error-Code: EntryNotFound\r\n", 0, b""),
        _ if path != expected => send("404 Not Found", "", 0, b""),
        _ if head => send("200 OK", &about, BODY.len(), b""),
        Mood::Good => send("200 OK", &about, whole(BODY), BODY),
        Mood::Forbidden => send("403 Forbidden", "", 29, b"<Error>Access Denied.</Error>"),
        Mood::Portal => send("200 OK", "", whole(page), page),
        Mood::Cut => send("200 OK", &about, whole(BODY), &BODY[..BODY.len() / 2]),
        Mood::HangInBody => {
            send("200 OK", &about, whole(BODY), &BODY[..10])?;
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        Mood::Wrong => {
            let wrong = BODY.to_ascii_uppercase();
            send("200 OK", &about, whole(&wrong), &wrong)
        }
        Mood::Redirect => send("302 Found", &format!("Location: {address}/cdn/blob\r\n"), 0, b""),
    }
}

fn spec() -> DatasetSpec {
    DatasetSpec::new("s", format!("hf://datasets/owner/name@{COMMIT}/stories.txt"))
}

fn pinned() -> DatasetSpec {
    DatasetSpec { sha256: Some(sha256_hex(BODY)), ..spec() }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    (folder, cache)
}

/// The hub is bad, which must be an error; then good, which must heal it.
fn fails_then_heals(mood: Mood, spec: &DatasetSpec) -> DatasetError {
    let (_folder, cache) = folder();
    let hub = Hub::new(mood);
    let options = hub.options(&cache);
    let error = load(spec, &options).unwrap_err();
    // What was stored does not pass for the file, offline or later.
    let offline = FetchOptions { offline: true, ..options.clone() };
    assert!(load(spec, &offline).is_err(), "{mood:?}: bad bytes were served from the cache");
    hub.be(Mood::Good);
    assert_eq!(load(spec, &options).unwrap().bytes, BODY, "{mood:?}: not healed");
    assert_eq!(load(spec, &offline).unwrap().bytes, BODY);
    error
}

#[test]
fn a_good_answer_is_cached_and_serves_offline() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Good);
    let options = hub.options(&cache);
    let fetched = fetch(&pinned(), &options).unwrap();
    assert_eq!((fetched.bytes, fetched.sha256), (BODY.len() as u64, sha256_hex(BODY)));
    let asked = hub.requests();
    let offline = FetchOptions { offline: true, ..options.clone() };
    assert_eq!(load(&pinned(), &offline).unwrap().bytes, BODY);
    assert!(verify(&pinned(), &options).is_ok());
    assert_eq!(load(&pinned(), &options).unwrap().bytes, BODY);
    assert_eq!(hub.requests(), asked, "a pinned commit in the cache needs no request");
}

#[test]
fn without_a_pin_the_hubs_own_checksum_is_verified() {
    let error = fails_then_heals(Mood::Wrong, &spec());
    assert!(matches!(error, DatasetError::Checksum { .. }), "{error}");
}

#[test]
fn a_small_file_is_verified_by_its_git_id() {
    let (_folder, cache) = folder();
    // `git hash-object` of BODY.
    let hub = Hub::with_etag(Mood::Wrong, "fbdf768c8fae883a611be3df47207e0f6bc09be4".into());
    let error = load(&spec(), &hub.options(&cache)).unwrap_err();
    assert!(error.to_string().contains("git object id"), "{error}");
    hub.be(Mood::Good);
    assert_eq!(load(&spec(), &hub.options(&cache)).unwrap().bytes, BODY);
}

#[test]
fn a_hub_without_checksums_needs_a_pin() {
    let (_folder, cache) = folder();
    let hub = Hub::with_etag(Mood::Good, "weak-17".into());
    let options = hub.options(&cache);
    let error = load(&spec(), &options).unwrap_err();
    assert!(matches!(error, DatasetError::Unverifiable { .. }), "{error}");
    assert_eq!(load(&pinned(), &options).unwrap().bytes, BODY);
}

#[test]
fn an_error_body_is_not_the_file() {
    let error = fails_then_heals(Mood::Forbidden, &pinned());
    assert!(error.to_string().contains("Access Denied"), "{error}");
    fails_then_heals(Mood::Forbidden, &spec());
}

#[test]
fn a_log_in_page_is_not_the_file() {
    let error = fails_then_heals(Mood::Portal, &pinned());
    assert!(error.to_string().contains("log in"), "{error}");
    fails_then_heals(Mood::PortalEverywhere, &pinned());
}

#[test]
fn a_cut_body_is_not_the_file() {
    fails_then_heals(Mood::Cut, &pinned());
}

#[test]
fn wrong_bytes_are_not_the_file() {
    let error = fails_then_heals(Mood::Wrong, &pinned());
    let DatasetError::Checksum { why, .. } = &error else { panic!("{error}") };
    assert!(why.contains(&sha256_hex(BODY)), "{why}");
}

#[test]
fn a_pin_that_is_wrong_refuses_the_right_file() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Good);
    let spec = DatasetSpec { sha256: Some("0".repeat(64)), ..spec() };
    let error = load(&spec, &hub.options(&cache)).unwrap_err();
    assert!(matches!(error, DatasetError::Checksum { .. }), "{error}");
}

#[test]
fn a_file_that_was_changed_in_the_cache_is_fetched_again() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Good);
    let options = hub.options(&cache);
    let path = fetch(&pinned(), &options).unwrap().paths.remove(0);
    std::fs::write(&path, b"something else").unwrap();
    assert!(verify(&pinned(), &options).is_err());
    assert_eq!(load(&pinned(), &options).unwrap().bytes, BODY);
}

#[cfg(unix)]
#[test]
fn a_file_outside_the_cache_is_never_removed() {
    let (folder, cache) = folder();
    let own = folder.path().join("own.txt");
    std::fs::write(&own, "mine").unwrap();
    let hub = Hub::new(Mood::Good);
    let options = hub.options(&cache);
    let path = fetch(&pinned(), &options).unwrap().paths.remove(0);
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&own, &path).unwrap();
    hub.be(Mood::Forbidden);
    assert!(load(&pinned(), &options).is_err());
    assert_eq!(std::fs::read(&own).unwrap(), b"mine");
}

#[test]
fn a_redirect_is_followed() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Redirect);
    assert_eq!(load(&pinned(), &hub.options(&cache)).unwrap().bytes, BODY);
}

#[test]
fn a_hub_that_hangs_ends_at_the_deadline() {
    for mood in [Mood::Hang, Mood::HangInBody] {
        let (_folder, cache) = folder();
        let hub = Hub::new(mood);
        let deadline = Duration::from_millis(300);
        let options = FetchOptions { deadline, ..hub.options(&cache) };
        // A hub that is waited for to the end breaks the connection: another error.
        let error = load(&pinned(), &options).unwrap_err();
        assert!(matches!(error, DatasetError::Deadline { .. }), "{mood:?}: {error}");
        assert!(error.to_string().contains("offline"), "{error}");
        hub.be(Mood::Good);
        assert_eq!(load(&pinned(), &hub.options(&cache)).unwrap().bytes, BODY);
    }
}

#[test]
fn offline_without_the_file_says_what_to_do() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Good);
    let options = FetchOptions { offline: true, ..hub.options(&cache) };
    let error = load(&pinned(), &options).unwrap_err();
    assert!(matches!(error, DatasetError::Offline { .. }), "{error}");
    for part in ["pressmark data fetch", "file:", "synthetic:"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(hub.requests(), 0);
}

#[test]
fn refusals_and_dead_hubs_are_errors_that_name_the_choices() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::NotFound);
    let nobody =
        FetchOptions { endpoint: Some("http://127.0.0.1:1".into()), ..hub.options(&cache) };
    for options in [hub.options(&cache), nobody] {
        let error = load(&pinned(), &options).unwrap_err();
        assert!(matches!(error, DatasetError::Fetch { .. }), "{error}");
        assert!(error.to_string().contains("synthetic:"), "{error}");
    }
}

#[test]
fn progress_is_told() {
    let (_folder, cache) = folder();
    let hub = Hub::new(Mood::Good);
    let last = Arc::new(Mutex::new(0));
    let seen = last.clone();
    let options = FetchOptions {
        progress: Some(Arc::new(move |progress| *seen.lock().unwrap() = progress.bytes)),
        ..hub.options(&cache)
    };
    fetch(&pinned(), &options).unwrap();
    assert_eq!(*last.lock().unwrap(), BODY.len() as u64);
}

#[test]
fn a_repository_in_no_manifest_needs_a_commit() {
    let spec = DatasetSpec::new("s", "hf://datasets/owner/name/stories.txt");
    let error = load(&spec, &FetchOptions::from_vars(".", |_| None)).unwrap_err();
    assert!(error.to_string().contains("@COMMIT"), "{error}");
}
