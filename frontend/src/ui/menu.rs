//! A menu that opens at a button or a point. Arrow keys walk it, Escape and a press elsewhere close it.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Where a menu opens: its top left corner in window pixels.
pub type MenuPlace = Option<(f64, f64)>;

/// The place just below an element, for a menu that a button opens.
pub fn below(event: &ev::MouseEvent) -> MenuPlace {
    let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    let bounds = element.get_bounding_client_rect();
    Some((bounds.left(), bounds.bottom() + 4.0))
}

/// A menu; shown while `place` is set.
#[component]
pub fn Menu(
    /// Where; `None`: closed.
    place: RwSignal<MenuPlace>,
    /// For screen readers.
    label: &'static str,
    /// Buttons, `<hr/>`, headings.
    children: ChildrenFn,
) -> impl IntoView {
    let node: NodeRef<html::Div> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(menu) = node.get() {
            // Kept inside the window: measured once it is there.
            let (width, height) = (window_size().0, window_size().1);
            let bounds = menu.get_bounding_client_rect();
            let style = web_sys::HtmlElement::style(&menu);
            if bounds.right() > width - 8.0 {
                drop(style.set_property("left", &format!("{}px", (width - 8.0 - bounds.width()).max(8.0))));
            }
            if bounds.bottom() > height - 8.0 {
                drop(style.set_property("top", &format!("{}px", (height - 8.0 - bounds.height()).max(8.0))));
            }
            focus_item(&menu, 0);
        }
    });
    let outside = window_event_listener(ev::pointerdown, move |event| {
        let Some(menu) = node.get_untracked() else { return };
        let inside = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !menu.contains(inside.as_ref()) {
            place.set(None);
        }
    });
    on_cleanup(move || outside.remove());
    let keydown = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let step = match event.key().as_str() {
            "Escape" | "Tab" => {
                event.prevent_default();
                place.set(None);
                return;
            }
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        if let Some(menu) = node.get_untracked() {
            focus_item(&menu, step);
        }
    };
    view! {
        <Show when=move || place.get().is_some()>
            <div
                class="menu"
                role="menu"
                aria-label=label
                node_ref=node
                style:left=move || format!("{}px", place.get().unwrap_or_default().0)
                style:top=move || format!("{}px", place.get().unwrap_or_default().1)
                on:keydown=keydown
                on:click=move |_| place.set(None)
            >
                {children()}
            </div>
        </Show>
    }
}

fn window_size() -> (f64, f64) {
    let number =
        |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(1024.0);
    (number(window().inner_width()), number(window().inner_height()))
}

/// Moves the focus by `step` items; 0 focuses the first.
fn focus_item(menu: &web_sys::HtmlDivElement, step: i64) {
    let Ok(list) = menu.query_selector_all("button:not([disabled]), a[href], input") else { return };
    let length = i64::from(list.length());
    if length == 0 {
        return;
    }
    let active = document().active_element();
    let current = (0..list.length()).find(|index| {
        list.item(*index).is_some_and(|node| active.as_ref().is_some_and(|active| node.is_same_node(Some(active))))
    });
    let next = match (current, step) {
        (_, 0) | (None, _) => 0,
        (Some(current), step) => (i64::from(current) + step).rem_euclid(length),
    };
    let item = u32::try_from(next).ok().and_then(|index| list.item(index));
    if let Some(element) = item.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(element.focus());
    }
}
