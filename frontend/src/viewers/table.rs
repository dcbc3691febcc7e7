//! A table artifact (CSV, TSV), a page at a time from the server.

use crate::net::client;
use crate::ui::format;
use crate::ui::notice::{ErrorNotice, Skeleton};
use dagwright_shared::api::TablePage;
use dagwright_texts::t;
use leptos::prelude::*;

const ROWS: u64 = 50;

/// The table with its pager.
#[component]
pub fn TableView(
    /// Address of the output, without `/table`.
    address: String,
    /// The file in a folder; empty for a single file.
    #[prop(optional)]
    path: String,
) -> impl IntoView {
    let offset = RwSignal::new(0u64);
    let page = LocalResource::new(move || {
        let address = format!("{address}/table?offset={}&limit={ROWS}&path={}", offset.get(), client::segment(&path));
        async move { client::get::<TablePage>(&address).await }
    });
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || page.get().map(|answer| match answer {
                Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                Ok(page) => {
                    let last = page.offset + page.rows.len() as u64;
                    let more = page.total.map_or(page.rows.len() as u64 == ROWS, |total| last < total);
                    let first = page.offset + 1;
                    let range = match page.total {
                        _ if page.rows.is_empty() => String::from(t!("no rows")),
                        Some(total) => t!("rows {first} to {last} of {total}", first, last, total = format::grouped(total as i64)),
                        None => t!("rows {first} to {last}", first, last),
                    };
                    view! {
                        <div class="grid-scroll" tabindex="0" aria-label=t!("Table")>
                            <table class="t" data-viewer="table">
                                <thead><tr>{page.columns.into_iter().map(|name| view! { <th>{name}</th> }).collect_view()}</tr></thead>
                                <tbody>
                                    {page.rows.into_iter().map(|row| view! {
                                        <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr>
                                    }).collect_view()}
                                </tbody>
                            </table>
                        </div>
                        <div class="pager">
                            <span class="grow">{range}</span>
                            <button class="btn small" aria-label=t!("Previous rows") disabled=page.offset == 0 on:click=move |_| offset.update(|offset| *offset = offset.saturating_sub(ROWS))>{t!("Previous")}</button>
                            <button class="btn small" aria-label=t!("Next rows") disabled=!more on:click=move |_| offset.update(|offset| *offset += ROWS)>{t!("Next")}</button>
                        </div>
                    }.into_any()
                }
            })}
        </Transition>
    }
}
