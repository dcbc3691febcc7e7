//! The search for a component at a place of the canvas: what is typed ranks, what a held wire carries filters.

use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::content::{component_icon, type_class, type_form};
use dagwright_editor::gesture::Gesture;
use dagwright_editor::quick_add::search;
use dagwright_shared::component::Component;
use dagwright_texts::t;
use leptos::{ev, html, prelude::*};

/// How many results are shown: more is a reason to type.
const MOST_SHOWN: usize = 40;

/// The search, while it is open.
#[component]
pub fn QuickAddView(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let gesture = store.gesture();
    let outer = store.clone();
    let open = Memo::new(move |_| {
        gesture.track();
        outer.with_session(|session| matches!(session.gesture(), Gesture::QuickAdd(_)))
    });
    view! { {move || open.get().then(|| view! { <Search store=store.clone() /> })} }
}

#[component]
fn Search(store: DocumentStore) -> impl IntoView {
    let (at, wanted) = store.with_session(|session| match session.gesture() {
        Gesture::QuickAdd(open) => {
            let at = session.viewport().screen_from_canvas(open.at_in_canvas);
            let size = session.viewport().size;
            let inside = |at: f64, length: f64, room: f64| at.min(length - room).max(8.0);
            (
                (inside(at.x, size.width, 296.0), inside(at.y, size.height, 340.0)),
                open.from.clone().map(|(_, wanted)| wanted),
            )
        }
        _ => ((8.0, 8.0), None),
    });
    let text = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let field: NodeRef<html::Input> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            drop(field.focus());
        }
    });
    let hint = wanted.as_ref().map(|wanted| {
        let (class, name) = (
            format!("dot {} {}", type_form(&wanted.port_type), type_class(&wanted.port_type)),
            wanted.port_type.name().to_owned(),
        );
        view! { <p class="fits"><i class=class></i>{t!("Fits {name}", name)}</p> }
    });
    let results_store = store.clone();
    let results = Memo::new(move |_| {
        let text = text.get();
        let catalogue = results_store.catalogue().get();
        results_store.with(|document| {
            let own = document.graph.components.values();
            let known =
                |component: &&Component| !document.graph.components.values().any(|own| own.name == component.name);
            let all = own.chain(catalogue.components().iter().filter(known));
            let found = search(all, &text, wanted.as_ref()).into_iter().take(MOST_SHOWN).cloned();
            found.collect::<Vec<Component>>()
        })
    });
    let choose = {
        let store = store.clone();
        move |index: usize| {
            let component = results.with_untracked(|results| results.get(index).cloned());
            if let Some(component) = component {
                store.dispatch(EditorAction::QuickAdd(Box::new(component)));
            }
        }
    };
    let close = {
        let store = store.clone();
        move || store.dispatch(EditorAction::CloseQuickAdd)
    };
    let keydown = {
        let (choose, close) = (choose.clone(), close.clone());
        move |event: ev::KeyboardEvent| {
            event.stop_propagation();
            let count = results.with_untracked(Vec::len);
            match event.key().as_str() {
                "Enter" => choose(chosen.get_untracked()),
                "Escape" | "Tab" => close(),
                "ArrowDown" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
                "ArrowUp" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let input = move |event| {
        text.set(event_target_value(&event));
        chosen.set(0);
    };
    let list = move || {
        let results = results.get();
        if results.is_empty() {
            return view! { <p class="empty-line">{t!("No component fits.")}</p> }.into_any();
        }
        let rows = results.into_iter().enumerate().map(|(index, component)| {
            let choose = choose.clone();
            let ports =
                t!("{inputs} in, {outputs} out", inputs = component.inputs.len(), outputs = component.outputs.len());
            view! {
                <button
                    class="card"
                    role="option"
                    tabindex="-1"
                    class:hover=move || chosen.get() == index
                    aria-selected=move || (chosen.get() == index).to_string()
                    data-component=component.name.clone()
                    on:click=move |_| choose(index)
                >
                    <Icon name=component_icon(&component) />
                    <b class="cut">{component.name.clone()}</b>
                    <span class="faint">{ports}</span>
                    <small class="cut">{component.description.clone().unwrap_or_default()}</small>
                </button>
            }
        });
        rows.collect_view().into_any()
    };
    view! {
        <div
            class="quick-add"
            role="dialog"
            aria-label=t!("Add a component")
            data-testid="quick-add"
            style:transform=format!("translate({}px, {}px)", at.0, at.1)
            on:pointerdown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
            on:wheel=|event| event.stop_propagation()
            on:keydown=keydown
        >
            <span class="field">
                <Icon name="search" />
                <input node_ref=field placeholder=t!("Add a component") aria-label=t!("Add a component") prop:value=move || text.get() on:input=input />
            </span>
            {hint}
            <div class="results" role="listbox" aria-label=t!("Components")>{list}</div>
        </div>
    }
}
