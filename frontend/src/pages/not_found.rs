//! The page for an address that leads nowhere.

use super::frame::HomeFrame;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::components::A;

/// Says so, and leads back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <HomeFrame current="">
            <div class="empty">
                <h1>{t!("Nothing is at this address")}</h1>
                <p>{t!("It may have been deleted, or the link is incomplete.")}</p>
                <div class="acts"><A href="/" attr:class="btn primary">{t!("All pipelines")}</A></div>
            </div>
        </HomeFrame>
    }
}
