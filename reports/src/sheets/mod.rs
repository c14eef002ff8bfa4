//! The tables of a report.

mod scaling;
mod sweeps;

pub(crate) use scaling::{exponents, sizes};
pub(crate) use sweeps::size_against_memory;

use std::collections::{BTreeMap, BTreeSet};

use crate::format::{bits, count, megabytes, number, significant};
use crate::groups::{
    DIFFERENCE_MARK, Group, Row, decode_peak_memory_bytes, groups, measured, peak_memory_bytes,
};
use crate::record::{Channel, CharUnit, Record, State, Task};
use crate::sheet::{Builder, Cell, Kind, Sheet};
use crate::table::{Across, TableError, across_datasets};

/// Name of the metric by which a strategy tells the size it was said to reach, in bits
/// per character. It is not computed from an archive, and never stands for one.
const CLAIMED_METRIC: &str = "claimed_bits_per_char";

/// A row with the group it belongs to.
type Placed<'a> = (&'a Group<'a>, &'a Row<'a>);

fn kind(record: &Record) -> Kind {
    match record.state {
        State::Ok if record.is_peer() => Kind::Peer,
        State::Ok => Kind::Ours,
        _ => Kind::Failed,
    }
}

fn figure<'a>(
    get: impl Fn(&Record) -> Option<f64>,
    format: fn(f64) -> String,
) -> impl Fn(&Placed<'a>) -> Cell {
    move |(_, row)| Cell::figure(measured(row.record, &get), format)
}

fn bytes_as_mb<'a>(get: impl Fn(&Record) -> Option<u64>) -> impl Fn(&Placed<'a>) -> Cell {
    move |(_, row)| {
        let value = get(row.record).filter(|_| row.record.state == State::Ok);
        Cell::figure(value.map(|v| v as f64), |v| megabytes(v as u64))
    }
}

fn speed<'a>(
    get: impl Fn(&Record) -> (Option<f64>, Option<[f64; 2]>),
) -> impl Fn(&Placed<'a>) -> Cell {
    move |(_, row)| {
        let value = measured(row.record, |r| get(r).0);
        let interval = get(row.record)
            .1
            .map(|[low, high]| format!("{}–{}", significant(low), significant(high)));
        let note = value.and(interval);
        Cell::figure(value, significant).with_note(note)
    }
}

/// Begins a table with the columns that say which cell a row is about.
fn about_cells<'a, T>(items: &[T], at: impl Fn(&T) -> Placed<'a>) -> Builder<'_, T> {
    Sheet::of(items, |item| kind(at(item).1.record))
        .text("Dataset", |item| Cell::text(at(item).0.dataset))
        .text("Protocol", |item| Cell::text(at(item).0.protocol.as_str()))
        .text("Strategy", |item| Cell::text(&at(item).1.label))
}

/// Begins a table of cells: which each is, and how it ended.
fn identity<'a, 'i>(rows: &'i [Placed<'a>]) -> Builder<'i, Placed<'a>> {
    about_cells(rows, |at| *at).text("State", |(_, row)| Cell::text(row.record.state.as_str()))
}

/// Bits per character; those of an input without characters say that they are per byte.
fn bits_per_char(record: &Record) -> Cell {
    let note = (record.char_unit == CharUnit::Byte).then(|| "per byte".to_owned());
    let value = measured(record, |r| r.bits_per_char);
    Cell::figure(value, bits).with_note(value.and(note))
}

fn placed<'a>(groups: &'a [Group<'a>]) -> Vec<Placed<'a>> {
    groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row))).collect()
}

