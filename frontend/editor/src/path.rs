//! How lines run over the canvas: curves for data and order, square-cornered lines for mounts. Points in, SVG path
//! data and distances out; knows nothing of the document.

use crate::space::{Point, Rect, distance};
use std::fmt::Write;

/// The least reach of a curve's handles (design, "Wires").
const HANDLE: f64 = 36.0;
/// Radius of a square-cornered line's corners.
const CORNER: f64 = 8.0;

/// A line on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A cubic Bézier with horizontal tangents, from right to left edge.
    Curve {
        /// Where it starts.
        from: Point,
        /// Where it ends.
        to: Point,
    },
    /// Straight pieces with rounded corners.
    Corners(Vec<Point>),
}

impl Line {
    /// The four points of a curve.
    fn bezier(from: Point, to: Point) -> [Point; 4] {
        let handle = ((to.x - from.x).abs() / 2.0).max(HANDLE);
        [from, Point { x: from.x + handle, y: from.y }, Point { x: to.x - handle, y: to.y }, to]
    }

    /// SVG path data, to a tenth of a px.
    pub fn svg(&self) -> String {
        let mut path = String::new();
        match self {
            Self::Curve { from, to } => {
                let [a, b, c, d] = Self::bezier(*from, *to);
                let _infallible = write!(
                    path,
                    "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
                    a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y
                );
            }
            Self::Corners(points) => corners(points, &mut path),
        }
        path
    }

    /// Points along the line, close enough together to take it as straight between them.
    pub fn samples(&self) -> Vec<Point> {
        match self {
            Self::Curve { from, to } => {
                let bezier = Self::bezier(*from, *to);
                (0..=24).map(|step| on_bezier(&bezier, f64::from(step) / 24.0)).collect()
            }
            Self::Corners(points) => points.clone(),
        }
    }

    /// The rectangle that the line stays in.
    pub fn bounds(&self) -> Rect {
        let points = match self {
            Self::Curve { from, to } => Self::bezier(*from, *to).to_vec(),
            Self::Corners(points) => points.clone(),
        };
        let point_rect = |point: &Point| Rect::new(point.x, point.y, 0.0, 0.0);
        points.iter().map(point_rect).reduce(|all, rect| all.joined(&rect)).unwrap_or_default()
    }

    /// How far a point is from the line.
    pub fn distance_to(&self, point: Point) -> f64 {
        let samples = self.samples();
        samples.windows(2).map(|pair| distance_to_segment(point, pair)).fold(f64::INFINITY, f64::min)
    }
}

/// The line of a mount: from the drum's foot or side to the top edge of a node, storage above, square corners.
pub fn mount_line(drum: Rect, port: Point) -> Line {
    let middle = drum.center();
    let below = port.y - drum.bottom();
    if below >= 24.0 && port.x >= drum.x && port.x <= drum.right() {
        let channel = drum.bottom() + below / 2.0;
        let foot = Point { x: middle.x, y: drum.bottom() };
        return Line::Corners(vec![foot, at(middle.x, channel), at(port.x, channel), port]);
    }
    let side = if port.x >= middle.x { drum.right() } else { drum.x };
    if port.y >= middle.y + 16.0 {
        return Line::Corners(vec![at(side, middle.y), at(port.x, middle.y), port]);
    }
    // The node stands above the drum: round it and come down on its top edge.
    let beside = side + if port.x >= middle.x { 24.0 } else { -24.0 };
    let above = port.y - 24.0;
    Line::Corners(vec![at(side, middle.y), at(beside, middle.y), at(beside, above), at(port.x, above), port])
}

/// The line of a hand-over: from one node's top edge over both to the other's.
pub fn hand_over_line(from: Point, to: Point) -> Line {
    let above = from.y.min(to.y) - 24.0;
    // Beside the mount ports, where the lines from the drum come down.
    let (from, end) = (at(from.x + 12.0, from.y), at(to.x - 12.0, to.y));
    Line::Corners(vec![from, at(from.x, above), at(end.x, above), end])
}

fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

fn on_bezier(points: &[Point; 4], t: f64) -> Point {
    let s = 1.0 - t;
    let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
    let sum = |of: fn(&Point) -> f64| points.iter().zip(weights).map(|(point, weight)| of(point) * weight).sum();
    Point { x: sum(|point| point.x), y: sum(|point| point.y) }
}

fn distance_to_segment(point: Point, pair: &[Point]) -> f64 {
    let [a, b] = pair else { return f64::INFINITY };
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = dx * dx + dy * dy;
    let along = if length == 0.0 { 0.0 } else { ((point.x - a.x) * dx + (point.y - a.y) * dy) / length };
    let along = along.clamp(0.0, 1.0);
    distance(point, Point { x: a.x + along * dx, y: a.y + along * dy })
}

fn corners(points: &[Point], path: &mut String) {
    for (index, point) in points.iter().enumerate() {
        let _infallible = match (index, points.get(index.wrapping_sub(1)), points.get(index + 1)) {
            (0, ..) => write!(path, "M{:.1} {:.1}", point.x, point.y),
            (_, Some(before), Some(after)) => {
                let radius = CORNER.min(distance(*before, *point) / 2.0).min(distance(*point, *after) / 2.0);
                let (start, end) = (towards(*point, *before, radius), towards(*point, *after, radius));
                write!(path, "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", start.x, start.y, point.x, point.y, end.x, end.y)
            }
            _ => write!(path, "L{:.1} {:.1}", point.x, point.y),
        };
    }
}

fn towards(from: Point, to: Point, by: f64) -> Point {
    let length = distance(from, to);
    if length == 0.0 {
        from
    } else {
        at(from.x + (to.x - from.x) / length * by, from.y + (to.y - from.y) / length * by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_as_the_design_draws_it() {
        let line = Line::Curve { from: at(248.0, 320.0), to: at(344.0, 168.0) };
        assert_eq!(line.svg(), "M248.0 320.0C296.0 320.0 296.0 168.0 344.0 168.0");
        let back = Line::Curve { from: at(100.0, 0.0), to: at(90.0, 50.0) };
        assert_eq!(back.svg(), "M100.0 0.0C136.0 0.0 54.0 50.0 90.0 50.0");
        assert!(line.distance_to(at(296.0, 244.0)) < 0.5);
        assert!(line.distance_to(at(248.0, 168.0)) > 30.0);
    }

    #[test]
    fn mount_lines_leave_the_foot_or_the_side() {
        let drum = Rect::new(52.0, 8.0, 184.0, 72.0);
        let foot = mount_line(drum, at(224.0, 208.0)).svg();
        assert_eq!(
            foot,
            "M144.0 80.0L144.0 136.0Q144.0 144.0 152.0 144.0L216.0 144.0Q224.0 144.0 224.0 152.0L224.0 208.0"
        );
        let side = mount_line(drum, at(528.0, 112.0)).svg();
        assert_eq!(side, "M236.0 44.0L520.0 44.0Q528.0 44.0 528.0 52.0L528.0 112.0");
    }

    #[test]
    fn a_line_stays_in_its_bounds() {
        for to in [at(500.0, -300.0), at(-400.0, 20.0), at(3.0, 3.0)] {
            let line = Line::Curve { from: at(0.0, 0.0), to };
            assert!(line.samples().iter().all(|point| line.bounds().grown(1e-9).contains(*point)));
        }
    }
}
