//! Parts of the app that the browser fetches when they are first needed. A split point (`wasm_split`) becomes a wasm file of
//! its own with all that only it reaches (scripts/wasm-split.sh); what two of them share is a third file. What opens the
//! editor and makes the first edit is behind none. Few split points of one use each: a visit to a page is one or two requests.

use crate::ui::icon::Icon;
use crate::ui::notice::Skeleton;
use dagwright_texts::t;
use futures::FutureExt;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

/// Said where a part did not come: the network is gone, or the server was updated and has the parts of another version.
pub fn lost_text() -> &'static str {
    t!("This part of Dagwright could not be fetched: the network is gone, or the server was updated. Edits are kept.")
}

/// What a part gives, or that its file did not come.
pub type Part<T> = Result<T, SplitLoaderError>;

/// Where a part stands, which is where the wait for it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The whole page.
    Page,
    /// A panel of a page.
    Panel,
    /// Over the page.
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    Here,
    Lost,
}

/// Shows a part once it is there. One that has come before is built at once and in its place, like any other view: what it
/// focuses has to stand in the page.
pub fn later<L, F>(load: fn() -> L, part: impl Fn() -> F + Send + 'static, room: Room) -> impl IntoView
where
    L: Future<Output = Part<()>> + 'static,
    F: Future<Output = Part<AnyView>> + 'static,
{
    let state = RwSignal::new(State::Coming);
    let fetch = move || {
        let mut coming = load().boxed_local();
        let come = |part: Part<()>| if part.is_ok() { State::Here } else { State::Lost };
        match (&mut coming).now_or_never() {
            Some(part) => state.set(come(part)),
            None => leptos::task::spawn_local(async move {
                state.try_set(come(coming.await));
            }),
        }
    };
    fetch();
    let again = Callback::new(move |()| {
        state.set(State::Coming);
        fetch();
    });
    move || match state.get() {
        State::Coming => waiting(room),
        State::Here => part().now_or_never().and_then(Result::ok).unwrap_or_else(|| lost(room, again)),
        State::Lost => lost(room, again),
    }
}

/// Fetches a part that will be wanted; whether it came is seen when it is.
pub fn soon<L: Future<Output = Part<()>> + 'static>(load: fn() -> L) {
    leptos::task::spawn_local(async move { drop(load().await) });
}

fn waiting(room: Room) -> AnyView {
    match room {
        Room::Page => view! { <div class="page"><Skeleton /></div> }.into_any(),
        Room::Panel => view! { <Skeleton /> }.into_any(),
        // Nothing that jumps.
        Room::Over => ().into_any(),
    }
}

fn lost(room: Room, again: Callback<()>) -> AnyView {
    let class = if room == Room::Over { "notice error link-problem" } else { "notice error" };
    let reload = move |_| drop(window().location().reload());
    view! {
        <div class=class role="alert" data-testid="part-lost">
            <Icon name="error" />
            <span class="grow">{lost_text()}</span>
            <button class="btn small" on:click=move |_| again.run(())>{t!("Try again")}</button>
            <button class="btn small" on:click=reload>{t!("Reload")}</button>
        </div>
    }
    .into_any()
}