/// Every lossless cell, the smallest of each group first.
pub(crate) fn compression(records: &[Record]) -> Sheet {
    let mut groups = groups(records, Task::Codec);
    for group in &mut groups {
        let bits = |row: &Row<'_>| measured(row.record, |r| r.bits_per_char);
        group.rows.sort_by(|a, b| {
            bits(a).unwrap_or(f64::INFINITY).total_cmp(&bits(b).unwrap_or(f64::INFINITY))
        });
    }
    let rows = placed(&groups);
    let per = |unit: CharUnit| {
        move |get: fn(&Record) -> Option<f64>| {
            figure(move |r: &Record| get(r).filter(|_| r.char_unit == unit), bits)
        }
    };
    let (char, byte) = (per(CharUnit::Char), per(CharUnit::Byte));
    identity(&rows)
        .figure_if_any("BPC", "bits/char", char(|r| r.bits_per_char))
        .figure_if_any("Not UTF-8", "bits/byte", byte(|r| r.bits_per_char))
        .figure_if_any("Claimed", "bits/char", figure(claimed, bits))
        .figure_if_any("Real / claimed", "×", figure(real_over_claimed, significant))
        .figure_if_any("Ideal", "bits/char", char(|r| r.ideal_bits_per_char))
        .figure_if_any("Ideal, not UTF-8", "bits/byte", byte(|r| r.ideal_bits_per_char))
        .figure_if_any("With decoder", "bits/char", char(|r| r.bits_per_char_with_decoder))
        .figure_if_any(
            "With decoder, not UTF-8",
            "bits/byte",
            byte(|r| r.bits_per_char_with_decoder),
        )
        .figure("Encoded", "bytes", |(_, row)| {
            Cell::count(row.record.encoded_bytes.filter(|_| row.record.state == State::Ok))
        })
        .figure_if_any("Model", "bytes", |(_, row)| Cell::count(row.record.model_bytes))
        .figure("Encode", "MB/s", speed(|r| (r.encode_mb_per_s, r.encode_mb_per_s_ci95)))
        .figure("Decode", "MB/s", speed(|r| (r.decode_mb_per_s, r.decode_mb_per_s_ci95)))
        .figure("Encode memory", "MB", bytes_as_mb(peak_memory_bytes))
        .figure_if_any("Decode memory", "MB", bytes_as_mb(decode_peak_memory_bytes))
        .figure("Per byte", "bits/byte", figure(|r| r.bits_per_byte, bits))
        .figure_if_any("Max RSS", "MB", bytes_as_mb(|r| r.max_rss_bytes))
        .figure_if_any("Repeats", "", |(_, row)| {
            let n = row.record.encode_seconds.len();
            Cell::count((n > 0).then_some(n as u64))
        })
        .done()
}

/// What a strategy claims without a decoder to show for it.
fn claimed(record: &Record) -> Option<f64> {
    record.metrics.get(CLAIMED_METRIC)?.value
}

/// The size that a decoder needs over the one claimed.
fn real_over_claimed(record: &Record) -> Option<f64> {
    let claimed = claimed(record).filter(|bits| *bits > 0.0)?;
    Some(record.bits_per_char? / claimed)
}

/// Every cell of a task whose figures are metrics: compaction, caches.
pub(crate) fn metrics(records: &[Record], task: Task) -> Sheet {
    let groups = groups(records, task);
    let rows = placed(&groups);
    let names: BTreeSet<(&str, &str)> = rows
        .iter()
        .flat_map(|(_, row)| &row.record.metrics)
        .map(|(name, metric)| (name.as_str(), metric.unit.as_str()))
        .collect();
    let mut sheet = identity(&rows);
    for (name, unit) in names {
        let title = if unit.is_empty() { name.to_owned() } else { format!("{name} ({unit})") };
        sheet = sheet.figure_if_any(&title, "", |(_, row)| {
            let metric = row.record.metrics.get(name).filter(|m| m.unit == unit);
            let value = metric.and_then(|m| m.value);
            Cell::figure(measured(row.record, |_| value), number)
        });
    }
    sheet
        .figure_if_any("Output", "bytes", |(_, row)| {
            Cell::count(row.record.encoded_bytes.filter(|_| row.record.state == State::Ok))
        })
        .figure_if_any("Memory", "MB", bytes_as_mb(peak_memory_bytes))
        .done()
}

