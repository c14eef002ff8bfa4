//! What a report folder holds, for ordinary, hostile, empty and failed records.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{experiment, failed, ok, read, report};
use pressmark_reports::record::{Channel, LEARNING_CURVE, Metric, Task};
use pressmark_reports::{Record, ReportMeta, State, write_report};

/// Compares with a file in `tests/golden`; `PRESSMARK_BLESS=1` writes it instead.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("PRESSMARK_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).expect("the golden file is part of the repository");
    assert!(
        text == expected,
        "{name} differs; look at it, then run with PRESSMARK_BLESS=1:\n{text}"
    );
}

/// Fails unless elements nest and close, attributes are quoted and no entity is
/// unknown: what a parser of XML would refuse.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray > before {}", &rest[start..]);
        let end = rest[start..].find('>').expect("every < is closed") + start;
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "an open quote in <{tag}>");
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name.trim_end_matches('/')));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert_eq!(open, Vec::<&str>::new());
    for (at, _) in xml.match_indices('&') {
        let known = ["&lt;", "&gt;", "&amp;", "&quot;", "&#39;", "&apos;"];
        assert!(known.iter().any(|e| xml[at..].starts_with(e)), "{}", &xml[at..at + 8]);
    }
    assert!(!xml.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn the_summary_is_as_published() {
    golden("summary.md", &report(&experiment()).summary);
}

#[test]
fn the_bars_are_as_published() {
    let plots = report(&experiment()).plots;
    let (_, svg) = plots.iter().find(|(name, _)| name == "bits-per-char.svg").unwrap();
    golden("bits-per-char.svg", svg);
}

#[test]
fn the_same_records_give_the_same_bytes_in_any_order() {
    let mut reversed = experiment();
    reversed.reverse();
    let (a, b) = (report(&experiment()), report(&reversed));
    assert_eq!(a.html, b.html);
    assert_eq!(a.summary, b.summary);
    assert_eq!(a.plots, b.plots);
}

#[test]
fn every_plot_is_there_with_units_on_its_axes() {
    let plots = report(&experiment()).plots;
    let names: BTreeSet<&str> = plots.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "bits-against-encode-speed-tales-primed.svg",
        "bits-against-encode-speed-tales-cold.svg",
        "bits-against-memory-tales-primed.svg",
        "bits-against-memory-tales-cold.svg",
        "bits-per-char.svg",
        "hit-rate-codec-tales-cold.svg",
        "learning-cumulative-tales-cold.svg",
        "learning-windowed-tales-cold.svg",
        "memory-tales-cold.svg",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    for (name, svg) in &plots {
        assert_well_formed(svg);
        assert!(svg.contains("prefers-color-scheme:dark"), "{name}");
        let units: &[&str] = match name.split("-tales").next().unwrap() {
            "bits-against-encode-speed" => &["MB/s (log scale)", "bits per character"],
            "bits-against-memory" => &["MB (log scale)", "bits per character"],
            "bits-per-char.svg" => &["bits per character"],
            "hit-rate-codec" => &[" %"],
            "memory" => &["input position, MB", "live memory, MB"],
            _ => &["input position, MB", "bits per byte"],
        };
        assert!(units.iter().all(|unit| svg.contains(unit)), "{name} lacks one of {units:?}");
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let html = report(&experiment()).html;
    let namespace = "http://www.w3.org/2000/svg";
    assert!(!html.replace(namespace, "").contains("://"), "no address but the namespace");
    for reference in ["<link", "src=", "@import", "url("] {
        assert!(!html.contains(reference), "{reference}");
    }
}

#[test]
fn failed_cells_are_listed_with_their_reason_and_have_no_figure() {
    let mut records = experiment();
    // Measured before the cell failed: must not be shown as a result.
    records[6].set_encoded_bytes(12_345);
    let report = report(&records);
    for text in [&report.html, &report.summary] {
        assert!(text.contains("signal 11 while encoding"));
        assert!(text.contains("progress was never reported"));
        assert!(!text.contains("12\u{202f}345 ") && !text.contains("0.099"), "{text}");
    }
    let (_, bars) = report.plots.iter().find(|(name, _)| name == "bits-per-char.svg").unwrap();
    assert!(bars.contains("crashed: signal 11 while encoding"));
}

#[test]
fn figures_with_loss_stay_out_of_the_table_without() {
    let report = report(&experiment());
    let section = |id: &str| report.section(id);
    assert!(!section("compression").contains("compaction.budgeted"));
    assert!(!section("best").contains("compaction.budgeted"));
    assert!(section("compaction").contains("compaction.budgeted"));
    assert!(section("caches").contains("paging.lru"));
    assert!(section("compression").contains("ref.xz Δ"));
    assert!(section("definitions").contains("<dt>Δ</dt>"));
}

#[test]
fn hostile_strings_stay_text() {
    let nasty = "\"'><script>alert(1)</script>|`*_[x](y)\u{0}\u{1b}\r\n# é漢🙂 & </svg>";
    let mut bad = failed("01", nasty, nasty, State::PluginError, nasty);
    bad.phase = Some(nasty.into());
    bad.warnings = vec![nasty.into()];
    let mut good = ok("02", nasty, nasty, 1_000, 1.0);
    good.options.insert(nasty.into(), nasty.into());
    good.channels = vec![Channel { name: nasty.into(), lookups: 5, hits: 2 }];
    good.metrics.insert(nasty.into(), Metric { value: Some(1.5), unit: nasty.into() });
    good.series.insert(LEARNING_CURVE.into(), vec![[1.0, 1.0], [2.0, 2.0]]);
    good.warnings = vec![nasty.into()];
    good.environment.cpu = Some(nasty.into());
    good.plugin.version = Some(nasty.into());
    good.plugin.sha256 = Some("é".repeat(20));
    let mut other = ok("03", "b", nasty, 900, 1.0);
    other.task = Task::Codec;
    let mut lossy = ok("04", nasty, nasty, 900, 1.0);
    lossy.task = Task::Compact;
    lossy.metrics = good.metrics.clone();

    let dir = tempfile::tempdir().unwrap();
    let meta = ReportMeta {
        title: nasty.into(),
        description: Some(nasty.into()),
        generated_at: None,
        notes: vec![nasty.into()],
    };
    write_report(dir.path(), &[bad, good, other, lossy], &meta).unwrap();
    let report = read(dir.path());
    assert_eq!(report.html.matches("<script").count(), 1, "only our own");
    assert!(!report.summary.contains("<script") && !report.summary.contains('\u{1b}'));
    assert!(report.summary.lines().all(|line| !line.starts_with("# é")));
    for line in report.summary.lines().filter(|line| line.starts_with('|')) {
        assert!(line.ends_with('|'), "{line}");
    }
    for (name, svg) in &report.plots {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)), "{name}");
        assert_well_formed(svg);
    }
    // All of the page but its style and script is well-formed too.
    let body = &report.html[report.html.find("<body>").unwrap()..];
    assert_well_formed(&body[body.find("<main>").unwrap()..body.find("<script>").unwrap()]);
}

