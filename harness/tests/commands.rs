//! The commands as a person types them.

mod common;

use common::{Bench, shared};
use serde_json::Value;

#[test]
fn compress_and_decompress_give_the_file_back() {
    let bench = Bench::new(&["pressmark_reference"]);
    let text: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(i) % 251) as u8).collect();
    bench.write("a.bin", &text);
    bench.run(&["compress", "--strategy", "ref.zstd", "-O", "level=3", "a.bin"]).expect(0);
    bench.run(&["decompress", "a.bin.pm", "-o", "b.bin"]).expect(0);
    assert_eq!(std::fs::read(bench.path("b.bin")).unwrap(), text);
    // Nothing is replaced unasked.
    bench
        .run(&["decompress", "a.bin.pm", "-o", "b.bin"])
        .expect(1)
        .says(&["b.bin exists", "--force"]);
    bench.run(&["decompress", "a.bin.pm", "-o", "b.bin", "--force"]).expect(0);
}

#[test]
fn a_primed_archive_needs_its_priming_text() {
    let bench = Bench::new(&["pressmark_reference"]);
    let prime = "the cat sat on the mat and looked at the hat. ".repeat(50);
    bench.write("prime.txt", &prime);
    bench.write("other.txt", "something else");
    bench.write("a.txt", prime.replace("cat", "dog"));
    let compress = ["compress", "-s", "ref.zstd", "--prime", "prime.txt", "a.txt"];
    bench.run(&compress).expect(0);
    bench.run(&["decompress", "a.txt.pm", "-o", "b"]).expect(1).says(&["was primed", "--prime"]);
    bench
        .run(&["decompress", "a.txt.pm", "-o", "b", "--prime", "other.txt"])
        .expect(1)
        .says(&["not the priming text"]);
    bench.run(&["decompress", "a.txt.pm", "-o", "b", "--prime", "prime.txt"]).expect(0);
    assert_eq!(
        std::fs::read(bench.path("b")).unwrap(),
        std::fs::read(bench.path("a.txt")).unwrap()
    );
}

#[test]
fn damaged_archives_are_refused_and_nothing_is_written() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("a.txt", "once upon a time there was a little girl. ".repeat(300));
    for strategy in ["ref.store", "ref.gzip", "ref.xz", "ref.ppmd"] {
        bench.run(&["compress", "-s", strategy, "a.txt", "--force"]).expect(0);
        let archive = std::fs::read(bench.path("a.txt.pm")).unwrap();
        for (name, damaged) in [
            ("half", archive[..archive.len() / 2].to_vec()),
            ("empty", Vec::new()),
            ("flipped", {
                let mut bytes = archive.clone();
                let at = bytes.len() - 7;
                bytes[at] ^= 4;
                bytes
            }),
            ("noise", b"PM\x01 is not enough".to_vec()),
        ] {
            bench.write("bad.pm", damaged);
            let ran = bench.run(&["decompress", "bad.pm", "-o", "out"]).expect(1);
            assert!(ran.err.starts_with("error:"), "{strategy} {name}: {}", ran.err);
            assert!(!bench.path("out").exists(), "{strategy} {name}");
        }
    }
    let missing = bench.run(&["decompress", "none.pm"]).expect(1);
    assert!(missing.err.contains("cannot read none.pm"), "{}", missing.err);
}

#[test]
fn standard_streams_work() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("a.txt", "abcabcabc");
    let archive =
        bench.command(&["compress", "-s", "ref.xz", "a.txt", "-o", "-"]).output().unwrap();
    assert!(archive.status.success());
    bench.write("a.pm", &archive.stdout);
    let file = std::fs::File::open(bench.path("a.pm")).unwrap();
    let out = bench.command(&["decompress", "-"]).stdin(file).output().unwrap();
    assert_eq!(out.stdout, b"abcabcabc");
}

#[test]
fn replay_prints_one_object_with_counts() {
    let bench = Bench::new(&["probe"]);
    bench.write("trace.txt", "a\nb\na\nc\na\nb\n");
    let ran = bench
        .run(&["replay", "--strategy", "probe.cache", "--option", "capacity=2", "trace.txt"])
        .expect(0);
    let object: Value = serde_json::from_str(&ran.out).unwrap();
    // LRU of two pages: a b [a] c(-b) [a] b(-c)
    assert_eq!(
        (&object["accesses"], &object["hits"], &object["misses"]),
        (&6.into(), &2.into(), &4.into())
    );
    assert_eq!(object["evictions"], 2);
    assert_eq!(object["distinct"], 3);
    bench.run(&["replay", "-s", "probe.cache", "trace.txt"]).expect(1).says(&["capacity"]);
    bench.run(&["replay", "-s", "probe.copy", "-O", "capacity=2", "trace.txt"]).expect(1);
}

