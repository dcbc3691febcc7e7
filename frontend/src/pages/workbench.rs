//! The place where a document is looked at or worked on: palette, canvas, inspector, problems, and the bar that a page gives it.
//! Arranges; the parts decide. What the document is and where it is kept is the page's to know.

use super::arrive::{ArrivalDialog, Arrivals, Navigate};
use super::extras::{Extra, extra};
use crate::canvas::{CanvasView, clipboard};
use crate::net::client;
use crate::panels::inspector::Inspector;
use crate::panels::palette::Palette;
use crate::panels::parameters::ParameterList;
use crate::panels::problems::ProblemList;
use crate::panels::workflow::SizeMeter;
use crate::store::document_store::DocumentStore;
use crate::store::palette::PaletteStore;
use crate::store::server::{link_base, meaning_of, place_of, place_of_run, server_info};
use crate::ui::format;
use crate::ui::icon::SmallIcon;
use crate::ui::pause::AfterPause;
use crate::ui::toast::toast;
use dagwright_editor::action::{EditorAction, PageAction};
use dagwright_editor::selection::Item;
use dagwright_editor::session::Mode;
use dagwright_editor::update::Effect as EditorEffect;
use dagwright_shared::check::check;
use dagwright_shared::diagnostic::{Place, Severity};
use dagwright_texts::t;
use leptos::{html, prelude::*};
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// How long edits rest before the document is checked.
const CHECK_PAUSE: std::time::Duration = std::time::Duration::from_millis(150);

/// How long a field is waited for before the focus stays where it is.
const FRAMES_FOR_A_PANEL: u32 = 120;

/// What is open over the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nothing.
    Nothing,
    /// The run form.
    Run,
    /// Links and files.
    Share,
    /// The list of keys.
    Keys,
}

/// What the bottom panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bottom {
    /// Nothing: it is folded.
    Folded,
    /// The problems.
    Problems,
    /// The compiled Workflow.
    Workflow,
}

/// Which panels stand.
#[derive(Clone, Copy)]
pub struct Layout {
    /// The palette.
    pub palette: RwSignal<bool>,
    /// The inspector.
    pub inspector: RwSignal<bool>,
    /// The bottom panel.
    pub bottom: RwSignal<Bottom>,
    /// What is open over all of it.
    pub over: RwSignal<Over>,
    /// The YAML beside the canvas.
    pub yaml: RwSignal<bool>,
}

impl Layout {
    /// As a page opens: the palette only where something may be added.
    pub fn new(mode: Mode) -> Self {
        Self {
            palette: RwSignal::new(mode == Mode::Edit),
            inspector: RwSignal::new(!is_phone()),
            bottom: RwSignal::new(Bottom::Folded),
            over: RwSignal::new(Over::Nothing),
            yaml: RwSignal::new(false),
        }
    }

    /// Opens the YAML beside the canvas in the inspector's room, or closes it.
    pub fn toggle_yaml(self) {
        let opens = !self.yaml.get_untracked();
        self.yaml.set(opens);
        self.inspector.set(!opens);
    }
}

