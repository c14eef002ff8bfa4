//! The rules of `ARCHITECTURE.md` that the compiler does not keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A crate of the workspace.
struct Crate {
    /// Its folder, from the root.
    dir: String,
    /// Names of what it depends on, by kind: normal (and build), development.
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

/// The crates of the workspace by name.
fn crates() -> BTreeMap<String, Crate> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let describe = |package: &Value| {
        let names = |dev: bool| -> BTreeSet<String> {
            let all = package["dependencies"].as_array().unwrap().iter();
            all.filter(|d| (d["kind"] == "dev") == dev).map(|d| text(&d["name"])).collect()
        };
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let dir = manifest.parent().unwrap().strip_prefix(root()).unwrap();
        let dir = dir.to_string_lossy().into_owned();
        (text(&package["name"]), Crate { dir, normal: names(false), dev: names(true) })
    };
    let crates: BTreeMap<_, _> =
        metadata["packages"].as_array().unwrap().iter().map(describe).collect();
    assert!(crates.len() >= 13, "{:?}", crates.keys());
    crates
}

/// Every text file of the sources, by its path from the root.
fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let known =
                path.extension().is_some_and(|e| ["rs", "c", "h", "toml"].iter().any(|k| e == *k));
            match path.is_dir() {
                true if path.file_name().is_some_and(|name| name == "target") => {}
                true => walk(&path, found),
                false if known => found.push(path),
                false => {}
            }
        }
    }
    let mut paths = Vec::new();
    for dir in ["harness", "plugins", "datasets", "reports", "configs"] {
        walk(&root().join(dir), &mut paths);
    }
    assert!(paths.len() > 100, "only {} files", paths.len());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn dependencies_point_one_way() {
    let crates = crates();
    let ours = |name: &str| -> BTreeSet<&str> {
        let all = crates[name].normal.iter().chain(&crates[name].dev).map(String::as_str);
        all.filter(|dependency| crates.contains_key(*dependency)).collect()
    };
    let abi = &crates["pressmark-abi"];
    assert!(abi.normal.is_empty() && abi.dev.is_empty(), "the ABI depends on nothing");
    for (name, allowed) in [
        ("pressmark-sdk", &["pressmark-abi"][..]),
        ("pressmark-coding", &["pressmark-sdk"]),
        ("pressmark-datasets", &[]),
        ("pressmark-reports", &[]),
        ("pressmark-protocol", &[]),
        ("pressmark-worker", &["pressmark-abi", "pressmark-protocol"]),
        ("pressmark", &["pressmark-datasets", "pressmark-protocol", "pressmark-reports"]),
    ] {
        assert_eq!(ours(name), allowed.iter().copied().collect(), "{name}");
    }
    // One crate each knows the loader, the tables and the network.
    for (outside, owner) in [
        ("libloading", "pressmark-worker"),
        ("polars", "pressmark-reports"),
        ("hf-hub", "pressmark-datasets"),
    ] {
        let users = crates.iter().filter(|(_, found)| found.normal.contains(outside));
        assert_eq!(users.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [owner], "{outside}");
    }
    let strategies = ["pressmark-sdk", "pressmark-coding"];
    let in_tests = "pressmark-samples";
    for (name, plugin) in crates.iter().filter(|(_, found)| found.dir.starts_with("plugins/")) {
        if name != "pressmark-abi" && name != "pressmark-sdk" {
            let allowed = |other: &&str| strategies.contains(other) || *other == in_tests;
            let strange = ours(name).into_iter().find(|other| !allowed(other));
            assert_eq!(strange, None, "{name} in {} may use the SDK and the coders", plugin.dir);
            assert!(!plugin.normal.contains(in_tests), "{name} is no test");
        }
    }
}

#[test]
fn unsafe_code_stays_where_it_is_needed() {
    // Each of these is a border to C, holds hot loops for one machine with a portable twin, or
    // breaks memory on purpose for a test.
    let allowed = [
        "plugins/coding",
        "plugins/sdk",
        "harness/worker",
        "plugins/testing/bad",
        "plugins/testing/probe",
    ];
    for found in crates().values() {
        let src = root().join(&found.dir).join("src");
        let roots = ["lib.rs", "main.rs"].map(|name| src.join(name));
        for file in roots.iter().filter(|file| file.is_file()) {
            let forbids =
                std::fs::read_to_string(file).unwrap().contains("#![forbid(unsafe_code)]");
            assert_ne!(forbids, allowed.contains(&found.dir.as_str()), "{}", file.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let crates = crates();
    let all = crates.values().flat_map(|found| found.normal.iter().chain(&found.dev));
    let outside: BTreeSet<&String> = all.filter(|name| !crates.contains_key(*name)).collect();
    let rows =
        |name: &str| text.lines().filter(|row| row.starts_with(&format!("| `{name}` |"))).count();
    for name in &outside {
        assert_eq!(rows(name), 1, "{name} needs one row in ARCHITECTURE.md");
    }
    let table = text.lines().skip_while(|line| !line.starts_with("| dependency |")).skip(2);
    let listed = table.take_while(|line| line.starts_with('|')).count();
    assert_eq!(listed, outside.len(), "ARCHITECTURE.md lists what is no longer used");
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, or this file would be the first to be found.
    let marks =
        [["to", "do!("], ["unimple", "mented!("], ["#[ig", "nore"], ["TO", "DO"], ["FIX", "ME"]];
    for (path, text) in sources() {
        for mark in marks.map(|parts| parts.concat()) {
            assert!(!text.contains(&mark), "{mark} in {path}");
        }
    }
}

#[test]
fn what_documents_name_is_there() {
    let documents = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/methodology.md",
        "docs/format.md",
        "datasets/README.md",
        "plugins/sdk/README.md",
        "plugins/examples/README.md",
        "plugins/testing/README.md",
    ];
    for document in documents {
        let path = root().join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            assert!(path.parent().unwrap().join(link).exists(), "{document} links to {link}");
        }
    }
}
