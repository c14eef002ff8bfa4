//! Figures that can be known in advance.

mod common;

use common::Bench;

fn config(dataset: &str, strategies: &[&str], experiment: &str) -> String {
    let mut text =
        format!("[experiment]\nname = \"x\"\n{experiment}\n\n[[dataset]]\nid = \"d\"\n{dataset}\n");
    for strategy in strategies {
        text.push_str(&format!("\n[[strategy]]\n{strategy}\n"));
    }
    text
}

#[test]
fn sixty_four_mebibytes_are_seen_by_all_three_methods() {
    let bench = Bench::new(&["probe"]);
    bench.write("t.txt", "x".repeat(1000));
    let rust = "id = \"probe.alloc\"\noptions = { how = \"rust\" }";
    let malloc = "id = \"probe.alloc\"\noptions = { how = \"malloc\" }";
    bench.write("x.toml", config("source = \"file:t.txt\"", &[rust, malloc], ""));
    bench.run(&["run", "x.toml"]).expect(0);
    let records = bench.records("runs/x");
    let truth = (64 << 20) as f64;
    for record in &records {
        let how = record["options"]["how"].as_str().unwrap();
        let figure = |name: &str| record[name].as_f64().unwrap();
        let host = figure("host_alloc_peak_bytes");
        let rss = figure("rss_peak_delta_bytes");
        let max = figure("max_rss_bytes");
        eprintln!("{how}: host {host}, rss {rss}, max {max}");
        match how {
            "rust" => assert!((host / truth - 1.0).abs() < 0.02, "{host}"),
            _ => assert!(host < 1e6, "what malloc gives is not the host's: {host}"),
        }
        assert!((rss / truth - 1.0).abs() < 0.02, "{rss}");
        // The whole process: the block, and the worker itself.
        assert!(max > rss && max < rss + 32e6, "{max}");
    }
}

#[test]
fn channels_series_and_metrics_arrive_as_they_were_told() {
    let bench = Bench::new(&["probe"]);
    bench.write("t.txt", "some text to measure\n".repeat(500));
    bench.write(
        "x.toml",
        config("source = \"file:t.txt\"", &["id = \"probe.curves\"", "id = \"probe.options\""], ""),
    );
    bench.run(&["run", "x.toml"]).expect(0);
    let records = bench.records("runs/x");
    let curves = records.iter().find(|record| record["strategy"] == "probe.curves").unwrap();
    let channel = &curves["channels"][0];
    assert!(channel["lookups"].as_u64().unwrap() >= channel["hits"].as_u64().unwrap());
    assert!(!curves["series"].as_object().unwrap().is_empty());
    assert!(!curves["metrics"].as_object().unwrap().is_empty());
    for name in ["memory_curve", "learning_curve"] {
        let points = curves["series"][name].as_array().unwrap();
        assert!(points.len() >= 64, "{name} has {} points", points.len());
    }
    let options = records.iter().find(|record| record["strategy"] == "probe.options").unwrap();
    assert!(options["metrics"].as_object().unwrap().len() >= 5, "{options}");
}

#[test]
fn every_protocol_decodes_and_counts_its_model() {
    let bench = Bench::new(&["probe", "pressmark_reference"]);
    bench.write("t.txt", "the cat and the dog went to the park to play.\n".repeat(400));
    bench.write(
        "x.toml",
        config(
            "source = \"file:t.txt\"\nprime = { lines = 100 }",
            &[
                "id = \"probe.train\"",
                "id = \"probe.prime\"",
                "id = \"probe.stream\"",
                "id = \"probe.model\"",
                "id = \"ref.bzip2\"",
            ],
            "protocols = [\"cold\", \"primed\", \"trained\"]\nrepeats = 2\nwarm = true",
        ),
    );
    bench.run(&["run", "x.toml"]).expect(2);
    let records = bench.records("runs/x");
    let find = |strategy: &str, protocol: &str| {
        records.iter().find(|r| r["strategy"] == strategy && r["protocol"] == protocol).unwrap()
    };
    let trained = find("probe.train", "trained");
    assert_eq!(trained["state"], "ok", "{trained}");
    assert!(trained["model_bytes"].as_u64().unwrap() > 0);
    assert!(
        trained["encoded_bytes"].as_u64() > trained["model_bytes"].as_u64(),
        "the model is counted"
    );
    assert_eq!(find("probe.prime", "primed")["prime_method"], "model");
    assert_eq!(find("probe.prime", "trained")["state"], "unsupported");
    let bzip2 = find("ref.bzip2", "primed");
    assert_eq!((&bzip2["state"], &bzip2["prime_method"]), (&"ok".into(), &"difference".into()));
    assert_eq!(find("probe.stream", "cold")["state"], "ok");
    let model = find("probe.model", "cold");
    let (ideal, real) =
        (model["ideal_bits_per_char"].as_f64().unwrap(), model["bits_per_char"].as_f64().unwrap());
    assert!(ideal > 0.0 && ideal < real, "the ideal stands beside the real: {ideal} {real}");
    assert_eq!(model["encode_seconds"].as_array().unwrap().len(), 2);
    assert_eq!(model["encode_seconds_warm"].as_array().unwrap().len(), 2);
    assert!(model["decode_mb_per_s"].as_f64().unwrap() > 0.0);
    let kinds = ["cpu", "kernel", "rustc", "harness_version", "started_at"];
    assert!(
        kinds.iter().all(|kind| model["environment"][kind].is_string()),
        "{}",
        model["environment"]
    );
}

#[test]
fn jobs_at_once_give_the_same_bytes() {
    let bench = Bench::new(&["pressmark_reference"]);
    let strategies =
        ["id = \"ref.xz\"", "id = \"ref.zstd\"", "id = \"ref.gzip\"", "id = \"ref.bzip2\""];
    bench.write(
        "x.toml",
        config(
            "source = \"synthetic:sessions\"\nsize = \"200kB\"",
            &strategies,
            "seeds = [0, 1, 2]",
        ),
    );
    let bytes = |out: &str| {
        let mut sizes: Vec<String> = bench
            .records(out)
            .iter()
            .map(|r| format!("{} {} {}", r["strategy"], r["seed"], r["encoded_bytes"]))
            .collect();
        sizes.sort();
        sizes
    };
    bench.run(&["run", "x.toml", "--out", "one"]).expect(0);
    bench.run(&["run", "x.toml", "--out", "four", "--jobs", "4"]).expect(0);
    assert_eq!(bytes("one"), bytes("four"));
}

#[test]
fn the_worker_links_no_tables_and_no_network() {
    let worker = std::fs::metadata(common::build_dir().join("pressmark-worker")).unwrap().len();
    let harness = std::fs::metadata(env!("CARGO_BIN_EXE_pressmark")).unwrap().len();
    assert!(worker * 4 < harness, "worker {worker} B, harness {harness} B");
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "pressmark-worker", "-e", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.contains("libloading"), "{tree}");
    for heavy in ["polars", "hf-hub", "plotters", "pressmark-datasets", "pressmark-reports"] {
        assert!(!tree.lines().any(|line| line.starts_with(heavy)), "{heavy} in\n{tree}");
    }
}
