//! From a spec to a dataset: sources, formats, cuts and their errors.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use pressmark_datasets::trace::Kind;
use pressmark_datasets::{
    ByteSize, DatasetError, DatasetSpec, FetchOptions, Format, PrimeSpec, TailSpec, load,
    manifests, sha256_hex, verify,
};

const STORIES: &str = "One.\nTwo.\n\n\n\nThree.\n\nFour.\n\n\n\nFive.";

fn options(base: &Path) -> FetchOptions {
    FetchOptions::from_vars(base, |_| None)
}

/// A spec for a file with `bytes`, in a folder of its own.
fn file(bytes: impl AsRef<[u8]>) -> (tempfile::TempDir, DatasetSpec) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), bytes).unwrap();
    (folder, DatasetSpec::new("d", "file:data"))
}

fn table(text: &str) -> DatasetSpec {
    toml::from_str(text).unwrap()
}

#[test]
fn bytes_are_untouched_and_cut_into_stories() {
    let (folder, spec) = file(STORIES);
    let spec = DatasetSpec { format: Some(Format::Stories), ..spec };
    let dataset = load(&spec, &options(folder.path())).unwrap();
    assert_eq!(dataset.bytes, STORIES.as_bytes());
    assert_eq!(dataset.sha256, sha256_hex(STORIES.as_bytes()));
    assert_eq!(dataset.chars, Some(STORIES.len() as u64));
    assert_eq!(dataset.slice, "whole source");
    let documents: Vec<_> = dataset.documents.iter().map(|range| &STORIES[range.clone()]).collect();
    assert_eq!(documents, ["One.\nTwo.", "Three.\n\nFour.", "Five."]);
}

#[test]
fn the_dataset_is_what_follows_the_priming_text() {
    let (folder, spec) = file(STORIES);
    let spec =
        DatasetSpec { format: Some(Format::Stories), prime: Some(PrimeSpec::Lines(2)), ..spec };
    let dataset = load(&spec, &options(folder.path())).unwrap();
    assert_eq!(dataset.prime.as_deref(), Some(b"One.\nTwo.\n".as_slice()));
    assert_eq!(dataset.prime_sha256, Some(sha256_hex(b"One.\nTwo.\n")));
    assert_eq!(dataset.bytes, b"Three.\n\nFour.\n\n\n\nFive.");
    assert_eq!(dataset.documents[0], 0..13);

    let limited = DatasetSpec { limit: Some(ByteSize(6)), ..spec };
    let dataset = load(&limited, &options(folder.path())).unwrap();
    assert_eq!(dataset.bytes, b"Three.");
    assert!(dataset.slice.contains("2 lines") && dataset.slice.contains("6B"));
}

#[test]
fn priming_text_may_come_from_another_source() {
    let (folder, spec) = file(STORIES);
    fs::write(folder.path().join("other"), "äöü").unwrap();
    let with = |limit, sha256: Option<&str>| {
        let prime = PrimeSpec::Source {
            source: "file:other".into(),
            limit: Some(ByteSize(limit)),
            sha256: sha256.map(str::to_owned),
        };
        load(&DatasetSpec { prime: Some(prime), ..spec.clone() }, &options(folder.path()))
    };
    let dataset = with(5, None).unwrap();
    assert_eq!(dataset.prime.as_deref(), Some("äö".as_bytes()));
    assert_eq!(dataset.bytes, STORIES.as_bytes());
    assert!(with(5, Some(&sha256_hex("äöü".as_bytes()))).is_ok());
    assert!(matches!(with(5, Some(&"0".repeat(64))), Err(DatasetError::Checksum { .. })));
    assert!(matches!(with(1, None), Err(DatasetError::Empty { .. })));
    let same = PrimeSpec::Source { source: "file:data".into(), limit: None, sha256: None };
    let same = DatasetSpec { prime: Some(same), ..spec };
    assert!(matches!(load(&same, &options(folder.path())), Err(DatasetError::Spec { .. })));
}