/// Further figures of lossless cells, one row per figure.
pub(crate) fn codec_metrics(records: &[Record]) -> Sheet {
    let groups = groups(records, Task::Codec);
    let placed = placed(&groups);
    let items: Vec<_> = placed
        .iter()
        .filter(|(_, row)| row.record.state == State::Ok)
        .flat_map(|at| at.1.record.metrics.iter().map(move |metric| (*at, metric)))
        .collect();
    about_cells(&items, |(at, _)| *at)
        .text("Figure", |(_, (name, _))| Cell::text(name.as_str()))
        .figure("Value", "", |(_, (_, metric))| Cell::figure(metric.value, number))
        .text_if_any("Unit", |(_, (_, metric))| Cell::text(&metric.unit))
        .done()
}

/// Every hit-rate channel, with both counts.
pub(crate) fn channels(records: &[Record]) -> Sheet {
    let all: Vec<Group<'_>> = Task::ALL.iter().flat_map(|task| groups(records, *task)).collect();
    let placed = placed(&all);
    let items: Vec<(Placed<'_>, &Channel)> = placed
        .iter()
        .filter(|(_, row)| row.record.state == State::Ok)
        .flat_map(|at| at.1.record.channels.iter().map(move |channel| (*at, channel)))
        .collect();
    about_cells(&items, |(at, _)| *at)
        .text("Channel", |(_, channel)| Cell::text(&channel.name))
        .figure("Hits", "", |(_, channel)| Cell::count(Some(channel.hits)))
        .figure("Lookups", "", |(_, channel)| Cell::count(Some(channel.lookups)))
        .figure("Hit rate", "%", |(_, channel)| {
            Cell::figure(channel.rate().map(|rate| rate * 100.0), significant)
        })
        .done()
}

/// The best of ours and the best peer of each dataset and protocol.
pub(crate) fn best(records: &[Record]) -> Sheet {
    let groups = groups(records, Task::Codec);
    let best = |group: &Group<'_>, peer: bool| {
        let ranked = group.ranked(|r| r.bits_per_char);
        let first = ranked.into_iter().find(|(row, _)| row.record.is_peer() == peer);
        first.map(|(row, value)| (row.label.clone(), value, bits_per_char(row.record)))
    };
    let name = move |group: &Group<'_>, peer: bool| {
        best(group, peer).map_or_else(Cell::missing, |(label, ..)| Cell::text(label))
    };
    let size = move |group: &Group<'_>, peer: bool| {
        best(group, peer).map_or_else(Cell::missing, |(.., cell)| cell)
    };
    Sheet::of(&groups, |_| Kind::Ours)
        .text("Dataset", |group| Cell::text(group.dataset))
        .text("Protocol", |group| Cell::text(group.protocol.as_str()))
        .text("Best of this project", move |group| name(group, false))
        .figure("BPC", "bits/char", move |group| size(group, false))
        .text("Best peer", move |group| name(group, true))
        .figure("Peer's BPC", "bits/char", move |group| size(group, true))
        .figure("Difference", "%", move |group| {
            let value = |peer| best(group, peer).map(|(_, value, _)| value);
            Cell::figure(difference(value(false), value(true)), change)
        })
        .figure("Cells", "", |group| Cell::count(Some(group.rows.len() as u64)))
        .done()
}

/// How much larger ours is than the peer's, per cent; negative is smaller.
fn difference(ours: Option<f64>, peer: Option<f64>) -> Option<f64> {
    let (ours, peer) = (ours?, peer?);
    (peer > 0.0).then(|| (ours / peer - 1.0) * 100.0)
}

/// A change in per cent, with its sign.
fn change(percent: f64) -> String {
    format!("{percent:+.1}").replace('-', "−")
}

