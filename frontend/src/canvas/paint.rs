//! Drawing the graph on a 2D canvas: the minimap, and the whole graph where nodes are too small for the DOM
//! (design, "Level of detail", below 0.15). Reads the session; colours come from the tokens.

use crate::store::run_store::RunStore;
use dagwright_editor::selection::Item;
use dagwright_editor::session::Session;
use dagwright_editor::space::Rect;
use dagwright_shared::run::TaskPhase;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement};

/// Colours by token, read from the element once a drawing.
pub struct Palette {
    style: web_sys::CssStyleDeclaration,
}

impl Palette {
    /// The tokens as they hold for an element.
    pub fn of(element: &web_sys::Element) -> Option<Self> {
        let style = window().get_computed_style(element).ok().flatten()?;
        Some(Self { style })
    }

    /// A token's value.
    pub fn colour(&self, token: &str) -> String {
        self.style.get_property_value(token).unwrap_or_default().trim().to_owned()
    }
}

/// Makes a canvas as large as asked (CSS px, sharp on dense screens), empties it and gives its context, in CSS px.
pub fn prepared(canvas: &HtmlCanvasElement, width: f64, height: f64) -> Option<Context> {
    let context = canvas.get_context("2d").ok().flatten()?.dyn_into::<Context>().ok()?;
    let density = window().device_pixel_ratio().clamp(1.0, 3.0);
    // Saturates, and sizes of windows are small.
    let px = |length: f64| (length * density).round().clamp(1.0, 16_384.0) as u32;
    if canvas.width() != px(width) || canvas.height() != px(height) {
        canvas.set_width(px(width));
        canvas.set_height(px(height));
    }
    drop(context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0));
    context.clear_rect(0.0, 0.0, width, height);
    Some(context)
}

/// Draws the whole graph as it is seen through the viewport.
pub fn draw_graph(context: &Context, session: &Session, run: Option<&RunStore>, palette: &Palette) {
    let viewport = session.viewport();
    let seen = viewport.visible_in_canvas();
    let to_screen = |rect: Rect| {
        let corner = viewport.screen_from_canvas(dagwright_editor::space::Point { x: rect.x, y: rect.y });
        let (width, height) = ((rect.width * viewport.zoom).max(1.0), (rect.height * viewport.zoom).max(1.0));
        Rect::new(corner.x, corner.y, width, height)
    };
    // Wires first, as one path: 1 px, grey.
    context.set_stroke_style_str(&palette.colour("--line-control"));
    context.set_global_alpha(0.6);
    context.set_line_width(1.0);
    context.begin_path();
    for wire in session.scene().wires() {
        let (from, to) = wire.id.ends();
        let (Some(from), Some(to)) = (session.place(&from), session.place(&to)) else { continue };
        if !from.joined(&to).meets(&seen) {
            continue;
        }
        let (from, to) = (to_screen(from), to_screen(to));
        context.move_to(from.right(), from.center().y);
        context.line_to(to.x, to.center().y);
    }
    context.stroke();
    context.set_global_alpha(1.0);
    let (plain, edge) = (palette.colour("--surface"), palette.colour("--line-control"));
    let accent = palette.colour("--accent");
    let selected = |item: &Item| session.selection().items.contains(item);
    for (name, _) in session.scene().tasks() {
        let item = Item::Task(name.clone());
        let Some(place) = session.place(&item).filter(|place| place.meets(&seen)) else { continue };
        let rect = to_screen(place);
        match run {
            Some(run) => {
                let phase = run
                    .with_untracked(|state| run.slug(name).map_or(TaskPhase::Waiting, |slug| state.task_phase(slug)));
                draw_state(context, rect, phase, palette);
            }
            None => {
                context.set_fill_style_str(&edge);
                context.fill_rect(rect.x, rect.y, rect.width, rect.height);
            }
        }
        if selected(&item) {
            context.set_stroke_style_str(&accent);
            context.set_line_width(2.0);
            context.stroke_rect(rect.x - 1.0, rect.y - 1.0, rect.width + 2.0, rect.height + 2.0);
            context.set_line_width(1.0);
        }
    }
    for (name, _) in session.scene().volumes() {
        let item = Item::Volume(name.clone());
        let Some(place) = session.place(&item).filter(|place| place.meets(&seen)) else { continue };
        let rect = to_screen(place);
        context.set_stroke_style_str(if selected(&item) { &accent } else { &edge });
        context.set_fill_style_str(&plain);
        context.begin_path();
        let (middle, radius) = (rect.center(), (rect.width / 2.0, rect.height / 2.0));
        drop(context.ellipse(middle.x, middle.y, radius.0, radius.1, 0.0, 0.0, std::f64::consts::TAU));
        context.fill();
        context.stroke();
    }
}

/// A task's state as a small box: told apart by form, not by colour alone.
fn draw_state(context: &Context, rect: Rect, phase: TaskPhase, palette: &Palette) {
    let name = match phase {
        TaskPhase::Waiting => "waiting",
        TaskPhase::Starting | TaskPhase::Running => "running",
        TaskPhase::Succeeded => "succeeded",
        TaskPhase::Failed => "failed",
        TaskPhase::Skipped => "skipped",
        TaskPhase::Stopped => "stopped",
    };
    let mark = palette.colour(&format!("--state-{name}-mark"));
    context.set_fill_style_str(&palette.colour("--surface"));
    context.fill_rect(rect.x, rect.y, rect.width, rect.height);
    context.set_stroke_style_str(&mark);
    context.set_fill_style_str(&mark);
    let filled = match phase {
        TaskPhase::Waiting | TaskPhase::Skipped => 0.0,
        TaskPhase::Starting | TaskPhase::Running => 0.5,
        TaskPhase::Succeeded | TaskPhase::Failed | TaskPhase::Stopped => 1.0,
    };
    context.fill_rect(rect.x, rect.y, rect.width * filled, rect.height);
    let dashed = matches!(phase, TaskPhase::Skipped | TaskPhase::Starting);
    let dash = js_sys::Array::new();
    if dashed {
        dash.push(&2.0.into());
        dash.push(&2.0.into());
    }
    drop(context.set_line_dash(&dash));
    context.stroke_rect(rect.x, rect.y, rect.width, rect.height);
    drop(context.set_line_dash(&js_sys::Array::new()));
    context.set_stroke_style_str(&palette.colour("--surface"));
    match phase {
        TaskPhase::Failed => {
            context.begin_path();
            context.move_to(rect.x, rect.y);
            context.line_to(rect.right(), rect.bottom());
            context.move_to(rect.right(), rect.y);
            context.line_to(rect.x, rect.bottom());
            context.stroke();
        }
        TaskPhase::Stopped => {
            let (middle, side) = (rect.center(), rect.height.min(rect.width) / 3.0);
            context.clear_rect(middle.x - side / 2.0, middle.y - side / 2.0, side, side);
        }
        _ => {}
    }
}
