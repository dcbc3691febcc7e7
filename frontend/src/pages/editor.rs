//! The editor page: palette, canvas, inspector, problems; saving, running, exporting. Arranges; the parts decide.

pub mod autosave;
pub mod bar;
pub mod conflict;
pub mod yaml;

use crate::canvas::CanvasView;
use crate::net::client::{self, ApiError, segment};
use crate::pages::frame::HomeFrame;
use crate::panels::export::ExportDialog;
use crate::panels::inspector::Inspector;
use crate::panels::keys::KeySheet;
use crate::panels::palette::{Palette, PaletteGroup};
use crate::panels::parameters::ParameterList;
use crate::panels::problems::{ProblemList, go_to};
use crate::panels::run_form::RunForm;
use crate::panels::workflow::{SizeMeter, WorkflowPreview, workflow_size};
use crate::store::document_store::DocumentStore;
use crate::store::server::{meaning_of, place_of, place_of_run, server_info};
use crate::ui::format::count;
use crate::ui::icon::SmallIcon;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::pause::AfterPause;
use crate::ui::toast::toast;
use autosave::Autosave;
use bar::EditorBar;
use dagwright_editor::action::{EditorAction, PageAction};
use dagwright_editor::session::Mode;
use dagwright_editor::update::Effect as EditorEffect;
use dagwright_shared::api::{Catalog, StoredPipeline};
use dagwright_shared::check::check;
use dagwright_shared::diagnostic::{Place, Severity, any_error};
use dagwright_shared::pipeline::file::{component_from_value, pipeline_from_value};
use leptos::{html, prelude::*};
use leptos_router::{components::A, hooks::use_params_map};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The page: fetches the pipeline, then opens it.
#[component]
pub fn EditorPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let stored = LocalResource::new(move || {
        let address = format!("/api/pipelines/{}", segment(&id.get()));
        async move { client::get::<StoredPipeline>(&address).await }
    });
    view! {
        <Transition fallback=|| view! { <div class="page"><Skeleton /></div> }>
            {move || stored.get().map(|answer| match answer {
                Err(error) => view! { <Problem error=error /> }.into_any(),
                Ok(stored) => view! { <OpenPipeline stored=stored /> }.into_any(),
            })}
        </Transition>
    }
}

#[component]
fn Problem(error: ApiError) -> impl IntoView {
    view! { <HomeFrame current=""><ErrorNotice error=error /><div class="tail"><A href="/">"All pipelines"</A></div></HomeFrame> }
}

/// How long edits rest before the document is checked.
const CHECK_PAUSE: std::time::Duration = std::time::Duration::from_millis(150);

/// What is open over the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Run,
    Export,
    Keys,
}

/// What the bottom panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bottom {
    Folded,
    Problems,
    Workflow,
}

/// Which panels stand.
#[derive(Clone, Copy)]
struct Layout {
    palette: RwSignal<bool>,
    inspector: RwSignal<bool>,
    bottom: RwSignal<Bottom>,
    over: RwSignal<Over>,
    yaml: RwSignal<bool>,
}

impl Layout {
    /// Opens the YAML beside the canvas in the inspector's room, or closes it.
    fn toggle_yaml(self) {
        let opens = !self.yaml.get_untracked();
        self.yaml.set(opens);
        self.inspector.set(!opens);
    }
}