/// Each strategy over all datasets; empty when no protocol has two datasets, since
/// it would then repeat the other tables.
pub(crate) fn across(records: &[Record]) -> Result<Sheet, TableError> {
    let mut rows = across_datasets(records)?;
    let several: BTreeSet<String> =
        rows.iter().filter(|row| row.datasets > 1).map(|row| row.protocol.clone()).collect();
    rows.retain(|row| several.contains(&row.protocol));
    let differences: BTreeSet<(&str, &str)> = records
        .iter()
        .filter(|r| r.is_difference_primed())
        .map(|r| (r.protocol.as_str(), &*r.strategy))
        .collect();
    let name = |row: &Across| match differences.contains(&(&row.protocol, &row.strategy)) {
        true => format!("{} {DIFFERENCE_MARK}", row.strategy),
        false => row.strategy.clone(),
    };
    let kind = |row: &Across| match row.strategy.starts_with("ref.") {
        true => Kind::Peer,
        false => Kind::Ours,
    };
    Ok(Sheet::of(&rows, kind)
        .text("Protocol", |row| Cell::text(&row.protocol))
        .text("Strategy", |row| Cell::text(name(row)))
        .figure("Datasets", "", |row| Cell::count(Some(row.datasets)))
        .figure("Size over the smallest", "×", |row| Cell::figure(Some(row.ratio), bits))
        .done())
}

/// What happened in one or two sentences, first of all how many cells ended how.
pub(crate) fn headline(records: &[Record]) -> Vec<String> {
    let mut states: BTreeMap<State, u64> = BTreeMap::new();
    for record in records {
        *states.entry(record.state).or_default() += 1;
    }
    let ok = states.remove(&State::Ok).unwrap_or_default();
    let all = records.len() as u64;
    let mut first = match (all, ok) {
        (0, _) => return vec!["There are no records: nothing has run yet.".to_owned()],
        (1, 1) => "The one cell ended ok".to_owned(),
        (all, ok) if all == ok => format!("All {} cells ended ok", count(all)),
        (all, ok) => format!("{} of {} cells ended ok", count(ok), count(all)),
    };
    if !states.is_empty() {
        let others: Vec<String> =
            states.iter().map(|(state, n)| format!("{} {state}", count(*n))).collect();
        first += &format!(" ({})", others.join(", "));
    }
    vec![first + "."]
}

/// Every cell that did not end `ok`, with the reason.
pub(crate) fn failures(records: &[Record]) -> Sheet {
    let all: Vec<Group<'_>> = Task::ALL.iter().flat_map(|task| groups(records, *task)).collect();
    let mut rows = placed(&all);
    rows.retain(|(_, row)| row.record.state != State::Ok);
    identity(&rows)
        .text("Phase", |(_, row)| Cell::text(row.record.phase.as_deref().unwrap_or("")))
        .text("Reason", |(_, row)| Cell::text(row.record.reason.as_deref().unwrap_or("")))
        .figure_if_any("Signal", "", |(_, row)| signed(row.record.signal))
        .figure_if_any("Code", "", |(_, row)| signed(row.record.code))
        .text_if_any("Warnings", |(_, row)| Cell::text(row.record.warnings.join("; ")))
        .done()
}

fn signed(value: Option<i32>) -> Cell {
    Cell::figure(value.map(f64::from), number)
}

/// Warnings of cells that ended `ok`; each warning once, with the number of cells.
pub(crate) fn warnings(records: &[Record]) -> Sheet {
    let mut by_text: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for record in records.iter().filter(|r| r.state == State::Ok) {
        for warning in &record.warnings {
            *by_text.entry((&record.strategy, warning)).or_default() += 1;
        }
    }
    let items: Vec<_> = by_text.into_iter().collect();
    Sheet::of(&items, |_| Kind::Ours)
        .text("Strategy", |((strategy, _), _)| Cell::text(*strategy))
        .text("Warning", |((_, warning), _)| Cell::text(*warning))
        .figure("Cells", "", |(_, n)| Cell::count(Some(*n)))
        .done()
}

/// Every strategy with its plugin and the options it had.
pub(crate) fn strategies(records: &[Record]) -> Sheet {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by(|a, b| (&a.strategy, a.options_line()).cmp(&(&b.strategy, b.options_line())));
    sorted.dedup_by(|a, b| {
        (&a.strategy, a.options_line(), &a.plugin) == (&b.strategy, b.options_line(), &b.plugin)
    });
    Sheet::of(&sorted, |r| if r.is_peer() { Kind::Peer } else { Kind::Ours })
        .text("Strategy", |r| Cell::text(&r.strategy))
        .text("Options", |r| Cell::text(r.options_line()))
        .text("Plugin", |r| Cell::text(&r.plugin.id))
        .text_if_any("Version", |r| Cell::text(r.plugin.version.as_deref().unwrap_or("")))
        .figure_if_any("Decoder", "bytes, xz", |r| Cell::count(r.plugin.decoder_bytes))
        .text_if_any("SHA-256", |r| {
            let hash = r.plugin.sha256.as_deref().unwrap_or("");
            Cell::text(hash.get(..12).unwrap_or(hash))
        })
        .done()
}

