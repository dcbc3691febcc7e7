//! The editor page: palette, canvas, inspector, problems; saving, running, exporting. Arranges; the parts decide.

pub mod autosave;
pub mod bar;
pub mod conflict;
pub mod yaml;

use super::extras::{Extra, extra, keep_weighed};
use super::workbench::{Bottom, Layout, Over, Workbench, is_phone};
use crate::net::client::{self, ApiError, segment};
use crate::pages::frame::HomeFrame;
use crate::panels::problems::go_to;
use crate::panels::tour::Tour;
use crate::store::document_store::DocumentStore;
use crate::store::palette::PaletteStore;
use crate::ui::notice::{ErrorNotice, Skeleton};
use autosave::Autosave;
use bar::EditorBar;
use dagwright_editor::session::Mode;
use dagwright_shared::api::StoredPipeline;
use dagwright_shared::diagnostic::{Severity, any_error};
use dagwright_shared::pipeline::file::pipeline_from_value;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};

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
    view! { <HomeFrame current=""><ErrorNotice error=error /><div class="tail"><A href="/">{t!("All pipelines")}</A></div></HomeFrame> }
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
        return view! { <HomeFrame current=""><h1>{t!("This document cannot be read")}</h1><ul class="file-problems">{list}</ul></HomeFrame> }.into_any();
    };
    let id = stored.id.clone();
    let mode = if is_phone() { Mode::Look } else { Mode::Edit };
    let store = DocumentStore::open(document, mode);
    let autosave = Autosave::start(store.clone(), &stored);
    let layout = Layout::new(mode);
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
            wanted.then(|| extra(Extra::Yaml { store: store.clone(), id: id.clone(), autosave, shown: layout.yaml }))
        }
    };
    let size = keep_weighed(&store);
    let palette = PaletteStore::new(&store);
    leptos::task::spawn_local(palette.load());
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
    let close = Callback::new(move |()| layout.over.set(Over::Nothing));
    let dialogs = {
        let (store, id) = (store.clone(), id.clone());
        move || match layout.over.get() {
            Over::Nothing => ().into_any(),
            Over::Keys => extra(Extra::Keys { close }).into_any(),
            Over::Share => extra(Extra::Share { store: store.clone(), id: id.clone(), close }).into_any(),
            Over::Run => extra(Extra::Run { store: store.clone(), id: id.clone(), autosave, size, close }).into_any(),
        }
    };
    let bar = view! {
        <EditorBar
            store=store.clone()
            id=id
            autosave=autosave
            run=run
            yaml=layout.yaml
            toggle_yaml=Callback::new(move |()| layout.toggle_yaml())
            share=Callback::new(move |()| layout.over.set(Over::Share))
        />
    }
    .into_any();
    view! {
        <Workbench store=store.clone() layout=layout size=size palette=palette run=run bar=bar beside=yaml_column.into_any() />
        {(mode == Mode::Edit).then(|| view! { <Tour /> })}
        <conflict::ConflictDialog autosave=autosave store=store />
        {dialogs}
    }
    .into_any()
}
