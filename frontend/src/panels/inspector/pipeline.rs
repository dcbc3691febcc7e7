//! The pipeline itself: name, description, what it holds.

use crate::form::text_field::TextField;
use crate::panels::editing::edit;
use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_shared::pipeline::KubernetesSettings;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_texts::t;
use leptos::prelude::*;

/// Its fields.
#[component]
pub fn PipelineInspector(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let metadata = {
        let store = store.clone();
        Memo::new(move |_| store.with(|pipeline| pipeline.metadata.clone()))
    };
    let facts = {
        let store = store.clone();
        move || {
            store.with(|pipeline| {
                let graph = &pipeline.graph;
                let tasks = match graph.tasks.len() {
                    1 => String::from(t!("1 task")),
                    count => t!("{count} tasks", count),
                };
                let volumes = match graph.volumes.len() {
                    1 => String::from(t!("1 volume")),
                    count => t!("{count} volumes", count),
                };
                let parameters = match graph.parameters.len() {
                    1 => String::from(t!("1 parameter")),
                    count => t!("{count} parameters", count),
                };
                format!("{tasks}, {volumes}, {parameters}")
            })
        }
    };
    let set_name = {
        let store = store.clone();
        Callback::new(move |name: String| {
            if name.trim().is_empty() {
                return Err(String::from(t!("A pipeline needs a name.")));
            }
            let mut metadata = metadata.get_untracked();
            metadata.name = name;
            edit(&store, EditCommand::SetMetadata(metadata))
        })
    };
    let set_description = {
        let store = store.clone();
        Callback::new(move |text: String| {
            let mut metadata = metadata.get_untracked();
            metadata.description = Some(text).filter(|text| !text.is_empty());
            edit(&store, EditCommand::SetMetadata(metadata))
        })
    };
    view! {
        <div class="ihead"><Icon name="layout" /><b class="cut">{move || metadata.with(|metadata| metadata.name.clone())}</b><span></span><p>{facts}</p></div>
        <div class="scroll">
            <section class="sect">
                <h3>{t!("Pipeline")}</h3>
                <div class="frow two">
                    <label>{t!("Name")}</label>
                    <span class="stack"><TextField value=Signal::derive(move || metadata.with(|metadata| metadata.name.clone())) set=set_name label=t!("Pipeline name") /></span>
                </div>
                <div class="frow two">
                    <label>{t!("Description")}</label>
                    <span class="stack">
                        <TextField
                            value=Signal::derive(move || metadata.with(|metadata| metadata.description.clone().unwrap_or_default()))
                            set=set_description
                            label=t!("Pipeline description")
                            placeholder=t!("What it is for")
                        />
                    </span>
                </div>
            </section>
            <KubernetesSection store=store />
            <p class="empty-line padded">{t!("Select a task, a volume or a wire to see its settings.")}</p>
        </div>
    }
}

/// What all pods have in common.
#[component]
fn KubernetesSection(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let settings = {
        let store = store.clone();
        Memo::new(move |_| store.with(|pipeline| pipeline.kubernetes.clone()))
    };
    let set_account = {
        let store = store.clone();
        Callback::new(move |text: String| {
            let service_account = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            let kubernetes = KubernetesSettings { service_account, ..settings.get_untracked() };
            edit(&store, EditCommand::SetKubernetes(kubernetes))
        })
    };
    let set_secrets = Callback::new(move |text: String| {
        let names = text.split([',', ' ']).filter(|name| !name.is_empty());
        let image_pull_secrets = names.map(String::from).collect();
        let kubernetes = KubernetesSettings { image_pull_secrets, ..settings.get_untracked() };
        edit(&store, EditCommand::SetKubernetes(kubernetes))
    });
    let account = move || settings.with(|settings| settings.service_account.clone().unwrap_or_default());
    let secrets = move || settings.with(|settings| settings.image_pull_secrets.join(", "));
    view! {
        <section class="sect">
            <h3>"Kubernetes"</h3>
            <div class="frow two">
                <label>{t!("Service account")}</label>
                <span class="stack">
                    <TextField
                        value=Signal::derive(account)
                        set=set_account
                        label=t!("Service account")
                        placeholder=t!("The namespace's default")
                    />
                </span>
            </div>
            <div class="frow two">
                <label>{t!("Image pull secrets")}</label>
                <span class="stack">
                    <TextField
                        value=Signal::derive(secrets)
                        set=set_secrets
                        label=t!("Image pull secrets")
                        placeholder=t!("Names, with commas between")
                    />
                </span>
            </div>
        </section>
    }
}