#[component]
fn OpenPipeline(stored: StoredPipeline) -> impl IntoView {
    let outcome = pipeline_from_value(&stored.document);
    let Some(document) = outcome.value else {
        let list = outcome
            .diagnostics
            .into_iter()
            .map(|problem| view! { <li>{crate::ui::format::sentences(&problem.message, &problem.hint)}</li> })
            .collect_view();
        return view! { <HomeFrame current=""><h1>"This document cannot be read"</h1><ul class="file-problems">{list}</ul></HomeFrame> }.into_any();
    };
    let id = stored.id.clone();
    let store = DocumentStore::open(document, Mode::Edit);
    let autosave = Autosave::start(store.clone(), &stored);
    let layout = Layout {
        palette: RwSignal::new(true),
        inspector: RwSignal::new(true),
        bottom: RwSignal::new(Bottom::Folded),
        over: RwSignal::new(Over::Nothing),
        yaml: RwSignal::new(false),
    };
    // Closed by its own button: the inspector is there again.
    Effect::new(move |before: Option<bool>| {
        let open = layout.yaml.get();
        if before == Some(true) && !open {
            layout.inspector.set(true);
        }
        open
    });
    let yaml_wanted = Memo::new(move |before: Option<&bool>| before == Some(&true) || layout.yaml.get());
    let yaml_column = {
        let (store, id) = (store.clone(), id.clone());
        move || {
            let wanted = yaml_wanted.get();
            wanted.then(
                || view! { <yaml::YamlColumn store=store.clone() id=id.clone() autosave=autosave shown=layout.yaml /> },
            )
        }
    };
    keep_checked(&store);
    let size = workflow_size(&store);
    let groups = palette_groups(&store);
    let search: NodeRef<html::Input> = NodeRef::new();
    let run = {
        let store = store.clone();
        Callback::new(move |()| {
            let problems = store.problems().get_untracked();
            if any_error(&problems) {
                // Run is never dead: with errors it opens Problems and goes to the first one.
                layout.bottom.set(Bottom::Problems);
                if let Some(first) = problems.iter().find(|problem| problem.severity == Severity::Error) {
                    go_to(&store, &first.place);
                }
            } else {
                layout.over.set(Over::Run);
            }
        })
    };
    answer_effects(&store, layout, search, run);
    let close = Callback::new(move |()| layout.over.set(Over::Nothing));
    let dialogs = {
        let (store, id) = (store.clone(), id.clone());
        move || match layout.over.get() {
            Over::Nothing => ().into_any(),
            Over::Keys => view! { <KeySheet close=close /> }.into_any(),
            Over::Export => view! { <ExportDialog store=store.clone() close=close /> }.into_any(),
            Over::Run => {
                let save = Callback::new(move |done| autosave.flush(done));
                view! { <RunForm store=store.clone() pipeline=id.clone() save=save size=size close=close /> }.into_any()
            }
        }
    };
    let columns = move || {
        let left = if layout.palette.get() { "var(--palette-w)" } else { "0px" };
        let right = if layout.inspector.get() { "var(--inspector-w)" } else { "0px" };
        format!("{left} minmax(0, 1fr) {right}")
    };
    view! {
        <div class="app editor" style:grid-template-columns=columns>
            <EditorBar store=store.clone() id=id autosave=autosave run=run yaml=layout.yaml toggle_yaml=Callback::new(move |()| layout.toggle_yaml()) export=Callback::new(move |()| layout.over.set(Over::Export)) />
            <aside class="left" aria-label="Components" class:folded=move || !layout.palette.get()>
                <Palette store=store.clone() groups=groups search=search />
                <ParameterList store=store.clone() />
            </aside>
            <main class="main">
                <div class="canvas-row"><CanvasView store=store.clone() />{yaml_column}</div>
                <BottomPanel store=store.clone() bottom=layout.bottom />
            </main>
            <aside class="right" aria-label="Inspector" class:folded=move || !layout.inspector.get()><Inspector store=store.clone() /></aside>
            <StatusBar store=store.clone() layout=layout size=size />
        </div>
        <conflict::ConflictDialog autosave=autosave store=store />
        {dialogs}
    }
    .into_any()
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
            pause.run(move || store.set_problems(store.with_untracked(check)));
        }
        now
    });
}

/// Components of the catalog, for the palette and for quick-add.
fn palette_groups(store: &DocumentStore) -> RwSignal<Vec<PaletteGroup>> {
    let groups = RwSignal::new(Vec::new());
    let store = store.clone();
    leptos::task::spawn_local(async move {
        let Ok(catalog) = client::get::<Catalog>("/api/catalog").await else { return };
        let read = |values: Vec<serde_json::Value>| {
            values.iter().filter_map(|value| component_from_value(value).value).collect::<Vec<_>>()
        };
        let found: Vec<PaletteGroup> = catalog
            .groups
            .into_iter()
            .map(|group| PaletteGroup { name: group.name, components: read(group.components) })
            .collect();
        store.set_catalogue(found.iter().flat_map(|group| group.components.clone()).collect());
        groups.try_set(found);
    });
    groups
}

