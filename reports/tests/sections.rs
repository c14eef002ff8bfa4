//! Sections that appear when the records hold more than single cells: growth with the
//! size of the input, size against memory, claims beside real sizes.

mod common;

use common::{Report, experiment, growing, ok, report, swept};
use pressmark_reports::record::{CharUnit, Metric};
use pressmark_reports::{Record, State};

/// The rows of a table of the summary that begin with the given cells.
fn rows<'a>(report: &'a Report, heading: &str, begin: &str) -> Vec<&'a str> {
    let heading = format!("\n## {heading}\n");
    let start = report.summary.find(&heading).unwrap_or_else(|| panic!("no {heading}"));
    let table = &report.summary[start + heading.len()..];
    let table = table.split("\n## ").next().unwrap();
    table.lines().filter(|line| line.starts_with(&format!("| {begin}"))).collect()
}

#[test]
fn growth_has_its_section_with_exponents_and_plots() {
    let mut records = growing(0, "trie.credibility", 1.0);
    records.extend(growing(16, "ref.xz", 1.5));
    let report = report(&records);
    // Linear: a byte costs the same at 64 MB as at 4 MB. To the power of 1.5: √16 as much.
    let found = rows(&report, "Scaling", "synthetic:stories | cold |");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("trie.credibility | 4 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 (64.0 over 4.00 MB) | 1.00 (64.0 over 4.00 MB) |"), "{}", found[0]);
    assert!(found[1].contains("ref.xz | 4 | 1.50 | 1.50 | 1.00 | 1.00 | 4.00 (64.0 over 4.00 MB) | 4.00 (64.0 over 4.00 MB) |"), "{}", found[1]);
    let sizes = rows(&report, "Scaling, size by size", "synthetic:stories | cold |");
    assert_eq!(sizes.len(), 8);
    assert!(sizes[2].contains("| ok | 16\u{202f}000\u{202f}000 | 1.600 | 16.0 | 4.00 | 192 | 96.0 | 1\u{202f}000 | 250 |"), "{}", sizes[2]);

    let section = report.section("scaling");
    for figure in ["encode-time", "decode-time", "encode-memory", "decode-memory"] {
        let name = format!("scaling-{figure}-synthetic-stories-cold");
        assert!(section.contains(&format!("id=\"plot-{name}\"")), "{name}");
        let (_, svg) =
            report.plots.iter().find(|(file, _)| *file == format!("{name}.svg")).unwrap();
        assert!(svg.contains("input, MB (log scale)"), "{name}");
    }
    let (_, svg) =
        report.plots.iter().find(|(file, _)| file.starts_with("scaling-encode-time-syn")).unwrap();
    assert!(
        svg.contains("2 ref.xz: n^1.50") && svg.contains("encode time, s (log scale)"),
        "{svg}"
    );
    assert!(!report.section("plots").contains("plot-scaling"), "each plot stands once");
}

#[test]
fn a_size_that_failed_is_listed_and_not_fitted() {
    let mut records = growing(0, "trie.credibility", 1.0);
    records[3].state = State::Timeout;
    let report = report(&records);
    let found = rows(&report, "Scaling", "synthetic:stories");
    assert!(
        found[0].contains("trie.credibility | 3 | 1.00") && found[0].contains("16.0 over 4.00")
    );
    let sizes = rows(&report, "Scaling, size by size", "synthetic:stories");
    assert!(sizes[3].contains("| timeout | 64\u{202f}000\u{202f}000 | – | – |"), "{}", sizes[3]);
}

