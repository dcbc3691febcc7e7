//! A task's node. Place and content are read apart: a drag moves the element and touches nothing inside it.

use crate::store::document_store::{DocumentStore, Marks};
use crate::store::run_store::{RunNode, RunStore};
use crate::ui::icon::{Icon, SmallIcon, href};
use crate::ui::state_mark::StateMark;
use dagwright_editor::content::{NodeContent, Row, RowValue, side_word, type_class, type_form};
use dagwright_editor::scene::{PortRef, Side};
use dagwright_editor::selection::Item;
use dagwright_editor::viewport::Detail;
use dagwright_shared::diagnostic::Severity;
use dagwright_texts::t;
use leptos::prelude::*;
use std::sync::Arc;

/// The id of an item's element.
pub fn element_id(item: &Item) -> String {
    match item {
        Item::Task(name) => format!("task:{name}"),
        Item::Volume(name) => format!("volume:{name}"),
    }
}

/// A task's node.
#[component]
pub fn NodeView(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    name: String,
    /// The run that is shown on the canvas, if one is.
    run: Option<RunStore>,
) -> impl IntoView {
    let item = Item::Task(name.clone());
    let place = store.placement(&item);
    let height = place.clone();
    let content = store.node(&name);
    let found = content.clone();
    let marks = store.marks(&item);
    let tab_index = marks.clone();
    let selected = marks.clone();
    let detail = store.detail();
    // Once made, rows stay and are hidden: zooming back and forth over the threshold costs nothing.
    let rows_wanted = Memo::new(move |before| before == Some(&true) || detail.get() == Detail::Full);
    let in_run = run.map(|run| run.task(&name));
    let state = in_run.clone();
    let class = move || {
        let state = state.as_ref().map(|node| node.with(|node| format!(" s-{}", node.look.name))).unwrap_or_default();
        let Marks { selected, hovered, .. } = marks.get();
        let missing = found.with(|node| node.as_ref().is_some_and(|node| !node.found));
        let flag = |on, class| if on { class } else { "" };
        format!("node{state}{}{}{}", flag(selected, " selected"), flag(hovered, " hover"), flag(missing, " missing"))
    };
    let label = {
        let (content, state, selected) = (content.clone(), in_run.clone(), selected.clone());
        move || {
            let selected = if selected.get().selected { t!(", selected") } else { "" };
            let meta = content
                .with(|node| node.as_ref().map(|node| t!("Task {name}, {meta}", name = node.name, meta = node.meta)));
            let state =
                state.as_ref().map(|node| node.with(|node| format!(", {}", node.look.word))).unwrap_or_default();
            format!("{}{state}{selected}", meta.unwrap_or_default())
        }
    };
    let inner_store = store.clone();
    view! {
        <div
            class=class
            id=element_id(&item)
            role="group"
            aria-roledescription=t!("task")
            aria-label=label
            tabindex=move || if tab_index.get().focused { "0" } else { "-1" }
            data-testid="node"
            data-task=name.clone()
            style:transform=move || place.with(|rect| format!("translate({}px, {}px)", rect.x, rect.y))
            style:height=move || height.with(|rect| format!("{}px", rect.height))
        >
            {move || {
                let rows = rows_wanted.get();
                content.get().map(|node| inner(&inner_store, &node, in_run.clone(), rows))
            }}
        </div>
    }
}

fn inner(
    store: &DocumentStore,
    node: &Arc<NodeContent>,
    run: Option<ArcReadSignal<RunNode>>,
    rows: bool,
) -> impl IntoView + use<> {
    let head = head(store, node, run.clone());
    let sections = rows.then(|| sections(store, node, run));
    let mount = (node.mounts > 0, node.name.clone());
    view! {
        <i class="port square mount" class:open=!mount.0 data-mount-port=mount.1 title=t!("Drag to a volume, or to a task that gets the volume after this one")></i>
        {head}
        {sections}
    }
    .into_any()
}

/// Beside the name of a task that the palette has something newer for.
fn outdated_mark() -> impl IntoView {
    let words = "Outdated: the palette has a newer one. Its panel shows what would change.";
    view! { <span class="flag outdated" title=words role="img" aria-label=words><Icon name="rerun" /></span> }
}

