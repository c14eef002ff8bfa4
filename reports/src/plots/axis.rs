//! Linear and logarithmic axes: from a value to a pixel, and where the ticks go.

use super::canvas::{Align, Canvas, GRID, MUTED, TEXT, text_width};
use crate::format::number;

/// The scale of one direction of a plot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    /// Pixels of `low` and `high`.
    from: i32,
    to: i32,
}

impl Axis {
    /// A linear axis over the values with a margin on both sides; it begins at 0
    /// when `from_zero`.
    pub(crate) fn linear(values: impl Iterator<Item = f64>, from_zero: bool) -> Axis {
        let (low, high) = range(values);
        let margin = if high > low { (high - low) * 0.08 } else { high.abs().max(1.0) * 0.1 };
        let low = if from_zero { 0.0 } else { (low - margin).max(0.0) };
        Axis { low, high: high + margin, log: false, from: 0, to: 1 }
    }

    /// A logarithmic axis over values above 0, at least one decade wide.
    pub(crate) fn log(values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = range(values.filter(|x| *x > 0.0));
        let (low, high) = (low.max(1e-12), high.max(1e-12));
        // 15 % of the width on both sides, and never less than a decade in all.
        let missing = (10.0f64.powf(0.7) / (high / low)).max(1.0).sqrt();
        let margin = (high / low).powf(0.15).max(1.4) * missing;
        Axis { low: low / margin, high: high * margin, log: true, from: 0, to: 1 }
    }

    /// The same axis between two pixels.
    pub(crate) fn between(self, from: i32, to: i32) -> Axis {
        Axis { from, to, ..self }
    }

    /// Pixel of a value.
    pub(crate) fn at(&self, value: f64) -> i32 {
        let share = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// Round values within the axis, at most about `most` of them.
    pub(crate) fn ticks(&self, most: usize) -> Vec<f64> {
        if self.log { self.log_ticks(most) } else { self.linear_ticks(most) }
    }

    fn linear_ticks(&self, most: usize) -> Vec<f64> {
        let raw = (self.high - self.low) / most.max(1) as f64;
        let power = 10.0f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw);
        let step = step.unwrap_or(raw);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        // Dividing where the step is a fraction keeps 0.3 from being 0.30000000000000004.
        let inverse = (1.0 / step).round();
        let exact = step < 1.0 && (inverse * step - 1.0).abs() < 1e-9;
        (first..=last)
            .take(64)
            .map(|i| if exact { i as f64 / inverse } else { i as f64 * step })
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let within = |steps: &[f64], every: i32| -> Vec<f64> {
            decades
                .clone()
                .filter(|d| d.rem_euclid(every) == 0)
                .flat_map(|d| steps.iter().map(move |s| power_of_ten(d, *s)))
                .filter(|t| (self.low..=self.high).contains(t))
                .collect()
        };
        let candidates = [
            within(&[1.0, 2.0, 5.0], 1),
            within(&[1.0, 3.0], 1),
            within(&[1.0], 1),
            within(&[1.0], 2),
            within(&[1.0], 3),
        ];
        let fits = candidates.iter().find(|ticks| ticks.len() <= most);
        fits.or(candidates.last()).cloned().unwrap_or_default()
    }
}

/// `step` · 10^`decade`, exactly as the decimal would be read.
fn power_of_ten(decade: i32, step: f64) -> f64 {
    if decade < 0 { step / 10.0f64.powi(-decade) } else { step * 10.0f64.powi(decade) }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// A tick as text: as many decimals as the value needs.
fn tick_text(value: f64) -> String {
    if value.fract() == 0.0 {
        return number(value);
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').to_owned()
}

/// Rectangle in which a plot draws its marks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    /// Draws grid, ticks and titles (with units), and returns the axes in pixels.
    pub(crate) fn axes(
        &self,
        canvas: &mut Canvas<'_>,
        (x, x_title): (Axis, &str),
        (y, y_title): (Axis, &str),
    ) -> (Axis, Axis) {
        let x = x.between(self.left, self.right);
        let y = y.between(self.bottom, self.top);
        for tick in y.ticks(((self.bottom - self.top) / 36).max(2) as usize) {
            let at = y.at(tick);
            canvas.line((self.left, at), (self.right, at), GRID);
            canvas.text(&tick_text(tick), (self.left - 6, at), Align::Right, MUTED);
        }
        let mut free = i32::MIN;
        for tick in x.ticks(((self.right - self.left) / 56).max(2) as usize) {
            let (at, text) = (x.at(tick), tick_text(tick));
            canvas.line((at, self.top), (at, self.bottom), GRID);
            let half = text_width(&text) / 2;
            if at - half > free && at + half <= canvas.width {
                canvas.text(&text, (at, self.bottom + 13), Align::Middle, MUTED);
                free = at + half + 6;
            }
        }
        canvas.line((self.left, self.bottom), (self.right, self.bottom), MUTED);
        canvas.line((self.left, self.top), (self.left, self.bottom), MUTED);
        let middle = i32::midpoint(self.left, self.right);
        canvas.text(x_title, (middle, self.bottom + 32), Align::Middle, TEXT);
        canvas.upwards(y_title, (10, i32::midpoint(self.top, self.bottom)), TEXT);
        (x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        let axis = Axis::linear([0.0, 1.0].into_iter(), true);
        assert_eq!(axis.ticks(6), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let axis = Axis::log([0.02, 30.0].into_iter());
        assert_eq!(axis.ticks(6), [0.01, 0.1, 1.0, 10.0]);
        assert_eq!(tick_text(0.01), "0.01");
        assert_eq!(tick_text(1000.0), "1\u{202f}000");
    }

    proptest! {
        #[test]
        fn values_stay_inside_and_in_order(
            values in proptest::collection::vec(1e-6f64..1e12, 1..20), log: bool,
        ) {
            let axis = if log {
                Axis::log(values.iter().copied())
            } else {
                Axis::linear(values.iter().copied(), false)
            };
            let axis = axis.between(10, 510);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let pixels: Vec<i32> = sorted.iter().map(|v| axis.at(*v)).collect();
            prop_assert!(pixels.is_sorted());
            prop_assert!(pixels.iter().all(|p| (10..=510).contains(p)));
            let ticks = axis.ticks(8);
            prop_assert!(ticks.is_sorted() && ticks.len() <= 64);
        }
    }
}
