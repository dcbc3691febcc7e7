//! A pipeline that a link led to: looked at, made one's own, or, where no server is, edited in this browser alone.
//! Opening it fetches nothing and runs nothing.

use super::extras::{Extra, extra, keep_weighed};
use super::workbench::{Layout, Over, Workbench};
use crate::net::client;
use crate::store::document_store::DocumentStore;
use crate::store::palette::PaletteStore;
use crate::store::server::server_info;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::pause::AfterPause;
use crate::ui::toast::toast;
use dagwright_editor::action::EditorAction;
use dagwright_editor::session::Mode;
use dagwright_shared::api::{CreatePipeline, StoredPipeline};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::{read_pipeline, write_pipeline};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::A, hooks::use_navigate};
use std::time::Duration;

/// From an edit to the draft in this browser.
const DRAFT_PAUSE: Duration = Duration::from_millis(300);
/// Characters of a link that tell it from others: its checksum is among them.
const KEY_LENGTH: usize = 22;

/// What a link held.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The packed text or the id: what tells this link from others.
    pub key: String,
    /// The file's text.
    pub text: String,
    /// What it says.
    pub pipeline: Pipeline,
}

impl Opened {
    fn draft_key(&self) -> String {
        let key: String = self.key.chars().take(KEY_LENGTH).collect();
        format!("dagwright-link-{key}")
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The page.
#[component]
pub fn LinkPage(
    /// What is opened.
    opened: Opened,
) -> impl IntoView {
    let server = server_info();
    let draft_key = StoredValue::new(opened.draft_key());
    let here = RwSignal::new(None::<Pipeline>);
    let navigate = use_navigate();
    let opened = StoredValue::new(opened);
    let make_mine = Callback::new(move |()| {
        if server.with_untracked(Option::is_none) {
            let draft = storage().and_then(|storage| storage.get_item(&draft_key.get_value()).ok().flatten());
            let draft = draft.and_then(|text| read_pipeline(&text).value);
            if draft.is_some() {
                toast(t!("Your edits of this pipeline are back."));
            }
            here.set(Some(draft.unwrap_or_else(|| opened.with_value(|opened| opened.pipeline.clone()))));
            return;
        }
        let text = opened.with_value(|opened| opened.text.clone());
        let request = CreatePipeline { document: None, text: Some(text), example: None };
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match client::post::<_, StoredPipeline>("/api/pipelines", &request).await {
                Ok(stored) => navigate(&format!("/pipelines/{}", stored.id), NavigateOptions::default()),
                Err(error) => toast(error.to_string()),
            }
        });
    });
    move || match here.get() {
        None => {
            let document = opened.with_value(|opened| opened.pipeline.clone());
            view! { <Bench document=document mode=Mode::Look make_mine=make_mine draft_key=String::new() /> }.into_any()
        }
        Some(document) => {
            view! { <Bench document=document mode=Mode::Edit make_mine=make_mine draft_key=draft_key.get_value() /> }
                .into_any()
        }
    }
}

#[component]
fn Bench(document: Pipeline, mode: Mode, make_mine: Callback<()>, draft_key: String) -> impl IntoView {
    let name = document.metadata.name.clone();
    window().document().into_iter().for_each(|page| page.set_title(&format!("{name}, Dagwright")));
    let store = DocumentStore::open(document, mode);
    let layout = Layout::new(mode);
    let size = keep_weighed(&store);
    if mode == Mode::Edit {
        keep_draft(&store, draft_key);
    }
    let run = Callback::new(move |()| match mode {
        Mode::Look => toast(t!("Make it mine first; then it can be run.")),
        Mode::Edit => toast(t!(
            "Running needs a server: share the pipeline or download its file, and open it in Dagwright there."
        )),
    });
    let bar = view! { <LinkBar store=store.clone() name=name mode=mode make_mine=make_mine share=Callback::new(move |()| layout.over.set(Over::Share)) /> };
    let close = Callback::new(move |()| layout.over.set(Over::Nothing));
    let dialogs = {
        let store = store.clone();
        move || match layout.over.get() {
            Over::Share => extra(Extra::Share { store: store.clone(), id: String::new(), close }).into_any(),
            Over::Keys => extra(Extra::Keys { close }).into_any(),
            Over::Nothing | Over::Run => ().into_any(),
        }
    };
    view! {
        <Workbench palette=PaletteStore::new(&store) store=store layout=layout size=size run=run bar=bar.into_any() />
        {dialogs}
    }
}

/// Keeps what is edited without a server in this browser.
fn keep_draft(store: &DocumentStore, key: String) {
    let revision = store.revision();
    let opened = revision.get_untracked();
    let pause = AfterPause::new(DRAFT_PAUSE);
    let store = store.clone();
    Effect::new(move |_| {
        if revision.get() > opened {
            let (store, key) = (store.clone(), key.clone());
            pause.run(move || {
                let text = store.with_untracked(write_pipeline);
                if storage().is_none_or(|storage| storage.set_item(&key, &text).is_err()) {
                    toast(t!("This browser keeps nothing more. Download the file before you leave."));
                }
            });
        }
    });
}

#[component]
fn LinkBar(
    store: DocumentStore,
    name: String,
    mode: Mode,
    make_mine: Callback<()>,
    share: Callback<()>,
) -> impl IntoView {
    let server = server_info();
    let history = store.history();
    let labels = Memo::new(move |_| history.get());
    let act = |action: EditorAction| {
        let store = store.clone();
        move |_| store.dispatch(action.clone())
    };
    let (undo, redo) = (act(EditorAction::Undo), act(EditorAction::Redo));
    let words = move || match mode {
        Mode::Look => t!("Read only: from a link"),
        Mode::Edit => t!("Kept in this browser alone"),
    };
    let mine = move || if server.with(Option::is_some) { t!("Make it mine") } else { t!("Edit it here") };
    let mine_title = move || match server.with(Option::is_some) {
        true => t!("Stores a copy on this server, for you to edit and run"),
        false => t!("No server answers here: edits stay in this browser"),
    };
    view! {
        <header class="bar">
            <A href="/" attr:class="mark" attr:title=t!("Home") attr:aria-label=t!("Home")><Icon name="logo" /></A>
            <nav class="crumbs" aria-label=t!("Where this is")><A href="/">{t!("Pipelines")}</A><span class="sep">"/"</span><b>{name}</b></nav>
            <span class="saved" role="status" data-testid="read-only"><SmallIcon name="link" /><span>{words}</span></span>
            <span class="grow"></span>
            {(mode == Mode::Edit).then(|| view! {
                <button class="btn quiet icon" title=t!("Undo  Ctrl Z") aria-label=t!("Undo") disabled=move || labels.with(|labels| labels.undo.is_none()) on:click=undo><Icon name="undo" /></button>
                <button class="btn quiet icon" title=t!("Redo  Ctrl Shift Z") aria-label=t!("Redo") disabled=move || labels.with(|labels| labels.redo.is_none()) on:click=redo><Icon name="redo" /></button>
                <i class="rule-v"></i>
            })}
            <button class="btn quiet" title=t!("Links and files") data-testid="share" on:click=move |_| share.run(())><Icon name="share" />{t!("Share")}</button>
            <span class="gap"></span>
            {(mode == Mode::Look).then(|| view! {
                <button class="btn primary" title=mine_title data-testid="make-mine" on:click=move |_| make_mine.run(())><Icon name="clone" />{mine}</button>
            })}
        </header>
    }
}
