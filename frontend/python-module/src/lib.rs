//! The Python parser as a wasm module of its own, loaded when the code panel first opens.
//! Only carries text over the border: what is read, and how, is `dagwright-python`.

use dagwright_texts::Language;
use wasm_bindgen::prelude::wasm_bindgen;

/// The signature of `function` (by default the source's only or last annotated one) as the JSON of
/// `dagwright_shared::python::PythonSignature`.
///
/// # Errors
/// Never in practice: only if the signature could not be written as JSON; the text says why.
#[wasm_bindgen]
pub fn analyse(source: &str, function: Option<String>) -> Result<String, String> {
    serde_json::to_string(&dagwright_python::analyse(source, function.as_deref())).map_err(|error| error.to_string())
}

/// What it speaks, as a tag: `en`, until told.
#[wasm_bindgen]
pub fn language() -> String {
    String::from(dagwright_texts::language().tag())
}

/// From now on it speaks Korean, by the page's table: a module's memory is its own, so it knows nothing of the page's.
///
/// # Errors
/// When the table cannot be read; the text says why.
#[wasm_bindgen]
pub fn speak_korean(table: &str) -> Result<(), String> {
    dagwright_texts::install(table).map_err(|error| error.to_string())?;
    dagwright_texts::set_language(Language::Korean);
    Ok(())
}
