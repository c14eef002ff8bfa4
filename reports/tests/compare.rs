//! What a comparison finds, and what it must not find.

mod common;

use common::{experiment, failed, ok};
use pressmark_reports::compare::{Comparison, Gate, Thresholds, Verdict, compare, gate};
use pressmark_reports::record::Channel;
use pressmark_reports::{Record, State};

fn against(baseline: &[Record], new: &[Record]) -> Comparison {
    compare(baseline, new, &Thresholds::default())
}

fn found(comparison: &Comparison) -> Vec<(Verdict, &str)> {
    comparison.findings.iter().map(|f| (f.verdict, f.figure.as_str())).collect()
}

#[test]
fn a_set_equals_itself_whatever_the_keys() {
    let baseline = experiment();
    let mut new = experiment();
    new.reverse();
    new.iter_mut().for_each(|record| record.key.push('0'));
    let comparison = against(&baseline, &new);
    assert_eq!(found(&comparison), []);
    assert_eq!(comparison.compared, 6, "the crashed cell has nothing to compare");
    assert_eq!(gate(&comparison, true), Gate::Passed);
}

#[test]
fn one_byte_more_is_a_regression_and_one_less_an_improvement() {
    let cell = |bytes| [ok("01", "a", "d", bytes, 1.0)];
    let worse = against(&cell(1_000), &cell(1_001));
    assert_eq!(found(&worse), [(Verdict::Regression, "encoded_bytes")]);
    assert_eq!(gate(&worse, false), Gate::Failed);
    let better = against(&cell(1_001), &cell(1_000));
    assert_eq!(found(&better), [(Verdict::Improvement, "encoded_bytes")]);
    assert_eq!(gate(&better, true), Gate::Passed);

    let lenient = Thresholds { size_percent: 1.0, ..Thresholds::default() };
    assert_eq!(found(&compare(&cell(1_000), &cell(1_001), &lenient)), []);
}

#[test]
fn a_speed_differs_only_when_the_intervals_are_apart() {
    let cell = |interval: [f64; 2]| {
        let mut record = ok("01", "a", "d", 1_000, 1.0);
        record.encode_mb_per_s_ci95 = Some(interval);
        [record]
    };
    let baseline = cell([10.0, 11.0]);
    assert_eq!(found(&against(&baseline, &cell([9.6, 9.9]))), [], "within 5 %");
    assert_eq!(found(&against(&baseline, &cell([7.0, 10.5]))), [], "they overlap");
    let slow = against(&baseline, &cell([8.0, 9.0]));
    assert_eq!(found(&slow), [(Verdict::Regression, "encode_mb_per_s")]);
    let fast = against(&baseline, &cell([12.0, 13.0]));
    assert_eq!(found(&fast), [(Verdict::Improvement, "encode_mb_per_s")]);

    let mut once = cell([1.0, 1.0]);
    once[0].set_times(vec![9.0], vec![9.0]);
    let untimed = against(&baseline, &once);
    assert_eq!((found(&untimed), untimed.without_interval), (vec![], 2));
    assert!(untimed.to_markdown().contains("use two or more repeats"));
}

#[test]
fn resident_memory_is_noise_below_a_mebibyte_and_allocations_are_not() {
    let cell = |allocated: u64, resident: u64| {
        let mut record = ok("01", "a", "d", 1_000, 1.0);
        record.host_alloc_peak_bytes = Some(allocated);
        record.rss_peak_delta_bytes = Some(resident);
        [record]
    };
    let small = cell(0, 660 << 10);
    assert_eq!(found(&against(&small, &cell(0, 725 << 10))), [], "64 KiB of 660 are noise");
    assert_eq!(found(&against(&cell(0, 725 << 10), &small)), []);
    let worse = [(Verdict::Regression, "peak_memory_bytes")];
    assert_eq!(found(&against(&small, &cell(0, 1_700 << 10))), worse);
    assert_eq!(found(&against(&cell(600 << 10, 0), &cell(700 << 10, 0))), worse, "it is counted");
    assert_eq!(found(&against(&cell(600 << 10, 660 << 10), &cell(700 << 10, 725 << 10))), worse);
    let large = cell(0, 100 << 20);
    assert_eq!(found(&against(&large, &cell(0, 104 << 20))), [], "within 5 %");
    assert_eq!(found(&against(&large, &cell(0, 106 << 20))), worse);
}

#[test]
fn cells_missing_on_either_side_are_found() {
    let both = [ok("01", "a", "d", 9, 1.0), ok("02", "b", "d", 9, 1.0)];
    let lacks = against(&both, &both[..1]);
    assert_eq!(found(&lacks), [(Verdict::Missing, "cell")]);
    assert_eq!(gate(&lacks, false), Gate::Failed);
    let adds = against(&both[..1], &both);
    assert_eq!(found(&adds), [(Verdict::Added, "cell")]);
    assert_eq!(gate(&adds, true), Gate::Passed);
}

#[test]
fn a_cell_that_stops_ending_ok_is_a_regression() {
    let good = [ok("01", "a", "d", 9, 1.0)];
    let bad = [failed("01", "a", "d", State::Crashed, "signal 11")];
    assert_eq!(found(&against(&good, &bad)), [(Verdict::Regression, "state")]);
    assert_eq!(found(&against(&bad, &good)), [(Verdict::Improvement, "state")]);
}

#[test]
fn a_gate_that_compared_nothing_does_not_pass() {
    assert_eq!(gate(&against(&[], &[]), false), Gate::NothingCompared);
    let bad = [failed("01", "a", "d", State::Crashed, "signal 11")];
    let comparison = against(&bad, &bad);
    assert_eq!(gate(&comparison, false), Gate::NothingCompared);
    assert!(comparison.to_markdown().contains("nothing was compared"));
    let mut other = [ok("01", "a", "d", 9, 1.0)];
    other[0].dataset.sha256 = Some("cd".repeat(32));
    let comparison = against(&[ok("01", "a", "d", 9, 1.0)], &other);
    assert_eq!(found(&comparison), [(Verdict::Changed, "dataset.sha256")]);
    assert_eq!(gate(&comparison, false), Gate::NothingCompared);
}

#[test]
fn counts_that_change_are_reported_and_fail_a_strict_gate() {
    let cell = |hits| {
        let mut record = ok("01", "a", "d", 9, 1.0);
        record.channels = vec![Channel { name: "copy".into(), lookups: 10, hits }];
        [record]
    };
    let comparison = against(&cell(4), &cell(5));
    assert_eq!(found(&comparison), [(Verdict::Changed, "channels.copy.hits")]);
    assert_eq!(gate(&comparison, false), Gate::Passed);
    assert_eq!(gate(&comparison, true), Gate::Failed);
}

#[test]
fn of_several_records_of_a_cell_the_latest_counts() {
    let mut old = ok("01", "a", "d", 2_000, 1.0);
    old.environment.started_at = Some("2025-01-01T00:00:00Z".into());
    let new = ok("02", "a", "d", 1_000, 1.0);
    let baseline = [new.clone()];
    assert_eq!(found(&against(&baseline, &[old.clone(), new.clone()])), []);
    assert_eq!(found(&against(&baseline, &[new, old])), []);
}

#[test]
fn markdown_survives_hostile_names() {
    let comparison =
        against(&[ok("01", "a|<script>", "d\n# x", 9, 1.0)], &[ok("01", "b", "d", 9, 1.0)]);
    let text = comparison.to_markdown();
    assert!(!text.contains("<script>") && !text.contains("\n# x"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with('|')).count(), 4);
}
