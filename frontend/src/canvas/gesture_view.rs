//! What a gesture draws: the held wire and its tip in canvas units, the box of a box select, and the words at the tip.

use crate::store::document_store::DocumentStore;
use dagwright_editor::action::NewItem;
use dagwright_editor::content::{type_class, type_form};
use dagwright_editor::gesture::{Gesture, PreviewKind};
use dagwright_editor::space::Point;
use dagwright_editor::viewport::Viewport;
use dagwright_texts::t;
use leptos::prelude::*;

/// The held wire and the box, inside the transformed wrapper.
#[component]
pub fn GestureView(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let preview = store.preview();
    let area = preview.clone();
    view! {
        <svg class="gesture" aria-hidden="true">
            {move || preview.with(|preview| {
                let line = preview.line.as_ref()?;
                let (class, colour) = match &preview.kind {
                    PreviewKind::Data(port_type) => (format!("wire strong {}", type_class(port_type)), type_class(port_type)),
                    PreviewKind::Order => (String::from("wire strong order"), "t-mount"),
                    PreviewKind::Mount | PreviewKind::None => (String::from("wire strong mount"), "t-mount"),
                };
                let tip = preview.tip_in_canvas.map(|tip| view! { <circle class=colour cx=tip.x cy=tip.y r="4.5" fill="currentColor"></circle> });
                Some(view! { <path class=class d=line.svg() data-testid="held-wire"></path>{tip} })
            })}
        </svg>
        {move || area.with(|preview| preview.area.map(|area| view! {
            <div
                class="box-select"
                data-testid="box-select"
                style:transform=format!("translate({}px, {}px)", area.x, area.y)
                style:width=format!("{}px", area.width)
                style:height=format!("{}px", area.height)
            ></div>
        }))}
    }
}

/// The words at the tip, and what is dragged in from outside; in window px, so that they keep their size.
#[component]
pub fn TipView(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let preview = store.preview();
    let gesture = store.gesture();
    let ghost_store = store.clone();
    view! {
        {move || preview.with(|preview| {
            let text = preview.text.clone();
            if text.is_empty() {
                return None;
            }
            let place = store.with_session(|session| {
                let tip = preview.tip_in_canvas.or_else(|| session.pointer_in_canvas());
                tip.map(|tip| tip_place(session.viewport(), tip))
            })?;
            let dot = match &preview.kind {
                PreviewKind::Data(port_type) => format!("dot {} {}", type_form(port_type), type_class(port_type)),
                _ => String::from("dot square t-mount"),
            };
            Some(view! {
                <span
                    class="tip"
                    class:refused=preview.refused
                    role="status"
                    data-testid="wire-tip"
                    style:transform=place
                >
                    <i class=dot></i>
                    {text}
                </span>
            })
        })}
        {move || {
            gesture.track();
            let (words, at) = ghost_store.with_session(|session| match session.gesture() {
                Gesture::Placing { item, at_in_screen: Some(at), .. } => Some((new_item_words(item), *at)),
                _ => None,
            })?;
            Some(view! {
                <div class="ghost" data-testid="drag-ghost" style:transform=format!("translate({}px, {}px)", at.x, at.y)>{words}</div>
            })
        }}
    }
}

/// Beside the tip; on its other side where the window ends.
fn tip_place(viewport: &Viewport, tip_in_canvas: Point) -> String {
    let at = viewport.screen_from_canvas(tip_in_canvas);
    let across = if at.x > viewport.size.width - 240.0 { "calc(-100% - 16px)" } else { "16px" };
    let down = if at.y > viewport.size.height - 48.0 { -38.0 } else { 14.0 };
    format!("translate({}px, {}px) translateX({across})", at.x, at.y + down)
}

fn new_item_words(item: &NewItem) -> String {
    match item {
        NewItem::Component(component) => component.name.clone(),
        NewItem::Volume => String::from(t!("Volume")),
        NewItem::Parameter(name) => name.clone(),
    }
}