/// Every dataset with what identifies it.
pub(crate) fn datasets(records: &[Record]) -> Sheet {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by(|a, b| a.cmp_for_report(b));
    sorted.dedup_by(|a, b| {
        a.dataset == b.dataset && (a.protocol, a.prime_bytes) == (b.protocol, b.prime_bytes)
    });
    Sheet::of(&sorted, |_| Kind::Ours)
        .text("Dataset", |r| Cell::text(&r.dataset.id))
        .text("Protocol", |r| Cell::text(r.protocol.as_str()))
        .figure("Size", "bytes", |r| Cell::count(r.dataset.bytes))
        .figure_if_any("Characters", "", |r| Cell::count(r.dataset.chars))
        .figure_if_any("Priming text", "bytes", |r| Cell::count(r.prime_bytes))
        .text_if_any("Source", |r| Cell::text(r.dataset.source.as_deref().unwrap_or("")))
        .text_if_any("Slice", |r| Cell::text(r.dataset.slice.as_deref().unwrap_or("")))
        .text_if_any("Format", |r| Cell::text(r.dataset.format.as_deref().unwrap_or("")))
        .text_if_any("SHA-256", |r| {
            let hash = r.dataset.sha256.as_deref().unwrap_or("");
            Cell::text(hash.get(..12).unwrap_or(hash))
        })
        .done()
}

/// Where it ran: each fact with its values, most frequent first.
pub(crate) fn environment(records: &[Record]) -> Sheet {
    type Fact = (&'static str, fn(&Record) -> Option<String>);
    let facts: [Fact; 9] = [
        ("Processor", |r| r.environment.cpu.clone()),
        ("Cores", |r| r.environment.cores.map(|n| n.to_string())),
        ("Memory", |r| r.environment.memory_bytes.map(|n| format!("{:.1} GB", n as f64 / 1e9))),
        ("Governor", |r| r.environment.governor.clone()),
        ("Operating system", |r| r.environment.os.clone()),
        ("Kernel", |r| r.environment.kernel.clone()),
        ("Compiler", |r| r.environment.rustc.clone()),
        ("Harness", |r| r.environment.harness_version.clone()),
        ("Revision", |r| r.environment.git_revision.clone()),
    ];
    let mut items: Vec<(&str, String)> = Vec::new();
    for (name, get) in facts {
        let mut values: BTreeMap<String, usize> = BTreeMap::new();
        for value in records.iter().filter_map(get) {
            *values.entry(value).or_default() += 1;
        }
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let texts: Vec<String> = if values.len() == 1 {
            values.into_iter().map(|(value, _)| value).collect()
        } else {
            values.into_iter().map(|(value, n)| format!("{value} ({n} cells)")).collect()
        };
        if !texts.is_empty() {
            items.push((name, texts.join("; ")));
        }
    }
    let times = || records.iter().filter_map(|r| r.environment.started_at.as_deref());
    if let (Some(first), Some(last)) = (times().min(), times().max()) {
        items.push((
            "Started",
            if first == last { first.into() } else { format!("{first} to {last}") },
        ));
    }
    let loads = || records.iter().filter_map(|r| r.environment.load_average);
    if loads().next().is_some() {
        let (low, high) = loads().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(x), h.max(x)));
        items.push(("Load average", format!("{low:.2} to {high:.2}")));
    }
    Sheet::of(&items, |_| Kind::Ours)
        .text("Fact", |(name, _)| Cell::text(*name))
        .text("Value", |(_, value)| Cell::text(value))
        .done()
}
