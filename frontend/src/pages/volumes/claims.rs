//! Claims of the cluster on the volumes page: size, phase, who uses them, delete for those that Dagwright made.

use crate::net::client::{self, ApiError, segment};
use crate::ui::ask::ask;
use crate::ui::icon::SmallIcon;
use crate::ui::notice::{ErrorNotice, Skeleton};
use dagwright_shared::api::{ClaimList, ClaimSummary};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::components::A;

/// The section.
#[component]
pub fn ClusterClaims() -> impl IntoView {
    let claims = LocalResource::new(|| client::get::<ClaimList>("/api/claims"));
    let error = RwSignal::new(None::<ApiError>);
    let changed = Callback::new(move |()| claims.refetch());
    view! {
        <section class="block" data-testid="claims">
            {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || claims.get().map(|answer| match answer {
                    Err(error) => view! { <h2>{t!("On the cluster")}</h2><ErrorNotice error=error retry=changed /> }.into_any(),
                    Ok(list) => {
                        let title = t!("On the cluster, namespace {namespace}", namespace = list.namespace.unwrap_or_default());
                        let rows = list.claims.into_iter().map(|claim| view! { <ClaimRow claim=claim error=error changed=changed /> });
                        let rows = rows.collect_view();
                        view! {
                            <h2>{title}</h2>
                            <table class="t pip">
                                <thead>
                                    <tr><th>{t!("Claim")}</th><th>{t!("Lifetime")}</th><th>{t!("Used by")}</th><th>{t!("Phase")}</th><th class="num">{t!("Size")}</th>
                                        <th><span class="sr">{t!("Actions")}</span></th></tr>
                                </thead>
                                <tbody>{rows}</tbody>
                            </table>
                        }.into_any()
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn ClaimRow(claim: ClaimSummary, error: RwSignal<Option<ApiError>>, changed: Callback<()>) -> impl IntoView {
    let name = StoredValue::new(claim.name.clone());
    let in_use = !claim.used_by.is_empty() || !claim.pods.is_empty();
    let remove = move |_| {
        ask(t!("Delete this claim and everything in it? This cannot be undone."), t!("Delete"), move || {
            leptos::task::spawn_local(async move {
                error.set(client::delete(&format!("/api/claims/{}", segment(&name.get_value()))).await.err());
                changed.run(());
            });
        });
    };
    let owner = claim.pipeline.clone().map(|pipeline| match claim.pipeline_name.clone() {
        Some(name) => view! { <A href=format!("/pipelines/{pipeline}")>{name}</A> }.into_any(),
        // Another Dagwright's, or deleted here.
        None => view! { <span class="muted">{t!("a pipeline that is not here")}</span> }.into_any(),
    });
    let runs = claim
        .used_by
        .iter()
        .map(|run| view! { " "<A href=format!("/runs/{run}") attr:class="chip">{t!("a run, now")}</A> });
    let pods = claim.pods.iter().map(|pod| view! { " "<span class="chip">{t!("pod {name}", name = pod)}</span> });
    let (runs, pods) = (runs.collect_view(), pods.collect_view());
    let modes = [claim.access_modes.join(", "), claim.storage_class.clone().unwrap_or_default()];
    let modes = modes.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ");
    let is_ours = claim.lifetime == "kept";
    view! {
        <tr data-claim=claim.name.clone()>
            <td><span class="with-icon lede"><SmallIcon name="volume" />{claim.name.clone()}</span><div class="hint">{modes}</div></td>
            <td>{if is_ours { t!("kept") } else if claim.lifetime == "run" { t!("with its run") } else { t!("not Dagwright's") }}</td>
            <td>{owner}{runs}{pods}</td>
            <td>{claim.phase.clone()}</td>
            <td class="num">{claim.size.clone()}</td>
            <td class="acts">
                {is_ours.then(|| view! {
                    <button class="btn quiet small" disabled=in_use title=if in_use { t!("It is in use right now") } else { "" } on:click=remove>{t!("Delete")}</button>
                })}
            </td>
        </tr>
    }
}
