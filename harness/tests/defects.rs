//! Every defect of a plugin gives its named state, and the other cells run on.

mod common;

use std::path::Path;

use common::Bench;

/// Strategy, state, phase.
const DEFECTS: &[(&str, &str, &str)] = &[
    ("bad.null_write", "crashed", "encode"),
    ("bad.abort", "crashed", "encode"),
    ("bad.panic", "plugin_error", "encode"),
    ("bad.panic_value", "plugin_error", "encode"),
    ("bad.loop", "timeout", "encode"),
    ("bad.alloc", "out_of_memory", "encode"),
    ("bad.malloc", "out_of_memory", "encode"),
    ("bad.exit", "plugin_error", "encode"),
    ("bad.print", "ok", ""),
    ("bad.status", "plugin_error", "encode"),
    ("bad.output_forever", "plugin_error", "encode"),
    ("bad.fork", "ok", ""),
    ("bad.stack_overflow", "crashed", "encode"),
    ("bad.close_fds", "plugin_error", "report"),
    ("bad.wrong_bytes", "roundtrip_mismatch", "decode"),
    ("bad.wrong_length", "roundtrip_mismatch", "decode"),
    ("bad.too_long", "plugin_error", "decode"),
    ("bad.panic_decode", "plugin_error", "decode"),
    ("bad.crash_decode", "crashed", "decode"),
    ("bad.loop_decode", "timeout", "decode"),
    ("bad.leak_state", "roundtrip_mismatch", "decode"),
    ("bad.hang_create", "timeout", "create"),
    ("bad.panic_create", "plugin_error", "create"),
    ("bad.fail_create", "plugin_error", "create"),
    ("bad.panic_drop", "ok", ""),
    ("bad.leak_memory", "ok", ""),
    ("bad.unsupported", "unsupported", "encode"),
    ("bad.nondeterministic", "plugin_error", "encode"),
];

fn config(timeout: &str, repeats: u32, strategies: &[String]) -> String {
    let mut text = format!(
        "[experiment]\nname = \"x\"\ntimeout = \"{timeout}\"\nmemory_limit = \"256MiB\"\n\
         repeats = {repeats}\n\n[[dataset]]\nid = \"text\"\nsource = \"file:text.txt\"\n"
    );
    for strategy in strategies {
        text.push_str(&format!("\n[[strategy]]\n{strategy}\n"));
    }
    text
}

