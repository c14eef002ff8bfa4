//! Size against memory: what each strategy's size costs as an option lets it have more.

use super::curves::{Curve, Plane, Scale};
use super::{Names, Part, Plot, bits_unit, curve_plot};
use crate::groups::Group;
use crate::sweeps::{Sweep, sweeps};

/// The sweeps of a group in one plot.
pub(super) fn plot(group: &Group<'_>) -> Option<Plot> {
    let curves: Vec<Curve> = sweeps(group).into_iter().map(curve).collect();
    let of = group.title();
    let names = Names { file: "size-against-memory", title: "Size against memory", of: &of };
    let x = (Scale::Log, "peak memory of encoding, MB (log scale)");
    let plane = Plane { x, y: (Scale::Linear, bits_unit(group)), dots: true };
    let caption = "Each point is a cell, each line the cells that differ in one option alone.";
    curve_plot(Part::Sweeps, names, &curves, plane, caption.to_owned())
}

fn curve(sweep: Sweep<'_>) -> Curve {
    let points = sweep.cells.iter().map(|cell| [cell.memory / 1e6, cell.bits]).collect();
    Curve { label: sweep.label, points }
}
