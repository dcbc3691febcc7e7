//! The canvas element: one transformed wrapper with the layers inside, the DOM events, and what floats over it.
//! Fills its parent.

use super::context_menu::ContextMenu;
use super::gesture_view::{GestureView, TipView};
use super::input::{CanvasInput, is_typing, key_press};
use super::minimap::Minimap;
use super::node_view::{NodeView, element_id};
use super::overview_layer::OverviewLayer;
use super::quick_add_view::QuickAddView;
use super::toolbar::Toolbar;
use super::volume_view::VolumeView;
use super::wire_view::WireView;
use crate::store::document_store::DocumentStore;
use crate::store::run_store::RunStore;
use crate::ui::menu::MenuPlace;
use dagwright_editor::action::EditorAction;
use dagwright_editor::gesture::Gesture;
use dagwright_editor::hit::Hit;
use dagwright_editor::keymap::action_of;
use dagwright_editor::selection::Item;
use dagwright_editor::session::Mode;
use dagwright_editor::update::Effect as EditorEffect;
use dagwright_editor::viewport::{Detail, Viewport, ZOOM_OF_DOTS};
use dagwright_texts::t;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The graph of a document. Fills its parent.
#[component]
pub fn CanvasView(
    /// The document.
    store: DocumentStore,
    /// The run that is shown on the canvas, if one is.
    #[prop(optional)]
    run: Option<RunStore>,
) -> impl IntoView {
    let mode = store.with_session(|session| session.mode());
    let root: NodeRef<html::Div> = NodeRef::new();
    let input = CanvasInput::new(store.clone());
    let menu_place: RwSignal<MenuPlace> = RwSignal::new(None);
    let menu_on: RwSignal<Option<Hit>> = RwSignal::new(None);
    watch_size(root, input.clone());
    follow_pointer(root, input.clone(), store.clone());
    carry_out_effects(root, &store, menu_place, menu_on);
    let announced = announcements(&store);

    let viewport = store.viewport();
    let (grid, offset, zoom) = (viewport.clone(), viewport.clone(), viewport.clone());
    let detail = store.detail();
    let level = detail.clone();
    let tiny = viewport.clone();
    let class = move || {
        let level = match level.get() {
            Detail::Full => "level-full",
            Detail::Box => "level-box",
            Detail::Dot => "level-dot",
        };
        let looking = if mode == Mode::Look { " looking" } else { "" };
        format!("canvas {level}{looking}")
    };
    // Under 60 screen px wide a box shows its icon alone.
    let icons_only = Memo::new(move |_| tiny.with(|viewport| viewport.zoom < 60.0 / 208.0));
    let cursor_store = store.clone();
    let gesture = store.gesture();
    let cursor = Memo::new(move |_| {
        gesture.track();
        cursor_store.with_session(|session| session.cursor())
    });

    let pointer_down = {
        let input = input.clone();
        move |event: ev::PointerEvent| {
            let Some(element) = root.get_untracked() else { return };
            // The focus goes where the session says, and no text is selected by a drag.
            event.prevent_default();
            input.measure(&element);
            drop(element.set_pointer_capture(event.pointer_id()));
            input.down(&event);
        }
    };
    let wheel = {
        let input = input.clone();
        move |event: ev::WheelEvent| {
            event.prevent_default();
            input.wheel(&event);
        }
    };
    let double_click = {
        let (input, store) = (input.clone(), store.clone());
        move |event: ev::MouseEvent| store.dispatch(EditorAction::DoubleClick(input.pointer(&event)))
    };
    let (keys, leave, overview_store) = (store.clone(), store.clone(), store.clone());
    let focused = store.clone();
    let overview = store.overview();
    let (items_store, items_run) = (store.clone(), run.clone());
    let (wires_store, wires_run) = (store.clone(), run.clone());
    let shown = store.shown();
    let shown_wires = shown.clone();
    let empty_store = store.clone();
    let is_empty = Memo::new(move |_| {
        empty_store.with(|document| document.graph.tasks.is_empty() && document.graph.volumes.is_empty())
    });
    // The key stands where the language wants it.
    let hint = t!("Drag a component here, or press %").split_once('%').unwrap_or_default();
    view! {
        <div
            class=class
            class:icons-only=move || icons_only.get()
            node_ref=root
            role="application"
            aria-label=t!("Pipeline graph")
            tabindex="0"
            data-testid="canvas"
            data-cursor=move || cursor.get()
            style:background-size=move || grid.with(|viewport| { let step = grid_step(viewport); format!("{step}px {step}px") })
            style:background-position=move || offset.with(|viewport| {
                let half = grid_step(viewport) / 2.0;
                format!("{}px {}px", viewport.offset_in_screen.x - half, viewport.offset_in_screen.y - half)
            })
            on:pointerdown=pointer_down
            on:pointerleave=move |_| leave.dispatch(EditorAction::PointerLeave)
            on:contextmenu=|event| event.prevent_default()
            on:wheel=wheel
            on:dblclick=double_click
            on:keydown=move |event| key_down(&keys, &event)
            on:focusin=move |event| focus_in(&focused, &event)
        >
            <OverviewLayer store=store.clone() run=run.clone() />
            <div
                class="world"
                data-testid="world"
                style:transform=move || viewport.with(transform)
                style:--label=move || zoom.with(|viewport| if viewport.detail() == Detail::Box { format!("{:.1}px", 11.0 / viewport.zoom) } else { String::from("13px") })
            >
                <svg class="wires" aria-hidden="true">
                    <For each=move || shown_wires.with(|shown| shown.wires.to_vec()) key=|id| id.clone() let:id>
                        <WireView store=wires_store.clone() id=id run=wires_run.clone() />
                    </For>
                </svg>
                <For each=move || shown.with(|shown| shown.items.to_vec()) key=|item| item.clone() let:item>
                    {match item {
                        Item::Task(name) => view! { <NodeView store=items_store.clone() name=name run=items_run.clone() /> }.into_any(),
                        Item::Volume(name) => view! { <VolumeView store=items_store.clone() name=name /> }.into_any(),
                    }}
                </For>
                <GestureView store=store.clone() />
            </div>
            <TipView store=store.clone() />
            <Show when=move || is_empty.get() && mode == Mode::Edit>
                <p class="canvas-empty" data-testid="canvas-empty">{hint.0}<span class="kbd">"A"</span>{hint.1}</p>
            </Show>
            <Toolbar store=store.clone() mode=mode />
            {move || overview.get().then(|| view! { <Minimap store=overview_store.clone() run=run.clone() /> })}
            <QuickAddView store=store.clone() />
            <p class="sr" role="status" aria-live="polite" data-testid="announcement">{move || announced.get()}</p>
        </div>
        <ContextMenu store=store place=menu_place on=menu_on />
    }
}

