//! Files between the browser and the person: read, saved, packed and unpacked by gzip. Knows nothing of what is in them.

use dagwright_texts::t;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The largest text that a file is read as, in bytes: that of a document (`dagwright_shared::yaml::LARGEST_TEXT`).
const LARGEST_TEXT: usize = dagwright_shared::yaml::LARGEST_TEXT;

/// A file of YAML text.
pub fn yaml_blob(text: &str) -> Option<web_sys::Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/yaml");
    web_sys::Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options).ok()
}

/// Packs by the browser's own gzip.
pub async fn gzip(blob: web_sys::Blob) -> Option<web_sys::Blob> {
    let response = piped(&blob, "CompressionStream")?;
    JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

/// The text of a file; one that is packed by gzip is unpacked, whatever its name says.
///
/// # Errors
/// A text for people: too large, not text, damaged.
pub async fn text_of(blob: &web_sys::Blob) -> Result<String, String> {
    let too_large = || t!("It has more than {size} MiB, too much for a document.", size = LARGEST_TEXT >> 20);
    if blob.size() > LARGEST_TEXT as f64 {
        return Err(too_large());
    }
    let bytes = bytes_of(blob).await.ok_or(t!("It cannot be read."))?;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { unpacked(blob).await? } else { bytes };
    String::from_utf8(bytes).map_err(|_| String::from(t!("It is no text (UTF-8).")))
}

async fn bytes_of(blob: &web_sys::Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Unpacks by the browser's own gunzip, no further than a document may be long.
async fn unpacked(blob: &web_sys::Blob) -> Result<Vec<u8>, String> {
    let damaged = || String::from(t!("It cannot be unpacked: it is damaged, or no gzip file."));
    let body = piped(blob, "DecompressionStream").and_then(|response| response.body()).ok_or_else(damaged)?;
    let reader: web_sys::ReadableStreamDefaultReader = body.get_reader().dyn_into().map_err(|_| damaged())?;
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(|_| damaged())?;
        let part = |name: &str| js_sys::Reflect::get(&chunk, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if part("done").is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(js_sys::Uint8Array::new(&part("value")).to_vec());
        if bytes.len() > LARGEST_TEXT {
            drop(reader.cancel());
            return Err(t!(
                "Unpacked it has more than {size} MiB, too much for a document.",
                size = LARGEST_TEXT >> 20
            ));
        }
    }
}

/// A blob's bytes through one of the browser's stream classes.
fn piped(blob: &web_sys::Blob, class: &str) -> Option<web_sys::Response> {
    let class: js_sys::Function = js_sys::Reflect::get(&window(), &JsValue::from_str(class)).ok()?.dyn_into().ok()?;
    let stream = js_sys::Reflect::construct(&class, &js_sys::Array::of1(&JsValue::from_str("gzip"))).ok()?;
    let source = blob.stream();
    let through: js_sys::Function =
        js_sys::Reflect::get(&source, &JsValue::from_str("pipeThrough")).ok()?.dyn_into().ok()?;
    let readable: web_sys::ReadableStream = through.call1(&source, &stream).ok()?.dyn_into().ok()?;
    web_sys::Response::new_with_opt_readable_stream(Some(&readable)).ok()
}

/// The files of a drop with their paths, those in folders too. Call it while the event is handled.
pub fn dropped(transfer: &web_sys::DataTransfer) -> impl Future<Output = Vec<(String, web_sys::Blob)>> + use<> {
    // `globalThis.dagwrightDropped(transfer)`, given by `loader.js`.
    let start = js_sys::Reflect::get(&window(), &JsValue::from_str("dagwrightDropped"));
    let promise = start
        .and_then(JsCast::dyn_into::<js_sys::Function>)
        .and_then(|start| start.call1(&JsValue::NULL, transfer))
        .and_then(JsCast::dyn_into::<js_sys::Promise>);
    async move {
        let Ok(promise) = promise else { return Vec::new() };
        let found = JsFuture::from(promise).await.unwrap_or(JsValue::UNDEFINED);
        let pair = |pair: JsValue| {
            let pair: js_sys::Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).dyn_into::<web_sys::Blob>().ok()?))
        };
        js_sys::Array::from(&found).iter().filter_map(pair).collect()
    }
}

/// Hands a file to the person.
pub fn save(name: &str, blob: Option<web_sys::Blob>) {
    let Some(address) = blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok()) else { return };
    let link =
        document().create_element("a").ok().and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(name);
        // A link with rel external is the browser's, not the router's.
        drop(link.set_attribute("rel", "external"));
        drop(document().body().map(|body| body.append_child(&link)));
        link.click();
        link.remove();
    }
    set_timeout(move || drop(web_sys::Url::revoke_object_url(&address)), Duration::from_secs(30));
}
