//! The plots of a report, as SVG.
//!
//! Each plot is drawn twice: wide for a page, narrow for a telephone, since text
//! that shrinks with the picture cannot be read.

mod axis;
mod bars;
mod canvas;
mod curves;
mod growth;
mod room;
mod scatter;
mod sweeps;

use std::collections::BTreeSet;

use crate::format::{bits, count, significant, slug};
use crate::groups::{DIFFERENCE_MARK, Group, Row, groups, measured, peak_memory_bytes};
use crate::record::{CharUnit, LEARNING_CURVE, MEMORY_CURVE, Record, State, Task};
use bars::{Bar, BarGroup, Length};
pub(crate) use canvas::{dark_rules, standalone};
use curves::{Curve, Plane, Scale};
use scatter::{Better, Point};

/// Which section of the page a picture belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The plots of every report.
    Overview,
    /// Growth with the size of the input.
    Scaling,
    /// Size against memory.
    Sweeps,
}

/// A picture with its words.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    /// Name of the file in `plots/`, without `.svg`; unique within a report.
    pub(crate) name: String,
    pub(crate) part: Part,
    pub(crate) title: String,
    /// What to know to read it.
    pub(crate) caption: String,
    /// Whether it takes the whole width of a page rather than half of it.
    pub(crate) whole: bool,
    pub(crate) wide: String,
    pub(crate) narrow: String,
}

const WIDE: i32 = 1168;
const HALF: (i32, i32) = (574, 400);
const NARROW: (i32, i32) = (380, 340);
/// Beyond so many cells a group of bars shows each strategy's best cell only.
const MOST_BARS: usize = 24;
/// Beyond so many cells a plot of hit rates shows one cell of each strategy.
const MOST_CHANNEL_GROUPS: usize = 12;

/// Every plot for which there are figures, in the order of the report.
pub(crate) fn plots(records: &[Record]) -> Vec<Plot> {
    let codec = groups(records, Task::Codec);
    let mut plots: Vec<Plot> = bits_per_char(&codec).into_iter().collect();
    for group in &codec {
        plots.extend(against(group, Cost::Speed));
        plots.extend(against(group, Cost::Memory));
        plots.extend(learning(group, true));
        plots.extend(learning(group, false));
        plots.extend(memory(group));
    }
    plots.extend(growth::plots(records));
    plots.extend(codec.iter().filter_map(sweeps::plot));
    for group in &groups(records, Task::Cache) {
        plots.extend(room::misses(group));
        plots.extend(room::hits_over_turns(group));
    }
    plots.extend(groups(records, Task::Compact).iter().filter_map(room::recall));
    plots.extend(groups(records, Task::Pack).iter().filter_map(room::evidence));
    for task in Task::ALL {
        plots.extend(groups(records, *task).iter().filter_map(|group| hit_rates(group, *task)));
    }
    let mut names = BTreeSet::new();
    for plot in &mut plots {
        // Two datasets may differ only in characters that no file name keeps.
        let mut name = plot.name.clone();
        let mut n = 2;
        while !names.insert(name.clone()) {
            name = format!("{}-{n}", plot.name);
            n += 1;
        }
        plot.name = name;
    }
    plots
}

