//! Settings: where runs happen, where artifacts lie, and secrets by name and key. Values go in and never come back.

pub mod doctor;

use super::frame::HomeFrame;
use crate::net::client::{self, ApiError, segment};
use crate::store::server::{is_cluster, meaning_of, place_of, room_of, server_info};
use crate::ui::format::sentences;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::notice::{ErrorNotice, Skeleton};
use dagwright_shared::api::{SHORTEST_MASKED, SecretList, SetSecret};
use dagwright_texts::t;
use doctor::DoctorChecks;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let server = server_info();
    view! {
        <HomeFrame current="/settings">
            <div class="ptitle"><h1>{t!("Settings")}</h1></div>
            <section class="block">
                <h2>{t!("Where runs happen")}</h2>
                {move || server.get().map(|server| view! {
                    <dl class="kv wide">
                        {server.engines.iter().map(|engine| {
                            let (icon, place) = place_of(&engine.name);
                            view! {
                                <dt class="with-icon"><SmallIcon name=icon />{place}</dt>
                                <dd>
                                    <b>{room_of(engine)}</b>{format!(". {}", meaning_of(engine))}
                                    {engine.meaning.lines().skip(1).map(|line| view! { <div class="hint">{sentences(line, "")}</div> }).collect_view()}
                                </dd>
                            }
                        }).collect_view()}
                        <dt>{t!("Artifacts")}</dt>
                        <dd>{if server.storage == "embedded" {
                            t!("In the S3 server inside Dagwright, bucket {bucket}", bucket = server.bucket)
                        } else {
                            t!("{storage}, bucket {bucket}", storage = server.storage, bucket = server.bucket)
                        }}</dd>
                        <dt>{t!("Runs are kept")}</dt>
                        <dd data-testid="keep-runs">{match server.keep_runs {
                            None => String::from(t!("For good, until somebody deletes them. To have old ones deleted, start the server with --keep-runs DAYS.")),
                            Some(1) => String::from(t!("For 1 day after their end, then they go with their logs and artifacts. Set by --keep-runs.")),
                            Some(days) => t!("For {days} days after their end, then they go with their logs and artifacts. Set by --keep-runs.", days),
                        }}</dd>
                        <dt>{t!("Version")}</dt>
                        <dd>{server.version.clone()}</dd>
                    </dl>
                })}
            </section>
            <DoctorChecks has_cluster=Signal::derive(move || {
                server.get().is_some_and(|server| server.engines.iter().any(|engine| is_cluster(&engine.name)))
            }) />
            <Secrets />
        </HomeFrame>
    }
}

#[component]
fn Secrets() -> impl IntoView {
    let secrets = LocalResource::new(|| client::get::<SecretList>("/api/secrets"));
    let name = RwSignal::new(String::new());
    let key = RwSignal::new(String::new());
    let value = RwSignal::new(String::new());
    let error = RwSignal::new(None::<ApiError>);
    let save = move || {
        let path = format!("/api/secrets/{}/{}", segment(&name.get_untracked()), segment(&key.get_untracked()));
        let body = SetSecret { value: value.get_untracked() };
        leptos::task::spawn_local(async move {
            match client::put_only(&path, &body).await {
                Ok(()) => {
                    error.set(None);
                    key.set(String::new());
                    value.set(String::new());
                    secrets.refetch();
                }
                Err(problem) => error.set(Some(problem)),
            }
        });
    };
    let remove = move |name: String, key: String| {
        leptos::task::spawn_local(async move {
            let path = format!("/api/secrets/{}/{}", segment(&name), segment(&key));
            error.set(client::delete(&path).await.err());
            secrets.refetch();
        });
    };
    let rows = move |list: SecretList| {
        let entries = list
            .secrets
            .into_iter()
            .flat_map(|secret| secret.keys.into_iter().map(move |key| (secret.name.clone(), key)));
        let rows = entries.map(|(name, key)| {
            let label = t!("Delete {name}/{key}", name, key);
            let mark = format!("{name}/{key}");
            let (shown_name, shown_key) = (name.clone(), key.clone());
            view! {
                <tr data-secret=mark>
                    <td class="mono">{shown_name}</td><td class="mono">{shown_key}</td><td class="faint">{t!("stored, not shown")}</td>
                    <td class="acts">
                        <button class="btn quiet small" aria-label=label on:click=move |_| remove(name.clone(), key.clone())>{t!("Delete")}</button>
                    </td>
                </tr>
            }
        });
        rows.collect_view()
    };
    view! {
        <section class="block">
            <h2>{t!("Secrets")}</h2>
            <p class="hint">{t!("Used by tasks as environment variables, by name and key. Values are kept on this machine, masked in logs, and never in pipelines or links.")}</p>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || secrets.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                    Ok(list) if list.secrets.is_empty() => view! { <p class="empty-line">{t!("No secret yet.")}</p> }.into_any(),
                    Ok(list) => view! {
                        <table class="t">
                            <thead><tr><th>{t!("Name")}</th><th>{t!("Key")}</th><th>{t!("Value")}</th><th><span class="sr">{t!("Actions")}</span></th></tr></thead>
                            <tbody>{rows(list)}</tbody>
                        </table>
                    }.into_any(),
                })}
            </Transition>
            <form
                class="secret-form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <span class="field"><input aria-label=t!("Secret name") placeholder=t!("Name") class="mono" bind:value=name required /></span>
                <span class="field"><input aria-label=t!("Secret key") placeholder=t!("Key") class="mono" bind:value=key required /></span>
                <span class="field"><input aria-label=t!("Secret value") placeholder=t!("Value") type="password" autocomplete="off" bind:value=value /></span>
                <button class="btn" type="submit"><Icon name="plus" />{t!("Store")}</button>
            </form>
            <Show when=move || value.with(|value| !value.is_empty() && value.trim().len() < SHORTEST_MASKED)>
                <p class="hint warning with-icon" role="status" data-testid="secret-short">
                    <SmallIcon name="warning" />{t!("Shorter than {count} characters: it will not be masked in logs, since it would hide half of any text.", count = SHORTEST_MASKED)}
                </p>
            </Show>
            {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
        </section>
    }
}
