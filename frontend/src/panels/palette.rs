//! The palette: blocks and components by group, searched, dragged onto the canvas or put there by Enter.

use crate::panels::inspector::task::implementation_icon;
use crate::panels::inspector::task::inputs_words;
use crate::panels::manage::manage;
use crate::panels::templates::Template;
use crate::store::document_store::DocumentStore;
use crate::store::palette::{PaletteGroup, PaletteStore};
use crate::ui::icon::{Icon, SmallIcon};
use crate::viewers::output::type_class;
use dagwright_editor::action::{EditorAction, NewItem};
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::origin::Origin;
use dagwright_shared::ports::ports;
use dagwright_texts::t;
use leptos::{html, prelude::*};

/// The palette.
#[component]
pub fn Palette(
    /// The document.
    store: DocumentStore,
    /// What it offers beside the document's own.
    palette: PaletteStore,
    /// The search field, for the key that goes there.
    search: NodeRef<html::Input>,
) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let groups = palette.groups();
    let managing = RwSignal::new(false);
    let own = {
        let store = store.clone();
        Memo::new(move |_| {
            let components = store.with(|pipeline| pipeline.graph.components.values().cloned().collect::<Vec<_>>());
            PaletteGroup { name: String::from(t!("In this pipeline")), components }
        })
    };
    let shown = move || {
        let needle = query.get().trim().to_lowercase();
        let fits = |component: &Component| {
            needle.is_empty()
                || component.name.to_lowercase().contains(&needle)
                || component.description.as_ref().is_some_and(|text| text.to_lowercase().contains(&needle))
        };
        let all = std::iter::once(own.get()).chain(groups.get());
        let found = all.map(|group| PaletteGroup {
            components: group.components.into_iter().filter(|component| fits(component)).collect(),
            ..group
        });
        found.filter(|group| !group.components.is_empty()).collect::<Vec<_>>()
    };
    let searching = Memo::new(move |_| !query.with(|query| query.trim().is_empty()));
    let nothing = move || searching.get() && shown().is_empty();
    let block = {
        let store = store.clone();
        move |icon: &'static str,
              name: &'static str,
              word: &'static str,
              title: &'static str,
              template: Option<Template>| {
            let (drag, put) = (store.clone(), store.clone());
            // Made when it is wanted: its name depends on what is there.
            let fresh = move |store: &DocumentStore| {
                template.map(|template| Box::new(store.with_untracked(|pipeline| template.component(pipeline))))
            };
            view! {
                <button
                    class="block-button"
                    title=title
                    data-block=name
                    on:pointerdown=move |event| begin_drag(&event, &drag, fresh(&drag).map_or(NewItem::Volume, NewItem::Component))
                    on:keydown=move |event| {
                        if event.key() == "Enter" {
                            event.prevent_default();
                            put.dispatch(fresh(&put).map_or(EditorAction::AddVolume, EditorAction::AddComponent));
                        }
                    }
                >
                    <Icon name=icon />{word}
                </button>
            }
        }
    };
    let list = {
        let store = store.clone();
        move || {
            shown()
                .into_iter()
                .map(|group| view! { <Group store=store.clone() group=group open=searching /> })
                .collect_view()
        }
    };
    view! {
        <div class="search">
            <span class="field">
                <Icon name="search" />
                <input node_ref=search placeholder=t!("Search components") aria-label=t!("Search components") bind:value=query
                    on:keydown=move |event| if event.key() == "Escape" { query.set(String::new()); drop(event_target::<web_sys::HtmlElement>(&event).blur()); } />
                <span class="kbd">"/"</span>
            </span>
        </div>
        <div class="scroll">
            <section class="group">
                <h3>{t!("Blocks")}</h3>
                <div class="blocks">
                    {block("volume", "Volume", t!("Volume"), t!("Storage that tasks share"), None)}
                    {block("python", "Python", "Python", t!("A new Python function"), Some(Template::Python))}
                    {block("text", "Shell", t!("Shell"), t!("A new shell script"), Some(Template::Shell))}
                    {block("container", "Container", t!("Container"), t!("A new container step"), Some(Template::Container))}
                </div>
            </section>
            {list}
            <section class="group">
                <button class="btn quiet small" on:click=move |_| managing.set(true)><SmallIcon name="library" />{t!("Your components and libraries")}</button>
            </section>
            <Show when=nothing><p class="empty-line padded">{move || t!("No component is called “{name}”.", name = query.get())}</p></Show>
        </div>
        {move || managing.get().then(|| manage(palette, Callback::new(move |()| managing.set(false))))}
    }
}

/// A press in the palette begins a drag; the canvas takes it from there.
fn begin_drag(event: &leptos::ev::PointerEvent, store: &DocumentStore, item: NewItem) {
    if event.button() == 0 {
        event.prevent_default();
        // Kept on the palette's button, the pointer's events would never reach the canvas.
        let target = event_target::<web_sys::Element>(event);
        drop(target.release_pointer_capture(event.pointer_id()));
        drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(target).focus());
        store.dispatch(EditorAction::BeginDrag(item));
    }
}

#[component]
fn Group(store: DocumentStore, group: PaletteGroup, open: Memo<bool>) -> impl IntoView {
    let folded = RwSignal::new(false);
    let count = group.components.len();
    let cards = StoredValue::new(group.components);
    let visible = move || open.get() || !folded.get();
    view! {
        <section class="group">
            <h3>
                <button class="fold" aria-expanded=move || visible().to_string() on:click=move |_| folded.update(|folded| *folded = !*folded)>
                    <SmallIcon name=Signal::derive(move || if visible() { "chevron-down" } else { "chevron-right" }) />
                    {group.name}
                    <span class="count">{count}</span>
                </button>
            </h3>
            <Show when=visible>
                {cards.get_value().into_iter().map(|component| view! { <Card store=store.clone() component=component /> }).collect_view()}
            </Show>
        </section>
    }
}

#[component]
fn Card(store: DocumentStore, component: Component) -> impl IntoView {
    let resolved = ports(&component);
    let dots = resolved
        .outputs
        .iter()
        .take(4)
        .map(|output| view! { <i class=format!("dot {}", type_class(&output.port_type))></i> });
    let dots = dots.collect_view();
    let words = match resolved.outputs.len() {
        0 => t!("{inputs} in", inputs = resolved.inputs.len()),
        outputs => t!("{inputs} in, {outputs} out", inputs = resolved.inputs.len(), outputs),
    };
    let words = match component.origin.as_deref().and_then(|origin| Origin::read(origin).version) {
        Some(version) => t!("{words}, version {version}", words, version),
        None => words,
    };
    let title = component.description.clone().unwrap_or_else(|| inputs_words(resolved.inputs.len()));
    let icon = implementation_icon(&component.implementation);
    let name = component.name.clone();
    let (item, put) = (NewItem::Component(Box::new(component.clone())), component);
    let drag = store.clone();
    view! {
        <button
            class="card"
            title=title
            data-component=name.clone()
            on:pointerdown=move |event| begin_drag(&event, &drag, item.clone())
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    event.prevent_default();
                    store.dispatch(EditorAction::AddComponent(Box::new(put.clone())));
                }
            }
        >
            <Icon name=icon /><b class="cut">{name.clone()}</b><span class="ports">{dots}</span><small class="cut">{words}</small>
        </button>
    }
}
