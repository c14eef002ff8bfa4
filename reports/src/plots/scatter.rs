//! Bits per character against a cost, with the Pareto front.

use super::axis::{Area, Axis};
use super::canvas::{Align, Canvas, MUTED, PAPER, TEXT, fit, text_width};

/// One cell in the plane; less is better on `y`.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) label: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) peer: bool,
}

/// More labels than this cannot be read, whatever room there is.
const MOST_LABELS: usize = 60;

/// Which end of the x axis is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    /// Speed.
    More,
    /// Memory.
    Less,
}

/// A drawn scatter plot.
pub(crate) struct Scatter {
    pub(crate) svg: String,
    /// Labels for which there was no room.
    pub(crate) unlabelled: usize,
}

/// Indices of the points that no other point beats on one axis without losing on
/// the other, from the best `y` on.
pub(crate) fn pareto_front(points: &[Point], better: Better) -> Vec<usize> {
    let cost = |p: &Point| if better == Better::More { -p.x } else { p.x };
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&points[*a], &points[*b]);
        a.y.total_cmp(&b.y).then(cost(a).total_cmp(&cost(b)))
    });
    let mut best = f64::INFINITY;
    order.retain(|i| {
        let kept = cost(&points[*i]) < best;
        best = best.min(cost(&points[*i]));
        kept
    });
    order
}

/// Draws the points, the front as a stepped line, and a label at each point that
/// has room for one, the front's first.
pub(crate) fn draw(
    (width, height): (i32, i32),
    description: &str,
    points: &[Point],
    (x_title, y_title): (&str, &str),
    better: Better,
) -> Scatter {
    let mut unlabelled = 0;
    let svg = Canvas::draw(width, height, description, |canvas| {
        let area = Area { left: 60, top: 14, right: width - 16, bottom: height - 46 };
        let x = Axis::log(points.iter().map(|p| p.x));
        let y = Axis::linear(points.iter().map(|p| p.y), false);
        let (x, y) = area.axes(canvas, (x, x_title), (y, y_title));
        let at: Vec<(i32, i32)> = points.iter().map(|p| (x.at(p.x), y.at(p.y))).collect();
        let front = pareto_front(points, better);

        // From one point of the front to the next: what is promised in between is
        // the worse of the two on each axis.
        let mut steps: Vec<(i32, i32)> = Vec::new();
        for &i in &front {
            if let Some(&(previous_x, _)) = steps.last() {
                steps.push((previous_x, at[i].1));
            }
            steps.push(at[i]);
        }
        canvas.polyline(&steps, MUTED, 2);
        let mut order = front.clone();
        order.extend((0..points.len()).filter(|i| !front.contains(i)));
        let mut placer = Placer::new(area, &at, &steps);
        let mut placed = Vec::new();
        unlabelled = order.len().saturating_sub(MOST_LABELS);
        for i in order.into_iter().take(MOST_LABELS) {
            let text = fit(&points[i].label, (width / 2).min(260));
            match placer.place(&text, at[i], front.contains(&i)) {
                Some(place) => placed.push((i, place)),
                None => unlabelled += 1,
            }
        }
        for (_, place) in placed.iter().filter(|(_, place)| place.leader) {
            canvas.line(place.point, place.anchor(), MUTED);
        }
        for (point, at) in points.iter().zip(&at) {
            canvas.marker(*at, point.peer);
        }
        for (i, place) in &placed {
            let (left, top, right, bottom) = place.spot;
            if place.on_line {
                canvas.rect((left, top + 1), (right, bottom - 1), PAPER, 0.85);
            }
            let ink = if front.contains(i) { TEXT } else { MUTED };
            let at = (left + 1, i32::midpoint(top, bottom));
            canvas.text(&place.text, at, Align::Left, ink);
        }
    });
    Scatter { svg, unlabelled }
}

/// Left, top, right and bottom of a rectangle.
type Rect = (i32, i32, i32, i32);

/// Puts labels where they cover neither a marker nor another label, and off the
/// front line where that is possible.
struct Placer {
    area: Area,
    taken: Vec<Rect>,
    line: Vec<Rect>,
}

struct Place {
    text: String,
    spot: Rect,
    point: (i32, i32),
    /// The label stands so far off that a line must join it to its point.
    leader: bool,
    /// The label stands on the front line.
    on_line: bool,
}

impl Place {
    /// Where a leader line ends.
    fn anchor(&self) -> (i32, i32) {
        nearest(self.spot, self.point)
    }
}

/// The point of the rectangle that is nearest to `point`.
fn nearest(spot: Rect, point: (i32, i32)) -> (i32, i32) {
    (point.0.clamp(spot.0, spot.2), point.1.clamp(spot.1, spot.3))
}

impl Placer {
    fn new(area: Area, markers: &[(i32, i32)], steps: &[(i32, i32)]) -> Placer {
        let taken = markers.iter().map(|(x, y)| (x - 6, y - 6, x + 6, y + 6)).collect();
        let segment = |pair: &[(i32, i32)]| {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            (ax.min(bx) - 1, ay.min(by) - 1, ax.max(bx) + 1, ay.max(by) + 1)
        };
        Placer { area, taken, line: steps.windows(2).map(segment).collect() }
    }

