//! The viewport: which part of the canvas the window shows. Pan, zoom at a point, fit. Knows nothing of what is drawn.

use crate::space::{Point, Rect, Size};

/// The smallest zoom.
pub const MIN_ZOOM: f64 = 0.01;
/// The largest zoom.
pub const MAX_ZOOM: f64 = 4.0;
/// Below this, nodes are boxes with a name (design, "Level of detail").
pub const ZOOM_OF_BOXES: f64 = 0.5;
/// Below this, nodes are filled boxes without text.
pub const ZOOM_OF_DOTS: f64 = 0.15;
/// Steps of the zoom buttons.
const STEP: f64 = 1.25;
/// Room that must be left around what is shown at full size, in screen px.
const LEAST_MARGIN: f64 = 12.0;
/// Room around what is fitted, in screen px.
const FIT_MARGIN: f64 = 32.0;

/// How much of a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// A box with name and state.
    Box,
    /// A filled box.
    Dot,
}

/// Where the canvas stands in the window. `screen = canvas × zoom + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The screen position of the canvas' origin.
    pub offset_in_screen: Point,
    /// Screen px for one canvas unit.
    pub zoom: f64,
    /// The canvas element's size in screen px.
    pub size: Size,
}

impl Default for Viewport {
    fn default() -> Self {
        let size = Size { width: 1200.0, height: 800.0 };
        Self { offset_in_screen: Point::default(), zoom: 1.0, size }
    }
}

impl Viewport {
    /// A screen point on the canvas.
    pub fn canvas_from_screen(&self, point_in_screen: Point) -> Point {
        Point {
            x: (point_in_screen.x - self.offset_in_screen.x) / self.zoom,
            y: (point_in_screen.y - self.offset_in_screen.y) / self.zoom,
        }
    }

    /// A canvas point on the screen.
    pub fn screen_from_canvas(&self, point_in_canvas: Point) -> Point {
        Point {
            x: point_in_canvas.x * self.zoom + self.offset_in_screen.x,
            y: point_in_canvas.y * self.zoom + self.offset_in_screen.y,
        }
    }

    /// The part of the canvas that is on the screen.
    pub fn visible_in_canvas(&self) -> Rect {
        let corner = self.canvas_from_screen(Point::default());
        Rect::new(corner.x, corner.y, self.size.width / self.zoom, self.size.height / self.zoom)
    }

    /// How much of a node is drawn at this zoom.
    pub fn detail(&self) -> Detail {
        if self.zoom >= ZOOM_OF_BOXES {
            Detail::Full
        } else if self.zoom >= ZOOM_OF_DOTS {
            Detail::Box
        } else {
            Detail::Dot
        }
    }

    /// Moved by screen px.
    #[must_use]
    pub fn panned(mut self, by_in_screen: Point) -> Self {
        self.offset_in_screen.x += by_in_screen.x;
        self.offset_in_screen.y += by_in_screen.y;
        self
    }

    /// Zoomed to `zoom` (held within the limits) so that the canvas point under `pointer_in_screen` stays there.
    #[must_use]
    pub fn zoomed_at(mut self, pointer_in_screen: Point, zoom: f64) -> Self {
        let fixed = self.canvas_from_screen(pointer_in_screen);
        self.zoom = if zoom.is_finite() { zoom.clamp(MIN_ZOOM, MAX_ZOOM) } else { self.zoom };
        self.offset_in_screen =
            Point { x: pointer_in_screen.x - fixed.x * self.zoom, y: pointer_in_screen.y - fixed.y * self.zoom };
        self
    }

    /// Zoomed one step of the zoom buttons in, around the middle.
    #[must_use]
    pub fn zoomed_in(self) -> Self {
        self.zoomed_at(self.middle_in_screen(), self.zoom * STEP)
    }

    /// Zoomed one step of the zoom buttons out, around the middle.
    #[must_use]
    pub fn zoomed_out(self) -> Self {
        self.zoomed_at(self.middle_in_screen(), self.zoom / STEP)
    }

    /// The window's middle.
    pub fn middle_in_screen(&self) -> Point {
        Point { x: self.size.width / 2.0, y: self.size.height / 2.0 }
    }