#[test]
fn prime_and_tail_may_not_overlap() {
    let (folder, spec) = file(STORIES);
    let spec = DatasetSpec {
        format: Some(Format::Stories),
        prime: Some(PrimeSpec::Lines(4)),
        tail: Some(TailSpec { chars: 30 }),
        ..spec
    };
    let error = load(&spec, &options(folder.path())).unwrap_err();
    assert!(error.to_string().contains("priming text would hold"), "{error}");
    let apart = DatasetSpec {
        prime: Some(PrimeSpec::Lines(2)),
        tail: Some(TailSpec { chars: 25 }),
        ..spec
    };
    assert_eq!(load(&apart, &options(folder.path())).unwrap().bytes, b"Five.");
}

#[test]
fn bytes_that_are_not_text_have_no_chars() {
    let (folder, spec) = file([0xff, 0x00, 0xc3]);
    let dataset = load(&spec, &options(folder.path())).unwrap();
    assert_eq!((dataset.chars, dataset.bytes.len()), (None, 3));
    let limited = DatasetSpec { limit: Some(ByteSize(2)), ..spec };
    assert_eq!(load(&limited, &options(folder.path())).unwrap().bytes, [0xff, 0x00]);
}

#[test]
fn errors_name_the_cause() {
    let (folder, spec) = file(STORIES);
    let fail = |spec: DatasetSpec| load(&spec, &options(folder.path())).unwrap_err();
    let missing = fail(DatasetSpec::new("d", "file:nothing"));
    assert!(matches!(missing, DatasetError::Missing { .. }), "{missing}");
    let wrong = DatasetSpec { sha256: Some("0".repeat(64)), ..spec.clone() };
    assert!(verify(&wrong, &options(folder.path())).is_err());
    assert!(matches!(fail(wrong), DatasetError::Checksum { .. }));
    let nothing = DatasetSpec { limit: Some(ByteSize(0)), ..spec.clone() };
    assert!(matches!(fail(nothing), DatasetError::Empty { .. }));
    let (empty_folder, empty) = file("");
    let empty = load(&empty, &options(empty_folder.path())).unwrap_err();
    assert!(matches!(empty, DatasetError::Empty { .. }), "{empty}");
    let blank = DatasetSpec { format: Some(Format::Stories), ..spec.clone() };
    fs::write(folder.path().join("data"), "\n\n\n\n").unwrap();
    assert!(matches!(fail(blank), DatasetError::Empty { .. }));
}

