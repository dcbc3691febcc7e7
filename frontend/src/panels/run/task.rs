//! A task of a run: overview, logs, inputs, outputs, attempts.

use super::links::task_path;
use super::live::{LiveRun, took, waiting_for};
use super::log_view::LogView;
use crate::panels::copy_link::CopyLink;
use crate::store::server::place_of_run;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::state_mark::{StateMark, task_look};
use crate::ui::{clock, format};
use crate::viewers::output::{OutputView, type_class};
use dagwright_shared::plan::PlanTemplate;
use dagwright_shared::run::{AttemptState, PortValue, TaskPhase};
use dagwright_texts::t;
use leptos::prelude::*;

/// The panel's tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskTab {
    /// Timing, where, why.
    Overview,
    /// What it wrote.
    Logs,
    /// What it got.
    Inputs,
    /// What it made.
    Outputs,
    /// Every try.
    Attempts,
}

impl TaskTab {
    /// All, in the order shown.
    pub const ALL: [Self; 5] = [Self::Overview, Self::Logs, Self::Inputs, Self::Outputs, Self::Attempts];

    /// What it is called in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Logs => "logs",
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Attempts => "attempts",
        }
    }
}

/// The panel.
#[component]
pub fn TaskPanel(
    /// The run.
    live: LiveRun,
    /// The task's slug.
    slug: String,
    /// The open tab; kept when another task is selected.
    tab: RwSignal<TaskTab>,
    /// The slug of the output that a link led to.
    output: RwSignal<Option<String>>,
    /// Back to the run.
    close: Callback<()>,
) -> impl IntoView {
    let task = live.task(slug.clone());
    let name = live.with_plan(|plan| plan.task(&slug).map(|task| task.name.clone())).unwrap_or_else(|| slug.clone());
    let template = live.template(&slug);
    let icon = if live.is_python(&name) { "python" } else { "container" };
    let outputs = move || task.with(|task| task.outputs.len());
    let attempts = move || task.with(|task| task.attempts.len());
    let words = {
        let slug = slug.clone();
        move || {
            task.with(|task| match task.phase {
                TaskPhase::Waiting if task.attempts.is_empty() => waiting_for(&live, &slug),
                TaskPhase::Waiting | TaskPhase::Starting | TaskPhase::Skipped => task.detail.clone(),
                _ => {
                    let number = task.attempts.len();
                    match took(task, live.now.get()) {
                        Some(time) => t!("in {time}, attempt {number}", time = format::duration(time), number),
                        None => t!("attempt {number}", number),
                    }
                }
            })
        }
    };
    let select = move |which: TaskTab, word: &'static str, count: Option<usize>| {
        view! {
            <button role="tab" aria-selected=move || (tab.get() == which).to_string() on:click=move |_| tab.set(which)>
                {word}{count.filter(|count| *count > 0).map(|count| view! { <span class="count">{count}</span> })}
            </button>
        }
    };
    let template = StoredValue::new(template);
    let slug = StoredValue::new(slug);
    let link = Signal::derive(move || format!("{}&tab={}", task_path(&live.id(), &slug.get_value()), tab.get().name()));
    let pane = move || match tab.get() {
        TaskTab::Overview => {
            view! { <Overview live=live slug=slug.get_value() template=template.get_value() /> }.into_any()
        }
        TaskTab::Logs => {
            let attempts = Memo::new(move |_| attempts());
            view! {
                <div class="pane fill">
                    {move || match attempts.get() {
                        0 => view! { <p class="empty-line">{t!("It has not started yet.")}</p> }.into_any(),
                        last => view! { <LogView live=live task=slug.get_value() attempt=last as u32 /> }.into_any(),
                    }}
                </div>
            }
            .into_any()
        }
        TaskTab::Inputs => {
            view! { <Inputs live=live slug=slug.get_value() template=template.get_value() /> }.into_any()
        }
        TaskTab::Outputs => {
            view! { <Outputs live=live slug=slug.get_value() template=template.get_value() linked=output /> }.into_any()
        }
        TaskTab::Attempts => view! { <Attempts live=live slug=slug.get_value() /> }.into_any(),
    };
    view! {
        <div class="ihead">
            <Icon name=icon />
            <b class="cut" data-testid="task-name">{name.clone()}</b>
            <span class="end-buttons">
            <CopyLink path=link title=t!("Copy a link to {name}", name) />
            <button class="btn quiet small icon" title=t!("Back to the run") aria-label=t!("Back to the run") on:click=move |_| close.run(())><SmallIcon name="close" /></button>
            </span>
            <p class="with-icon">
                <StateMark look=Signal::derive(move || task_look(task.with(|task| task.phase))) /><span>{words}</span>
            </p>
        </div>
        <div class="tabs" role="tablist">
            {select(TaskTab::Overview, t!("Overview"), None)} {select(TaskTab::Logs, t!("Logs"), None)} {select(TaskTab::Inputs, t!("Inputs"), None)}
            {move || select(TaskTab::Outputs, t!("Outputs"), Some(outputs()))} {select(TaskTab::Attempts, t!("Attempts"), None)}
        </div>
        {pane}
    }
}