fn transform(viewport: &Viewport) -> String {
    let offset = viewport.offset_in_screen;
    format!("translate({:.2}px, {:.2}px) scale({})", offset.x, offset.y, viewport.zoom)
}

/// The distance of grid dots on the screen: doubled until they stand apart.
fn grid_step(viewport: &Viewport) -> f64 {
    let mut step = 16.0 * viewport.zoom.max(ZOOM_OF_DOTS / 4.0);
    while step < 10.0 {
        step *= 2.0;
    }
    step
}

/// Whether the browser's focus is on the page as a whole, with no dialog over it.
fn nothing_has_the_focus() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
        && document().query_selector("[role='dialog']").ok().flatten().is_none()
}

/// Keys, unless they belong to a field inside.
fn key_down(store: &DocumentStore, event: &ev::KeyboardEvent) {
    if is_typing(event) {
        return;
    }
    let on_button = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlButtonElement>().ok()).is_some();
    if on_button && matches!(event.key().as_str(), "Enter" | " " | "Tab") {
        return;
    }
    if event.key() == " " {
        event.prevent_default();
        store.dispatch(EditorAction::HoldSpace);
        return;
    }
    let Some(action) = action_of(&key_press(event)) else { return };
    if let EditorAction::Advance(step) = &action
        && !store.with_session(|session| session.holds_wire() || session.next_item(*step).is_some())
    {
        // The last item lets the focus out of the canvas.
        return;
    }
    if action == EditorAction::Page(dagwright_editor::action::PageAction::ReadClipboard) {
        // The paste event that follows brings the text.
        return;
    }
    event.prevent_default();
    event.stop_propagation();
    store.dispatch(action);
}

/// The browser put its focus on an item (a screen reader, a script): the session follows.
fn focus_in(store: &DocumentStore, event: &ev::FocusEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let item = target.and_then(|element| {
        let task = element.get_attribute("data-task").map(Item::Task);
        task.or_else(|| element.get_attribute("data-volume").map(Item::Volume))
    });
    if let Some(item) = item {
        store.dispatch(EditorAction::Focus(item));
    }
}

/// Tells the session the element's size, at first and whenever it changes.
fn watch_size(root: NodeRef<html::Div>, input: CanvasInput) {
    Effect::new(move |_| {
        let Some(element) = root.get() else { return };
        input.measure(&element);
        let (observed, watching) = (element.clone(), input.clone());
        let tell = Closure::<dyn FnMut()>::new(move || watching.measure(&observed));
        if let Ok(observer) = web_sys::ResizeObserver::new(tell.as_ref().unchecked_ref()) {
            observer.observe(&element);
            // Disconnected before the closure it calls is freed.
            let kept = StoredValue::new_local((observer, tell));
            on_cleanup(move || {
                kept.try_with_value(|(observer, _)| observer.disconnect());
            });
        }
    });
}