/// The place.
#[component]
pub fn Workbench(
    /// The document.
    store: DocumentStore,
    /// Which panels stand.
    layout: Layout,
    /// Bytes of the Workflow.
    size: RwSignal<Option<u64>>,
    /// What the palette offers beside the document's own components.
    palette: PaletteStore,
    /// Asked for by Ctrl Enter.
    run: Callback<()>,
    /// The bar above.
    bar: AnyView,
    /// What stands beside the canvas.
    #[prop(optional)]
    beside: Option<AnyView>,
) -> impl IntoView {
    let mode = store.with_session(|session| session.mode());
    let search: NodeRef<html::Input> = NodeRef::new();
    provide_context(palette);
    let arrivals = Arrivals::new(&store, palette);
    let navigate = navigate();
    let to_palette = navigate.clone();
    keep_checked(&store);
    answer_effects(&store, layout, search, run, arrivals);
    show_named_task(&store);
    let columns = move || {
        let left = if layout.palette.get() { "var(--palette-w)" } else { "0px" };
        let right = if layout.inspector.get() { "var(--inspector-w)" } else { "0px" };
        format!("{left} minmax(0, 1fr) {right}")
    };
    let left = (mode == Mode::Edit).then(|| {
        view! { <Palette store=store.clone() palette=palette search=search /><ParameterList store=store.clone() /> }
    });
    view! {
        <div class="app editor" class:looking=mode == Mode::Look style:grid-template-columns=columns>
            {bar}
            <aside class="left" aria-label=t!("Components") class:folded=move || !layout.palette.get() on:dragover=|event| event.prevent_default() on:drop=move |event| arrivals.drop_to_keep(&event, to_palette.clone())><h2 class="sr">{t!("Components")}</h2>{left}</aside>
            <main class="main" on:dragover=|event| event.prevent_default() on:drop=move |event| arrivals.drop(&event, navigate.clone())>
                <div class="canvas-row"><CanvasView store=store.clone() />{beside}</div>
                <BottomPanel store=store.clone() bottom=layout.bottom />
            </main>
            <aside class="right" aria-label=t!("Inspector") class:folded=move || !layout.inspector.get()><h2 class="sr">{t!("Inspector")}</h2><Inspector store=store.clone() /></aside>
            <StatusBar store=store layout=layout size=size />
        </div>
        <ArrivalDialog arrivals=arrivals />
    }
}

fn navigate() -> Navigate {
    std::rc::Rc::new(use_navigate())
}

