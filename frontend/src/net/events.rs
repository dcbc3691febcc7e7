//! The server's event stream. One `EventSource` a subscription; it resumes by itself (Last-Event-ID), and what it
//! repeats is dropped by the fold, which knows the last event it has seen.

use dagwright_shared::api::LogEvent;
use dagwright_shared::run::RunEvent;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// A live subscription; closed when dropped.
pub struct EventStream {
    source: EventSource,
    // Held so that the browser can call them.
    _handlers: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// What a subscription is called with.
pub struct EventHandlers {
    /// An event of any run.
    pub run: Box<dyn Fn(RunEvent)>,
    /// A live piece of a log that was asked for.
    pub log: Box<dyn Fn(LogEvent)>,
    /// Whether the connection stands.
    pub connected: Box<dyn Fn(bool)>,
}

/// Opens the stream after event `after`, with the live log of `logs` (`<run>/<task>/<attempt>:<from byte>`).
pub fn open(after: u64, logs: Option<&str>, handlers: EventHandlers) -> Option<EventStream> {
    let mut address = format!("/api/events?after={after}");
    if let Some(logs) = logs {
        address.push_str("&logs=");
        address.push_str(&super::client::segment(logs));
    }
    let source = EventSource::new(&address).ok()?;
    let EventHandlers { run, log, connected } = handlers;
    let connected = std::rc::Rc::new(connected);
    let up = connected.clone();
    let mut kept: Vec<Closure<dyn FnMut(MessageEvent)>> = Vec::new();
    let mut listen = |name: &str, handler: Box<dyn FnMut(MessageEvent)>| {
        let closure = Closure::wrap(handler);
        drop(source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
        kept.push(closure);
    };
    listen(
        "run",
        Box::new(move |event| {
            if let Some(event) = parse(&event) {
                run(event);
            }
        }),
    );
    listen(
        "log",
        Box::new(move |event| {
            if let Some(event) = parse(&event) {
                log(event);
            }
        }),
    );
    listen("open", Box::new(move |_| up(true)));
    listen("error", Box::new(move |_| connected(false)));
    Some(EventStream { source, _handlers: kept })
}

fn parse<T: serde::de::DeserializeOwned>(event: &MessageEvent) -> Option<T> {
    let text = event.data().as_string()?;
    match serde_json::from_str(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            leptos::logging::error!("an event that cannot be read: {error}: {text}");
            None
        }
    }
}

/// Keeps a stream for as long as the current owner lives.
pub fn keep(stream: Option<EventStream>) {
    let stored = StoredValue::new_local(stream);
    on_cleanup(move || {
        stored.try_update_value(|stream| drop(stream.take()));
    });
}
