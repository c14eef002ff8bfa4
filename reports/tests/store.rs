//! The run folder keeps every record whole and says what it could not read.

mod common;

use std::fs;
use std::path::Path;

use common::{experiment, failed, ok};
use pressmark_reports::{Record, State, Store, StoreError, load};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_put_is_got_and_loaded_in_report_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut records = experiment();
    for record in records.iter().rev() {
        store.put(record).unwrap();
    }
    assert_eq!(store.get("01").unwrap().as_ref(), Some(&records[0]));
    assert_eq!(store.get("aa").unwrap(), None);
    records.sort_by(Record::cmp_for_report);
    let run = store.all().unwrap();
    assert_eq!((run.records, run.warnings), (records.clone(), vec![]));

    // The lines that were appended are the same records, before and after a rebuild.
    let lines = |path: &Path| load(path).unwrap().records;
    assert_eq!(lines(&dir.path().join("results.jsonl")), records);
    Store::open(dir.path()).unwrap();
    assert_eq!(lines(&dir.path().join("results.jsonl")), records);
    assert_eq!(lines(dir.path()), records);
}

#[test]
fn a_second_put_replaces_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.put(&failed("01", "a", "d", State::Lost, "the node went away")).unwrap();
    store.put(&ok("01", "a", "d", 100, 1.0)).unwrap();
    let loaded = load(&dir.path().join("results.jsonl")).unwrap();
    assert_eq!(loaded.records.len(), 1);
    assert_eq!(loaded.records[0].state, State::Ok);
    assert_eq!(names(&dir.path().join("records")), ["01.json"], "no temporary file stays");
}

#[test]
fn torn_and_foreign_files_are_reported_not_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let record = ok("01", "a", "d", 100, 1.0);
    store.put(&record).unwrap();
    let whole = fs::read(dir.path().join("records/01.json")).unwrap();
    let at = |name: &str| dir.path().join("records").join(name);
    fs::write(at("02.json"), &whole[..whole.len() / 2]).unwrap();
    fs::write(at("03.json"), b"").unwrap();
    fs::write(at("04.json"), [0xff, 0xfe, 0x00]).unwrap();
    fs::write(at("05.json"), &whole).unwrap();
    fs::write(at("06.json"), br#"{"schema":"pressmark.record/2","key":"06"}"#).unwrap();
    fs::write(at("07.json.1.tmp"), b"{").unwrap();

    let run = Store::open(dir.path()).unwrap().all().unwrap();
    assert_eq!(run.records, [record]);
    assert_eq!(run.warnings.len(), 5, "{:#?}", run.warnings);
    for (warning, name) in run.warnings.iter().zip(["02", "03", "04", "05", "06"]) {
        assert!(warning.contains(&format!("{name}.json was skipped")), "{warning}");
    }
    assert!(matches!(store.get("02"), Err(StoreError::Invalid { .. })));
}

#[test]
fn a_torn_last_line_does_not_hide_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.jsonl");
    let line = serde_json::to_string(&ok("01", "a", "d", 100, 1.0)).unwrap();
    fs::write(&path, format!("{line}\n\n{}", &line[..40])).unwrap();
    let run = load(&path).unwrap();
    assert_eq!(run.records.len(), 1);
    assert_eq!(run.warnings.len(), 1);
    assert!(run.warnings[0].starts_with("line 3: "), "{}", run.warnings[0]);
}

#[test]
fn keys_cannot_leave_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("run")).unwrap();
    for key in ["", "../01", "/etc/x", "AB", "0g", "é", &"0".repeat(129)] {
        let record = Record { key: key.into(), ..Record::default() };
        let error = store.put(&record).unwrap_err();
        assert!(matches!(error, StoreError::Key { .. }), "{key:?}: {error}");
    }
    assert_eq!(names(dir.path()), ["run"]);
    assert_eq!(names(&dir.path().join("run/records")), Vec::<String>::new());
}

#[test]
fn numbers_json_cannot_hold_do_not_lose_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut record = ok("01", "a", "d", 100, 1.0);
    record.wall_seconds = Some(f64::INFINITY);
    record.series.insert("x".into(), vec![[f64::NAN, 1.0], [2.0, 3.0]]);
    store.put(&record).unwrap();
    let kept = store.get("01").unwrap().unwrap();
    assert_eq!(kept.wall_seconds, None);
    assert_eq!(kept.series["x"], [[2.0, 3.0]]);
    assert!(kept.warnings[0].contains("wall_seconds, series.x"), "{:?}", kept.warnings);
}

#[test]
fn a_folder_that_is_a_file_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, b"mine").unwrap();
    let error = Store::open(&path).unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()) && error.contains("then run again"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    let error = load(&dir.path().join("absent")).unwrap_err().to_string();
    assert!(error.contains("check that it is the folder of a run"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_named_and_the_earlier_record_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let record = ok("01", "a", "d", 100, 1.0);
    store.put(&record).unwrap();
    fs::remove_file(dir.path().join("results.jsonl")).unwrap();
    std::os::unix::fs::symlink("/dev/full", dir.path().join("results.jsonl")).unwrap();
    let error = store.put(&ok("02", "a", "d", 100, 1.0)).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("free some space and run again"), "{error}");
    assert_eq!(store.get("01").unwrap(), Some(record));
}

#[test]
fn exports_hold_one_row_per_record_and_no_zero_for_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.write_exports(&experiment()).unwrap();
    let csv = fs::read_to_string(dir.path().join("results.csv")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + experiment().len());
    let column = |name: &str| rows[0].iter().position(|n| *n == name).unwrap();
    let crash = rows.iter().find(|row| row[column("strategy")] == "group.seed").unwrap();
    assert_eq!(crash[column("state")], "crashed");
    for name in
        ["encoded_bytes", "bits_per_char", "encode_mb_per_s", "hits.depth_1", "metric.nodes"]
    {
        assert_eq!(crash[column(name)], "", "{name}");
    }
    let parquet = fs::read(dir.path().join("results.parquet")).unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));

    // The order of the records given does not reach the files.
    let mut reversed = experiment();
    reversed.reverse();
    store.write_exports(&reversed).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("results.csv")).unwrap(), csv);
    assert_eq!(fs::read(dir.path().join("results.parquet")).unwrap(), parquet);
}

#[test]
fn no_records_export_as_headers_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.write_exports(&[]).unwrap();
    let csv = fs::read_to_string(dir.path().join("results.csv")).unwrap();
    assert!(csv.starts_with("dataset,protocol,strategy,") && csv.lines().count() == 1, "{csv}");
    assert_eq!(fs::read(dir.path().join("results.jsonl")).unwrap(), b"");
}