/// Carries out what the session cannot do itself.
fn answer_effects(store: &DocumentStore, layout: Layout, search: NodeRef<html::Input>, run: Callback<()>) {
    let paste = store.clone();
    store.on_effect(move |effect| match effect {
        EditorEffect::WriteClipboard(text) => {
            let text = text.clone();
            leptos::task::spawn_local(async move {
                drop(JsFuture::from(window().navigator().clipboard().write_text(&text)).await);
            });
        }
        EditorEffect::Refused(text) | EditorEffect::Told(text) => toast(text.clone()),
        EditorEffect::EditField(place) => {
            layout.inspector.set(true);
            focus_field(field_of(place));
        }
        EditorEffect::Page(action) => match action {
            PageAction::Run => run.run(()),
            PageAction::Search => {
                layout.palette.set(true);
                if let Some(input) = search.get_untracked() {
                    drop(input.focus());
                    input.select();
                }
            }
            PageAction::Rename => {
                layout.inspector.set(true);
                focus_field((
                    String::from("[aria-label='Task name'], [aria-label='Volume name'], [aria-label='Pipeline name']"),
                    0,
                ));
            }
            PageAction::Help => layout.over.set(Over::Keys),
            PageAction::TogglePalette => layout.palette.update(|shown| *shown = !*shown),
            PageAction::ToggleInspector => layout.inspector.update(|shown| *shown = !*shown),
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
                        Some(text) => store.dispatch(EditorAction::Paste(text)),
                        None => toast("The browser does not give the clipboard. Allow it for this page."),
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

/// Where a place of the document is edited: a selector of the inspector, and which of what it finds.
fn field_of(place: &Place) -> (String, usize) {
    match place {
        Place::Task { field, .. } => {
            let mut parts = field.split('/');
            match (parts.next(), parts.next()) {
                (Some("arguments"), Some(input)) => {
                    (format!(".frow[data-input='{}'] .stack", input.replace(['\'', '\\'], "")), 0)
                }
                (Some("mounts"), Some(index)) => {
                    (String::from("[aria-label='Mount path']"), index.parse().unwrap_or(0))
                }
                _ => (String::from("[aria-label='Task name']"), 0),
            }
        }
        Place::Volume { field, .. } if field == "size" => (String::from("[aria-label='Size']"), 0),
        Place::Volume { .. } => (String::from("[aria-label='Volume name']"), 0),
        _ => (String::from("[aria-label='Pipeline name']"), 0),
    }
}

/// Puts the focus into a field of the inspector, once it stands: the second frame after the selection changed.
fn focus_field((selector, index): (String, usize)) {
    request_animation_frame(move || {
        request_animation_frame(move || {
            let found = document().query_selector_all(&selector).ok().and_then(|list| list.item(index as u32));
            let Some(element) = found.and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else { return };
            let inner =
                element.query_selector("input, textarea, select, [tabindex='0']").ok().flatten().unwrap_or(element);
            if let Some(input) = inner.dyn_ref::<web_sys::HtmlInputElement>() {
                drop(input.focus());
                input.select();
            } else if let Some(field) = inner.dyn_ref::<web_sys::HtmlElement>() {
                drop(field.focus());
            }
        });
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
        Bottom::Workflow => view! { <WorkflowPreview store=store.clone() /> }.into_any(),
        _ => view! { <ProblemList store=store.clone() /> }.into_any(),
    };
    view! {
        <Show when=move || bottom.get() != Bottom::Folded>
            <section class="bottom" aria-label="Problems and Workflow">
                <div class="tabs" role="tablist">
                    {tab(Bottom::Problems, "Problems")} {tab(Bottom::Workflow, "Workflow YAML")}
                    <span class="grow"></span>
                    <button class="btn quiet small icon" title="Close" aria-label="Close" on:click=move |_| bottom.set(Bottom::Folded)><SmallIcon name="close" /></button>
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
            format!(
                "{}, {}, {}",
                count(graph.tasks.len() as u64, "task", "tasks"),
                count(graph.volumes.len() as u64, "volume", "volumes"),
                count(graph.parameters.len() as u64, "parameter", "parameters")
            )
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
                    (0, 0) => view! { <SmallIcon name="check" />"No problems" }.into_any(),
                    (0, warnings) => view! { <SmallIcon name="warning" />{count(warnings, "warning", "warnings")} }.into_any(),
                    (errors, _) => view! { <SmallIcon name="error" />{count(errors, "error", "errors")} }.into_any(),
                }}
            </button>
            <span class="grow"></span>
            <button class="status-button hide-narrow" on:click=move |_| layout.over.set(Over::Keys)><span class="kbd">"?"</span>"keys"</button>
            <SizeMeter size=size />
        </footer>
    }
}