#[test]
fn a_cache_that_lies_is_caught_by_the_audit() {
    let bench = Bench::new(&["bad"]);
    bench.write("trace.txt", "a\nb\na\nc\na\nb\nd\ne\n");
    for strategy in ["bad.cache_overfull", "bad.cache_false_hit", "bad.cache_false_eviction"] {
        bench
            .run(&["replay", "-s", strategy, "-O", "capacity=2", "trace.txt"])
            .expect(1)
            .says(&["plugin_error"]);
    }
}

#[test]
fn compact_keeps_to_its_budget_and_the_audit_sees_to_it() {
    let bench = Bench::new(&["probe", "bad"]);
    bench.write("log.txt", "first line\nsecond line\nthird line\n");
    let ran = bench.run(&["compact", "-s", "probe.compact", "--bytes", "25", "log.txt"]).expect(0);
    assert!(ran.out.len() <= 25 && ran.out.starts_with("first line"), "{}", ran.out);
    for strategy in ["bad.compact_over_budget", "bad.compact_false_span"] {
        bench
            .run(&["compact", "-s", strategy, "--bytes", "5", "log.txt"])
            .expect(1)
            .says(&["plugin_error"]);
    }
}

#[test]
fn explain_prints_a_program() {
    let bench = Bench::new(&["pressmark_program"]);
    let story = "Once there was a curious otter who counted every pebble by the river. ";
    bench.write("a.txt", format!("{story}Then it slept. {story}").repeat(3));
    let ran = bench.run(&["explain", "-s", "program.machine", "a.txt"]).expect(0);
    assert!(ran.out.to_lowercase().contains("copy"), "{}", ran.out);
}

#[test]
fn usage_errors_end_with_1_and_help_with_0() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.run(&["--help"]).expect(0);
    bench.run(&["run", "--help"]).expect(0);
    bench.run(&["--version"]).expect(0);
    bench.run(&["frobnicate"]).expect(1);
    bench.run(&["run", "absent.toml"]).expect(1).says(&["absent.toml", "cannot be read"]);
    bench.write("a.txt", "x");
    bench
        .run(&["compress", "-s", "ref.xzz", "a.txt"])
        .expect(1)
        .says(&["no strategy ref.xzz", "did you mean ref.xz?"]);
    bench
        .run(&["compress", "-s", "ref.xz", "-O", "level=99", "a.txt"])
        .expect(1)
        .says(&["option level of ref.xz", "integer from 0 to 9"]);
    bench
        .run(&["compress", "-s", "ref.xz", "-O", "levle=9", "a.txt"])
        .expect(1)
        .says(&["did you mean level?"]);
    let ran = bench.run(&["completions", "bash"]).expect(0);
    assert!(ran.out.contains("pressmark"));
}

#[test]
fn config_errors_name_file_line_key_and_remedy() {
    let bench = Bench::new(&["pressmark_reference"]);
    let good = "[experiment]\nname = \"x\"\n\n[[dataset]]\nid = \"t\"\nsource = \"file:t.txt\"\n\n\
                [[strategy]]\nid = \"ref.xz\"\noptions = { level = 9 }\n";
    bench.write("t.txt", "text");
    bench.write("x.toml", good);
    bench.run(&["validate", "x.toml"]).expect(0).says(&["1 cells"]);
    for (from, to, words) in [
        ("level = 9", "level = 10", &["x.toml:10:", "option level of ref.xz", "0 to 9"][..]),
        ("level = 9", "levle = 9", &["x.toml:10:", "did you mean level?"]),
        ("level = 9", "level = \"high\"", &["x.toml:10:", "an integer"]),
        ("ref.xz", "ref.zx", &["x.toml:9:", "no strategy ref.zx", "did you mean"]),
        ("name =", "nmae =", &["x.toml:2:", "unknown key nmae", "did you mean name?"]),
        ("source =", "sauce =", &["x.toml:6:", "unknown key sauce", "did you mean source?"]),
        ("file:t.txt", "file:absent.txt", &["absent.txt", "does not exist"]),
        ("file:t.txt", "ftp:t.txt", &["ftp:t.txt", "file:PATH"]),
    ] {
        bench.write("x.toml", good.replacen(from, to, 1));
        bench.run(&["validate", "x.toml"]).expect(1).says(words);
    }
}

