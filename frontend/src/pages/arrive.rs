//! What is dropped or pasted, taken in: on a canvas as tasks, on the start page as a new pipeline; links are opened.

use crate::net::client;
use crate::net::files;
use crate::panels::arrivals::{Arrived, Gathered, gather, sort};
use crate::panels::editing::editable;
use crate::store::document_store::DocumentStore;
use crate::store::palette::PaletteStore;
use crate::ui::dialog::Dialog;
use crate::ui::format::sentences;
use crate::ui::icon::Icon;
use crate::ui::later::{Part, Room, later, lost_text};
use crate::ui::toast::toast;
use dagwright_editor::action::EditorAction;
use dagwright_editor::clipboard;
use dagwright_shared::api::{CreatePipeline, StoredPipeline};
use dagwright_shared::component::Component;
use dagwright_shared::link::{Link, unpack};
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::file::write_pipeline;
use dagwright_shared::pipeline::{Metadata, Pipeline, Point};
use dagwright_texts::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::wasm_split;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::rc::Rc;

/// Goes to what a link leads to; a damaged one is told and changes nothing.
fn open_link(link: &Link, navigate: &dyn Fn(&str, NavigateOptions)) {
    let own = window().location().origin().unwrap_or_default();
    match link {
        Link::Pipeline(packed) => match unpack(packed) {
            Ok(_) => navigate(&format!("/#pipeline={packed}"), NavigateOptions::default()),
            Err(error) => toast(sentences(&error.to_string(), error.hint())),
        },
        Link::Shared { base, id } if base.is_empty() || *base == own => {
            navigate(&format!("/#shared={id}"), NavigateOptions::default());
        }
        Link::Shared { base, .. } => {
            toast(t!("This short link lies on {base}. Open it there, and copy its long link to bring it here.", base));
        }
    }
}

