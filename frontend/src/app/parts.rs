//! The pages that are parts of their own.

use crate::pages;
use crate::ui::later::{Part, Room, later};
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

/// The pages around the editor and the run page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Page {
    /// `/`
    Start,
    /// `/runs`
    Runs,
    /// `/experiments`
    Experiments,
    /// `/volumes`
    Volumes,
    /// `/settings`
    Settings,
    /// `/pipelines/:id/versions`
    Versions,
}

/// A page, by name.
pub(super) fn page(page: Page) -> impl IntoView {
    later(load_page, move || page_of(page), Room::Page)
}

#[wasm_split(pages, wasm_split_path = leptos::wasm_split, preload(load_page), fallible)]
fn page_of(page: Page) -> Part<AnyView> {
    Ok(match page {
        Page::Start => pages::start::StartPage().into_any(),
        Page::Runs => pages::runs::RunsPage().into_any(),
        Page::Experiments => pages::experiments::ExperimentsPage().into_any(),
        Page::Volumes => pages::volumes::VolumesPage().into_any(),
        Page::Settings => pages::settings::SettingsPage().into_any(),
        Page::Versions => pages::versions::VersionsPage().into_any(),
    })
}

/// The pages that show what runs made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// `/runs/:id`
    One,
    /// `/compare/:left/:right`
    Two,
}

/// A page with every viewer.
pub(super) fn look(look: Look) -> impl IntoView {
    later(load_look, move || look_of(look), Room::Page)
}

#[wasm_split(run, wasm_split_path = leptos::wasm_split, preload(load_look), fallible)]
fn look_of(look: Look) -> Part<AnyView> {
    Ok(match look {
        Look::One => pages::run::RunPage().into_any(),
        Look::Two => pages::compare::ComparePage().into_any(),
    })
}