#[test]
fn datasets_that_cannot_be_had_leave_the_others_running() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("good.txt", "text ".repeat(100));
    bench.write("latin1.txt", b"caf\xe9 ".repeat(100));
    bench.write("empty.txt", "");
    let mut text = String::from("[experiment]\nname = \"x\"\n");
    for (id, source, extra) in [
        ("absent", "file:absent.txt", ""),
        ("empty", "file:empty.txt", ""),
        (
            "pinned",
            "file:good.txt",
            "sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"",
        ),
        ("latin1", "file:latin1.txt", ""),
        ("good", "file:good.txt", ""),
    ] {
        text.push_str(&format!("\n[[dataset]]\nid = \"{id}\"\nsource = \"{source}\"\n{extra}\n"));
    }
    text.push_str("\n[[strategy]]\nid = \"ref.xz\"\n");
    bench.write("x.toml", &text);
    bench.run(&["run", "x.toml"]).expect(2).says(&["absent.txt", "empty", "warning"]);
    let records = bench.records("runs/x");
    let state = |id: &str| {
        let record = records.iter().find(|record| record["dataset"]["id"] == id).unwrap();
        (record["state"].as_str().unwrap().to_string(), record["char_unit"].clone())
    };
    assert_eq!(state("absent").0, "lost");
    assert_eq!(state("empty").0, "lost");
    assert_eq!(state("pinned").0, "lost");
    assert_eq!(state("good"), ("ok".into(), "char".into()));
    assert_eq!(state("latin1"), ("ok".into(), "byte".into()), "bits per byte, and says so");
    // With nothing but such datasets, nothing ran.
    bench.write(
        "y.toml",
        text.replace("name = \"x\"", "name = \"y\"")
            .replace("good.txt", "gone.txt")
            .replace("latin1.txt", "gone.txt"),
    );
    bench.run(&["run", "y.toml"]).expect(4);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_one_clear_error() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("t.txt", "text");
    bench.write("x.toml", "[experiment]\nname = \"x\"\n[[dataset]]\nid = \"t\"\nsource = \"file:t.txt\"\n[[strategy]]\nid = \"ref.xz\"\n");
    bench.write("file", "");
    bench.run(&["run", "x.toml", "--out", "file/run"]).expect(1).says(&["error:", "file/run"]);
    bench.run(&["run", "x.toml", "--out", "/proc/run"]).expect(1).says(&["error:", "/proc/run"]);
}

#[test]
fn the_decoder_gets_the_archive_and_the_priming_text_only() {
    // A decoder that leaks state from the encoder fails, as the test of defects shows. Here:
    // the archive alone, kept by --keep-archives, is what decompress takes.
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("t.txt", "a text that is decoded from its archive\n".repeat(40));
    bench.write("x.toml", "[experiment]\nname = \"x\"\n[[dataset]]\nid = \"t\"\nsource = \"file:t.txt\"\n[[strategy]]\nid = \"ref.ppmd\"\n");
    bench.run(&["run", "x.toml", "--keep-archives"]).expect(0);
    let record = &bench.records("runs/x")[0];
    let archive = format!("runs/x/archives/{}.pm", record["key"].as_str().unwrap());
    let bytes = std::fs::metadata(bench.path(&archive)).unwrap().len();
    assert_eq!(record["encoded_bytes"], bytes, "encoded_bytes is the size of the file");
    let bits = record["bits_per_byte"].as_f64().unwrap();
    assert_eq!(bits, 8.0 * bytes as f64 / 1600.0);
    bench.run(&["decompress", &archive, "-o", "back.txt"]).expect(0);
    assert_eq!(
        std::fs::read(bench.path("back.txt")).unwrap(),
        std::fs::read(bench.path("t.txt")).unwrap()
    );
}

#[test]
fn list_shows_strategies_options_and_datasets() {
    let bench = Bench::new(&["pressmark_reference"]);
    let ran = bench.run(&["list"]).expect(0);
    for peer in ["gzip", "bzip2", "xz", "zstd", "brotli", "ppmd", "lz4", "store"] {
        assert!(ran.out.contains(&format!("ref.{peer}")), "{peer}\n{}", ran.out);
    }
    let ran = bench.run(&["list", "options", "ref.xz"]).expect(0);
    assert!(ran.out.contains("level") && ran.out.contains("0 to 9"), "{}", ran.out);
    let ran = bench.run(&["list", "datasets"]).expect(0);
    assert!(ran.out.contains("TinyStories") && ran.out.contains("synthetic:sessions"));
    bench.run(&["list", "--plugin-dir", "nowhere"]).expect(1).says(&["nowhere", "cannot be read"]);
}

