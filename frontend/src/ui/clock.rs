//! The browser's clock, as milliseconds and as a signal that ticks. The only place that reads it.

use dagwright_texts::{Language, language};
use leptos::prelude::*;
use std::time::Duration;

/// Milliseconds since 1970.
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// The current time, renewed every `every` while the owner lives.
pub fn ticking(every: Duration) -> ReadSignal<u64> {
    let (time, set_time) = signal(now());
    if let Ok(handle) = set_interval_with_handle(move || set_time.set(now()), every) {
        on_cleanup(move || handle.clear());
    }
    time
}

/// A moment in the reader's own words: time today, date and time otherwise.
pub fn local_time(time: u64) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(time as f64));
    let today = js_sys::Date::new_0().to_date_string() == date.to_date_string();
    let clock = String::from(date.to_locale_time_string(match language() {
        Language::English => "en-GB",
        Language::Korean => "ko-KR",
    }));
    if today { clock } else { format!("{} {clock}", day(&date)) }
}

/// Relative up to a week, then the day.
pub fn relative(time: u64, now: u64) -> String {
    super::format::relative(time, now)
        .unwrap_or_else(|| day(&js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(time as f64))))
}

/// The day, with its year where that is not this one.
fn day(date: &js_sys::Date) -> String {
    let this_year = date.get_full_year() == js_sys::Date::new_0().get_full_year();
    match language() {
        Language::English => english_day(date, this_year),
        Language::Korean => {
            let options = js_sys::Object::new();
            let wanted = [("month", "long"), ("day", "numeric"), ("year", "numeric")];
            for (part, form) in wanted.into_iter().take(if this_year { 2 } else { 3 }) {
                drop(js_sys::Reflect::set(&options, &part.into(), &form.into()));
            }
            String::from(date.to_locale_date_string("ko-KR", &options))
        }
    }
}

fn english_day(date: &js_sys::Date, this_year: bool) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[(date.get_month() as usize).min(11)];
    if this_year {
        format!("{} {month}", date.get_date())
    } else {
        format!("{} {month} {}", date.get_date(), date.get_full_year())
    }
}
