//! What room is worth: misses of caches against capacity, evidence kept or found against budget.

use super::curves::{Curve, Plane, Scale};
use super::{Names, Part, Plot, curve_plot};
use crate::groups::{Group, Row, differing, measured};
use crate::record::{HIT_CURVE, Record};

/// The option that says what room a cell was given.
const ROOMS: [&str; 2] = ["capacity", "budget"];

/// Miss ratio of every policy against capacity, with the bound of Belady.
pub(super) fn misses(group: &Group<'_>) -> Option<Plot> {
    let mut curves = lines(group, "capacity", "miss_ratio");
    if curves.is_empty() {
        return None;
    }
    curves.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let bound = lines(group, "capacity", "belady_miss_ratio").into_iter();
    let bound = bound.max_by_key(|curve| curve.points.len());
    curves.splice(..0, bound.map(|curve| Curve { label: "Belady's bound".into(), ..curve }));
    let names = Names { file: "miss-ratio", title: "Miss ratio", of: group.dataset };
    let x = (Scale::Log, "capacity, units of the trace (log scale)");
    let plane = Plane { x, y: (Scale::FromZero, "misses / accesses"), dots: true };
    let caption = "Less is better. No policy without prefetching is below the bound where pages \
                   have one size.";
    curve_plot(Part::Overview, names, &curves, plane, caption.to_owned())
}

/// Hit rate in windows of accesses, one plot for each capacity.
pub(super) fn hits_over_turns(group: &Group<'_>) -> Vec<Plot> {
    let mut rooms: Vec<String> = group.rows.iter().filter_map(|row| room(row.record)).collect();
    rooms.sort();
    rooms.dedup();
    let plot = |room_of: &String| {
        let here = |row: &&Row<'_>| room(row.record).as_ref() == Some(room_of);
        let curve = |row: &Row<'_>| {
            let points = windowed(row.record.series.get(HIT_CURVE)?, WINDOWS);
            let label = row.record.strategy.clone();
            (points.len() >= 2).then_some(Curve { label, points })
        };
        let mut curves: Vec<Curve> = group.rows.iter().filter(here).filter_map(curve).collect();
        curves.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        let of = format!("{}, capacity {room_of}", group.dataset);
        let names = Names { file: "hits-over-accesses", title: "Hit rate over the trace", of: &of };
        let (x, y) =
            ((Scale::FromZero, "accesses"), (Scale::FromZero, "hits / accesses, windowed"));
        let caption = "Hits of each window of the trace over its accesses.".to_owned();
        curve_plot(Part::Overview, names, &curves, Plane { x, y, dots: false }, caption)
    };
    rooms.iter().filter_map(plot).collect()
}

/// Evidence recall of every compaction against the share of the bytes that it wrote, with what
/// random lines keep.
pub(super) fn recall(group: &Group<'_>) -> Option<Plot> {
    let mut curves = lines(group, "output_share", "evidence_recall");
    if curves.is_empty() {
        return None;
    }
    curves.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let random = lines(group, "output_share", "evidence_recall_random").into_iter();
    let random = random.max_by_key(|curve| curve.points.len());
    curves.splice(..0, random.map(|curve| Curve { label: "random lines".into(), ..curve }));
    let names = Names { file: "evidence-recall", title: "Evidence recall", of: group.dataset };
    let x = (Scale::Linear, "bytes written / bytes of the documents");
    let plane = Plane { x, y: (Scale::FromZero, "evidence kept / evidence"), dots: true };
    let caption = "More is better; what counts is the lift over random lines of as many bytes.";
    curve_plot(Part::Overview, names, &curves, plane, caption.to_owned())
}

/// Evidence that stands in a context against its budget.
pub(super) fn evidence(group: &Group<'_>) -> Option<Plot> {
    let mut curves = lines(group, "budget", "evidence_recall");
    if curves.is_empty() {
        return None;
    }
    curves.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let names =
        Names { file: "context-recall", title: "Evidence in the context", of: group.dataset };
    let x = (Scale::Log, "budget, tokens (log scale)");
    let plane = Plane { x, y: (Scale::FromZero, "evidence found / evidence"), dots: true };
    let caption = "More is better; no context exceeds its budget. A strategy that did is among \
                   the cells that did not end ok.";
    curve_plot(Part::Overview, names, &curves, plane, caption.to_owned())
}

