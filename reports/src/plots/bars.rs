//! Horizontal bars in titled groups: bits per character, hit rates.

use super::canvas::{Align, Canvas, GRID, Ink, MUTED, OURS, PEER, TEXT, fit, text_width};

/// One row: a bar with its value, or the reason why there is none.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) length: Length,
    pub(crate) peer: bool,
}

/// What a row shows.
#[derive(Debug, Clone)]
pub(crate) enum Length {
    /// A bar of this value, with the value as text, and a second value to mark
    /// with a line across the bar.
    Value { value: f64, text: String, mark: Option<f64> },
    /// No bar: this text in grey.
    Missing(String),
}

/// Rows under one heading.
#[derive(Debug, Clone)]
pub(crate) struct BarGroup {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

/// Narrower pictures put labels above their bars.
const NARROW: i32 = 600;
const HEADING: i32 = 34;

/// Draws the groups one under the other, all to one scale that begins at 0 and
/// ends at `full` if given, else at the greatest value.
pub(crate) fn draw(
    width: i32,
    description: &str,
    groups: &[BarGroup],
    full: Option<f64>,
) -> String {
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let stacked = width < NARROW;
    let row = if stacked { 36 } else { 22 };
    let height = groups.len() as i32 * HEADING + bars().count() as i32 * row + 8;

    let values = bars().filter_map(|bar| match &bar.length {
        Length::Value { value, .. } => Some(*value),
        Length::Missing(_) => None,
    });
    let greatest = full.unwrap_or_else(|| values.fold(0.0, f64::max)).max(f64::MIN_POSITIVE);
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(text_width).max().unwrap_or(0);
    let value_room = widest(&mut bars().filter_map(|bar| match &bar.length {
        Length::Value { text, .. } => Some(text.as_str()),
        Length::Missing(_) => None,
    }));
    let label_room = widest(&mut bars().map(|bar| bar.label.as_str())).clamp(80, width * 2 / 5);
    let left = if stacked { 4 } else { label_room + 14 };
    let right = (width - value_room - 14).max(left + 40);

    Canvas::draw(width, height, description, |canvas| {
        let mut y = 0;
        for group in groups {
            y += HEADING;
            canvas.bold(&fit(&group.title, width - 12), (4, y - 14), Align::Left, TEXT);
            canvas.line((0, y - 2), (width, y - 2), GRID);
            for bar in &group.bars {
                let middle = if stacked { y + 25 } else { y + row / 2 };
                let ink = match bar.length {
                    Length::Missing(_) => MUTED,
                    Length::Value { .. } => TEXT,
                };
                if stacked {
                    canvas.text(&fit(&bar.label, width - 8), (4, y + 10), Align::Left, ink);
                } else {
                    let label = fit(&bar.label, label_room);
                    canvas.text(&label, (left - 8, middle), Align::Right, ink);
                }
                draw_bar(canvas, bar, (left, right), middle, greatest);
                y += row;
            }
        }
    })
}

fn draw_bar(canvas: &mut Canvas<'_>, bar: &Bar, (left, right): (i32, i32), y: i32, full: f64) {
    let at = |value: f64| left + ((value / full).clamp(0.0, 1.0) * f64::from(right - left)) as i32;
    match &bar.length {
        Length::Value { value, text, mark } => {
            let ink: Ink = if bar.peer { PEER } else { OURS };
            let end = at(*value).max(left + 1);
            canvas.rect((left, y - 6), (end, y + 6), ink, if bar.peer { 0.55 } else { 1.0 });
            if bar.peer {
                canvas.frame((left, y - 6), (end, y + 6), ink);
            }
            if let Some(mark) = mark {
                canvas.polyline(&[(at(*mark), y - 8), (at(*mark), y + 8)], TEXT, 2);
            }
            let beside = end.max(mark.map_or(end, at));
            canvas.text(text, (beside + 6, y), Align::Left, TEXT);
        }
        Length::Missing(why) => {
            let room = canvas.width - left - 8;
            canvas.text(&fit(why, room), (left + 2, y), Align::Left, MUTED);
        }
    }
}
