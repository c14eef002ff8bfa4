//! Experiments with a given room: caches by capacity, compactions by budget.

mod common;

use common::Bench;
use serde_json::Value;

fn figure(record: &Value, name: &str) -> f64 {
    record["metrics"][name]["value"].as_f64().unwrap_or_else(|| panic!("{name}: {record:#}"))
}

fn channel(record: &Value, name: &str) -> (u64, u64) {
    let channels = record["channels"].as_array().unwrap();
    let channel = channels.iter().find(|channel| channel["name"] == name);
    let channel = channel.unwrap_or_else(|| panic!("{name}: {record:#}"));
    (channel["lookups"].as_u64().unwrap(), channel["hits"].as_u64().unwrap())
}

#[test]
fn a_cache_is_set_against_its_bounds() {
    let bench = Bench::new(&["probe"]);
    bench.write(
        "x.toml",
        "[experiment]\nname = \"x\"\ntask = \"cache\"\ncapacities = [\"5%\", \"25%\"]\nrepeats = 2\n\n\
         [[dataset]]\nid = \"zipf\"\nsource = \"synthetic:zipf\"\nsize = \"60kB\"\n\n\
         [[dataset]]\nid = \"work\"\nsource = \"synthetic:sessions\"\nsize = \"200kB\"\n\n\
         [[strategy]]\nid = \"probe.cache\"\n",
    );
    let ran = bench.run(&["run", "x.toml"]).expect(0);
    assert!(ran.err.contains("4 run, 0 kept"), "{}", ran.err);
    let records = bench.records("runs/x");
    assert_eq!(records.len(), 4);
    for record in &records {
        assert_eq!((&record["state"], &record["task"]), (&"ok".into(), &"cache".into()));
        let (accesses, hits) = channel(record, "hits");
        assert!(accesses > 100 && hits > 0 && hits < accesses);
        assert_eq!(figure(record, "misses") as u64, accesses - hits);
        let (_, best) = channel(record, "hits, Belady");
        let compulsory = figure(record, "compulsory_misses") as u64;
        assert!(record["dataset"]["id"] != "zipf" || hits <= best, "pages of one size");
        assert!(best <= accesses - compulsory);
        assert_eq!(channel(record, "hits, trace shuffled").0, accesses);
        assert!(figure(record, "accesses_per_second") > 0.0);
        let curve = record["series"]["hit_curve"].as_array().unwrap();
        assert_eq!(curve.last().unwrap(), &serde_json::json!([accesses as f64, hits as f64]));
    }
    let report = std::fs::read_to_string(bench.path("runs/x/report.html")).unwrap();
    assert!(report.contains("Miss ratio: zipf") && report.contains("Belady"));
    bench.run(&["run", "x.toml"]).expect(0);
    assert_eq!(bench.records("runs/x").len(), 4, "nothing is run again");
}

#[test]
fn a_compaction_is_set_against_chance() {
    let bench = Bench::new(&["probe"]);
    bench.write(
        "x.toml",
        "[experiment]\nname = \"x\"\ntask = \"compact\"\nbudgets = [\"30%\", \"100%\"]\n\n\
         [[dataset]]\nid = \"work\"\nsource = \"synthetic:sessions\"\nsize = \"200kB\"\n\n\
         [[strategy]]\nid = \"probe.compact\"\n",
    );
    bench.run(&["run", "x.toml"]).expect(0);
    let records = bench.records("runs/x");
    assert_eq!(records.len(), 2);
    let budgeted = |budget: &str| {
        records.iter().find(|record| record["options"]["budget"] == budget).expect("it was run")
    };
    let (some, all) = (budgeted("30%"), budgeted("100%"));
    assert!(figure(some, "output_share") <= 0.3 && figure(some, "output_share") > 0.1);
    assert!(figure(some, "output_bytes") <= figure(some, "input_bytes"));
    assert!((figure(all, "evidence_recall") - 1.0).abs() < 1e-9, "all is kept");
    let recall = figure(some, "evidence_recall");
    assert!((0.0..1.0).contains(&recall));
    let lift = recall - figure(some, "evidence_recall_random");
    assert!((figure(some, "evidence_lift") - lift).abs() < 1e-9);
    let (total, found) = channel(some, "evidence");
    assert!((found as f64 / total as f64 - recall).abs() < 1e-9);
    let report = std::fs::read_to_string(bench.path("runs/x/report.html")).unwrap();
    assert!(report.contains("Evidence recall: work"));
}

#[test]
fn what_has_no_accesses_is_no_trace() {
    let bench = Bench::new(&["probe"]);
    bench.write(
        "x.toml",
        "[experiment]\nname = \"x\"\ntask = \"cache\"\ncapacities = [8]\n\n\
         [[dataset]]\nid = \"text\"\nsource = \"synthetic:stories\"\nsize = \"60kB\"\n\n\
         [[strategy]]\nid = \"probe.cache\"\n",
    );
    let ran = bench.run(&["run", "x.toml"]).expect(4);
    assert!(ran.err.contains("format = \"trace\" or \"sessions\""), "{}", ran.err);
}

#[test]
fn a_context_is_judged_by_what_the_answer_quotes() {
    let bench = Bench::new(&["probe"]);
    let config = |strategy: &str| {
        format!(
            "[experiment]\nname = \"x\"\ntask = \"pack\"\nbudgets = [64, 100000]\n\n\
             [[dataset]]\nid = \"work\"\nsource = \"synthetic:sessions\"\nsize = \"200kB\"\n\n\
             [[strategy]]\nid = \"probe.pack\"\n{strategy}"
        )
    };
    bench.write("x.toml", config(""));
    bench.run(&["run", "x.toml"]).expect(0);
    let records = bench.records("runs/x");
    assert_eq!(records.len(), 2);
    for record in &records {
        assert_eq!(
            (&record["task"], &record["options"]["mode"]),
            (&"pack".into(), &"passive".into())
        );
        let (needed, found) = channel(record, "evidence");
        let all = record["options"]["budget"] == "100000";
        assert!(needed > 20 && found <= needed && (found == needed) == all, "{found} of {needed}");
        assert!(figure(record, "recall_all") <= figure(record, "recall_any"));
        assert!(figure(record, "tokens_per_context") <= figure(record, "budget"));
        assert!(figure(record, "page_precision") > 0.0);
    }
    let report = std::fs::read_to_string(bench.path("runs/x/report.html")).unwrap();
    assert!(report.contains("Evidence in the context: work"));
    bench.write("over.toml", config("options = { over = 3 }").replace("\"x\"", "\"over\""));
    bench.run(&["run", "over.toml"]).expect(2);
    for record in &bench.records("runs/over") {
        assert_eq!((&record["state"], &record["phase"]), (&"plugin_error".into(), &"pack".into()));
        assert!(record["reason"].as_str().unwrap().contains("on a budget of"), "{record:#}");
    }
}