fn head(store: &DocumentStore, node: &Arc<NodeContent>, run: Option<ArcReadSignal<RunNode>>) -> impl IntoView + use<> {
    let flags = store.flags(&Item::Task(node.name.clone()));
    let outdated = flags.clone();
    let (name, meta, side, icon) = (node.name.clone(), node.meta.clone(), node.side.clone(), node.icon);
    let title = name.clone();
    let facts = match run {
        None => view! {
            <span class="meta"><span class="cut">{meta}</span></span>
            <span class="side mono cut">{side}</span>
        }
        .into_any(),
        Some(run) => {
            let (look, state, side, bar) = (run.clone(), run.clone(), run.clone(), run);
            view! {
                <span class="meta" title=move || look.with(|node| node.title.clone())>
                    <StateMark look=Signal::derive(move || state.with(|node| node.look)) />
                </span>
                <span class="side">{move || side.with(|node| node.time.clone())}</span>
                {move || bar.with(|node| node.progress).map(|part| view! { <span class="bar2"><i style:width=format!("{:.0}%", part * 100.0)></i></span> })}
            }
            .into_any()
        }
    };
    view! {
        <div class="head">
            <Icon name=icon />
            <span class="name" title=title>
                <span class="cut">{name}</span>
                {move || outdated.with(|flags| flags.outdated).then(outdated_mark)}
                {move || flags.with(|flags| flags.problem.clone()).map(|flag| {
                    let (class, icon) = match flag.severity {
                        Severity::Error => ("flag error", "error"),
                        _ => ("flag warning", "warning"),
                    };
                    view! { <span class=class title=flag.text.to_string() role="img" aria-label=flag.text.to_string()><Icon name=icon /></span> }
                })}
            </span>
            {facts}
        </div>
    }
}

fn sections(
    store: &DocumentStore,
    node: &Arc<NodeContent>,
    run: Option<ArcReadSignal<RunNode>>,
) -> impl IntoView + use<> {
    let lit = store.lit(&node.name);
    let row = |side: Side, row: &Row| row_view(&node.name, side, row, lit.clone(), run.clone());
    let inputs = node.inputs.iter().map(|input| row(Side::Input, input)).collect_view();
    let outputs = node.outputs.iter().map(|output| row(Side::Output, output)).collect_view();
    let more = match (node.more, node.unfolded) {
        (0, _) => None,
        (count, _) => Some(
            view! { <div class="prow more"><span>{t!("{count} more", count)}</span><span class="v"><SmallIcon name="chevron-down" /></span></div> },
        ),
    };
    let input_section =
        (!node.inputs.is_empty() || node.more > 0).then(|| view! { <div class="sec">{inputs}{more}</div> });
    let output_section = (!node.outputs.is_empty()).then(|| view! { <div class="sec">{outputs}</div> });
    view! {
        {input_section}
        {output_section}
    }
}

fn row_view(
    task: &str,
    side: Side,
    row: &Row,
    lit: ArcReadSignal<Arc<Vec<PortRef>>>,
    run: Option<ArcReadSignal<RunNode>>,
) -> impl IntoView + use<> {
    let port = PortRef { task: String::from(task), side, port: row.name.clone() };
    let is_lit = Memo::new(move |_| lit.with(|ports| ports.contains(&port)));
    let row_class = if side == Side::Output { "prow out" } else { "prow" };
    let port_class = format!(
        "port {} {}{}",
        type_form(&row.port_type),
        type_class(&row.port_type),
        if row.open { " open" } else { "" }
    );
    let what = format!("{}: {}", row.name, row.port_type.name());
    let value = match run {
        None => value_view(&row.value).into_any(),
        Some(run) => {
            let (name, fallback) = (row.name.clone(), row.value.clone());
            let value = Memo::new(move |_| run.with(|node| (node.value(side, &name).map(String::from), node.ended)));
            view! {
                {move || match value.get() {
                    (Some(text), _) => view! { <span class="v set cut" title=text.clone()>{text.clone()}</span> }.into_any(),
                    (None, ended) if side == Side::Output => {
                        view! { <span class="v cut">{if ended { t!("none") } else { t!("not yet") }}</span> }.into_any()
                    }
                    (None, _) => value_view(&fallback).into_any(),
                }}
            }
            .into_any()
        }
    };
    view! {
        <div class=row_class class:lit=move || is_lit.get()>
            <i class=port_class class:lit=move || is_lit.get() data-port=row.name.clone() data-side=side_word(side) title=what></i>
            <span class="cut">{row.name.clone()}</span>
            {value}
        </div>
    }
}

fn value_view(value: &RowValue) -> impl IntoView + use<> {
    let text = value.text().to_owned();
    let title = text.clone();
    match value {
        RowValue::Type(_) | RowValue::Wired(_) => view! { <span class="v cut">{text}</span> }.into_any(),
        RowValue::Parameter(_) => view! {
            <span class="v set" title=title><i class="dot diamond t-parameter"></i><span class="cut">{text}</span></span>
        }
        .into_any(),
        RowValue::Stored(_) => view! {
            <span class="v set" title=title><svg class="i i-s" aria-hidden="true"><use href=href("file")></use></svg><span class="cut">{text}</span></span>
        }
        .into_any(),
        RowValue::Constant(_) | RowValue::Text(_) => view! { <span class="v set" title=title><span class="cut">{text}</span></span> }.into_any(),
        RowValue::Default(_) => view! { <span class="v mono" title=title><span class="cut">{text}</span></span> }.into_any(),
    }
}
