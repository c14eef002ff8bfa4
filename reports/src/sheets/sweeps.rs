//! What size costs in memory, as a table.

use super::{Placed, about_cells, bits_per_char, change};
use crate::format::significant;
use crate::groups::{decode_peak_memory_bytes, groups, peak_memory_bytes};
use crate::record::{Record, Task};
use crate::sheet::{Cell, Sheet};
use crate::sweeps::{Sweep, SweptCell, sweeps};

/// The cells of every sweep along which peak memory changes, least memory first.
pub(crate) fn size_against_memory(records: &[Record]) -> Sheet {
    let groups = groups(records, Task::Codec);
    let swept: Vec<_> =
        groups.iter().flat_map(|g| sweeps(g).into_iter().map(move |sweep| (g, sweep))).collect();
    let items: Vec<(Placed<'_>, &Sweep<'_>, SweptCell<'_>)> = swept
        .iter()
        .flat_map(|(g, sweep)| sweep.cells.iter().map(move |c| ((*g, c.row), sweep, *c)))
        .collect();
    about_cells(&items, |(at, ..)| *at)
        .figure("Encode memory", "MB", |((_, row), ..)| megabytes_of(peak_memory_bytes(row.record)))
        .figure("Of the largest", "%", |(_, sweep, cell)| {
            Cell::figure(Some(100.0 * cell.memory / sweep.most_memory()), significant)
        })
        .figure("BPC", "bits/char", |((_, row), ..)| bits_per_char(row.record))
        .figure("Over the best", "%", |(_, sweep, cell)| {
            Cell::figure(Some(100.0 * (cell.bits / sweep.best_bits() - 1.0)), change)
        })
        .figure_if_any("Decode memory", "MB", |((_, row), ..)| {
            megabytes_of(decode_peak_memory_bytes(row.record))
        })
        .figure("Encode", "MB/s", |((_, row), ..)| {
            Cell::figure(row.record.encode_mb_per_s, significant)
        })
        .done()
}

fn megabytes_of(bytes: Option<u64>) -> Cell {
    Cell::figure(bytes.map(|bytes| bytes as f64 / 1e6), significant)
}
