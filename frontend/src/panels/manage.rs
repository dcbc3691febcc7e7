//! The project's own components and libraries, looked after: versions, an earlier one made the newest again, deleting;
//! libraries added, read again, removed.

use crate::net::client::{self, ApiError, segment};
use crate::store::palette::PaletteStore;
use crate::ui::ask::ask;
use crate::ui::clock;
use crate::ui::dialog::Dialog;
use crate::ui::format::sentences;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::later::{Part, Room, later};
use crate::ui::notice::ErrorNotice;
use dagwright_shared::api::{ComponentText, Library, LibraryProblem, StoredComponent};
use dagwright_shared::pipeline::file::component_from_value;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
fn view_of(palette: PaletteStore, close: Callback<()>) -> Part<AnyView> {
    Ok(view! { <ManageDialog palette=palette close=close /> }.into_any())
}

/// The dialog, fetched when it is first opened.
pub fn manage(palette: PaletteStore, close: Callback<()>) -> impl IntoView {
    later(load, move || view_of(palette, close), Room::Over)
}

/// The dialog.
#[component]
fn ManageDialog(
    /// What is looked after.
    palette: PaletteStore,
    /// Closes it.
    close: Callback<()>,
) -> impl IntoView {
    let error = RwSignal::new(None::<ApiError>);
    let own = palette.own();
    let libraries = palette.libraries();
    view! {
        <Dialog title=t!("Your components and libraries") close=close class="wide">
            <div class="body manage">
                {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
                <h3>{t!("Yours")}</h3>
                {move || {
                    let own = own.get();
                    if own.is_empty() {
                        return view! { <p class="empty-line">{t!("Save a task's component from its panel, or drop a component file on the palette.")}</p> }.into_any();
                    }
                    let rows = own.into_iter().map(|own| view! { <OwnRow palette=palette own=own error=error /> });
                    view! { <ul class="offers">{rows.collect_view()}</ul> }.into_any()
                }}
                <h3>{t!("Libraries")}</h3>
                <AddLibraryRow palette=palette error=error />
                {move || {
                    let rows = libraries.get().into_iter().map(|library| view! { <LibraryRow palette=palette library=library error=error /> });
                    view! { <ul class="offers">{rows.collect_view()}</ul> }
                }}
            </div>
            <footer role="presentation"><span class="grow"></span><button class="btn primary" on:click=move |_| close.run(())>{t!("Done")}</button></footer>
        </Dialog>
    }
}

/// An own component with its versions.
#[component]
fn OwnRow(palette: PaletteStore, own: StoredComponent, error: RwSignal<Option<ApiError>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = StoredValue::new(own.name.clone());
    let newest = own.version;
    let now = clock::now();
    let saved = own.versions.first().map(|version| clock::relative(version.saved, now)).unwrap_or_default();
    let words = own.component.get("description").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let number = own.versions.len() as u64;
    let delete = move |_| {
        let name_of_it = name.get_value();
        let question = if number == 1 {
            t!("Delete {name} with its 1 version? Pipelines that use it keep theirs.", name = name_of_it)
        } else {
            t!(
                "Delete {name} with its {number} versions? Pipelines that use it keep theirs.",
                name = name_of_it,
                number
            )
        };
        ask(question, t!("Delete"), move || {
            leptos::task::spawn_local(async move { error.set(palette.delete(&name.get_value()).await.err()) });
        });
    };
    let restore = move |version: u32| {
        leptos::task::spawn_local(async move {
            let path = format!("/api/components/{}/versions/{version}", segment(&name.get_value()));
            let text = client::get::<ComponentText>(&path).await;
            let component = text.map(|text| component_from_value(&text.component).value.unwrap_or_default());
            let done = match component {
                Ok(component) => palette.keep(&component).await.err(),
                Err(problem) => Some(problem),
            };
            error.set(done);
        });
    };
    let versions = StoredValue::new(own.versions);
    let history = move || {
        let rows = versions.get_value().into_iter().map(|one| {
            let version = one.version;
            let digits: String = one.digest.trim_start_matches("sha256:").chars().take(8).collect();
            view! {
                <li data-version=version>
                    <b>{t!("Version {version}", version)}</b>
                    <span class="mono faint">{digits}</span>
                    <span class="grow muted">{clock::relative(one.saved, now)}</span>
                    {(version != newest).then(|| view! { <button class="btn quiet small" on:click=move |_| restore(version)>{t!("Make it the newest")}</button> })}
                </li>
            }
        });
        view! { <ul class="history">{rows.collect_view()}</ul> }
    };
    view! {
        <li data-own=own.name.clone() class="stacked">
            <div class="row">
                <span class="grow"><b>{own.name.clone()}</b><span class="hint cut">{words}</span></span>
                <span class="muted">{t!("version {newest}, {saved}", newest, saved)}</span>
                <button class="btn quiet small" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)><SmallIcon name="clock" />{t!("History")}</button>
                <button class="btn quiet small danger" on:click=delete>{t!("Delete")}</button>
            </div>
            <Show when=move || open.get()>{history}</Show>
        </li>
    }
}