/// The router's way to a page.
pub type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// What comes to a canvas.
enum Coming {
    /// A pasted text.
    Text(String),
    /// Files, and a text in case there are none.
    Files(LocalBoxFuture<'static, Vec<(String, web_sys::Blob)>>, String, Option<Point>),
    /// Files for the palette.
    Kept(LocalBoxFuture<'static, Vec<(String, web_sys::Blob)>>),
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, fallible)]
fn receive(arrivals: Arrivals, coming: Coming, navigate: Navigate) -> Part<()> {
    leptos::task::spawn_local(async move {
        match coming {
            Coming::Text(text) => arrivals.take_text(&text, &*navigate).await,
            Coming::Kept(files) => arrivals.keep_all(gather(files.await).await).await,
            Coming::Files(files, text, place) => {
                let files = files.await;
                if files.is_empty() && !text.is_empty() {
                    arrivals.take_text(&text, &*navigate).await;
                } else {
                    arrivals.take(gather(files).await, place, &*navigate);
                }
            }
        }
    });
    Ok(())
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
fn offers(arrivals: Arrivals) -> Part<AnyView> {
    Ok(view! { <Offers arrivals=arrivals /> }.into_any())
}

/// What waits for a choice.
#[derive(Clone, Copy)]
pub struct Arrivals {
    offered: RwSignal<Vec<Component>>,
    place: RwSignal<Option<Point>>,
    store: StoredValue<DocumentStore>,
    palette: PaletteStore,
}

impl Arrivals {
    /// For a canvas, and the palette beside it.
    pub fn new(store: &DocumentStore, palette: PaletteStore) -> Self {
        let store = StoredValue::new(store.clone());
        Self { offered: RwSignal::new(Vec::new()), place: RwSignal::new(None), store, palette }
    }

    /// Keeps in the palette what is dropped there: the components of the files.
    pub fn drop_to_keep(self, event: &ev::DragEvent, navigate: Navigate) {
        event.prevent_default();
        let Some(transfer) = event.data_transfer() else { return };
        self.receive(Coming::Kept(files::dropped(&transfer).boxed_local()), navigate);
    }

    async fn keep_all(self, gathered: Gathered) {
        gathered.problems.into_iter().for_each(toast);
        let found = gathered.arrived.into_iter().flat_map(|arrived| match arrived {
            Arrived::Components(found) => found,
            Arrived::Pipeline(pipeline, _) => pipeline.graph.components.values().cloned().collect(),
            Arrived::Link(_) => Vec::new(),
        });
        self.keep(found.collect()).await;
    }

    /// Keeps components in the palette, and says how that went.
    async fn keep(self, components: Vec<Component>) {
        let mut kept = Vec::new();
        for component in components {
            match self.palette.keep(&component).await {
                Ok(stored) => kept.push(t!("{name} (version {version})", name = stored.name, version = stored.version)),
                Err(problem) => toast(format!("{}: {problem}", component.name)),
            }
        }
        if !kept.is_empty() {
            toast(t!("In the palette: {names}", names = kept.join(", ")));
        }
    }

    /// Takes in a pasted text.
    pub fn text(self, text: String, navigate: Navigate) {
        self.receive(Coming::Text(text), navigate);
    }

    fn receive(self, coming: Coming, navigate: Navigate) {
        leptos::task::spawn_local(async move {
            if receive(self, coming, navigate).await.is_err() {
                toast(lost_text());
            }
        });
    }

    async fn take_text(self, text: &str, navigate: &dyn Fn(&str, NavigateOptions)) {
        let gathered = match sort("", text).await {
            Ok(arrived) => Gathered { arrived: vec![arrived], problems: Vec::new() },
            Err(problem) => Gathered { arrived: Vec::new(), problems: vec![problem] },
        };
        self.take(gathered, None, navigate);
    }

    /// Takes in what is dropped.
    pub fn drop(self, event: &ev::DragEvent, navigate: Navigate) {
        event.prevent_default();
        let Some(transfer) = event.data_transfer() else { return };
        let place = self.place_of(event);
        let text = transfer.get_data("text/plain").unwrap_or_default();
        self.receive(Coming::Files(files::dropped(&transfer).boxed_local(), text, place), navigate);
    }

    /// Where on the canvas an event is; `None` off it.
    fn place_of(self, event: &ev::DragEvent) -> Option<Point> {
        let canvas = document().query_selector("[data-testid=canvas]").ok().flatten()?;
        let bounds = canvas.get_bounding_client_rect();
        let at =
            Point { x: f64::from(event.client_x()) - bounds.left(), y: f64::from(event.client_y()) - bounds.top() };
        let place =
            self.store.with_value(|store| store.with_session(|session| session.viewport().canvas_from_screen(at)));
        Some(Point { x: place.x.round(), y: place.y.round() })
    }

    fn take(self, gathered: Gathered, place: Option<Point>, navigate: &dyn Fn(&str, NavigateOptions)) {
        gathered.problems.into_iter().for_each(toast);
        let store = self.store.get_value();
        let mut components = Vec::new();
        for arrived in gathered.arrived {
            match arrived {
                Arrived::Link(link) => return open_link(&link, navigate),
                _ if !editable(&store) => {
                    toast(t!("This pipeline is only looked at; make it yours to add to it."));
                    return;
                }
                Arrived::Pipeline(pipeline, _) => {
                    store.dispatch(EditorAction::Paste(clipboard::read(&write_pipeline(&pipeline))))
                }
                Arrived::Components(found) => components.extend(found),
            }
        }
        self.place.set(place);
        if let [only] = components.as_slice() {
            self.add(std::slice::from_ref(only));
        } else {
            self.offered.set(components);
        }
    }

    /// Puts tasks of these components on the canvas, one below the other.
    fn add(self, components: &[Component]) {
        let store = self.store.get_value();
        if self.place.get_untracked().is_none() {
            components
                .iter()
                .for_each(|component| store.dispatch(EditorAction::AddComponent(Box::new(component.clone()))));
            return;
        }
        let start = self.place.get_untracked().unwrap_or_default();
        let command = |(row, component): (usize, &Component)| EditCommand::AddTask {
            component: Box::new(component.clone()),
            name: None,
            position: Some(Point { x: start.x, y: start.y + 168.0 * row as f64 }),
        };
        let commands = components.iter().enumerate().map(command).collect();
        if let Err(refusal) = store.edit(&EditCommand::Several(commands), None) {
            toast(refusal.to_string());
        }
    }
}

/// The choice among several components.
#[component]
pub fn ArrivalDialog(
    /// What waits.
    arrivals: Arrivals,
) -> impl IntoView {
    let any = Memo::new(move |_| arrivals.offered.with(|offered| !offered.is_empty()));
    move || any.get().then(|| later(load, move || offers(arrivals), Room::Over))
}

#[component]
fn Offers(arrivals: Arrivals) -> impl IntoView {
    let close = Callback::new(move |()| arrivals.offered.set(Vec::new()));
    move || {
        let offered = arrivals.offered.get();
        if offered.is_empty() {
            return ().into_any();
        }
        let note = match offered.len() {
            1 => String::from(t!("1 component")),
            count => t!("{count} components", count),
        };
        let (all, kept) = (offered.clone(), offered.clone());
        let rows = offered
            .into_iter()
            .map(|component| {
                let (name, words) = (component.name.clone(), component.description.clone().unwrap_or_default());
                let kept = component.clone();
                let keep = move |_| leptos::task::spawn_local(arrivals.keep(vec![kept.clone()]));
                view! {
                    <li>
                        <span class="grow"><b>{name.clone()}</b><span class="hint cut">{words}</span></span>
                        <button class="btn quiet small" title=t!("Save to the palette, for other pipelines too") data-keep=name.clone() on:click=keep><Icon name="library" />{t!("Keep")}</button>
                        <button class="btn small" data-offer=name on:click=move |_| arrivals.add(std::slice::from_ref(&component))><Icon name="plus" />{t!("Add")}</button>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Dialog title=t!("Choose what to add") note=note close=close>
                <div class="body"><ul class="offers">{rows}</ul></div>
                <footer role="presentation">
                    <button class="btn quiet" on:click=move |_| leptos::task::spawn_local(arrivals.keep(kept.clone()))>{t!("Keep all")}</button>
                    <button class="btn quiet" on:click=move |_| { arrivals.add(&all); close.run(()); }>{t!("Add all")}</button>
                    <span class="grow"></span>
                    <button class="btn primary" on:click=move |_| close.run(())>{t!("Done")}</button>
                </footer>
            </Dialog>
        }
        .into_any()
    }
}

/// Starts from one text: opens a link, makes a pipeline of a file. `name` is the file's, empty for what was pasted.
pub async fn start_from(
    name: &str,
    text: String,
    error: RwSignal<Option<client::ApiError>>,
    navigate: impl Fn(&str, NavigateOptions) + 'static,
) {
    match sort(name, &text).await {
        Ok(Arrived::Link(link)) => open_link(&link, &navigate),
        Ok(Arrived::Pipeline(_, text)) => create(text, error, navigate).await,
        Ok(Arrived::Components(found)) => create(pipeline_of(&found), error, navigate).await,
        Err(problem) if name.is_empty() || name.ends_with(".py") => toast(problem),
        // The server says all that is wrong with it, with the lines.
        Err(_) => create(text, error, navigate).await,
    }
}

/// On the start page: pastes and drops make new pipelines or open links, wherever on the page they come.
pub fn take_in_at_start(error: RwSignal<Option<client::ApiError>>) {
    let navigate = use_navigate();
    let drop_navigate = navigate.clone();
    let pasted = window_event_listener(ev::paste, move |event| {
        let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
        let typing = target.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"));
        let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
        if let (false, Some(text)) = (typing, text.filter(|text| !text.trim().is_empty())) {
            event.prevent_default();
            let navigate = navigate.clone();
            leptos::task::spawn_local(async move { start_from("", text, error, navigate).await });
        }
    });
    let over = window_event_listener(ev::dragover, |event| event.prevent_default());
    let dropped = window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        let Some(transfer) = event.data_transfer() else { return };
        let (found, navigate) = (files::dropped(&transfer), drop_navigate.clone());
        leptos::task::spawn_local(async move {
            let found = found.await;
            match found.as_slice() {
                [] => {}
                [(name, blob)] => match files::text_of(blob).await {
                    Ok(text) => start_from(name, text, error, navigate).await,
                    Err(problem) => toast(format!("{name}: {problem}")),
                },
                _ => start_from_all(gather(found).await, error, navigate).await,
            }
        });
    });
    on_cleanup(move || {
        pasted.remove();
        over.remove();
        dropped.remove();
    });
}

/// Several files: their components become one pipeline, the last of their pipelines is opened.
async fn start_from_all(
    gathered: Gathered,
    error: RwSignal<Option<client::ApiError>>,
    navigate: impl Fn(&str, NavigateOptions) + Clone + 'static,
) {
    gathered.problems.into_iter().for_each(toast);
    let mut components = Vec::new();
    for arrived in gathered.arrived {
        match arrived {
            Arrived::Link(link) => open_link(&link, &navigate),
            Arrived::Pipeline(_, text) => create(text, error, navigate.clone()).await,
            Arrived::Components(found) => components.extend(found),
        }
    }
    if !components.is_empty() {
        create(pipeline_of(&components), error, navigate).await;
    }
}

async fn create(
    text: String,
    error: RwSignal<Option<client::ApiError>>,
    navigate: impl Fn(&str, NavigateOptions) + 'static,
) {
    let request = CreatePipeline { document: None, text: Some(text), example: None };
    match client::post::<_, StoredPipeline>("/api/pipelines", &request).await {
        Ok(stored) => navigate(&format!("/pipelines/{}", stored.id), NavigateOptions::default()),
        Err(problem) => drop(error.try_set(Some(problem))),
    }
}

/// A pipeline with one task of each component: its file.
fn pipeline_of(components: &[Component]) -> String {
    let name = components.first().map(|component| component.name.clone()).unwrap_or_default();
    let mut pipeline = Pipeline { metadata: Metadata { name, ..Metadata::default() }, ..Pipeline::default() };
    for component in components {
        let add = EditCommand::AddTask { component: Box::new(component.clone()), name: None, position: None };
        if let Ok(changes) = dagwright_shared::pipeline::edit::realise(&pipeline, &add) {
            drop(pipeline.apply(&changes));
        }
    }
    write_pipeline(&pipeline)
}