#[component]
fn Overview(live: LiveRun, slug: String, template: Option<PlanTemplate>) -> impl IntoView {
    let task = live.task(slug);
    let timing = move || {
        task.with(|task| {
            let last = task.attempts.last()?;
            let now = live.now.get();
            let created = live.detail.with_value(|detail| detail.summary.created);
            let started = last.running.map(|running| format::duration_exact(running.saturating_sub(last.starting)));
            let ran = last
                .running
                .map(|running| format::duration_exact(last.finished.unwrap_or(now).saturating_sub(running)));
            Some(view! {
                <h3>{t!("Timing")}</h3>
                <dl class="kv">
                    <dt>{t!("Waited")}</dt><dd>{format::duration_exact(last.starting.saturating_sub(created))}</dd>
                    {started.map(|time| view! { <dt>{t!("Started up")}</dt><dd>{time}</dd> })}
                    {ran.map(|time| view! { <dt>{t!("Ran")}</dt><dd>{time}</dd> })}
                    {last.exit_code.map(|code| view! { <dt>{t!("Exit code")}</dt><dd data-testid="exit-code">{code}</dd> })}
                </dl>
            })
        })
    };
    let problem = move || {
        task.with(|task| (task.phase == TaskPhase::Failed).then(|| task.detail.clone()).filter(|text| !text.is_empty()))
    };
    view! {
        <div class="scroll pane">
            {move || problem().map(|text| view! { <p class="notice error" data-testid="failure">{text}</p> })}
            {timing}
            {template.map(|template| {
                let mounts = template.mounts.iter().map(|mount| {
                    let volume = live.with_plan(|plan| plan.volumes.iter().find(|volume| volume.slug == mount.volume).map(|volume| volume.name.clone()));
                    view! { <dt>{t!("Volume")}</dt><dd>{volume}{t!(" at ")}<span class="mono">{mount.path.clone()}</span>{mount.read_only.then(|| t!(", read-only"))}</dd> }
                });
                let resources = template.resources.limits.iter().map(|(name, quantity)| view! { <dt>{name.clone()}</dt><dd>{quantity.clone()}</dd> });
                view! {
                    <h3>{t!("Ran in")}</h3>
                    <dl class="kv">
                        <dt>{t!("Component")}</dt><dd>{template.component.clone()}</dd>
                        <dt>{t!("Image")}</dt><dd class="mono">{template.image.clone()}</dd>
                        {(!template.packages.is_empty()).then(|| view! { <dt>{t!("Packages")}</dt><dd class="mono">{template.packages.join(", ")}</dd> })}
                        <dt>{t!("Ran in")}</dt><dd>{live.detail.with_value(|detail| place_of_run(&detail.summary.engine, &detail.summary.sandbox))}</dd>
                        {resources.collect_view()} {mounts.collect_view()}
                    </dl>
                }
            })}
        </div>
    }
}

/// A port's value in few words.
fn value_words(value: &PortValue) -> String {
    match value {
        PortValue::Parameter { text, .. } => text.clone(),
        PortValue::Artifact { size, files: Some(files), .. } => {
            let size = format::bytes(*size);
            if *files == 1 { t!("1 file, {size}", size) } else { t!("{files} files, {size}", files, size) }
        }
        PortValue::Artifact { size, .. } => format::bytes(*size),
    }
}