    /// A place for the label; that of a point on the front may cover the front line
    /// if nothing else is free.
    fn place(&mut self, text: &str, point: (i32, i32), on_front: bool) -> Option<Place> {
        let mut fallback = None;
        let mut chosen = None;
        for (spot, distance) in spots(text, point) {
            let leader = distance > NEAR;
            if !self.is_free(spot)
                || (leader && !self.is_clear(point, nearest(spot, point), on_front))
            {
                continue;
            }
            if self.line.iter().all(|segment| apart(spot, *segment)) {
                chosen = Some((spot, leader, false));
                break;
            }
            fallback = fallback.or(on_front.then_some((spot, leader, true)));
        }
        let (spot, leader, on_line) = chosen.or(fallback)?;
        self.taken.push(spot);
        if leader {
            let dots = between(point, nearest(spot, point));
            self.taken.extend(dots.map(|(x, y)| (x, y, x + 1, y + 1)));
        }
        Some(Place { text: text.to_owned(), spot, point, leader, on_line })
    }

    /// Whether a leader line crosses nothing: no label, no marker but those its own
    /// marker touches, and the front only if it starts there.
    fn is_clear(&self, from: (i32, i32), to: (i32, i32), on_front: bool) -> bool {
        let own = (from.0 - 6, from.1 - 6, from.0 + 6, from.1 + 6);
        between(from, to).all(|(x, y)| {
            let dot = (x, y, x + 1, y + 1);
            self.taken.iter().all(|taken| apart(dot, *taken) || !apart(own, *taken))
                && (on_front || self.line.iter().all(|segment| apart(dot, *segment)))
        })
    }

    fn is_free(&self, spot: Rect) -> bool {
        let (area, (x0, y0, x1, y1)) = (self.area, spot);
        let inside =
            x0 >= area.left + 2 && x1 <= area.right + 14 && y0 >= area.top - 12 && y1 < area.bottom;
        inside && self.taken.iter().all(|taken| apart(spot, *taken))
    }
}

/// Points along a line, close enough together that nothing drawn slips between.
fn between(from: (i32, i32), to: (i32, i32)) -> impl Iterator<Item = (i32, i32)> {
    const STEPS: i32 = 30;
    (1..STEPS)
        .map(move |i| (from.0 + (to.0 - from.0) * i / STEPS, from.1 + (to.1 - from.1) * i / STEPS))
}

fn apart(a: Rect, b: Rect) -> bool {
    a.2 <= b.0 || a.0 >= b.2 || a.3 <= b.1 || a.1 >= b.3
}

/// Distance at which a label needs no line to its point.
const NEAR: i32 = 9;

/// Where a label may stand, the best places first, with their distances.
fn spots(text: &str, (x, y): (i32, i32)) -> impl Iterator<Item = (Rect, i32)> {
    const HALF: i32 = 8;
    let width = text_width(text) + 2;
    [NEAR, 16, 26, 38, 52].into_iter().flat_map(move |distance| {
        let diagonal = distance * 7 / 10;
        let corners = [
            (x + distance, y),
            (x + diagonal, y - diagonal - HALF / 2),
            (x + diagonal, y + diagonal + HALF / 2),
            (x - distance - width, y),
            (x - diagonal - width, y - diagonal - HALF / 2),
            (x - diagonal - width, y + diagonal + HALF / 2),
            (x - width / 2, y - distance - HALF + 2),
            (x - width / 2, y + distance + HALF - 2),
        ];
        corners.map(|(left, middle)| ((left, middle - HALF, left + width, middle + HALF), distance))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(x: f64, y: f64) -> Point {
        Point { label: format!("{x}, {y}"), x, y, peer: false }
    }

    #[test]
    fn the_front_of_a_few() {
        let points = [point(1.0, 1.0), point(2.0, 2.0), point(1.5, 3.0), point(2.0, 2.0)];
        assert_eq!(pareto_front(&points, Better::More), [0, 1]);
        assert_eq!(pareto_front(&points, Better::Less), [0]);
        assert_eq!(pareto_front(&[], Better::Less), [0usize; 0]);
    }

    proptest! {
        #[test]
        fn the_front_is_what_nothing_dominates(
            values in proptest::collection::vec((1u8..9, 1u8..9), 1..30), more: bool,
        ) {
            let points: Vec<Point> =
                values.iter().map(|(x, y)| point(f64::from(*x), f64::from(*y))).collect();
            let better = if more { Better::More } else { Better::Less };
            let cost = |p: &Point| if more { -p.x } else { p.x };
            let dominated = |p: &Point| points.iter().any(|q| {
                q.y <= p.y && cost(q) <= cost(p) && (q.y < p.y || cost(q) < cost(p))
            });
            let front = pareto_front(&points, better);
            for (i, p) in points.iter().enumerate() {
                // Of equal points one stands for all.
                let there = front.iter().any(|j| (points[*j].x, points[*j].y) == (p.x, p.y));
                prop_assert_eq!(there, !dominated(p), "{}", i);
            }
        }

        #[test]
        fn labels_cover_neither_each_other_nor_a_marker(
            at in proptest::collection::vec((60i32..500, 20i32..280), 1..40),
        ) {
            let area = Area { left: 50, top: 10, right: 520, bottom: 290 };
            let mut placer = Placer::new(area, &at, &[]);
            let places: Vec<_> =
                at.iter().filter_map(|p| placer.place("some.strategy", *p, true)).collect();
            let boxes: Vec<_> = places.iter().map(|p| p.spot).collect();
            for (i, a) in boxes.iter().enumerate() {
                prop_assert!(boxes[i + 1..].iter().all(|b| apart(*a, *b)));
                for (x, y) in &at {
                    prop_assert!(apart(*a, (x - 6, y - 6, x + 6, y + 6)));
                }
            }
        }
    }
}