#[test]
fn each_bad_strategy_has_its_state_and_the_good_ones_run_on() {
    let bench = Bench::new(&["bad", "probe"]);
    bench.write("text.txt", "the quick brown fox jumps over the lazy dog\n".repeat(2000));
    let mut ids: Vec<String> = vec!["id = \"probe.copy\"".into()];
    ids.extend(DEFECTS.iter().map(|(id, _, _)| format!("id = \"{id}\"")));
    ids.push("id = \"probe.prime\"".into());
    bench.write("x.toml", config("2s", 2, &ids));
    let ran = bench.run(&["run", "x.toml"]).expect(2);
    let records = bench.records("runs/x");
    assert_eq!(records.len(), DEFECTS.len() + 2, "{}", ran.err);
    for good in ["probe.copy", "probe.prime"] {
        let record = records.iter().find(|record| record["strategy"] == good).unwrap();
        assert_eq!(record["state"], "ok", "{record}");
    }
    let mut wrong = Vec::new();
    for (id, state, phase) in DEFECTS {
        let record = records.iter().find(|record| record["strategy"] == *id).unwrap();
        let found = (record["state"].as_str().unwrap(), record["phase"].as_str().unwrap_or(""));
        eprintln!("{id:<24} {:<20} {:<8} {}", found.0, found.1, record["reason"]);
        if found != (*state, *phase) {
            wrong.push(format!(
                "{id}: {found:?}, expected {:?}: {}",
                (state, phase),
                record["reason"]
            ));
        }
        if *state != "ok" {
            assert!(record["encoded_bytes"].is_null() || *id == "bad.nondeterministic", "{record}");
            assert!(record["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{record}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let noisy = records.iter().find(|record| record["strategy"] == "bad.print").unwrap();
    assert!(noisy["warnings"].to_string().contains("printed"), "{noisy}");
    let leaky = records.iter().find(|record| record["strategy"] == "bad.leak_memory").unwrap();
    assert!(leaky["warnings"].to_string().contains("given back"), "{leaky}");
}

/// Library, state.
const LIBRARIES: &[(&str, &str)] = &[
    ("wrong_magic", "abi_mismatch"),
    ("wrong_major", "abi_mismatch"),
    ("small_plugin", "abi_mismatch"),
    ("small_strategy", "abi_mismatch"),
    ("missing_symbol", "load_failed"),
    ("undefined_symbol", "load_failed"),
    ("null_plugin", "abi_mismatch"),
    ("null_strategy", "abi_mismatch"),
    ("null_create", "abi_mismatch"),
    ("null_id", "abi_mismatch"),
    ("bad_id", "abi_mismatch"),
    ("bad_option", "abi_mismatch"),
    ("unknown_kind", "abi_mismatch"),
    ("duplicate_ids", "abi_mismatch"),
    ("entry_crashes", "crashed"),
    ("constructor_crashes", "crashed"),
    ("constructor_hangs", "timeout"),
    ("null_instance", "plugin_error"),
    ("null_interface", "plugin_error"),
    ("null_function", "plugin_error"),
    ("positive_status", "plugin_error"),
    ("newer_minor", "ok"),
    ("sound", "ok"),
];

#[test]
fn each_bad_library_has_its_state() {
    let bench = Bench::new(&["probe"]);
    bench.write("text.txt", "some text\n");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/testing/bad-libraries");
    std::fs::create_dir(bench.path("bad")).unwrap();
    let mut strategies = Vec::new();
    for (name, _) in LIBRARIES {
        bench.compile(&sources.join(format!("{name}.c")), &format!("../bad/lib{name}.so"));
        strategies.push(format!("id = \"defect.none\"\nplugin = \"bad/lib{name}.so\""));
    }
    bench.write("bad/text.so", "this is not a library\n");
    strategies.push("id = \"defect.none\"\nplugin = \"bad/text.so\"".into());
    strategies.push("id = \"probe.copy\"".into());
    bench.write("x.toml", config("2s", 1, &strategies));
    let ran = bench.run(&["run", "x.toml"]).expect(2);
    let records = bench.records("runs/x");
    assert_eq!(records.len(), LIBRARIES.len() + 2, "{}", ran.err);
    let mut wrong = Vec::new();
    let text = ("text", "load_failed");
    for (name, state) in LIBRARIES.iter().chain([&text]) {
        let path = bench.path("bad").join(match *name {
            "text" => "text.so".into(),
            name => format!("lib{name}.so"),
        });
        use sha2::Digest;
        let sha = sha2::Sha256::digest(std::fs::read(path).unwrap());
        let sha: String = sha.iter().map(|byte| format!("{byte:02x}")).collect();
        let found = records.iter().find(|record| record["plugin"]["sha256"] == sha.as_str());
        let record = found.unwrap_or_else(|| panic!("no record of {name}"));
        eprintln!("{name:<20} {:<14} {:<8} {}", record["state"], record["phase"], record["reason"]);
        if record["state"] != *state {
            wrong.push(format!("{name}: {} {}", record["state"], record["reason"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let good = records.iter().find(|record| record["strategy"] == "probe.copy").unwrap();
    assert_eq!(good["state"], "ok");
}

#[test]
fn a_folder_with_a_broken_library_says_so_and_serves_the_rest() {
    let bench = Bench::new(&["probe"]);
    bench.write("plugins/broken.so", "no library");
    let listed = bench.run(&["list"]).expect(0).says(&["broken.so", "load_failed"]);
    assert!(listed.out.contains("probe.copy"));
    let listed = bench.run(&["list", "plugins", "--json"]).expect(0);
    assert!(listed.out.contains("\"probe\""));
    assert!(bench.path("plugins/probe.pressmark.toml").is_file(), "the manifest is written");
}

#[test]
fn a_peer_over_the_memory_limit_is_out_of_memory_too() {
    let bench = Bench::new(&["pressmark_reference"]);
    bench.write("text.txt", "some text\n");
    bench
        .write("x.toml", config("20s", 1, &["id = \"ref.xz\"".into(), "id = \"ref.ppmd\"".into()]));
    bench.run(&["run", "x.toml"]).expect(2);
    for record in bench.records("runs/x") {
        assert_eq!(record["state"], "out_of_memory", "{record}");
    }
}
