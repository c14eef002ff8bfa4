//! How time and memory grow with the input, as tables.

use super::{bits_per_char, kind};
use crate::format::{megabytes, significant};
use crate::groups::Row;
use crate::record::Record;
use crate::scaling::{DECODE, ENCODE, FIGURES, Family, Growing, Line, PerByte, families};
use crate::sheet::{Builder, Cell, Kind, Sheet};

/// A cell with the line and the family it belongs to.
type Placed<'a> = (&'a Family<'a>, &'a Line<'a>, &'a Row<'a>);

/// Begins a table with the columns that say which line of which family a row is of.
fn identity<'i, 'a>(
    items: &'i [Placed<'a>],
    kind: impl Fn(&Placed<'a>) -> Kind,
) -> Builder<'i, Placed<'a>> {
    Sheet::of(items, kind)
        .text("Source", |(family, ..)| Cell::text(family.source))
        .text("Protocol", |(family, ..)| Cell::text(family.protocol.as_str()))
        .figure_if_any("Priming text", "bytes", |(family, ..)| Cell::count(family.prime_bytes))
        .text("Strategy", |(_, line, _)| Cell::text(line.label()))
}

/// Each strategy with its fitted exponents and what a byte of the largest input takes
/// over one of a smaller.
pub(crate) fn exponents(records: &[Record]) -> Sheet {
    let families = families(records);
    let lines = families.iter().flat_map(|f| f.lines.iter().map(move |line| (f, line)));
    let items: Vec<Placed<'_>> =
        lines.filter_map(|(f, line)| Some((f, line, line.rows.last()?))).collect();
    let mut sheet =
        identity(&items, |(_, line, _)| match line.record().is_some_and(Record::is_peer) {
            true => Kind::Peer,
            false => Kind::Ours,
        })
        .figure("Sizes", "", |(_, line, _)| Cell::count(Some(line.points(ENCODE).len() as u64)));
    for figure in FIGURES {
        let title = format!("{}, exponent", figure.name);
        sheet = sheet.figure(&title, "", |(_, line, _)| {
            Cell::figure(line.exponent(figure), |k| format!("{k:.2}"))
        });
    }
    for figure in [ENCODE, DECODE] {
        sheet = sheet.figure(&per_byte(figure), "×", |(_, line, _)| {
            let grown = line.per_byte(figure);
            let sizes = |p: PerByte| {
                format!("{} over {} MB", megabytes(p.to as u64), megabytes(p.from as u64))
            };
            Cell::figure(grown.map(|p| p.ratio), significant).with_note(grown.map(sizes))
        });
    }
    sheet.done()
}

/// Heading of the figure divided by the size of the input.
fn per_byte(figure: Growing) -> String {
    format!("{} per byte", figure.name)
}

/// Every cell of the families, size by size.
pub(crate) fn sizes(records: &[Record]) -> Sheet {
    let families = families(records);
    let lines = families.iter().flat_map(|f| f.lines.iter().map(move |line| (f, line)));
    let items: Vec<Placed<'_>> =
        lines.flat_map(|(f, line)| line.rows.iter().map(move |row| (f, line, row))).collect();
    let mut sheet = identity(&items, |(.., row)| kind(row.record))
        .text("State", |(.., row)| Cell::text(row.record.state.as_str()))
        .figure("Input", "bytes", |(.., row)| Cell::count(row.record.dataset.bytes))
        .figure("BPC", "bits/char", |(.., row)| bits_per_char(row.record));
    for figure in FIGURES {
        sheet = sheet.figure(figure.name, figure.unit, |(.., row)| {
            Cell::figure(figure.of(row.record), significant)
        });
    }
    for figure in [ENCODE, DECODE] {
        sheet = sheet.figure(&per_byte(figure), "ns", |(.., row)| {
            Cell::figure(nanoseconds_per_byte(row.record, figure), significant)
        });
    }
    sheet.done()
}

fn nanoseconds_per_byte(record: &Record, figure: Growing) -> Option<f64> {
    let bytes = record.dataset.bytes.filter(|bytes| *bytes > 0)?;
    Some(figure.of(record)? * 1e9 / bytes as f64)
}