#[test]
fn datasets_whose_names_fit_no_file_get_files_of_their_own() {
    let cells = |key: &str, dataset: &str| {
        [
            ok(&format!("0{key}"), "a", dataset, 900, 1.0),
            ok(&format!("1{key}"), "b", dataset, 800, 2.0),
        ]
    };
    let records =
        [cells("1", "é"), cells("2", "漢"), cells("3", "a/b"), cells("4", "a b")].concat();
    let plots = report(&records).plots;
    let speed = plots.iter().filter(|(name, _)| name.starts_with("bits-against-encode-speed"));
    assert_eq!(speed.count(), 4);
}

#[test]
fn no_records_say_so() {
    let report = report(&[]);
    assert!(report.html.contains("There are no records"));
    assert!(report.summary.contains("There are no records"));
    assert_eq!(report.plots, []);
}

#[test]
fn only_failures_still_make_a_report() {
    let records: Vec<Record> = State::ALL
        .iter()
        .filter(|state| **state != State::Ok)
        .enumerate()
        .map(|(i, state)| failed(&format!("{i:02x}"), "a", "d", *state, "it did not work"))
        .collect();
    let report = report(&records);
    assert!(report.summary.contains("0 of 10 cells ended ok"));
    for state in State::ALL.iter().filter(|state| **state != State::Ok) {
        assert!(report.html.contains(&format!("<td>{state}</td>")), "{state}");
    }
    let names: Vec<&str> = report.plots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["bits-per-char.svg"]);
}

#[test]
fn a_long_summary_says_what_it_leaves_out_and_the_page_has_it() {
    let records: Vec<Record> = (0..130)
        .map(|i| ok(&format!("{i:04x}"), &format!("strategy{i:03}"), "d", 1_000 + i, 1.0))
        .collect();
    let report = report(&records);
    assert!(report.summary.contains("Rows left out here: 30; `report.html` has them all."));
    assert!(!report.summary.contains("| strategy129 |"));
    for record in &records {
        assert!(report.html.contains(&format!("<td>{}</td>", record.strategy)));
    }
}

#[test]
fn one_record_makes_a_report() {
    let report = report(&[ok("01", "a", "d", 125_000, 1.0)]);
    assert!(report.summary.contains("The one cell ended ok."));
    assert!(report.html.contains("1.000"));
}

#[test]
fn an_empty_input_has_a_row_and_no_figure() {
    let mut record = ok("01", "a", "d", 3, 1.0);
    (record.bits_per_char, record.bits_per_byte, record.bits_per_char_with_decoder) =
        (None, None, None);
    let report = report(&[record]);
    assert!(report.html.contains("data-missing"));
    assert!(!report.html.contains("NaN") && !report.html.contains(">inf"));
}

#[test]
fn plots_of_an_earlier_report_do_not_stay() {
    let dir = tempfile::tempdir().unwrap();
    let meta = ReportMeta::default();
    write_report(dir.path(), &experiment(), &meta).unwrap();
    fs::write(dir.path().join("plots/notes.txt"), "mine").unwrap();
    write_report(dir.path(), &[], &meta).unwrap();
    assert_eq!(read(dir.path()).plots, [("notes.txt".to_owned(), "mine".to_owned())]);
}
