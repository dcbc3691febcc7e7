//! The doctor's checks on the settings page: what runs need, how it stands, and the command that mends it.

use crate::net::client::{self, ApiError};
use crate::ui::icon::Icon;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::state_mark::{StateLook, StateMark};
use crate::ui::toast::toast;
use dagwright_shared::api::{CheckState, DoctorCheck, DoctorReport, RunDoctor};
use dagwright_texts::t;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The list, looked at when the page opens and whenever it is asked for.
#[component]
pub fn DoctorChecks(
    /// Whether there is a cluster that a pod can look from.
    #[prop(into)]
    has_cluster: Signal<bool>,
) -> impl IntoView {
    let report = RwSignal::new(None::<Result<DoctorReport, ApiError>>);
    let busy = RwSignal::new(false);
    let look = move |probe: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            let answer =
                client::post::<_, DoctorReport>("/api/doctor", &RunDoctor { probe, probe_image: String::new() }).await;
            // The page may have been left meanwhile.
            report.try_set(Some(answer));
            busy.try_set(false);
        });
    };
    look(false);
    let list = move || {
        report.get().map(|report| match report {
            Err(error) => view! { <ErrorNotice error=error retry=Callback::new(move |()| look(false)) /> }.into_any(),
            Ok(report) => {
                let rows = report.checks.into_iter().map(|check| view! { <Row check=check /> });
                view! { <ul class="checks" aria-busy=move || busy.get().to_string()>{rows.collect_view()}</ul> }
                    .into_any()
            }
        })
    };
    // The command stands in the sentence where its language has it.
    let words = t!("What runs need; {command} shows the same in a terminal.", command = '\0');
    let (before, after) =
        words.split_once('\0').map(|(before, after)| (before.to_owned(), after.to_owned())).unwrap_or_default();
    view! {
        <section class="block" data-testid="doctor">
            <h2>
                {t!("Checks")}
                <span class="end">
                    <Show when=move || has_cluster.get()>
                        <button
                            class="btn quiet small"
                            title=t!("Starts a small Workflow that reads and writes the bucket, and deletes it")
                            aria-disabled=move || busy.get().to_string()
                            on:click=move |_| look(true)
                        >
                            <Icon name="cluster" />{t!("Check from a pod")}
                        </button>
                    </Show>
                    <button class="btn quiet small" aria-disabled=move || busy.get().to_string() on:click=move |_| look(false)>
                        <Icon name="rerun" />{move || if busy.get() { t!("Checking") } else { t!("Check again") }}
                    </button>
                </span>
            </h2>
            <p class="hint">{before}<code>"dagwright doctor"</code>{after}</p>
            <Show when=move || report.with(Option::is_none)><Skeleton /></Show>
            {list}
        </section>
    }
}

#[component]
fn Row(check: DoctorCheck) -> impl IntoView {
    let look = match check.state {
        CheckState::Ok => StateLook { name: "succeeded", word: t!("OK") },
        CheckState::Wrong => StateLook { name: "failed", word: t!("Wrong") },
        CheckState::Skipped => StateLook { name: "skipped", word: t!("Skipped") },
    };
    let mend = (!check.mend.is_empty()).then(|| {
        let command = StoredValue::new(check.mend.clone());
        let copy = move |_| {
            leptos::task::spawn_local(async move {
                let done = JsFuture::from(window().navigator().clipboard().write_text(&command.get_value())).await.is_ok();
                toast(if done { t!("The command is copied") } else { t!("The browser does not give the clipboard") });
            });
        };
        view! {
            <div class="mend">
                <code>{check.mend.clone()}</code>
                <button class="btn small" aria-label=t!("Copy the command that mends: {title}", title = check.title) on:click=copy>{t!("Copy")}</button>
            </div>
        }
    });
    view! {
        <li data-check=check.name data-state=check.state.name()>
            <StateMark look=Signal::stored(look) />
            <div>
                <p><b>{check.title.clone()}</b>{check.message}</p>
                {mend}
            </div>
        </li>
    }
}
