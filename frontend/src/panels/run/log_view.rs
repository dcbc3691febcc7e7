//! The log of an attempt: fetched piece by piece, followed while live, searched. One address whether live or stored.

use super::live::LiveRun;
use crate::net::client::{self, ApiError, segment};
use crate::net::events::{self, Message};
use crate::ui::icon::Icon;
use crate::ui::notice::ErrorNotice;
use dagwright_shared::api::LogPiece;
use dagwright_texts::t;
use leptos::{html, prelude::*};

/// Text kept in the page; what is older is a download away.
const KEPT: usize = 2 * 1024 * 1024;

/// What has been read of a log.
#[derive(Clone, Debug, Default, PartialEq)]
struct Log {
    text: String,
    to: u64,
    end: bool,
    complete: bool,
    cut: bool,
}

impl Log {
    /// Adds what continues it; `false` when something between is missing.
    fn add(&mut self, from: u64, to: u64, text: &str) -> bool {
        if from > self.to {
            return false;
        }
        if to > self.to {
            let known = usize::try_from(self.to - from).unwrap_or(0);
            // The part that is known already is left out, where it can be told apart exactly.
            self.text.push_str(text.get(known..).unwrap_or_default());
            self.to = to;
            if self.text.len() > KEPT {
                let from = self.text.len() - KEPT / 2;
                let at = self.text[from..].find('\n').map_or(from, |at| from + at + 1);
                self.text.drain(..at);
                self.cut = true;
            }
        }
        true
    }
}

/// The log of one attempt.
#[component]
pub fn LogView(
    /// The run.
    live: LiveRun,
    /// The task's slug.
    task: String,
    /// From 1.
    attempt: u32,
) -> impl IntoView {
    let address = format!("/api/runs/{}/tasks/{}/attempts/{attempt}/log", segment(&live.id()), segment(&task));
    let key = format!("{}/{task}/{attempt}", live.id());
    let log = RwSignal::new(Log::default());
    let error = RwSignal::new(None::<ApiError>);
    let busy = StoredValue::new(false);
    let base = StoredValue::new(address.clone());
    let watched = StoredValue::new(key.clone());
    // Reads on from where the text ends until the server has no more for now.
    let read_on = move || {
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        leptos::task::spawn_local(async move {
            while let Some((from, base)) = log.try_with_untracked(|log| log.to).zip(base.try_get_value()) {
                match client::get::<LogPiece>(&format!("{base}?from={from}")).await {
                    Ok(piece) => {
                        let more = piece.to > from;
                        let end = piece.end;
                        log.try_update(|log| {
                            log.add(piece.from, piece.to, &piece.text);
                            log.end = piece.end;
                            log.complete = piece.complete;
                        });
                        error.try_set(None);
                        if end || !more {
                            break;
                        }
                    }
                    // No log yet is no error: the attempt has not begun to write.
                    Err(problem) if problem.code() == "not-found" => break,
                    Err(problem) => {
                        error.try_set(Some(problem));
                        break;
                    }
                }
            }
            busy.try_set_value(false);
        });
    };
    read_on();
    let own = task.clone();
    let task_state = live.task(task.clone());
    // The stored log may be more complete than what was streamed: read on when the attempt's facts change.
    Effect::new(move |first: Option<()>| {
        // Read, not only tracked: a memo that nobody reads never wakes.
        task_state.with(|_| ());
        if first.is_some() && !log.with_untracked(|log| log.end) {
            read_on();
        }
    });
    let run = live.id();
    events::watch_log(&key, 0);
    events::listen(move |message| match message {
        Message::Log(piece) if piece.run == run && piece.task == own && piece.attempt == attempt => {
            let to = piece.from + piece.text.len() as u64;
            let fits = log.try_update(|log| log.add(piece.from, to, &piece.text)).unwrap_or(true);
            if !fits {
                read_on();
            }
        }
        Message::Connected(true) => read_on(),
        _ => {}
    });
    on_cleanup(move || {
        if let Some(key) = watched.try_get_value() {
            events::unwatch_log(&key);
        }
    });
    let find = RwSignal::new(String::new());
    let body: NodeRef<html::Div> = NodeRef::new();
    let follow = RwSignal::new(true);
    let unseen = RwSignal::new(0usize);
    Effect::new(move |before: Option<usize>| {
        let lines = log.with(|log| log.text.matches('\n').count());
        if let Some(element) = body.get() {
            if follow.get_untracked() {
                element.set_scroll_top(element.scroll_height());
                unseen.set(0);
            } else if let Some(before) = before {
                unseen.update(|unseen| *unseen += lines.saturating_sub(before));
            }
        }
        lines
    });
    let scrolled = move |_| {
        if let Some(element) = body.get_untracked() {
            let at_end = element.scroll_height() - element.scroll_top() - element.client_height() < 24;
            follow.set(at_end);
            if at_end {
                unseen.set(0);
            }
        }
    };
    let lines = move || {
        let needle = find.get().to_lowercase();
        log.with(|log| {
            let lines = log.text.lines().filter(|line| needle.is_empty() || line.to_lowercase().contains(&needle));
            // The newest lines are what one looks for; more of them would only slow the page.
            let all: Vec<&str> = lines.collect();
            let from = all.len().saturating_sub(5000);
            all[from..].join("\n")
        })
    };
    let state = move || {
        log.with(|log| match (log.end, log.complete) {
            (true, true) => t!("Complete, kept with the run"),
            (true, false) => t!("Cut: the end of this log was lost"),
            (false, _) => "",
        })
    };
    view! {
        <div class="log-tools">
            <span class="field"><Icon name="search" /><input placeholder=t!("Find in log") aria-label=t!("Find in log") bind:value=find /></span>
            <a class="btn" href=format!("{address}?download=1") download rel="external"><Icon name="download" />{t!("Log")}</a>
        </div>
        {move || error.get().map(|error| view! { <ErrorNotice error=error retry=Callback::new(move |()| read_on()) /> })}
        <div class="logs live" node_ref=body on:scroll=scrolled tabindex="0" role="log" aria-label=t!("Log") data-testid="log">
            {move || log.with(|log| log.cut).then(|| view! { <p class="faint">{t!("Older lines are left out here; the download has them.")}</p> })}
            <pre>{lines}</pre>
            {move || log.with(|log| log.text.is_empty() && log.end).then(|| view! { <p class="faint">{t!("Nothing was written.")}</p> })}
        </div>
        <Show when=move || { unseen.get() > 0 }>
            <button class="btn small follow" on:click=move |_| {
                follow.set(true);
                unseen.set(0);
                if let Some(element) = body.get_untracked() {
                    element.set_scroll_top(element.scroll_height());
                }
            }>{move || t!("{count} new lines", count = unseen.get())}</button>
        </Show>
        <p class="tail" data-testid="log-state">{state}</p>
    }
}
