//! One `EventSource`. It reconnects by itself with Last-Event-ID; what it repeats is dropped by the fold.

use super::Message;
use crate::net::client;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

type Handler = Closure<dyn FnMut(MessageEvent)>;

/// An open connection; closed when dropped.
pub(super) struct EventStream {
    source: EventSource,
    // Held so that the browser can call them.
    _handlers: Vec<Handler>,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl EventStream {
    /// Opens the stream after an event (from now on where there is none), with live logs (`<run>/<task>/<attempt>:<byte>`).
    pub(super) fn open(after: Option<u64>, logs: &[String], tell: Rc<dyn Fn(Message)>) -> Option<Self> {
        let mut address = String::from("/api/events?");
        if let Some(after) = after {
            address.push_str(&format!("after={after}&"));
        }
        if !logs.is_empty() {
            address.push_str(&format!("logs={}", client::segment(&logs.join(","))));
        }
        let source = EventSource::new(&address).ok()?;
        let mut stream = Self { source, _handlers: Vec::new() };
        let run = tell.clone();
        stream.listen("run", move |event| {
            if let Some(event) = parse(&event) {
                run(Message::Run(event));
            }
        });
        let log = tell.clone();
        stream.listen("log", move |event| {
            if let Some(piece) = parse(&event) {
                log(Message::Log(piece));
            }
        });
        let up = tell.clone();
        stream.listen("open", move |_| up(Message::Connected(true)));
        stream.listen("error", move |_| tell(Message::Connected(false)));
        Some(stream)
    }

    fn listen(&mut self, name: &str, handler: impl FnMut(MessageEvent) + 'static) {
        let closure: Handler = Closure::new(handler);
        drop(self.source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
        self._handlers.push(closure);
    }
}

fn parse<T: DeserializeOwned>(event: &MessageEvent) -> Option<T> {
    let text = event.data().as_string()?;
    match serde_json::from_str(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            leptos::logging::error!("an event that cannot be read: {error}: {text}");
            None
        }
    }
}
