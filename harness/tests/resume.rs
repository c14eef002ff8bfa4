//! What an interruption costs: the cells that had not ended, and nothing else.

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bench, Ran};

const CELLS: usize = 12;

fn config(extra: &str) -> String {
    let seeds: Vec<String> = (0..CELLS as u64).map(|seed| seed.to_string()).collect();
    format!(
        "[experiment]\nname = \"x\"\nseeds = [{}]\n\n[[dataset]]\nid = \"text\"\n\
         source = \"synthetic:stories\"\nsize = \"3MB\"\n\n[[strategy]]\nid = \"ref.xz\"\n{extra}",
        seeds.join(", ")
    )
}

fn lines(bench: &Bench) -> usize {
    std::fs::read_to_string(bench.path("runs/x/results.jsonl"))
        .map_or(0, |text| text.lines().filter(|line| !line.is_empty()).count())
}

/// Starts a run and waits until `k` records are there.
fn start_and_wait(bench: &Bench, k: usize) -> std::process::Child {
    let mut command = bench.command(&["run", "x.toml"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while lines(bench) < k {
        assert!(start.elapsed() < Duration::from_secs(120), "no {k} records after two minutes");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &std::process::Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn finish_and_check(bench: &Bench, kept: usize) {
    let ran = bench.run(&["run", "x.toml"]).expect(0);
    let missing = CELLS - kept;
    assert!(
        ran.err.contains(&format!("{missing} run, {kept} kept from before")),
        "{kept} records were there:\n{}",
        ran.err
    );
    let records = bench.records("runs/x");
    let mut keys: Vec<&str> =
        records.iter().map(|record| record["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((records.len(), keys.len()), (CELLS, CELLS));
    assert!(records.iter().all(|record| record["state"] == "ok"));
}

#[test]
fn after_kill_9_exactly_the_missing_cells_run() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("x.toml", config(""));
    let mut child = start_and_wait(&bench, 4);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let kept = std::fs::read_dir(bench.path("runs/x/records"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json"))
        .count();
    assert!((4..CELLS).contains(&kept), "{kept}");
    finish_and_check(&bench, kept);
    // And once more: nothing is left to do.
    finish_and_check(&bench, CELLS);
}

#[test]
fn ctrl_c_ends_with_130_and_keeps_what_is_finished() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("x.toml", config(""));
    let child = start_and_wait(&bench, 3);
    signal(&child, "-INT");
    let ran = Ran::new(child.wait_with_output().unwrap());
    let ran = ran.expect(130);
    let kept = lines(&bench);
    assert!((3..CELLS).contains(&kept), "{kept}\n{}", ran.err);
    finish_and_check(&bench, kept);
}

#[test]
fn what_the_bytes_depend_on_is_in_the_key_and_the_rest_is_not() {
    let bench = Bench::new(&["pressmark_reference"]);
    let small = config("").replace("3MB", "30kB");
    bench.write("x.toml", &small);
    bench.run(&["run", "x.toml"]).expect(0).says(&["12 run, 0 kept"]);
    let other_place = small.replace("name = \"x\"", "name = \"x\"\njobs = 2\ntimeout = \"1m\"");
    bench.write("x.toml", &other_place);
    bench.run(&["run", "x.toml"]).expect(0).says(&["0 run, 12 kept"]);
    bench.write(
        "x.toml",
        small.replace("id = \"ref.xz\"", "id = \"ref.xz\"\noptions = { level = 3 }"),
    );
    bench.run(&["run", "x.toml"]).expect(0).says(&["12 run, 0 kept"]);
    bench.write("x.toml", small.replace("30kB", "31kB"));
    bench.run(&["run", "x.toml"]).expect(0).says(&["12 run, 0 kept"]);
    // More repeats than were made before: measured again.
    bench.write("x.toml", small.replace("name = \"x\"", "name = \"x\"\nrepeats = 2"));
    bench.run(&["run", "x.toml"]).expect(0).says(&["12 run, 0 kept"]);
    bench.run(&["run", "x.toml", "--fresh"]).expect(0).says(&["12 run, 0 kept"]);
}

#[test]
fn a_folder_in_use_is_refused() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("x.toml", config(""));
    let mut child = start_and_wait(&bench, 1);
    bench.run(&["run", "x.toml"]).expect(1).says(&["in use by another pressmark"]);
    signal(&child, "-KILL");
    child.wait().unwrap();
}
