//! The code editor's module (CodeMirror, frontend/code-editor), loaded when code is first shown. The page's loader knows
//! where it lies. Carries texts over the border, and knows nothing of what they mean.

use dagwright_texts::t;
use leptos::prelude::window;
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A problem at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// From 1.
    pub line: u32,
    /// From 1, in Unicode scalar values; `None`: the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// For people.
    pub message: String,
}

/// What is opened.
pub struct Opening {
    /// The text to begin with.
    pub text: String,
    /// `python`, `yaml` or `text`.
    pub language: &'static str,
    /// What screen readers call it.
    pub label: String,
    /// Called with the whole text after each change by the person; `None`: the text can only be read.
    pub changed: Option<Box<dyn FnMut(String)>>,
    /// Called when the focus leaves.
    pub left: Box<dyn FnMut()>,
}

/// An open editor; closed when it is dropped.
pub struct CodeEditor {
    handle: JsValue,
    _changed: Option<Closure<dyn FnMut(String)>>,
    _left: Closure<dyn FnMut()>,
}

impl CodeEditor {
    /// Opens an editor in an element.
    ///
    /// # Errors
    /// A text for people when the module cannot be loaded.
    pub async fn open(host: &web_sys::Element, opening: Opening) -> Result<Self, String> {
        let failed = |error: JsValue| {
            t!("The code editor could not be loaded ({error}). Reload the page.", error = format!("{error:?}"))
        };
        let start: js_sys::Function =
            member(&window(), "dagwrightCodeEditor").and_then(JsCast::dyn_into).map_err(failed)?;
        let promise: js_sys::Promise = start.call0(&JsValue::NULL).and_then(JsCast::dyn_into).map_err(failed)?;
        let module = JsFuture::from(promise).await.map_err(failed)?;
        let changed = opening.changed.map(Closure::wrap);
        let left = Closure::wrap(opening.left);
        let options = js_sys::Object::new();
        let set = |name: &str, value: &JsValue| {
            drop(js_sys::Reflect::set(&options, &JsValue::from_str(name), value));
        };
        set("text", &JsValue::from_str(&opening.text));
        set("language", &JsValue::from_str(opening.language));
        set("label", &JsValue::from_str(&opening.label));
        set("speaks", &JsValue::from_str(dagwright_texts::language().tag()));
        set("readOnly", &JsValue::from_bool(changed.is_none()));
        set("left", left.as_ref());
        if let Some(changed) = &changed {
            set("changed", changed.as_ref());
        }
        let open: js_sys::Function = member(&module, "open").and_then(JsCast::dyn_into).map_err(failed)?;
        let handle = open.call2(&JsValue::NULL, host, &options).map_err(failed)?;
        Ok(Self { handle, _changed: changed, _left: left })
    }

    /// Puts another text in place; what stays equal keeps the caret.
    pub fn set_text(&self, text: &str) {
        self.call("setText", &JsValue::from_str(text));
    }

    /// Shows problems, in place of those before.
    pub fn set_marks(&self, marks: &[Mark]) {
        let marks = serde_json::to_string(marks).unwrap_or_default();
        if let Ok(marks) = js_sys::JSON::parse(&marks) {
            self.call("setProblems", &marks);
        }
    }

    /// Puts the caret at the start of a line, from 1, and shows it.
    pub fn reveal(&self, line: u32) {
        self.call("reveal", &JsValue::from(line));
    }

    fn call(&self, method: &str, argument: &JsValue) {
        if let Ok(method) = member(&self.handle, method).and_then(JsCast::dyn_into::<js_sys::Function>) {
            drop(method.call1(&self.handle, argument));
        }
    }
}

impl Drop for CodeEditor {
    fn drop(&mut self) {
        self.call("close", &JsValue::UNDEFINED);
    }
}

fn member(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    js_sys::Reflect::get(of, &JsValue::from_str(name))
}