/// Where a library's address is typed.
#[component]
fn AddLibraryRow(palette: PaletteStore, error: RwSignal<Option<ApiError>>) -> impl IntoView {
    let source = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let add = move || {
        let text = source.get_untracked().trim().to_owned();
        if text.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            let added = palette.add_library(&text).await;
            if added.is_ok() {
                drop(source.try_set(String::new()));
            }
            drop(error.try_set(added.err()));
            busy.try_set(false);
        });
    };
    view! {
        <form class="row" on:submit=move |event| { event.prevent_default(); add(); }>
            <span class="field grow"><input aria-label=t!("Address or folder of a library") placeholder=t!("https://example.org/components.yaml, or a folder of the server") autocomplete="off" bind:value=source /></span>
            <button type="submit" class="btn" disabled=move || busy.get()><Icon name="plus" />{move || if busy.get() { t!("Reading") } else { t!("Add") }}</button>
        </form>
    }
}

/// A library with what could not be taken of it.
#[component]
fn LibraryRow(palette: PaletteStore, library: Library, error: RwSignal<Option<ApiError>>) -> impl IntoView {
    let id = StoredValue::new(library.id.clone());
    let busy = RwSignal::new(false);
    let refresh = move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            let problem = palette.refresh_library(&id.get_value()).await.err();
            drop(error.try_set(problem));
            busy.try_set(false);
        });
    };
    let question = t!("Remove the library {name}? Pipelines that use its components keep them.", name = library.name);
    let remove = move |_| {
        ask(question.clone(), t!("Remove"), move || {
            leptos::task::spawn_local(async move { error.set(palette.remove_library(&id.get_value()).await.err()) });
        });
    };
    let (count, when) = (library.components.len(), clock::relative(library.fetched, clock::now()));
    let facts = if count == 1 {
        t!("1 component, read {when}", when)
    } else {
        t!("{count} components, read {when}", count, when)
    };
    let problem = |problem: &LibraryProblem| {
        view! { <li><span class="mono cut" title=problem.place.clone()>{problem.place.clone()}</span><span>{sentences(&problem.message, &problem.hint)}</span></li> }
    };
    let problems = library.failure.iter().chain(&library.problems).map(problem).collect_view();
    let has_problems = library.failure.is_some() || !library.problems.is_empty();
    view! {
        <li data-library=library.name.clone() class="stacked">
            <div class="row">
                <span class="grow"><b>{library.name.clone()}</b><span class="hint mono cut" title=library.source.clone()>{library.source.clone()}</span></span>
                <span class="muted">{facts}</span>
                <button class="btn quiet small" disabled=move || busy.get() on:click=refresh><SmallIcon name="rerun" />{t!("Read again")}</button>
                <button class="btn quiet small danger" on:click=remove>{t!("Remove")}</button>
            </div>
            {has_problems.then(|| view! { <ul class="library-problems" aria-label=t!("What could not be taken")>{problems}</ul> })}
        </li>
    }
}
