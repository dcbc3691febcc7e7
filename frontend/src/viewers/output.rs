//! One output of a task: heading, the fitting viewer, download. Chooses; the viewers draw.

use super::classification::{ClassificationView, Matrix, roc_points};
use super::detect::{self, Extent, Form};
use super::metrics::MetricsTable;
use super::table::TableView;
use super::text::{self, SHOWN, TextView};
use crate::net::client::{self, segment};
use crate::panels::copy_link::CopyLink;
use crate::panels::run::links::output_path;
use crate::ui::format;
use crate::ui::icon::SmallIcon;
use crate::ui::next_page::NextPage;
use crate::ui::notice::{ErrorNotice, Skeleton};
use dagwright_shared::api::FileList;
use dagwright_shared::plan::PlanOutput;
use dagwright_shared::run::PortValue;
use dagwright_shared::types::PortType;
use dagwright_texts::t;
use leptos::{html, prelude::*};
use serde_json::Value;

/// The colour class and shape of a type's mark.
pub fn type_class(port_type: &PortType) -> &'static str {
    match port_type {
        PortType::Parameter(_) => "diamond t-parameter",
        PortType::Artifact(None) => "ring t-generic",
        PortType::Artifact(Some(name)) => match name.as_str() {
            "Dataset" | "CSV" | "TSV" | "Table" => "t-dataset",
            "Model" => "t-model",
            "Metrics" | "ClassificationMetrics" | "SlicedClassificationMetrics" => "t-metrics",
            _ => "t-generic",
        },
    }
}

/// One output.
#[component]
pub fn OutputView(
    /// The run's id.
    run: String,
    /// The task's slug.
    task: String,
    /// The port.
    output: PlanOutput,
    /// What it holds.
    value: PortValue,
    /// Whether a link led here: it is brought into view and marked.
    #[prop(optional)]
    linked: bool,
) -> impl IntoView {
    let link = output_path(&run, &task, &output.slug);
    let section: NodeRef<html::Section> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(section) = section.get().filter(|_| linked) {
            request_animation_frame(move || section.scroll_into_view());
        }
    });
    let copy = t!("Copy a link to {name}", name = output.name);
    let address = format!("/api/runs/{}/tasks/{}/outputs/{}", segment(&run), segment(&task), segment(&output.slug));
    let mark = format!("dot {}", type_class(&output.port_type));
    let note = match &value {
        PortValue::Parameter { .. } => String::from(output.port_type.name()),
        PortValue::Artifact { inline: Some(value), .. } if Matrix::read(value).is_some() => {
            Matrix::read(value).map(|matrix| matrix.summary()).unwrap_or_default()
        }
        PortValue::Artifact { size, files: Some(files), .. } => {
            format!("{}, {}", format::files(*files), format::bytes(*size))
        }
        PortValue::Artifact { size, .. } => format::bytes(*size),
    };
    let download = format!("{address}?download=1");
    let title = t!("Download {name}", name = output.name);
    let body = match value {
        PortValue::Parameter { text, size } => {
            let cut = (size > text.len() as u64).then_some("…");
            view! { <p class="mono value">{text}{cut}</p> }.into_any()
        }
        PortValue::Artifact { key, size, files, inline, .. } => {
            view! { <ArtifactView address=address key=key size=size files=files inline=inline port_type=output.port_type.clone() /> }.into_any()
        }
    };
    view! {
        <section class="viewer" class:linked=linked node_ref=section data-output=output.name.clone()>
            <h3>
                <i class=mark></i>
                {output.name.clone()}
                <span class="end">
                    {note}
                    <CopyLink path=link title=copy />
                    <a class="btn quiet small icon" href=download download rel="external" title=title.clone() aria-label=title><SmallIcon name="download" /></a>
                </span>
            </h3>
            {body}
        </section>
    }
}

#[component]
fn ArtifactView(
    address: String,
    key: String,
    size: u64,
    files: Option<u64>,
    inline: Option<Value>,
    port_type: PortType,
) -> impl IntoView {
    if let Some(value) = inline {
        return known(value, &port_type);
    }
    if files.is_some() {
        return view! { <FolderView address=address /> }.into_any();
    }
    if size == 0 {
        return view! { <p class="empty-line">{t!("An empty file.")}</p> }.into_any();
    }
    view! { <FileView address=address path=String::new() key=key size=size port_type=port_type /> }.into_any()
}