/// Curves of one figure against another, one for each strategy and its options but the room.
fn lines(group: &Group<'_>, x: &str, y: &str) -> Vec<Curve> {
    let records: Vec<&Record> = group.rows.iter().map(|row| row.record).collect();
    let mut curves: Vec<Curve> = Vec::new();
    for row in &group.rows {
        let figure = |name| measured(row.record, |record| record.metrics.get(name)?.value);
        let (Some(x), Some(y)) = (figure(x), figure(y)) else { continue };
        let same: Vec<&Record> =
            records.iter().copied().filter(|r| r.strategy == row.record.strategy).collect();
        let options = differing(row.record, &same);
        let options = options.iter().filter(|(name, _)| !ROOMS.contains(name));
        let options: String = options.map(|(name, value)| format!(" {name}={value}")).collect();
        let label = format!("{}{options}", row.record.strategy);
        match curves.iter_mut().find(|curve| curve.label == label) {
            Some(curve) => curve.points.push([x, y]),
            None => curves.push(Curve { label, points: vec![[x, y]] }),
        }
    }
    curves.iter_mut().for_each(|curve| curve.points.sort_by(|a, b| a[0].total_cmp(&b[0])));
    curves
}

/// What puts the best curves first.
fn mean(curve: &Curve) -> f64 {
    curve.points.iter().map(|point| point[1]).sum::<f64>() / curve.points.len().max(1) as f64
}

/// The room of a cell as the experiment says it.
fn room(record: &Record) -> Option<String> {
    let value = ROOMS.iter().find_map(|name| record.options.get(*name))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Windows of a curve of hits.
const WINDOWS: usize = 32;

/// Rates between points of a cumulative curve, in at most so many windows.
fn windowed(points: &[[f64; 2]], windows: usize) -> Vec<[f64; 2]> {
    let step = points.len().div_ceil(windows).max(1);
    let mut before = [0.0, 0.0];
    let ends = points.chunks(step).filter_map(|chunk| chunk.last());
    ends.filter_map(|end| {
        let [from, hits] = std::mem::replace(&mut before, *end);
        (end[0] > from).then(|| [end[0], (end[1] - hits) / (end[0] - from)])
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::groups::groups;
    use crate::record::{Metric, Task};

    fn cell(strategy: &str, capacity: u64, miss_ratio: f64) -> Record {
        let mut record = Record {
            strategy: strategy.into(),
            task: Task::Cache,
            state: State::Ok,
            ..Record::default()
        };
        record.options.insert("capacity".into(), capacity.to_string().into());
        for (name, value) in [
            ("capacity", capacity as f64),
            ("miss_ratio", miss_ratio),
            ("belady_miss_ratio", miss_ratio / 2.0),
        ] {
            record.metrics.insert(name.into(), Metric { value: Some(value), unit: String::new() });
        }
        record
    }

    #[test]
    fn a_policy_is_one_line_in_the_order_of_capacity() {
        let records = [cell("a", 64, 0.5), cell("a", 8, 0.75), cell("b", 8, 0.25)];
        let groups = groups(&records, Task::Cache);
        let curves = lines(&groups[0], "capacity", "miss_ratio");
        assert_eq!(curves.len(), 2);
        assert_eq!(curves[0].label, "a");
        assert_eq!(curves[0].points, [[8.0, 0.75], [64.0, 0.5]]);
        let plot = misses(&groups[0]).expect("there are figures");
        assert!(plot.wide.contains("Belady"), "the bound is drawn");
        assert!(recall(&groups[0]).is_none());
    }

    #[test]
    fn windows_have_rates() {
        let points = [[10.0, 5.0], [20.0, 15.0], [30.0, 15.0]];
        assert_eq!(windowed(&points, 32), [[10.0, 0.5], [20.0, 1.0], [30.0, 0.0]]);
        assert_eq!(windowed(&points, 2), [[20.0, 0.75], [30.0, 0.0]]);
        assert!(windowed(&[], 2).is_empty());
    }
}
