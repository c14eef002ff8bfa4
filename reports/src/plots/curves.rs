//! Lines: learning and memory curves over the input, growth with its size, size against
//! memory.

use super::axis::{Area, Axis};
use super::canvas::{Align, CURVES, Canvas, Ink, MUTED, TEXT, fit, text_width};

/// One named line; its points are in the units of the axes.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) label: String,
    pub(crate) points: Vec<[f64; 2]>,
}

/// How many lines one plot can hold and still be read.
pub(crate) const MOST: usize = CURVES.len();

/// How a direction of a plot is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Linear from 0 on.
    FromZero,
    /// Linear over the values.
    Linear,
    /// Logarithmic over the values, which are above 0.
    Log,
}

impl Scale {
    fn axis(self, values: impl Iterator<Item = f64>) -> Axis {
        match self {
            Scale::FromZero => Axis::linear(values, true),
            Scale::Linear => Axis::linear(values, false),
            Scale::Log => Axis::log(values),
        }
    }
}

/// What a plot of curves is drawn on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    /// Scale of x and its title with the unit.
    pub(crate) x: (Scale, &'a str),
    /// Scale of y and its title with the unit.
    pub(crate) y: (Scale, &'a str),
    /// Whether every point is marked: where points are cells rather than samples.
    pub(crate) dots: bool,
}

/// Draws up to [`MOST`] lines, with a legend below in which each name stands beside a
/// stroke of its colour, and each line numbered at its end.
pub(crate) fn draw(
    (width, height): (i32, i32),
    description: &str,
    curves: &[Curve],
    plane: Plane<'_>,
) -> String {
    let curves = &curves[..curves.len().min(MOST)];
    let legend = Legend::new(curves, width);
    Canvas::draw(width, height + legend.height(), description, |canvas| {
        let area = Area { left: 60, top: 14, right: width - 28, bottom: height - 46 };
        let all = |i: usize| curves.iter().flat_map(|c| &c.points).map(move |p| p[i]);
        let x = (plane.x.0.axis(all(0)), plane.x.1);
        let y = (plane.y.0.axis(all(1)), plane.y.1);
        let (x, y) = area.axes(canvas, x, y);
        let mut ends: Vec<(i32, i32, usize)> = Vec::new();
        for (i, curve) in curves.iter().enumerate() {
            let pixels: Vec<_> = curve.points.iter().map(|p| (x.at(p[0]), y.at(p[1]))).collect();
            canvas.polyline(&pixels, CURVES[i], 2);
            for at in pixels.iter().filter(|_| plane.dots) {
                canvas.dot(*at, CURVES[i]);
            }
            if let Some(&(end_x, end_y)) = pixels.last() {
                ends.push((end_x, end_y, i));
            }
        }
        for (end_x, end_y, i) in spread(ends, area.top, area.bottom) {
            canvas.bold(&(i + 1).to_string(), (end_x + 6, end_y), Align::Left, CURVES[i]);
        }
        legend.draw(canvas, height);
    })
}

/// Moves numbers apart that would stand on each other, each as little as can be:
/// runs that collide are pooled and centred (isotonic regression of the positions
/// less their rank).
fn spread(mut ends: Vec<(i32, i32, usize)>, top: i32, bottom: i32) -> Vec<(i32, i32, usize)> {
    const APART: i32 = 13;
    ends.sort_by_key(|(_, y, i)| (*y, *i));
    // Sum and number of each pooled run.
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for (rank, end) in ends.iter().enumerate() {
        let mut run = (end.1 - rank as i32 * APART, 1);
        while let Some((sum, n)) = runs.last().copied().filter(|(sum, n)| sum * run.1 > run.0 * n) {
            run = (run.0 + sum, run.1 + n);
            runs.pop();
        }
        runs.push(run);
    }
    let offsets = runs.iter().flat_map(|(sum, n)| std::iter::repeat_n(sum / n, *n as usize));
    let lowest = bottom - (ends.len() as i32 - 1) * APART;
    let places: Vec<i32> = offsets.map(|offset| offset.min(lowest).max(top)).collect();
    for (rank, (end, place)) in ends.iter_mut().zip(places).enumerate() {
        end.1 = place + rank as i32 * APART;
    }
    ends
}

struct Legend {
    /// Text, position and colour of each name.
    entries: Vec<(String, i32, i32, Ink)>,
    lines: i32,
}

const LEGEND_LINE: i32 = 18;

impl Legend {
    fn new(curves: &[Curve], width: i32) -> Legend {
        let (mut x, mut line) = (12, 0);
        let mut entries = Vec::new();
        for (i, curve) in curves.iter().enumerate() {
            let text = fit(&format!("{} {}", i + 1, curve.label), width - 50);
            let room = text_width(&text) + 42;
            if x > 12 && x + room > width {
                (x, line) = (12, line + 1);
            }
            entries.push((text, x, line * LEGEND_LINE, CURVES[i]));
            x += room;
        }
        Legend { entries, lines: line + 1 }
    }

    fn height(&self) -> i32 {
        self.lines * LEGEND_LINE + 6
    }

    fn draw(&self, canvas: &mut Canvas<'_>, top: i32) {
        canvas.line((12, top - 3), (canvas.width - 12, top - 3), super::canvas::GRID);
        for (text, x, y, ink) in &self.entries {
            let middle = top + y + LEGEND_LINE / 2;
            canvas.polyline(&[(*x, middle), (x + 16, middle)], *ink, 3);
            canvas.text(text, (x + 22, middle), Align::Left, TEXT);
        }
        if self.entries.is_empty() {
            canvas.text("no curves", (12, top + LEGEND_LINE / 2), Align::Left, MUTED);
        }
    }
}

/// Bits per byte up to each position, from a curve of cumulative encoded bytes.
pub(crate) fn cumulative_bits(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    points.iter().filter(|p| p[0] > 0.0).map(|p| [p[0] / 1e6, 8.0 * p[1] / p[0]]).collect()
}

/// Bits per byte within each of at most `windows` parts of the input.
///
/// A point stands at the end of its window. Parts are joined where a coder
/// wrote nothing for a while because it buffers.
pub(crate) fn windowed_bits(points: &[[f64; 2]], windows: usize) -> Vec<[f64; 2]> {
    let every = points.len().div_ceil(windows.max(1)).max(1);
    let mut previous = [0.0, 0.0];
    let mut bits = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let wide = (i + 1) % every == 0 || i + 1 == points.len();
        let (dx, dy) = (point[0] - previous[0], point[1] - previous[1]);
        if wide && dx > 0.0 && dy > 0.0 {
            bits.push([point[0] / 1e6, 8.0 * dy / dx]);
            previous = *point;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_from_cumulative_bytes() {
        let points = [[1e6, 500_000.0], [2e6, 750_000.0], [3e6, 750_000.0], [4e6, 1_000_000.0]];
        assert_eq!(cumulative_bits(&points), [[1.0, 4.0], [2.0, 3.0], [3.0, 2.0], [4.0, 2.0]]);
        assert_eq!(windowed_bits(&points, 8), [[1.0, 4.0], [2.0, 2.0], [4.0, 1.0]]);
        assert_eq!(windowed_bits(&points, 2), [[2.0, 3.0], [4.0, 1.0]]);
        assert_eq!(cumulative_bits(&[[0.0, 0.0]]), Vec::<[f64; 2]>::new());
        assert_eq!(windowed_bits(&[], 0), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn numbers_at_line_ends_stay_apart() {
        let ys = |ends| spread(ends, 0, 100).iter().map(|e| e.1).collect::<Vec<i32>>();
        assert_eq!(ys(vec![(0, 99, 0), (0, 100, 1), (0, 98, 2)]), [74, 87, 100]);
        assert_eq!(ys(vec![(0, 50, 0), (0, 50, 1), (0, 50, 2)]), [37, 50, 63]);
        assert_eq!(ys(vec![(0, 10, 0), (0, 90, 1)]), [10, 90]);
        assert_eq!(ys(vec![]), [0; 0]);
    }
}
