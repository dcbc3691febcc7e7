//! The Python parser's wasm module, loaded when the code panel first opens. The page's loader knows where it lies.

use super::texts;
use dagwright_shared::python::PythonSignature;
use dagwright_texts::{Language, language, t};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The signature of `function` in a source; a text for people when the module cannot be loaded.
pub async fn analyse(source: &str, function: Option<&str>) -> Result<PythonSignature, String> {
    let failed = |error: JsValue| {
        t!("The Python reader could not be loaded ({error}). Reload the page.", error = format!("{error:?}"))
    };
    let module = load().await.map_err(failed)?;
    speak(&module).await.map_err(failed)?;
    let analyse = function_of(&module, "analyse").map_err(failed)?;
    let function = function.map_or(JsValue::UNDEFINED, JsValue::from_str);
    let answer = analyse.call2(&JsValue::NULL, &JsValue::from_str(source), &function).map_err(failed)?;
    let text = answer.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| t!("The Python reader's answer cannot be read ({error}).", error))
}

/// `globalThis.dagwrightPython()`, given by `loader.js`: imports and starts the module once.
async fn load() -> Result<JsValue, JsValue> {
    let start: js_sys::Function = js_sys::Reflect::get(&window(), &JsValue::from_str("dagwrightPython"))?.dyn_into()?;
    let promise: js_sys::Promise = start.call0(&JsValue::NULL)?.dyn_into()?;
    JsFuture::from(promise).await
}

/// Has the module speak as the page does: its memory, and so its language and table, is its own. A table that does not come
/// leaves it English.
async fn speak(module: &JsValue) -> Result<(), JsValue> {
    let spoken = function_of(module, "language")?.call0(&JsValue::NULL)?.as_string();
    if language() == Language::Korean
        && spoken.as_deref() != Some(Language::Korean.tag())
        && let Ok(table) = texts::table().await
    {
        function_of(module, "speak_korean")?.call1(&JsValue::NULL, &JsValue::from_str(&table))?;
    }
    Ok(())
}

fn function_of(module: &JsValue, name: &str) -> Result<js_sys::Function, JsValue> {
    js_sys::Reflect::get(module, &JsValue::from_str(name))?.dyn_into()
}