/// Whether the window is a phone's when a document is opened: no room for panels, and no keys, so that it is looked at.
pub fn is_phone() -> bool {
    window().match_media("(max-width: 700px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Checks the document whenever edits settle, for the problems panel and the marks on the canvas.
fn keep_checked(store: &DocumentStore) {
    let revision = store.revision();
    let pause = AfterPause::new(CHECK_PAUSE);
    let store = store.clone();
    store.set_problems(store.with_untracked(check));
    Effect::new(move |before: Option<u64>| {
        let now = revision.get();
        if before.is_some() {
            let store = store.clone();
            pause.run(move || {
                store.set_problems(store.with_untracked(check));
                store.review_origins();
            });
        }
        now
    });
}

/// Carries out what the session cannot do itself.
fn answer_effects(
    store: &DocumentStore,
    layout: Layout,
    search: NodeRef<html::Input>,
    run: Callback<()>,
    arrivals: Arrivals,
) {
    let navigate = StoredValue::new_local(navigate());
    let paste = store.clone();
    let edits = store.with_session(|session| session.mode()) == Mode::Edit;
    store.on_effect(move |effect| match effect {
        EditorEffect::WriteClipboard(copied) => clipboard::copy(copied.clone()),
        EditorEffect::Refused(text) | EditorEffect::Told(text) => toast(text.clone()),
        EditorEffect::Arrived(text) => {
            if let Some(navigate) = navigate.try_get_value() {
                arrivals.text(text.clone(), navigate);
            }
        }
        EditorEffect::EditField(place) => {
            layout.inspector.set(true);
            focus_field(field_of(place));
        }
        EditorEffect::Page(action) => match action {
            PageAction::Run => run.run(()),
            PageAction::Search if !edits => {}
            PageAction::Search => {
                layout.palette.set(true);
                if let Some(input) = search.get_untracked() {
                    drop(input.focus());
                    input.select();
                }
            }
            PageAction::Rename => {
                layout.inspector.set(true);
                focus_field(([t!("Task name"), t!("Volume name"), t!("Pipeline name")].map(labelled).join(", "), 0));
            }
            PageAction::Help => layout.over.set(Over::Keys),
            PageAction::TogglePalette if !edits => {}
            PageAction::TogglePalette => layout.palette.update(|shown| *shown = !*shown),
            PageAction::ToggleInspector => layout.inspector.update(|shown| *shown = !*shown),
            PageAction::CopyLink => copy_link_to_task(&paste),
            PageAction::ToggleYaml => layout.toggle_yaml(),
            PageAction::ToggleBottom => {
                layout.bottom.update(|bottom| {
                    *bottom = if *bottom == Bottom::Folded { Bottom::Problems } else { Bottom::Folded }
                });
            }
            PageAction::ReadClipboard => {
                let store = paste.clone();
                leptos::task::spawn_local(async move {
                    let text = JsFuture::from(window().navigator().clipboard().read_text()).await;
                    match text.ok().and_then(|text| text.as_string()) {
                        Some(text) => clipboard::paste(store, text),
                        None => toast(t!("The browser does not give the clipboard. Allow it for this page.")),
                    }
                });
            }
        },
        EditorEffect::ContextMenu { .. }
        | EditorEffect::FocusItem(_)
        | EditorEffect::FocusCanvas
        | EditorEffect::Announced(_) => {}
    });
}

/// Puts a link to the selected task on the clipboard: this page's address with the task's name.
fn copy_link_to_task(store: &DocumentStore) {
    let task = store.with_session(|session| match session.selection().single() {
        Some(Item::Task(name)) => Some(name.clone()),
        _ => None,
    });
    let Some(task) = task else { return };
    let location = window().location();
    let part = |part: Result<String, _>| part.unwrap_or_default();
    let task = client::segment(&task);
    let fragment = part(location.hash());
    let address = format!("{}{}", link_base(), part(location.pathname()));
    let link = match fragment.split_once("&task=").map_or(fragment.as_str(), |(link, _)| link) {
        "" => format!("{address}?task={task}"),
        fragment => format!("{address}{fragment}&task={task}"),
    };
    leptos::task::spawn_local(async move {
        match JsFuture::from(window().navigator().clipboard().write_text(&link)).await {
            Ok(_) => toast(t!("The link to this task is on the clipboard.")),
            Err(_) => toast(t!("The browser does not give the clipboard. Allow it for this page.")),
        }
    });
}

/// Shows the task that the page's address names, by `?task=` or, in a link, by `&task=`.
fn show_named_task(store: &DocumentStore) {
    let location = window().location();
    let query = location.search().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    let named = query.trim_start_matches('?').split('&').chain(fragment.split('&'));
    let named = named.filter_map(|pair| pair.strip_prefix("task=")).next_back();
    let name = named.and_then(|name| js_sys::decode_uri_component(name).ok()).map(String::from);
    if let Some(name) = name {
        let item = Item::Task(name);
        let store = store.clone();
        // Once the canvas knows its size.
        request_animation_frame(move || {
            request_animation_frame(move || store.dispatch(EditorAction::Reveal(item)));
        });
    }
}

/// The selector of what is labelled so.
fn labelled(label: &str) -> String {
    format!("[aria-label='{label}']")
}

/// Where a place of the document is edited: a selector of the inspector, and which of what it finds.
fn field_of(place: &Place) -> (String, usize) {
    match place {
        Place::Task { field, .. } => {
            let mut parts = field.split('/');
            match (parts.next(), parts.next()) {
                (Some("arguments"), Some(input)) => {
                    (format!(".frow[data-input='{}'] .stack", input.replace(['\'', '\\'], "")), 0)
                }
                (Some("mounts"), Some(index)) => (labelled(t!("Mount path")), index.parse().unwrap_or(0)),
                _ => (labelled(t!("Task name")), 0),
            }
        }
        Place::Volume { field, .. } if field == "size" => (labelled(t!("Size")), 0),
        Place::Volume { .. } => (labelled(t!("Volume name")), 0),
        _ => (labelled(t!("Pipeline name")), 0),
    }
}

/// Puts the focus into a field of the inspector, once it stands: the second frame after the selection changed, or later where
/// the panel is yet to be fetched.
fn focus_field(field: (String, usize)) {
    request_animation_frame(move || focus_once_there(field, FRAMES_FOR_A_PANEL));
}

fn focus_once_there((selector, index): (String, usize), frames: u32) {
    request_animation_frame(move || {
        let found = document().query_selector_all(&selector).ok().and_then(|list| list.item(index as u32));
        let Some(element) = found.and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else {
            if frames > 0 {
                focus_once_there((selector, index), frames - 1);
            }
            return;
        };
        let inner = element.query_selector("input, textarea, select, [tabindex='0']").ok().flatten().unwrap_or(element);
        if let Some(input) = inner.dyn_ref::<web_sys::HtmlInputElement>() {
            drop(input.focus());
            input.select();
        } else if let Some(field) = inner.dyn_ref::<web_sys::HtmlElement>() {
            drop(field.focus());
        }
    });
}

#[component]
fn BottomPanel(store: DocumentStore, bottom: RwSignal<Bottom>) -> impl IntoView {
    let problems = store.problems();
    let number = Memo::new(move |_| problems.with(|problems| problems.len()));
    let tab = move |value: Bottom, word: &'static str| {
        view! { <button role="tab" aria-selected=move || (bottom.get() == value).to_string() on:click=move |_| bottom.set(value)>{word}
        {move || (value == Bottom::Problems).then(|| view! { <span class="count">{number.get()}</span> })}</button> }
    };
    let pane = move || match bottom.get() {
        Bottom::Workflow => extra(Extra::Preview { store: store.clone() }).into_any(),
        _ => view! { <ProblemList store=store.clone() /> }.into_any(),
    };
    view! {
        <Show when=move || bottom.get() != Bottom::Folded>
            <section class="bottom" aria-label=t!("Problems and Workflow")>
                <div class="tabs">
                    <span class="tab-list" role="tablist">{tab(Bottom::Problems, t!("Problems"))} {tab(Bottom::Workflow, t!("Workflow YAML"))}</span>
                    <span class="grow"></span>
                    <button class="btn quiet small icon" title=t!("Close") aria-label=t!("Close") on:click=move |_| bottom.set(Bottom::Folded)><SmallIcon name="close" /></button>
                </div>
                {pane.clone()}
            </section>
        </Show>
    }
}

#[component]
fn StatusBar(store: DocumentStore, layout: Layout, size: RwSignal<Option<u64>>) -> impl IntoView {
    let server = server_info();
    let place = move || {
        server.get().map(|server| {
            let engines = server.engines.into_iter().map(|engine| {
                let (icon, _) = place_of(&engine.name);
                let words = place_of_run(&engine.name, &engine.sandbox);
                view! { <span title=meaning_of(&engine).to_owned() data-engine=engine.name><SmallIcon name=icon />{words}</span> }
            });
            engines.collect_view()
        })
    };
    let problems = store.problems();
    let counts = move || {
        problems.with(|problems| {
            let of = |severity| problems.iter().filter(|problem| problem.severity == severity).count() as u64;
            (of(Severity::Error), of(Severity::Warning))
        })
    };
    let facts = move || {
        store.with(|pipeline| {
            let graph = &pipeline.graph;
            let (tasks, volumes) = (graph.tasks.len() as u64, graph.volumes.len() as u64);
            let parameters = graph.parameters.len() as u64;
            format!("{}, {}, {}", format::tasks(tasks), format::volumes(volumes), format::parameters(parameters))
        })
    };
    let open_problems = move |_| {
        layout
            .bottom
            .update(|bottom| *bottom = if *bottom == Bottom::Problems { Bottom::Folded } else { Bottom::Problems })
    };
    view! {
        <footer class="status">
            {place}
            <span class="hide-narrow">{facts}</span>
            <button class="status-button" on:click=open_problems data-testid="problem-count">
                {move || match counts() {
                    (0, 0) => view! { <SmallIcon name="check" />{t!("No problems")} }.into_any(),
                    (0, warnings) => view! { <SmallIcon name="warning" />{format::warnings(warnings)} }.into_any(),
                    (errors, _) => view! { <SmallIcon name="error" />{format::errors(errors)} }.into_any(),
                }}
            </button>
            <span class="grow"></span>
            <button class="status-button hide-narrow" on:click=move |_| layout.over.set(Over::Keys)><span class="kbd">"?"</span>{t!("keys")}</button>
            <SizeMeter size=size />
        </footer>
    }
}
