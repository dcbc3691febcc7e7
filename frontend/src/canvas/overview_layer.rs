//! The whole graph on one 2D canvas, in place of nodes in the DOM, where the zoom makes them specks.

use super::paint::{Palette, draw_graph, prepared};
use crate::store::document_store::DocumentStore;
use crate::store::run_store::RunStore;
use dagwright_editor::viewport::Detail;
use leptos::{html, prelude::*};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shown below zoom 0.15 only.
#[component]
pub fn OverviewLayer(
    /// The document.
    store: DocumentStore,
    /// The run that is shown on the canvas, if one is.
    run: Option<RunStore>,
) -> impl IntoView {
    let detail = store.detail();
    view! {
        {move || (detail.get() == Detail::Dot).then(|| view! { <Drawing store=store.clone() run=run.clone() /> })}
    }
}

#[component]
fn Drawing(store: DocumentStore, run: Option<RunStore>) -> impl IntoView {
    let canvas: NodeRef<html::Canvas> = NodeRef::new();
    let asked = Arc::new(AtomicBool::new(false));
    Effect::new(move |_| {
        store.viewport().track();
        store.revision().track();
        store.selection().track();
        store.gesture().track();
        store.moves().track();
        if let Some(run) = &run {
            run.with(|_| ());
        }
        if canvas.get().is_none() || asked.swap(true, Ordering::Relaxed) {
            return;
        }
        let (store, run, asked) = (store.clone(), run.clone(), Arc::clone(&asked));
        request_animation_frame(move || {
            asked.store(false, Ordering::Relaxed);
            let Some(element) = canvas.try_get_untracked().flatten() else { return };
            store.with_session(|session| {
                let size = session.viewport().size;
                if let (Some(context), Some(palette)) =
                    (prepared(&element, size.width, size.height), Palette::of(&element))
                {
                    draw_graph(&context, session, run.as_ref(), &palette);
                }
            });
        });
    });
    view! { <canvas class="whole-graph" node_ref=canvas aria-hidden="true" data-testid="whole-graph"></canvas> }
}
