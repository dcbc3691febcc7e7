//! The overview: the whole graph in a corner, and the window on it. A press or a drag moves the window.

use super::paint::{Palette, prepared};
use crate::store::document_store::DocumentStore;
use crate::store::run_store::RunStore;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::Item;
use dagwright_editor::session::Session;
use dagwright_editor::space::{Point, Rect};
use dagwright_shared::run::TaskPhase;
use dagwright_texts::t;
use leptos::{ev, html, prelude::*};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const WIDTH: f64 = 148.0;
const HEIGHT: f64 = 100.0;
const MARGIN: f64 = 8.0;

/// How the overview shows the canvas: `overview = (canvas - corner) × scale + margin`.
#[derive(Clone, Copy)]
struct Frame {
    corner: Point,
    scale: f64,
    inset: Point,
}

impl Frame {
    fn of(session: &Session) -> Self {
        let seen = session.viewport().visible_in_canvas();
        let bounds = session.scene().bounds().map_or(seen, |bounds| bounds.joined(&seen));
        let scale =
            ((WIDTH - 2.0 * MARGIN) / bounds.width.max(1.0)).min((HEIGHT - 2.0 * MARGIN) / bounds.height.max(1.0));
        let inset = Point { x: (WIDTH - bounds.width * scale) / 2.0, y: (HEIGHT - bounds.height * scale) / 2.0 };
        Self { corner: Point { x: bounds.x, y: bounds.y }, scale, inset }
    }

    fn shown(&self, rect: Rect) -> Rect {
        Rect::new(
            (rect.x - self.corner.x) * self.scale + self.inset.x,
            (rect.y - self.corner.y) * self.scale + self.inset.y,
            rect.width * self.scale,
            rect.height * self.scale,
        )
    }

    fn canvas_from_overview(&self, point: Point) -> Point {
        Point {
            x: (point.x - self.inset.x) / self.scale + self.corner.x,
            y: (point.y - self.inset.y) / self.scale + self.corner.y,
        }
    }
}

/// The overview.
#[component]
pub fn Minimap(
    /// The document.
    store: DocumentStore,
    /// The run that is shown on the canvas, if one is.
    run: Option<RunStore>,
) -> impl IntoView {
    let canvas: NodeRef<html::Canvas> = NodeRef::new();
    let asked = Arc::new(AtomicBool::new(false));
    let drawn = store.clone();
    Effect::new(move |_| {
        drawn.viewport().track();
        drawn.revision().track();
        drawn.selection().track();
        drawn.gesture().track();
        if let Some(run) = &run {
            run.with(|_| ());
        }
        if canvas.get().is_none() || asked.swap(true, Ordering::Relaxed) {
            return;
        }
        let (store, run, asked) = (drawn.clone(), run.clone(), Arc::clone(&asked));
        request_animation_frame(move || {
            asked.store(false, Ordering::Relaxed);
            if let Some(element) = canvas.try_get_untracked().flatten() {
                store.with_session(|session| draw(&element, session, run.as_ref()));
            }
        });
    });
    let go = {
        let store = store.clone();
        move |event: &ev::PointerEvent| {
            let at = Point { x: f64::from(event.offset_x()), y: f64::from(event.offset_y()) };
            let point = store.with_session(|session| Frame::of(session).canvas_from_overview(at));
            store.dispatch(EditorAction::CentreOn(point));
        }
    };
    let press = go.clone();
    view! {
        <div class="minimap" aria-label=t!("Overview") role="img" data-testid="minimap" on:dblclick=|event| event.stop_propagation()>
            <canvas
                node_ref=canvas
                style:width=format!("{WIDTH}px")
                style:height=format!("{HEIGHT}px")
                on:pointerdown=move |event| {
                    event.stop_propagation();
                    event.prevent_default();
                    if let Some(element) = canvas.get_untracked() {
                        drop(element.set_pointer_capture(event.pointer_id()));
                    }
                    press(&event);
                }
                on:pointermove=move |event| {
                    if event.buttons() & 1 == 1 {
                        event.stop_propagation();
                        go(&event);
                    }
                }
            ></canvas>
        </div>
    }
}

fn draw(canvas: &web_sys::HtmlCanvasElement, session: &Session, run: Option<&RunStore>) {
    let Some(context) = prepared(canvas, WIDTH, HEIGHT) else { return };
    let Some(palette) = Palette::of(canvas) else { return };
    let frame = Frame::of(session);
    let (fill, edge, accent) =
        (palette.colour("--surface-hover"), palette.colour("--line-control"), palette.colour("--accent"));
    context.set_line_width(1.0);
    let items = session.scene().tasks().map(|(name, _)| Item::Task(name.clone()));
    let drums = session.scene().volumes().map(|(name, _)| Item::Volume(name.clone()));
    // Edges of nodes that are smaller than a px would only make the picture dark.
    let edges = 208.0 * frame.scale > 4.0;
    for item in items.chain(drums) {
        let Some(place) = session.place(&item) else { continue };
        let rect = frame.shown(place);
        let colour = match (&item, run) {
            _ if session.selection().items.contains(&item) => &accent,
            (Item::Task(name), Some(run)) => &state_colour(&palette, run, name).unwrap_or_else(|| fill.clone()),
            _ if edges => &fill,
            _ => &edge,
        };
        context.set_fill_style_str(colour);
        context.fill_rect(rect.x, rect.y, rect.width.max(1.0), rect.height.max(1.0));
        if edges {
            context.set_stroke_style_str(&edge);
            context.stroke_rect(rect.x, rect.y, rect.width, rect.height);
        }
    }
    let window = frame.shown(session.viewport().visible_in_canvas());
    context.set_stroke_style_str(&accent);
    context.stroke_rect(window.x + 0.5, window.y + 0.5, window.width - 1.0, window.height - 1.0);
}

fn state_colour(palette: &Palette, run: &RunStore, task: &str) -> Option<String> {
    let phase = run.with_untracked(|state| run.slug(task).map(|slug| state.task_phase(slug)))?;
    let name = match phase {
        TaskPhase::Waiting | TaskPhase::Skipped => return None,
        TaskPhase::Starting | TaskPhase::Running => t!("running"),
        TaskPhase::Succeeded => t!("succeeded"),
        TaskPhase::Failed => t!("failed"),
        TaskPhase::Stopped => "stopped",
    };
    Some(palette.colour(&format!("--state-{name}-mark")))
}
