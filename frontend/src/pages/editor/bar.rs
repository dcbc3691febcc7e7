//! The editor's top bar: where this is, whether it is saved, undo and redo, export, run.

use super::super::extras::fetch_extras;
use super::autosave::{Autosave, SaveState};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_editor::action::EditorAction;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::A, hooks::use_navigate};

/// The bar.
#[component]
pub fn EditorBar(
    store: DocumentStore,
    id: String,
    autosave: Autosave,
    run: Callback<()>,
    yaml: RwSignal<bool>,
    toggle_yaml: Callback<()>,
    share: Callback<()>,
) -> impl IntoView {
    let name = {
        let store = store.clone();
        Memo::new(move |_| store.with(|pipeline| pipeline.metadata.name.clone()))
    };
    Effect::new(move |_| document().set_title(&format!("{}, Dagwright", name.get())));
    let history = store.history();
    let undo_label = {
        let history = history.clone();
        Memo::new(move |_| history.with(|labels| labels.undo.clone()))
    };
    let redo_label = Memo::new(move |_| history.with(|labels| labels.redo.clone()));
    let title = |word: &'static str, key: &'static str, label: Option<String>| match label {
        Some(label) => format!("{word}: {label}  {key}"),
        None => format!("{word}  {key}"),
    };
    let undo_title = move || title(t!("Undo"), "Ctrl Z", undo_label.get());
    let redo_title = move || title(t!("Redo"), "Ctrl Shift Z", redo_label.get());
    let act = move |action: EditorAction| {
        let store = store.clone();
        move |_| store.dispatch(action.clone())
    };
    let saved = move || match autosave.state.get() {
        SaveState::Saved => ("check", t!("Saved")),
        SaveState::Changed | SaveState::Saving => ("clock", t!("Saving")),
        SaveState::Offline => ("warning", t!("Not saved yet, kept in this browser")),
        SaveState::Refused(_) => ("error", t!("Not saved")),
        SaveState::Conflict(_) => ("warning", t!("Changed elsewhere")),
    };
    let why = move || match autosave.state.get() {
        SaveState::Refused(text) => text,
        _ => String::new(),
    };
    let runs = format!("/runs?pipeline={id}");
    let editor = format!("/pipelines/{id}");
    let go = StoredValue::new_local(use_navigate());
    let versions_path = StoredValue::new(format!("/pipelines/{id}/versions"));
    // What is not saved yet would be missing from the comparison with now.
    let versions = move |_| {
        autosave.flush(Callback::new(move |_| {
            go.with_value(|go| go(&versions_path.get_value(), NavigateOptions::default()));
        }));
    };
    view! {
        <header class="bar">
            <A href="/" attr:class="mark" attr:title=t!("Home") attr:aria-label=t!("Home")><Icon name="logo" /></A>
            <nav class="crumbs" aria-label=t!("Where this is")><A href="/">{t!("Pipelines")}</A><span class="sep">"/"</span><h1>{name}</h1></nav>
            <span class="saved" role="status" data-testid="saved" title=why><SmallIcon name=Signal::derive(move || saved().0) /><span>{move || saved().1}</span></span>
            <div class="mid seg"><A href=editor>{t!("Editor")}</A><A href=runs>{t!("Runs")}</A></div>
            <span class="grow"></span>
            <button class="btn quiet icon" title=undo_title aria-label=t!("Undo") disabled=move || undo_label.with(Option::is_none) on:click=act.clone()(EditorAction::Undo)><Icon name="undo" /></button>
            <button class="btn quiet icon" title=redo_title aria-label=t!("Redo") disabled=move || redo_label.with(Option::is_none) on:click=act(EditorAction::Redo)><Icon name="redo" /></button>
            <i class="rule-v"></i>
            <button class="btn quiet" title=t!("The pipeline's YAML beside the canvas  Y") aria-pressed=move || yaml.get().to_string() data-testid="yaml" on:pointerenter=|_| fetch_extras() on:click=move |_| toggle_yaml.run(())><Icon name="code" />"YAML"</button>
            <button class="btn quiet" title=t!("Earlier versions: look, compare, restore") on:click=versions><Icon name="clock" />{t!("Versions")}</button>
            <button class="btn quiet" title=t!("Links and files") data-testid="share" on:pointerenter=|_| fetch_extras() on:click=move |_| share.run(())><Icon name="share" />{t!("Share")}</button>
            <span class="gap"></span>
            <button class="btn primary" title=t!("Run  Ctrl Enter") data-testid="run" on:pointerenter=|_| fetch_extras() on:click=move |_| run.run(())><Icon name="play-solid" />{t!("Run")}</button>
        </header>
    }
}
