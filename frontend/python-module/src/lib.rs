//! The Python parser as a wasm module of its own, loaded when the code panel first opens.
//! Only carries text over the border: what is read, and how, is `dagwright-python`.

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