#[test]
fn session_logs_of_people_can_be_read() {
    let Some(_) = shared("data/sessions/tau_airline.json") else { return };
    let bench = Bench::new(&["pressmark_reference"]);
    let path = shared("data/sessions/tau_airline.json").unwrap().canonicalize().unwrap();
    bench.write("x.toml", format!("[experiment]\nname = \"x\"\n[[dataset]]\nid = \"tau\"\nsource = \"file:{}\"\nformat = \"sessions\"\n[[strategy]]\nid = \"ref.gzip\"\n", path.display()));
    bench.run(&["run", "x.toml"]).expect(0);
    let record = &bench.records("runs/x")[0];
    let bits = record["bits_per_byte"].as_f64().unwrap();
    assert!((0.788..0.796).contains(&bits), "{bits}");
}

#[test]
fn a_gate_passes_equals_and_stops_what_is_worse() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("t.txt", "the same text for both runs\n".repeat(100));
    let config = |level: u32| {
        format!(
            "[experiment]\nname = \"x\"\n[[dataset]]\nid = \"t\"\nsource = \"file:t.txt\"\n[[strategy]]\nid = \"ref.gzip\"\noptions = {{ level = {level} }}\n"
        )
    };
    bench.write("x.toml", config(9));
    bench.run(&["run", "x.toml", "--out", "a"]).expect(0);
    bench.run(&["run", "x.toml", "--out", "b"]).expect(0);
    bench.run(&["compare", "a", "b", "--gate"]).expect(0);
    // The same cell, made worse by hand.
    let text = std::fs::read_to_string(bench.path("b/results.jsonl")).unwrap();
    let mut record: Value = serde_json::from_str(text.trim()).unwrap();
    record["encoded_bytes"] = (record["encoded_bytes"].as_u64().unwrap() + 1).into();
    bench.write("worse.jsonl", format!("{record}\n"));
    bench.run(&["compare", "a", "worse.jsonl"]).expect(0);
    bench.run(&["compare", "a", "worse.jsonl", "--gate"]).expect(3);
    bench.run(&["compare", "a", "worse.jsonl", "--gate", "--size", "5"]).expect(0);
    bench.write("x.toml", config(1));
    bench.run(&["run", "x.toml", "--out", "c"]).expect(0);
    bench.run(&["compare", "a", "c", "--gate"]).expect(3);
    bench.run(&["compare", "a", "absent", "--gate"]).expect(1);
}

#[test]
fn a_run_leaves_tables_plots_and_one_page() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("t.txt", "text for a report\n".repeat(3000));
    bench.write("x.toml", "[experiment]\nname = \"x\"\ndescription = \"What is it?\"\n[[dataset]]\nid = \"t\"\nsource = \"file:t.txt\"\n[[strategy]]\nid = \"ref.gzip\"\nsweep = { level = [1, 9] }\n");
    bench.run(&["run", "x.toml", "--quiet"]).expect(0);
    for file in ["report.html", "summary.md", "results.csv", "results.parquet", "results.jsonl"] {
        assert!(std::fs::metadata(bench.path("runs/x").join(file)).unwrap().len() > 100, "{file}");
    }
    assert!(std::fs::read_dir(bench.path("runs/x/plots")).unwrap().count() >= 3);
    let html = std::fs::read_to_string(bench.path("runs/x/report.html")).unwrap();
    assert!(html.contains("What is it?") && !html.contains("src=\"http"));
    std::fs::remove_file(bench.path("runs/x/report.html")).unwrap();
    bench.run(&["report", "runs/x"]).expect(0);
    assert!(bench.path("runs/x/report.html").is_file());
    let planned = bench.run(&["plan", "x.toml", "--json"]).expect(0);
    assert_eq!(planned.out.lines().count(), 2);
    let json = bench.run(&["run", "x.toml", "--fresh", "--json", "--quiet"]).expect(0);
    assert!(
        json.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{}",
        json.out
    );
    assert_eq!(json.out.lines().count(), 2);
}