/// What bits per character are divided by in these rows.
fn bits_unit(group: &Group<'_>) -> &'static str {
    let ended = || group.rows.iter().filter(|row| row.record.state == State::Ok);
    let bytes = ended().any(|row| row.record.char_unit == CharUnit::Byte);
    if bytes { "bits per byte" } else { "bits per character" }
}

fn bits_per_char(groups: &[Group<'_>]) -> Option<Plot> {
    let bar_groups: Vec<BarGroup> = groups.iter().map(bits_bars).collect();
    if bar_groups.is_empty() {
        return None;
    }
    let title = "Bits per character".to_owned();
    let draw = |width| bars::draw(width, &title, &bar_groups, None);
    let mut caption = "Less is better. Filled bars: this project; outlined bars: peers.".to_owned();
    let ok = || groups.iter().flat_map(|g| &g.rows).map(|row| row.record);
    if ok().any(|r| measured(r, |r| r.ideal_bits_per_char).is_some()) {
        caption += " The line across a bar is the model's ideal code length.";
    }
    if ok().any(Record::is_difference_primed) {
        caption += &format!(" {DIFFERENCE_MARK}: size of prime + text minus size of prime.");
    }
    Some(Plot {
        name: "bits-per-char".into(),
        part: Part::Overview,
        whole: true,
        wide: draw(WIDE),
        narrow: draw(NARROW.0),
        title,
        caption,
    })
}

fn bits_bars(group: &Group<'_>) -> BarGroup {
    let ranked = group.ranked(|r| r.bits_per_char);
    let crowded = group.rows.len() > MOST_BARS;
    let mut seen = BTreeSet::new();
    let mut bars: Vec<Bar> = Vec::new();
    for (row, value) in ranked {
        let record = row.record;
        if crowded && !seen.insert(&record.strategy) {
            continue;
        }
        let mark = measured(record, |r| r.ideal_bits_per_char);
        let length = Length::Value { value, text: bits(value), mark };
        bars.push(Bar { label: row.label.clone(), length, peer: record.is_peer() });
    }
    for row in group.rows.iter().filter(|row| row.record.state != State::Ok) {
        if crowded && !seen.insert(&row.record.strategy) {
            continue;
        }
        bars.push(Bar {
            label: row.label.clone(),
            length: Length::Missing(without_figure(row.record)),
            peer: row.record.is_peer(),
        });
    }
    let only_best = if crowded { ", the best cell of each strategy" } else { "" };
    BarGroup { title: format!("{}: {}{only_best}", group.title(), bits_unit(group)), bars }
}

/// Why a cell has no bar.
fn without_figure(record: &Record) -> String {
    match &record.reason {
        Some(reason) => format!("{}: {reason}", record.state),
        None => record.state.to_string(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    Speed,
    Memory,
}

fn against(group: &Group<'_>, cost: Cost) -> Option<Plot> {
    let points: Vec<Point> = group
        .ranked(|r| r.bits_per_char)
        .into_iter()
        .filter_map(|(row, y)| {
            let x = match cost {
                Cost::Speed => row.record.encode_mb_per_s?,
                Cost::Memory => peak_memory_bytes(row.record)? as f64 / 1e6,
            };
            let (label, peer) = (row.short.clone(), row.record.is_peer());
            (x.is_finite() && x > 0.0).then_some(Point { label, x, y, peer })
        })
        .collect();
    if points.len() < 2 {
        return None;
    }
    let (what, x_title, better) = match cost {
        Cost::Speed => ("encode speed", "encode speed, MB/s (log scale)", Better::More),
        Cost::Memory => ("memory", "peak memory of encoding, MB (log scale)", Better::Less),
    };
    let title = format!("{} against {what}: {}", capitalised(bits_unit(group)), group.title());
    let titles = (x_title, bits_unit(group));
    let wide = scatter::draw(HALF, &title, &points, titles, better);
    let narrow = scatter::draw(NARROW, &title, &points, titles, better);
    let corner = if better == Better::More { "lower right" } else { "lower left" };
    let front = scatter::pareto_front(&points, better);
    let front: Vec<&str> = front.into_iter().map(|i| &*points[i].label).collect();
    let mut caption = format!(
        "Better is to the {corner}; the line is the Pareto front: {}. Discs: this project; \
         diamonds: peers.",
        front.join(", ")
    );
    if wide.unlabelled + narrow.unlabelled > 0 {
        caption += " Points without room for a label are in the table.";
    }
    let absent = group.rows.len() - points.len();
    if absent > 0 {
        caption += &format!(" Cells without these figures: {absent}; see the tables.");
    }
    let name = slug(&format!("bits-against-{what} {}", group.title()));
    let part = Part::Overview;
    Some(Plot { name, part, title, caption, whole: false, wide: wide.svg, narrow: narrow.svg })
}

/// The curves of a series in the order of bits per character, and how many there
/// are in all.
fn curves_of(
    group: &Group<'_>,
    series: &str,
    map: impl Fn(&[[f64; 2]]) -> Vec<[f64; 2]>,
) -> Vec<Curve> {
    let rows = group.ranked(|r| r.bits_per_char);
    rows.into_iter()
        .filter_map(|(row, _)| {
            let points = map(row.record.series.get(series)?);
            (points.len() >= 2).then(|| Curve { label: row.short.clone(), points })
        })
        .collect()
}

/// What a plot of curves is called: the beginning of its file's name, its title, and what
/// it is about.
struct Names<'a> {
    file: &'a str,
    title: &'a str,
    of: &'a str,
}

fn curve_plot(
    part: Part,
    names: Names<'_>,
    curves: &[Curve],
    plane: Plane<'_>,
    mut caption: String,
) -> Option<Plot> {
    if curves.is_empty() {
        return None;
    }
    let Names { file, title, of } = names;
    let name = slug(&format!("{file} {of}"));
    let title = format!("{title}: {of}");
    let draw = |size| curves::draw(size, &title, curves, plane);
    if curves.len() > curves::MOST {
        let which = if part == Part::Overview { "best" } else { "first" };
        caption += &format!(" The {} {which} of {}.", curves::MOST, curves.len());
    }
    let (wide, narrow) = (draw(HALF), draw(NARROW));
    Some(Plot { name, part, whole: false, wide, narrow, title, caption })
}

/// A curve over the input.
fn over_input(
    group: &Group<'_>,
    (file, title): (&str, &str),
    curves: &[Curve],
    y_title: &str,
    caption: &str,
) -> Option<Plot> {
    let names = Names { file, title, of: &group.title() };
    let (x, y) = ((Scale::FromZero, "input position, MB"), (Scale::FromZero, y_title));
    let plane = Plane { x, y, dots: false };
    curve_plot(Part::Overview, names, curves, plane, caption.to_owned())
}

fn learning(group: &Group<'_>, cumulative: bool) -> Option<Plot> {
    if cumulative {
        let curves = curves_of(group, LEARNING_CURVE, curves::cumulative_bits);
        let caption = "Encoded size so far over input so far.";
        let names = ("learning-cumulative", "Learning curve, cumulative");
        over_input(group, names, &curves, "bits per byte, cumulative", caption)
    } else {
        let curves = curves_of(group, LEARNING_CURVE, |points| curves::windowed_bits(points, 32));
        let caption = "Encoded size of each window of the input over its size.";
        let names = ("learning-windowed", "Learning curve, windowed");
        over_input(group, names, &curves, "bits per byte, windowed", caption)
    }
}

fn memory(group: &Group<'_>) -> Option<Plot> {
    let curves = curves_of(group, MEMORY_CURVE, |points| {
        points.iter().map(|p| [p[0] / 1e6, p[1] / 1e6]).collect()
    });
    let caption = "Live bytes in the host allocator while encoding.";
    over_input(group, ("memory", "Memory curve"), &curves, "live memory, MB", caption)
}

fn hit_rates(group: &Group<'_>, task: Task) -> Option<Plot> {
    let mut rows: Vec<&Row<'_>> = group.rows.iter().collect();
    rows.retain(|row| row.record.state == State::Ok && !row.record.channels.is_empty());
    let crowded = rows.len() > MOST_CHANNEL_GROUPS;
    if crowded {
        let bits = |row: &Row<'_>| measured(row.record, |r| r.bits_per_char);
        let key = |row: &Row<'_>| bits(row).unwrap_or(f64::INFINITY);
        rows.sort_by(|a, b| key(a).total_cmp(&key(b)));
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(&row.record.strategy));
    }
    let bar_groups: Vec<BarGroup> = rows.into_iter().map(channel_bars).collect();
    if bar_groups.is_empty() {
        return None;
    }
    let of = match task {
        Task::Codec => "",
        Task::Compact => ", compaction",
        Task::Cache => ", caches",
        Task::Pack => ", contexts",
    };
    let title = format!("Hit rate by channel{of}: {}", group.title());
    let draw = |width| bars::draw(width, &title, &bar_groups, Some(100.0));
    let mut caption =
        "Hits in per cent of lookups, with both counts; the full scale is 100 %.".to_owned();
    if crowded {
        caption += " One cell of each strategy; the table has all.";
    }
    let (name, part) = (slug(&format!("hit-rate {task} {}", group.title())), Part::Overview);
    let (wide, narrow) = (draw(WIDE), draw(NARROW.0));
    Some(Plot { name, part, whole: true, wide, narrow, title, caption })
}

fn channel_bars(row: &Row<'_>) -> BarGroup {
    let peer = row.record.is_peer();
    let bars = row.record.channels.iter().map(|channel| channel_bar(channel, peer)).collect();
    BarGroup { title: row.label.clone(), bars }
}

fn channel_bar(channel: &crate::record::Channel, peer: bool) -> Bar {
    let length = match channel.rate() {
        Some(rate) => {
            let percent = rate * 100.0;
            let counts = format!("{} / {}", count(channel.hits), count(channel.lookups));
            let text = format!("{} %  ({counts})", significant(percent));
            Length::Value { value: percent, text, mark: None }
        }
        None => Length::Missing("no lookups".to_owned()),
    };
    Bar { label: channel.name.clone(), length, peer }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}