/// Metrics and classification that came with the event.
fn known(value: Value, port_type: &PortType) -> AnyView {
    let classification = Matrix::read(&value).is_some() || !roc_points(&value).is_empty();
    if classification || detect::by_type(port_type) == Some(Form::Classification) {
        view! { <ClassificationView value=value /> }.into_any()
    } else {
        view! { <MetricsTable value=value /> }.into_any()
    }
}

/// Where a file of an output lies.
fn content(address: &str, path: &str) -> String {
    if path.is_empty() { address.to_owned() } else { format!("{address}?path={}", segment(path)) }
}

/// A single file: its first bytes decide how it is shown.
#[component]
fn FileView(address: String, path: String, key: String, size: u64, port_type: PortType) -> impl IntoView {
    let source = content(&address, &path);
    let fetched = source.clone();
    let start = LocalResource::new(move || {
        let fetched = fetched.clone();
        async move { client::get_start(&fetched, SHOWN).await }
    });
    let shown = move |bytes: Vec<u8>| {
        let whole = bytes.len() as u64 >= size;
        let lossy = || String::from_utf8_lossy(&bytes).into_owned();
        let value = || serde_json::from_slice::<Value>(&bytes).unwrap_or(Value::Null);
        match detect::by_content(&port_type, &bytes, if whole { Extent::Whole } else { Extent::Start }) {
            Form::Metrics => view! { <MetricsTable value=value() /> }.into_any(),
            Form::Classification => view! { <ClassificationView value=value() /> }.into_any(),
            Form::Image => view! { <img data-viewer="image" src=source.clone() alt=key.clone() /> }.into_any(),
            Form::Html => view! {
                <iframe data-viewer="html" sandbox="allow-scripts" src=source.clone() title=t!("HTML, shown without access to this page")></iframe>
            }.into_any(),
            Form::Markdown => {
                let address = format!("{address}/markdown?path={}", segment(&path));
                view! { <iframe data-viewer="markdown" sandbox="allow-popups allow-popups-to-escape-sandbox" src=address title=t!("Markdown")></iframe> }.into_any()
            }
            Form::Table => view! { <TableView address=address.clone() path=path.clone() /> }.into_any(),
            Form::Json => view! { <TextView text=text::pretty(&lossy()) size=size /> }.into_any(),
            Form::Text => view! { <TextView text=lossy() size=size /> }.into_any(),
            Form::Binary => view! { <p class="mono faint cut" data-viewer="binary" title=key.clone()>{key.clone()}</p> }.into_any(),
        }
    };
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {
                let shown = shown.clone();
                move || start.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                    Ok(bytes) => shown(bytes),
                })
            }
        </Transition>
    }
}

/// A folder: its files, each opened by a click.
#[component]
fn FolderView(address: String) -> impl IntoView {
    let open = RwSignal::new(None::<(String, u64)>);
    let after = RwSignal::new(String::new());
    let list = {
        let address = address.clone();
        LocalResource::new(move || {
            let after = after.get();
            let query = if after.is_empty() { after } else { format!("?after={}", segment(&after)) };
            let address = format!("{address}/files{query}");
            async move { client::get::<FileList>(&address).await }
        })
    };
    let address = StoredValue::new(address);
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || list.get().map(|answer| match answer {
                Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                Ok(list) => view! {
                    <table class="t" data-viewer="folder"><tbody>
                        {list.files.into_iter().map(|file| {
                            let path = file.path.clone();
                            view! {
                                <tr>
                                    <td><button class="btn quiet small" on:click=move |_| open.set(Some((path.clone(), file.size)))>{file.path.clone()}</button></td>
                                    <td class="num muted">{format::bytes(file.size)}</td>
                                </tr>
                            }
                        }).collect_view()}
                    </tbody></table>
                    <NextPage after=after next=list.next />
                }.into_any(),
            })}
        </Transition>
        {move || open.get().map(|(path, size)| view! {
            <FileView address=address.get_value() path=path.clone() key=path size=size port_type=PortType::Artifact(None) />
        })}
    }
}