    /// With `bounds` centred and wholly seen, at most at zoom 1.
    #[must_use]
    pub fn fitted(self, bounds_in_canvas: Rect) -> Self {
        let fits = |length: f64, window: f64| length + 2.0 * LEAST_MARGIN <= window;
        if fits(bounds_in_canvas.width, self.size.width) && fits(bounds_in_canvas.height, self.size.height) {
            // Full size is worth more than a wide margin.
            return self.centred(bounds_in_canvas.center(), 1.0);
        }
        let room = |length: f64| (length - 2.0 * FIT_MARGIN).max(length / 2.0).max(1.0);
        let zoom = (room(self.size.width) / bounds_in_canvas.width.max(1.0))
            .min(room(self.size.height) / bounds_in_canvas.height.max(1.0))
            .min(1.0);
        self.centred(bounds_in_canvas.center(), zoom)
    }

    /// With a canvas point in the middle of the window, at `zoom`.
    #[must_use]
    pub fn centred(mut self, point_in_canvas: Point, zoom: f64) -> Self {
        self.zoom = zoom.clamp(MIN_ZOOM, MAX_ZOOM);
        let middle = self.middle_in_screen();
        self.offset_in_screen =
            Point { x: middle.x - point_in_canvas.x * self.zoom, y: middle.y - point_in_canvas.y * self.zoom };
        self
    }

    /// Moved no further than needed to see `rect` with some room; the same where it is seen already.
    #[must_use]
    pub fn showing(self, rect_in_canvas: Rect) -> Self {
        let seen = self.visible_in_canvas();
        let room = 24.0 / self.zoom;
        let by = |low: f64, high: f64, from: f64, to: f64| {
            if high - low > to - from - 2.0 * room || low - room < from {
                from - (low - room)
            } else if high + room > to {
                to - (high + room)
            } else {
                0.0
            }
        };
        self.panned(Point {
            x: by(rect_in_canvas.x, rect_in_canvas.right(), seen.x, seen.right()) * self.zoom,
            y: by(rect_in_canvas.y, rect_in_canvas.bottom(), seen.y, seen.bottom()) * self.zoom,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> Viewport {
        Viewport {
            offset_in_screen: Point { x: 30.0, y: -20.0 },
            zoom: 0.8,
            size: Size { width: 800.0, height: 600.0 },
        }
    }

    #[test]
    fn the_point_under_the_pointer_stays_when_zooming() {
        let pointer = Point { x: 200.0, y: 111.0 };
        for zoom in [0.001, 0.2, 1.0, 3.9, 77.0, f64::NAN] {
            let zoomed = view().zoomed_at(pointer, zoom);
            let (before, after) = (view().canvas_from_screen(pointer), zoomed.canvas_from_screen(pointer));
            assert!((before.x - after.x).abs() < 1e-9 && (before.y - after.y).abs() < 1e-9, "{zoom}");
            assert!((MIN_ZOOM..=MAX_ZOOM).contains(&zoomed.zoom));
        }
    }

    #[test]
    fn fit_shows_all_and_never_enlarges() {
        let wide = Rect::new(-5000.0, 10.0, 20000.0, 300.0);
        assert!(view().fitted(wide).visible_in_canvas().covers(&wide));
        let small = Rect::new(5.0, 10.0, 20.0, 30.0);
        assert_eq!(view().fitted(small).zoom, 1.0);
        assert_eq!(view().fitted(small).visible_in_canvas().center(), small.center());
    }

    #[test]
    fn showing_moves_only_as_far_as_needed() {
        let inside = Rect::new(100.0, 100.0, 50.0, 50.0);
        assert_eq!(view().showing(inside), view());
        let outside = Rect::new(2000.0, 100.0, 50.0, 50.0);
        let moved = view().showing(outside);
        assert!(moved.visible_in_canvas().covers(&outside));
        assert_eq!(moved.offset_in_screen.y, view().offset_in_screen.y);
    }

    #[test]
    fn detail_switches_at_the_thresholds() {
        let at = |zoom| Viewport { zoom, ..view() }.detail();
        assert_eq!(
            [at(1.0), at(0.5), at(0.49), at(0.15), at(0.149)],
            [Detail::Full, Detail::Full, Detail::Box, Detail::Box, Detail::Dot]
        );
    }
}