#[component]
fn Inputs(live: LiveRun, slug: String, template: Option<PlanTemplate>) -> impl IntoView {
    let task = live.task(slug);
    let ports = template.map(|template| template.inputs).unwrap_or_default();
    let empty = ports.is_empty();
    let rows = ports.into_iter().map(move |port| {
        let mark = format!("dot {}", type_class(&port.port_type));
        let slug = port.slug.clone();
        let value = move || task.with(|task| task.inputs.get(&slug).map(value_words));
        view! {
            <tr><td><span class="with-icon"><i class=mark></i>{port.name.clone()}</span></td><td class="mono cut">{value}</td><td class="faint">{port.port_type.name().to_owned()}</td></tr>
        }
    });
    view! {
        <div class="scroll pane">
            {if empty {
                view! { <p class="empty-line">{t!("It has no inputs.")}</p> }.into_any()
            } else {
                view! { <table class="t"><thead><tr><th>{t!("Name")}</th><th>{t!("Value")}</th><th>{t!("Type")}</th></tr></thead><tbody>{rows.collect_view()}</tbody></table> }.into_any()
            }}
        </div>
    }
}

#[component]
fn Outputs(
    live: LiveRun,
    slug: String,
    template: Option<PlanTemplate>,
    linked: RwSignal<Option<String>>,
) -> impl IntoView {
    let task = live.task(slug.clone());
    let outputs = Memo::new(move |_| task.with(|task| task.outputs.clone()));
    let ports = StoredValue::new(template.map(|template| template.outputs).unwrap_or_default());
    let slug = StoredValue::new(slug);
    let run = live.id();
    view! {
        <div class="scroll pane">
            {move || {
                let outputs = outputs.get();
                let mut ports = ports.get_value();
                if outputs.is_empty() {
                    let words = if ports.is_empty() { t!("It has no outputs.") } else { t!("Nothing yet.") };
                    return view! { <p class="empty-line">{words}</p> }.into_any();
                }
                // Pictures first: what one came to see.
                ports.sort_by_key(|port| match port.port_type.name() {
                    "ClassificationMetrics" => 0,
                    "Metrics" => 1,
                    "HTML" | "Markdown" => 2,
                    _ => 3,
                });
                ports.into_iter().filter_map(|port| {
                    let value = outputs.get(&port.slug)?.clone();
                    let mark = linked.with_untracked(|linked| *linked == Some(port.slug.clone()));
                    Some(view! { <OutputView run=run.clone() task=slug.get_value() output=port value=value linked=mark /> })
                }).collect_view().into_any()
            }}
        </div>
    }
}

#[component]
fn Attempts(live: LiveRun, slug: String) -> impl IntoView {
    let task = live.task(slug.clone());
    let open = RwSignal::new(None::<u32>);
    let slug = StoredValue::new(slug);
    let row = move |(index, attempt): (usize, AttemptState)| {
        let number = index as u32 + 1;
        let time = attempt
            .finished
            .map(|end| format::duration(end.saturating_sub(attempt.running.unwrap_or(attempt.starting))));
        let message = attempt.message.clone();
        view! {
            <tr title=message.clone()>
                <td>{number}</td><td><StateMark look=task_look(attempt.phase) /></td>
                <td class="muted">{clock::local_time(attempt.starting)}</td><td class="num">{time}</td>
                <td class="acts"><button class="btn quiet small" on:click=move |_| open.set(Some(number))>{t!("Log")}</button></td>
            </tr>
            {(!message.is_empty()).then(|| view! { <tr><td></td><td colspan="4" class="wrap faint">{message}</td></tr> })}
        }
    };
    view! {
        <div class="pane fill">
            <table class="t">
                <thead><tr><th>{t!("Attempt")}</th><th>{t!("State")}</th><th>{t!("Began")}</th><th class="num">{t!("Took")}</th><th><span class="sr">{t!("Log")}</span></th></tr></thead>
                <tbody>{move || task.get().attempts.into_iter().enumerate().map(row).collect_view()}</tbody>
            </table>
            {move || open.get().map(|attempt| view! {
                <h3>{t!("Log of attempt {attempt}", attempt)}</h3>
                <LogView live=live task=slug.get_value() attempt=attempt />
            })}
        </div>
    }
}