#[test]
fn a_sweep_over_memory_has_its_section() {
    let mut records = swept(0, "trie.credibility");
    // A cell of an older build, without the option, is in no sweep and disturbs none.
    records.push(ok("fe", "trie.credibility", "tales", 260_000, 1.0));
    records.push(ok("ff", "ref.xz", "tales", 250_000, 1.0));
    let report = report(&records);
    let found = rows(&report, "Size against memory", "tales | cold |");
    assert_eq!(found.len(), 5, "the peer is no sweep: {found:?}");
    // 5 % of the memory: 1 000 000 bytes, against 240 000 with all of it.
    assert!(
        found[0].contains("memory\\_limit=5000000 | 5.00 | 5.00 | 8.000 | +316.7 |"),
        "{}",
        found[0]
    );
    assert!(
        found[4].contains("memory\\_limit=100000000 | 100 | 100 | 1.920 | +0.0 |"),
        "{}",
        found[4]
    );
    assert!(report.section("sweeps").contains("plot-size-against-memory-tales-cold"));
    let file = "size-against-memory-tales-cold.svg";
    let (_, svg) = report.plots.iter().find(|(name, _)| name == file).unwrap();
    assert!(
        svg.contains("1 trie.credibility by memory_limit") && svg.contains("bits per character")
    );
    assert_eq!(svg.matches("<circle").count(), 5, "every cell is marked");
}

#[test]
fn single_cells_have_neither_section() {
    let report = report(&experiment());
    for absent in ["<section id=\"scaling\"", "<section id=\"sweeps\""] {
        assert!(!report.html.contains(absent), "{absent}");
    }
    assert!(!report.summary.contains("## Scaling") && !report.summary.contains("## Size against"));
}

#[test]
fn a_claim_stands_beside_the_real_size_and_never_in_its_place() {
    let claim = |value| Metric { value: Some(value), unit: "bits/char".into() };
    let mut records = experiment();
    let plain = report(&records);
    assert!(!plain.summary.contains("| Claimed"), "no column without a claim");
    let mut seed = ok("20", "trie.seed", "tales", 281_250, 9.0);
    seed.metrics.insert("claimed_bits_per_char".into(), claim(0.75));
    records.push(seed);
    let mut failed = records[6].clone();
    failed.key = "21".into();
    failed.metrics.insert("claimed_bits_per_char".into(), claim(0.5));
    records.push(failed);
    let report = report(&records);
    assert!(
        report.summary.contains("| BPC (bits/char) | Claimed (bits/char) | Real / claimed (×) |")
    );
    let found = rows(&report, "Compression without loss", "tales | cold | trie.seed");
    assert!(found[0].contains("| ok | 2.250 | 0.750 | 3.00 |"), "{}", found[0]);
    let other = rows(&report, "Compression without loss", "tales | cold | ref.xz");
    assert!(other[0].contains("| ok | 1.760 | – | – |"), "{}", other[0]);
    let failed = rows(&report, "Compression without loss", "tales | cold | group.seed");
    assert!(failed.iter().all(|row| row.contains("| crashed | – | – | – |")), "{failed:?}");
    let best = rows(&report, "Best of each dataset", "tales | cold");
    assert!(best[0].contains("| trie.credibility | 1.440 |"), "a claim wins nothing: {}", best[0]);
    assert!(report.section("definitions").contains("<dt>Claimed</dt>"));
}

#[test]
fn the_members_of_the_front_are_named() {
    // The third is beaten by the second on both axes.
    let records = [
        ok("01", "small.slow", "tales", 100_000, 9.0),
        ok("02", "ref.large_fast", "tales", 300_000, 0.1),
        ok("03", "large.slow", "tales", 310_000, 1.0),
    ];
    let summary = report(&records).summary;
    let line = summary.lines().find(|line| line.contains("against encode speed")).unwrap();
    assert!(line.contains("the line is the Pareto front: small.slow, ref.large\\_fast."), "{line}");
}

#[test]
fn bits_of_inputs_without_characters_say_so() {
    let per_byte = |mut record: Record| {
        record.dataset.chars = None;
        record.char_unit = CharUnit::Byte;
        record
    };
    let mut records: Vec<Record> = swept(0, "trie.credibility").into_iter().map(per_byte).collect();
    records.extend(growing(16, "trie.credibility", 1.0).into_iter().map(per_byte));
    let report = report(&records);
    let swept = rows(&report, "Size against memory", "tales");
    let sized = rows(&report, "Scaling, size by size", "synthetic:stories");
    for row in swept.iter().chain(&sized) {
        assert!(row.contains("(per byte)"), "{row}");
    }
}
