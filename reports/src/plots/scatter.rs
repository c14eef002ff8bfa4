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
        for (point, at) in points.iter().zip(&at) {
            canvas.marker(*at, point.peer);
        }
        let mut order = front.clone();
        order.extend((0..points.len()).filter(|i| !front.contains(i)));
        let mut placer = Placer::new(area, &at);
        for i in order {
            match placer.place(&fit(&points[i].label, (width / 2).min(260)), at[i]) {
                Some(place) => {
                    if place.leader {
                        canvas.line(at[i], place.anchor(), MUTED);
                        canvas.marker(at[i], points[i].peer);
                    }
                    // Paper behind the text keeps grid and front from crossing it.
                    canvas.rect((place.x0, place.y0 + 1), (place.x1, place.y1 - 1), PAPER, 0.8);
                    let ink = if front.contains(&i) { TEXT } else { MUTED };
                    let middle = i32::midpoint(place.y0, place.y1);
                    canvas.text(&place.text, (place.x0 + 1, middle), Align::Left, ink);
                }
                None => unlabelled += 1,
            }
        }
    });
    Scatter { svg, unlabelled }
}

/// Puts labels where they cover neither a marker nor another label.
struct Placer {
    area: Area,
    taken: Vec<(i32, i32, i32, i32)>,
}

struct Place {
    text: String,
    x0: i32,
    y0: i32,
    x1: i32,
    y1: i32,
    /// The label stands so far off that a line must join it to its point.
    leader: bool,
    point: (i32, i32),
}

impl Place {
    /// Where a leader line ends: the nearest point of the label's edge.
    fn anchor(&self) -> (i32, i32) {
        (self.point.0.clamp(self.x0, self.x1), self.point.1.clamp(self.y0, self.y1))
    }
}

impl Placer {
    fn new(area: Area, markers: &[(i32, i32)]) -> Placer {
        let taken = markers.iter().map(|(x, y)| (x - 6, y - 6, x + 6, y + 6)).collect();
        Placer { area, taken }
    }

    fn place(&mut self, text: &str, point: (i32, i32)) -> Option<Place> {
        const HALF: i32 = 8;
        let (x, y) = point;
        let width = text_width(text) + 2;
        for distance in [9, 18, 30, 44, 60] {
            let diagonal = distance * 7 / 10;
            let spots = [
                (x + distance, y),
                (x + diagonal, y - diagonal - HALF / 2),
                (x + diagonal, y + diagonal + HALF / 2),
                (x - distance - width, y),
                (x - diagonal - width, y - diagonal - HALF / 2),
                (x - diagonal - width, y + diagonal + HALF / 2),
                (x - width / 2, y - distance - HALF + 2),
                (x - width / 2, y + distance + HALF - 2),
            ];
            for (x0, middle) in spots {
                let spot = (x0, middle - HALF, x0 + width, middle + HALF);
                if self.is_free(spot) {
                    self.taken.push(spot);
                    let (x0, y0, x1, y1) = spot;
                    let text = text.to_owned();
                    return Some(Place { text, x0, y0, x1, y1, leader: distance > 9, point });
                }
            }
        }
        None
    }

    fn is_free(&self, (x0, y0, x1, y1): (i32, i32, i32, i32)) -> bool {
        let area = self.area;
        let inside = x0 >= area.left + 2
            && x1 <= area.right + 14
            && y0 >= area.top - 12
            && y1 <= area.bottom - 1;
        inside && self.taken.iter().all(|t| x1 <= t.0 || x0 >= t.2 || y1 <= t.1 || y0 >= t.3)
    }
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
            let mut placer = Placer::new(area, &at);
            let places: Vec<_> =
                at.iter().filter_map(|p| placer.place("some.strategy", *p)).collect();
            let boxes: Vec<_> = places.iter().map(|p| (p.x0, p.y0, p.x1, p.y1)).collect();
            let apart = |a: &(i32, i32, i32, i32), b: &(i32, i32, i32, i32)| {
                a.2 <= b.0 || a.0 >= b.2 || a.3 <= b.1 || a.1 >= b.3
            };
            for (i, a) in boxes.iter().enumerate() {
                prop_assert!(boxes[i + 1..].iter().all(|b| apart(a, b)));
                for (x, y) in &at {
                    prop_assert!(apart(a, &(x - 6, y - 6, x + 6, y + 6)));
                }
            }
        }
    }
}