/// Pointer moves and releases count wherever they happen while something is held, else only over the canvas.
fn follow_pointer(root: NodeRef<html::Div>, input: CanvasInput, store: DocumentStore) {
    let busy = {
        let store = store.clone();
        move || store.with_session(|session| !session.gesture().is_idle())
    };
    let over = move |event: &ev::PointerEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        root.try_get_untracked().flatten().is_some_and(|root| root.contains(target.as_ref()))
    };
    let (move_input, move_busy) = (input.clone(), busy.clone());
    let moved = window_event_listener(ev::pointermove, move |event| {
        if move_busy() || over(&event) {
            move_input.moved(&event);
        }
    });
    let (up_input, up_busy) = (input, busy);
    let up = window_event_listener(ev::pointerup, move |event| {
        if up_busy() {
            up_input.up(&event);
        }
    });
    let cancel_store = store.clone();
    let cancelled =
        window_event_listener(ev::pointercancel, move |_| cancel_store.dispatch(EditorAction::PointerCancel));
    // A drag from the palette has the focus elsewhere; Escape gives it up all the same.
    let escape_store = store.clone();
    let escaped = window_event_listener(ev::keydown, move |event| {
        let placing = || escape_store.with_session(|session| matches!(session.gesture(), Gesture::Placing { .. }));
        if event.key() == "Escape" && placing() {
            event.prevent_default();
            escape_store.dispatch(EditorAction::PointerCancel);
        } else if event.key() != "Tab" && nothing_has_the_focus() {
            // As on a page just opened, which says "press A"; Tab goes its usual way through the page.
            key_down(&escape_store, &event);
        }
    });
    let release_store = store.clone();
    let released = window_event_listener(ev::keyup, move |event| {
        if event.key() == " " {
            release_store.dispatch(EditorAction::ReleaseSpace);
        }
    });
    // To run is asked for from anywhere in the editor but from a dialog, which has its own answer.
    let run_store = store.clone();
    let run_asked = window_event_listener(ev::keydown, move |event| {
        let press = key_press(&event);
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let within = |selector: &str| {
            target.as_ref().is_some_and(|target| target.closest(selector).is_ok_and(|found| found.is_some()))
        };
        let asked = press.modifiers.control && press.key == "Enter" && !event.default_prevented();
        if asked && within(".app.editor") && !within("[role=dialog]") {
            event.prevent_default();
            run_store.dispatch(EditorAction::Page(dagwright_editor::action::PageAction::Run));
        }
    });
    let blur_store = store.clone();
    let blurred = window_event_listener(ev::blur, move |_| {
        blur_store.dispatch(EditorAction::ReleaseSpace);
        blur_store.dispatch(EditorAction::PointerCancel);
    });
    let pasted = window_event_listener(ev::paste, move |event| {
        let inside = document().active_element().is_some_and(|active| {
            root.try_get_untracked().flatten().is_some_and(|root| root.contains(Some(&active)))
                && !matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA")
        }) || nothing_has_the_focus();
        let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
        if let (true, Some(text)) = (inside, text) {
            event.prevent_default();
            super::clipboard::paste(store.clone(), text);
        }
    });
    on_cleanup(move || {
        moved.remove();
        up.remove();
        cancelled.remove();
        blurred.remove();
        escaped.remove();
        released.remove();
        run_asked.remove();
        pasted.remove();
    });
}

/// Does the effects that are the canvas' own: focus and menu; the rest is the page's.
fn carry_out_effects(
    root: NodeRef<html::Div>,
    store: &DocumentStore,
    menu_place: RwSignal<MenuPlace>,
    menu_on: RwSignal<Option<Hit>>,
) {
    store.on_effect(move |effect| match effect {
        EditorEffect::FocusItem(item) => {
            let id = element_id(item);
            // The element may only come into the page with this very change.
            request_animation_frame(move || {
                if let Some(element) = document().get_element_by_id(&id) {
                    focus_without_scrolling(&element);
                }
            });
        }
        EditorEffect::FocusCanvas => {
            if let Some(element) = root.try_get_untracked().flatten() {
                focus_without_scrolling(&element);
            }
        }
        EditorEffect::ContextMenu { at_in_screen, on } => {
            if let Some(element) = root.try_get_untracked().flatten() {
                let bounds = element.get_bounding_client_rect();
                let place = (bounds.left() + at_in_screen.x, bounds.top() + at_in_screen.y);
                menu_on.set(Some(on.clone()));
                // The press that opens it has yet to reach the window, where presses close menus.
                request_animation_frame(move || {
                    menu_place.try_set(Some(place));
                });
            }
        }
        _ => {}
    });
}

/// What is said to screen readers: the last announcement.
fn announcements(store: &DocumentStore) -> ReadSignal<String> {
    let (announced, announce) = signal(String::new());
    store.on_effect(move |effect| {
        if let EditorEffect::Announced(text) = effect {
            announce.try_set(text.clone());
        }
    });
    announced
}

fn focus_without_scrolling(element: &web_sys::Element) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        drop(element.focus_with_options(&options));
    }
}
