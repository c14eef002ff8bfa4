//! Time and memory against the size of the input, both to a logarithmic scale.

use super::curves::{Curve, Plane, Scale};
use super::{Names, Part, Plot, curve_plot};
use crate::record::Record;
use crate::scaling::{FIGURES, Family, Growing, Line, families};

/// One plot for each growing figure of each family.
pub(super) fn plots(records: &[Record]) -> Vec<Plot> {
    let families = families(records);
    let of_family = |family| FIGURES.into_iter().filter_map(move |figure| plot(family, figure));
    families.iter().flat_map(of_family).collect()
}

fn plot(family: &Family<'_>, figure: Growing) -> Option<Plot> {
    let curves: Vec<Curve> = family.lines.iter().filter_map(|line| curve(line, figure)).collect();
    let title = format!("{} against input", figure.name);
    let names =
        Names { file: &format!("scaling {}", figure.name), title: &title, of: &family.title() };
    let y = format!("{}, {} (log scale)", figure.name.to_lowercase(), figure.unit);
    let x = (Scale::Log, "input, MB (log scale)");
    let plane = Plane { x, y: (Scale::Log, &y), dots: true };
    let caption =
        "Straight lines are powers of the size n; n^1 is linear, and steeper costs more per byte.";
    curve_plot(Part::Scaling, names, &curves, plane, caption.to_owned())
}

/// The points of a line, named with the exponent if it could be fitted.
fn curve(line: &Line<'_>, figure: Growing) -> Option<Curve> {
    let mut points = line.points(figure);
    points.iter_mut().for_each(|point| point[0] /= 1e6);
    let fitted = line.exponent(figure).map(|k| format!(": n^{k:.2}"));
    let label = format!("{}{}", line.label(), fitted.unwrap_or_default());
    (points.len() >= 2).then_some(Curve { label, points })
}
