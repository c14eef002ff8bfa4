//! The page in a real browser: no script error, headings sort, nothing overflows.
//!
//! Needs Chromium on `PATH`; without one the test says so and passes.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{experiment, growing, ok, swept};
use pressmark_reports::{ReportMeta, write_report};

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|program| program.is_file())
}

/// Runs in the page after it has loaded, in a frame of the width under test, and
/// leaves what it saw as text.
const PROBE: &str = include_str!("common/probe.js");

/// Loads the report in a frame of `width` pixels and returns what the probe saw.
fn probe(program: &Path, dir: &Path, width: u32) -> String {
    let html = fs::read_to_string(dir.join("report.html")).unwrap();
    // The page under test is the report itself with one thing more: errors are kept.
    let listen =
        "<script>window.failures=[];addEventListener('error',e=>failures.push(e.message))</script>";
    fs::write(dir.join("watched.html"), html.replacen("<head>", &format!("<head>{listen}"), 1))
        .unwrap();
    let wrapper = format!(
        "<body><iframe src=\"watched.html\" style=\"width:{width}px;height:900px;border:0\"></iframe>\
         <pre></pre><script>addEventListener('load',()=>{{try{{{PROBE}}}catch(e){{\
         document.querySelector('pre').textContent='probe failed: '+e.stack}}}})</script>"
    );
    let page = dir.join("wrapper.html");
    fs::write(&page, wrapper).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--allow-file-access-from-files", "--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={},1000", width + 40))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let start = dom.find("<pre>").unwrap_or_else(|| {
        panic!("the browser gave no page: {}", String::from_utf8_lossy(&output.stderr))
    });
    dom[start + 5..start + dom[start..].find("</pre>").unwrap()].replace("&nbsp;", " ")
}

#[test]
fn headings_sort_and_nothing_overflows_at_two_widths() {
    let Some(program) = chromium() else {
        println!("skipped: no Chromium on PATH");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut records = experiment();
    for i in 0..14 {
        let name = format!("example.strategy_with_a_long_name_{i}");
        let mut record =
            ok(&format!("1{i:02x}"), &name, "tales", 170_000 + i * 997, 1.0 + i as f64);
        record.series = records[0].series.clone();
        record.channels = records[0].channels.clone();
        record.warnings = vec!["an_unbroken_word_".repeat(12)];
        records.push(record);
    }
    for (i, name) in
        ["trie.credibility", "example.strategy_with_a_long_name", "ref.xz"].iter().enumerate()
    {
        records.extend(growing(0x2000 + 16 * i, name, 1.0 + i as f64 / 10.0));
    }
    records.extend(swept(0x3000, "trie.credibility"));
    let meta = ReportMeta { title: "unbroken".repeat(12), ..ReportMeta::default() };
    write_report(dir.path(), &records, &meta).unwrap();

    for width in [1280, 400] {
        let seen = probe(&program, dir.path(), width);
        let value = |name: &str| {
            let line = seen.lines().find_map(|l| l.strip_prefix(&format!("{name}=")));
            line.unwrap_or_else(|| panic!("{width}: no {name} in {seen}")).to_owned()
        };
        assert_eq!(value("errors"), "0", "{width}");
        let sizes = |text: &str| -> Vec<Option<u64>> {
            let digits = |t: &str| t.chars().filter(char::is_ascii_digit).collect::<String>();
            text.split(',').map(|t| digits(t).parse().ok()).collect()
        };
        let before = sizes(&value("before"));
        let ascending = value("ascending");
        let ascending = sizes(ascending.strip_prefix("ascending ").expect(&ascending));
        let descending = value("descending");
        let descending = sizes(descending.strip_prefix("descending ").expect(&descending));
        assert_ne!(before, ascending, "{width}: a click changes the order");
        let (last, figures) = ascending.split_last().unwrap();
        assert_eq!(*last, None, "{width}: the failed cell has no size and stands last");
        assert!(figures.iter().all(Option::is_some) && figures.is_sorted(), "{width}: {figures:?}");
        assert_eq!(descending.last(), Some(&None), "{width}: last in either order");
        assert!(descending[..figures.len()].iter().rev().is_sorted(), "{width}: {descending:?}");
        assert!(value("text").starts_with("ascending none "), "{width}: {}", value("text"));
        assert_eq!(value("focus"), "true", "{width}: a heading takes the focus");
        assert!(value("overflow").parse::<i32>().unwrap() <= 0, "{width}: {}", value("overflow"));
        assert_eq!(value("figures"), "0", "{width}: each figure shows one of its two pictures");
        assert_eq!(value("wide"), "0", "{width}: no picture leaves the page");
        assert_eq!(value("shrunk"), "0", "{width}: no picture is too small to read");
        assert_ne!(value("words"), "0", "{width}: pictures have words");
        assert_eq!(value("outside"), "0", "{width}: no word leaves its picture");
        assert_eq!(
            value("growth"),
            "scaling 4, sweeps 1",
            "{width}: pictures shown in each section"
        );
    }
}
