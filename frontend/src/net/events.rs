//! The server's event stream, one a browser: the tabs elect a leader (Web Locks), which holds the only connection and
//! passes everything on (BroadcastChannel), because HTTP/1.1 allows six connections an origin. Nothing here folds.

mod stream;

use dagwright_shared::api::LogEvent;
use dagwright_shared::run::RunEvent;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use stream::EventStream;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

const NAME: &str = "dagwright-events";

/// What a tab hears.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Message {
    /// An event of any run.
    Run(RunEvent),
    /// A live piece of a log that some tab asked for.
    Log(LogEvent),
    /// The connection stands (again): whoever shows a run fetches it anew, so that nothing is missed.
    Connected(bool),
    /// A tab asks for the live log of `<run>/<task>/<attempt>` from a byte on, or no more.
    Watch {
        /// `<run>/<task>/<attempt>`.
        log: String,
        /// From this byte; `None`: no more.
        from: Option<u64>,
    },
}

type Listener = Rc<dyn Fn(&Message)>;

/// This tab's end of the stream.
#[derive(Clone)]
struct Hub(Rc<HubState>);

struct HubState {
    listeners: RefCell<BTreeMap<u64, Listener>>,
    next: Cell<u64>,
    channel: Option<BroadcastChannel>,
    leading: Cell<bool>,
    last_event: Cell<u64>,
    watched: RefCell<BTreeMap<String, u64>>,
    stream: RefCell<Option<EventStream>>,
}

thread_local! {
    static HUB: Hub = Hub::start();
}

/// Calls `listener` with everything until the owner is gone.
pub fn listen(listener: impl Fn(&Message) + 'static) {
    let id = HUB.with(|hub| {
        let id = hub.0.next.get();
        hub.0.next.set(id + 1);
        hub.0.listeners.borrow_mut().insert(id, Rc::new(listener));
        id
    });
    on_cleanup(move || {
        HUB.with(|hub| hub.0.listeners.borrow_mut().remove(&id));
    });
}

/// Asks for the live log of `<run>/<task>/<attempt>` from a byte on.
pub fn watch_log(log: &str, from: u64) {
    let message = Message::Watch { log: log.to_owned(), from: Some(from) };
    HUB.with(|hub| hub.tell(&message));
}

/// No more of it.
pub fn unwatch_log(log: &str) {
    let message = Message::Watch { log: log.to_owned(), from: None };
    HUB.with(|hub| hub.tell(&message));
}

impl Hub {
    fn start() -> Self {
        let channel = BroadcastChannel::new(NAME).ok();
        let hub = Self(Rc::new(HubState {
            listeners: RefCell::default(),
            next: Cell::new(1),
            channel,
            leading: Cell::new(false),
            last_event: Cell::new(0),
            watched: RefCell::default(),
            stream: RefCell::default(),
        }));
        if let Some(channel) = &hub.0.channel {
            let receiver = hub.clone();
            let closure = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                let text = event.data().as_string().unwrap_or_default();
                if let Ok(message) = serde_json::from_str::<Message>(&text) {
                    receiver.hear(&message);
                }
            });
            channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
            // The hub lives as long as the tab.
            closure.forget();
        }
        hub.stand_for_leader();
        hub
    }

    /// Leads once the lock is ours: at once, or when the leading tab has gone.
    fn stand_for_leader(&self) {
        let hub = self.clone();
        let lead = Closure::<dyn Fn(JsValue) -> js_sys::Promise>::new(move |_lock: JsValue| {
            hub.lead();
            // Never resolved: the lock is held until the tab goes.
            js_sys::Promise::new(&mut |_, _| {})
        });
        let requested =
            js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("locks")).ok().and_then(|locks| {
                let request = js_sys::Reflect::get(&locks, &JsValue::from_str("request")).ok()?;
                let request = request.dyn_into::<js_sys::Function>().ok()?;
                request.call2(&locks, &JsValue::from_str(NAME), lead.as_ref()).ok()
            });
        if requested.is_none() {
            // No locks outside secure contexts: every tab is its own leader then.
            self.lead();
        }
        lead.forget();
    }

    fn lead(&self) {
        self.0.leading.set(true);
        self.open();
    }

    /// (Re)opens the stream with everything that any tab watches.
    fn open(&self) {
        let logs: Vec<String> = self.0.watched.borrow().iter().map(|(log, from)| format!("{log}:{from}")).collect();
        let after = Some(self.0.last_event.get()).filter(|last| *last > 0);
        let hub = self.clone();
        let opened = EventStream::open(after, &logs, Rc::new(move |message| hub.tell(&message)));
        *self.0.stream.borrow_mut() = opened;
    }

    /// Says something to all tabs, this one included.
    fn tell(&self, message: &Message) {
        if let Some(channel) = &self.0.channel
            && let Ok(text) = serde_json::to_string(message)
        {
            drop(channel.post_message(&JsValue::from_str(&text)));
        }
        self.hear(message);
    }

    fn hear(&self, message: &Message) {
        match message {
            Message::Run(event) => self.0.last_event.set(self.0.last_event.get().max(event.id)),
            Message::Log(piece) => {
                let log = format!("{}/{}/{}", piece.run, piece.task, piece.attempt);
                if let Some(from) = self.0.watched.borrow_mut().get_mut(&log) {
                    *from = (*from).max(piece.from + piece.text.len() as u64);
                }
            }
            Message::Watch { log, from } => {
                let changed = match from {
                    Some(from) => self.0.watched.borrow_mut().insert(log.clone(), *from).is_none(),
                    None => self.0.watched.borrow_mut().remove(log).is_some(),
                };
                if changed && self.0.leading.get() {
                    self.open();
                }
            }
            Message::Connected(_) => {}
        }
        let listeners: Vec<Listener> = self.0.listeners.borrow().values().cloned().collect();
        for listener in listeners {
            listener(message);
        }
    }
}