#[test]
fn keys_that_would_be_ignored_are_refused() {
    let (folder, _) = file(STORIES);
    for (keys, why) in [
        ("seed = 3", "synthetic"),
        ("size = \"1MB\"", "synthetic"),
        ("reader = \"codex\"", "sessions"),
        ("columns = { key = \"k\" }", "trace"),
        ("sha256 = \"abc\"", "64"),
    ] {
        let spec = table(&format!("id = \"d\"\nsource = \"file:data\"\n{keys}"));
        let error = load(&spec, &options(folder.path())).unwrap_err();
        assert!(error.to_string().contains(why), "{keys}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, spec) = file(STORIES);
    let path = folder.path().join("data");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let error = load(&spec, &options(folder.path())).unwrap_err();
    assert!(matches!(error, DatasetError::Io { .. }), "{error}");
}

#[test]
fn synthetic_sources_need_no_files() {
    for (kind, format) in [
        ("stories", Format::Stories),
        ("sessions", Format::Sessions),
        ("zipf", Format::Trace),
        ("scan", Format::Trace),
        ("loop", Format::Trace),
    ] {
        let spec = table(&format!("id = \"d\"\nsource = \"synthetic:{kind}\"\nsize = \"200kB\""));
        let dataset = load(&spec, &options(Path::new("."))).unwrap();
        assert_eq!(dataset.format, format);
        assert!((100_000..=200_000).contains(&dataset.bytes.len()), "{kind}");
        let accesses = dataset.accesses().unwrap();
        assert_eq!(accesses.is_some(), format != Format::Stories);
        if let Some(accesses) = accesses {
            let distinct: HashSet<u64> = accesses.iter().map(|access| access.key).collect();
            assert!(distinct.len() < accesses.len(), "{kind}: nothing comes back");
        }
        let other = DatasetSpec { seed: Some(2), ..spec };
        assert_ne!(load(&other, &options(Path::new("."))).unwrap().sha256, dataset.sha256);
    }
    let huge = table("id = \"d\"\nsource = \"synthetic:stories\"\nsize = \"99TB\"");
    assert!(matches!(load(&huge, &options(Path::new("."))), Err(DatasetError::Spec { .. })));
    let tiny = table("id = \"d\"\nsource = \"synthetic:stories\"\nsize = 3");
    assert!(matches!(load(&tiny, &options(Path::new("."))), Err(DatasetError::Empty { .. })));
}

#[test]
fn a_limit_keeps_whole_sessions() {
    let spec = table("id = \"d\"\nsource = \"synthetic:sessions\"\nsize = \"200kB\"");
    let whole = load(&spec, &options(Path::new("."))).unwrap();
    let limited = DatasetSpec { limit: Some(ByteSize(100_000)), ..spec.clone() };
    let part = load(&limited, &options(Path::new("."))).unwrap();
    assert_eq!(part.bytes, whole.bytes[..100_000]);
    let sessions = part.sessions.unwrap();
    assert_eq!(sessions.len(), part.documents.len());
    assert_eq!(sessions, whole.sessions.unwrap()[..sessions.len()]);
    let none = DatasetSpec { limit: Some(ByteSize(100)), ..spec };
    assert!(matches!(load(&none, &options(Path::new("."))), Err(DatasetError::Empty { .. })));
}

#[test]
fn the_manifest_knows_tinystories() {
    let manifest = manifests().iter().find(|m| m.id == "tinystories").unwrap();
    assert_eq!(
        manifest.source(&manifest.files[0]),
        "hf://datasets/roneneldan/TinyStories/TinyStories-valid.txt"
    );
}

/// A file beside the repository that is not part of it.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if !path.is_file() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}

#[test]
fn the_development_split_of_tinystories_is_reproduced() {
    let Some(path) = shared("tinystories/train.txt") else { return };
    let spec = table(&format!(
        "id = \"dev\"\nsource = 'file:{}'\nformat = \"stories\"\n\
         prime = {{ lines = 5000 }}\ntail = {{ chars = 368_000 }}",
        path.display()
    ));
    let dataset = load(&spec, &options(Path::new("."))).unwrap();
    assert_eq!(dataset.bytes.len(), 367_693);
    assert_eq!(dataset.prime.unwrap().len(), 911_480);
    let all = fs::read(&path).unwrap();
    assert!(all.ends_with(&dataset.bytes));
    assert!(all[..all.len() - dataset.bytes.len()].ends_with(b"\n\n\n\n"));
}

#[test]
fn real_tau_bench_sessions_are_read() {
    let Some(path) = shared("sessions/tau_airline.json") else { return };
    let spec =
        table(&format!("id = \"tau\"\nsource = 'file:{}'\nformat = \"sessions\"", path.display()));
    let dataset = load(&spec, &options(Path::new("."))).unwrap();
    let accesses = dataset.accesses().unwrap().unwrap();
    let reads = accesses.iter().filter(|access| access.kind == Kind::Read).count();
    let sessions = dataset.sessions.unwrap();
    assert!(reads > sessions.len(), "every session quotes the policy of the one before");
    assert_eq!((sessions.len(), dataset.documents.len()), (200, 200));
    assert_eq!(sessions[0].id, "0.0");
    assert_eq!(sessions[0].turns[0].role, "system");
    let calls = sessions[0].turns.iter().filter(|t| t.role == "assistant" && t.tool.is_some());
    let results = sessions[0].turns.iter().filter(|t| t.role == "tool");
    assert_eq!(calls.count(), results.count());
    for range in &dataset.documents {
        let json: serde_json::Value =
            serde_json::from_slice(&dataset.bytes[range.clone()]).unwrap();
        assert!(json.get("traj").is_some());
    }
}
