//! Reading metrics: `Metrics` (a JSON object name → number), KFP v1's `mlpipeline-metrics`, and KFP v2's
//! `ClassificationMetrics`. Python's `NaN` and `Infinity`, which are no JSON, are understood.

use indexmap::IndexMap;
use serde_json::Value;

use super::ViewError;

/// Above this a metrics file is not read.
pub const LARGEST: u64 = 1024 * 1024;

/// Metrics in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Metrics {
    pub numbers: IndexMap<String, f64>,
    /// Those whose value is not a number (NaN, ±Infinity, null): shown as such, never as 0.
    pub without_number: Vec<String>,
}

/// Reads `{"accuracy": 0.97}` or KFP v1's `{"metrics": [{"name": "accuracy", "numberValue": 0.97}]}`.
///
/// # Errors
/// [`ViewError::Metrics`] says which part is wrong; [`ViewError::TooLarge`].
pub fn read_metrics(bytes: &[u8]) -> Result<Metrics, ViewError> {
    let Value::Object(object) = parse(bytes)? else {
        return Err(wrong("they must be a JSON object of names and numbers"));
    };
    let mut metrics = Metrics::default();
    if let Some(Value::Array(entries)) = object.get("metrics") {
        for (index, entry) in entries.iter().enumerate() {
            let name = entry.get("name").and_then(Value::as_str);
            let name = name.ok_or_else(|| wrong(format!("entry {index} of \"metrics\" has no \"name\"")))?;
            let value = entry.get("numberValue").or_else(|| entry.get("number_value")).unwrap_or(&Value::Null);
            add(&mut metrics, name, value)?;
        }
        return Ok(metrics);
    }
    for (name, value) in &object {
        add(&mut metrics, name, value)?;
    }
    Ok(metrics)
}

fn add(metrics: &mut Metrics, name: &str, value: &Value) -> Result<(), ViewError> {
    let number = match value {
        Value::Null => None,
        Value::Number(number) => number.as_f64(),
        // KFP v1 components often wrote them as text.
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) => Some(number),
            Err(_) => return Err(wrong(format!("\"{name}\" is the text \"{text}\", not a number"))),
        },
        _ => return Err(wrong(format!("\"{name}\" is not a number"))),
    };
    match number.filter(|number| number.is_finite()) {
        Some(number) => {
            metrics.numbers.insert(name.to_owned(), number);
        }
        None => metrics.without_number.push(name.to_owned()),
    }
    Ok(())
}

/// Reads and checks KFP v2's `{"confusionMatrix": {"annotationSpecs": [{"displayName": …}], "rows": [{"row": […]}]},
/// "confidenceMetrics": [{"confidenceThreshold", "falsePositiveRate", "recall"}]}`; either part may be missing. The
/// answer has exactly these fields, so that a viewer need not check again.
///
/// # Errors
/// [`ViewError::Metrics`], [`ViewError::TooLarge`].
pub fn read_classification_metrics(bytes: &[u8]) -> Result<Value, ViewError> {
    let value = parse(bytes)?;
    let mut checked = serde_json::Map::new();
    if let Some(matrix) = value.get("confusionMatrix").filter(|matrix| !is_empty(matrix)) {
        checked.insert("confusionMatrix".to_owned(), confusion_matrix(matrix)?);
    }
    if let Some(curve) = value.get("confidenceMetrics").filter(|curve| !is_empty(curve)) {
        checked.insert("confidenceMetrics".to_owned(), confidence_metrics(curve)?);
    }
    if checked.is_empty() {
        return Err(wrong("they have neither \"confusionMatrix\" nor \"confidenceMetrics\""));
    }
    Ok(Value::Object(checked))
}

/// The value to keep beside a run's event (`PortValue::Artifact.inline`) for the two small types; `None` for others.
///
/// # Errors
/// As the two readers.
pub fn read_inline(artifact_type: Option<&str>, bytes: &[u8]) -> Result<Option<Value>, ViewError> {
    match artifact_type {
        Some("Metrics" | "mlpipeline-metrics") => {
            let metrics = read_metrics(bytes)?;
            let numbers = metrics.numbers.into_iter().map(|(name, number)| (name, Value::from(number)));
            let without = metrics.without_number.into_iter().map(|name| (name, Value::Null));
            Ok(Some(Value::Object(numbers.chain(without).collect())))
        }
        Some("ClassificationMetrics") => read_classification_metrics(bytes).map(Some),
        _ => Ok(None),
    }
}

fn confusion_matrix(matrix: &Value) -> Result<Value, ViewError> {
    let specs = array(matrix, "annotationSpecs")?;
    let names: Option<Vec<&str>> = specs.iter().map(|spec| spec.get("displayName")?.as_str()).collect();
    let names = names.ok_or_else(|| wrong("an entry of \"annotationSpecs\" has no \"displayName\""))?;
    let mut rows = Vec::new();
    for (index, row) in array(matrix, "rows")?.iter().enumerate() {
        let cells = array(row, "row")?;
        if cells.len() != names.len() {
            let text = format!("row {index} of the matrix has {} cells for {} categories", cells.len(), names.len());
            return Err(wrong(text));
        }
        if cells.iter().any(|cell| !cell.is_number()) {
            return Err(wrong(format!("row {index} of the matrix has a cell that is not a number")));
        }
        rows.push(serde_json::json!({ "row": cells }));
    }
    if rows.len() != names.len() {
        return Err(wrong(format!("the matrix has {} rows for {} categories", rows.len(), names.len())));
    }
    let specs: Vec<Value> = names.iter().map(|name| serde_json::json!({ "displayName": name })).collect();
    Ok(serde_json::json!({ "annotationSpecs": specs, "rows": rows }))
}

fn confidence_metrics(curve: &Value) -> Result<Value, ViewError> {
    let points = curve.as_array().ok_or_else(|| wrong("\"confidenceMetrics\" is not a list"))?;
    let mut checked = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        let number = |name: &str| {
            let number = point.get(name).and_then(Value::as_f64);
            number.ok_or_else(|| wrong(format!("point {index} of \"confidenceMetrics\" has no number \"{name}\"")))
        };
        // The first threshold of scikit-learn's roc_curve is infinite.
        let threshold = point.get("confidenceThreshold").and_then(Value::as_f64);
        checked.push(serde_json::json!({
            "confidenceThreshold": threshold,
            "falsePositiveRate": number("falsePositiveRate")?,
            "recall": number("recall")?,
        }));
    }
    Ok(Value::Array(checked))
}

fn array<'v>(value: &'v Value, name: &str) -> Result<&'v Vec<Value>, ViewError> {
    value.get(name).and_then(Value::as_array).ok_or_else(|| wrong(format!("\"{name}\" is missing or not a list")))
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(|map| map.is_empty())
}

fn parse(bytes: &[u8]) -> Result<Value, ViewError> {
    if bytes.len() as u64 > LARGEST {
        return Err(ViewError::TooLarge { size: bytes.len() as u64, limit: LARGEST });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("they are not UTF-8 text"))?;
    let text = text.trim_start_matches('\u{feff}');
    let strict = serde_json::from_str(text);
    strict.or_else(|error| {
        serde_json::from_str(&without_pythons_numbers(text)).map_err(|_| wrong(format!("not JSON, {error}")))
    })
}

/// Writes `null` for `NaN`, `Infinity` and `-Infinity` outside strings.
fn without_pythons_numbers(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let (mut rest, mut in_string, mut escaped) = (text, false, false);
    while let Some(character) = rest.chars().next() {
        let found = ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| !in_string && rest.starts_with(word));
        if let Some(word) = found {
            output.push_str("null");
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        in_string ^= character == '"' && !escaped;
        escaped = in_string && character == '\\' && !escaped;
        output.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    output
}

fn wrong(what: impl Into<String>) -> ViewError {
    ViewError::Metrics(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(String, f64)> {
        read_metrics(text.as_bytes()).unwrap().numbers.into_iter().collect()
    }

    #[test]
    fn both_forms_of_metrics_are_read_in_order() {
        let expected = vec![("loss".to_owned(), 0.5), ("accuracy".to_owned(), 97.0)];
        assert_eq!(numbers(r#"{"loss": 0.5, "accuracy": 97}"#), expected);
        let first = r#"{"metrics": [{"name": "loss", "numberValue": "0.5", "format": "RAW"}, {"name": "accuracy", "numberValue": 97}]}"#;
        assert_eq!(numbers(first), expected);
        assert_eq!(numbers("{}"), []);
        assert_eq!(numbers(r#"{"metrics": 3}"#), [("metrics".to_owned(), 3.0)]);
    }

    #[test]
    fn what_python_writes_for_no_number_is_not_zero() {
        let metrics = read_metrics(br#"{"a \"NaN": NaN, "NaN": 1, "b": -Infinity, "c": null, "d": "nan"}"#).unwrap();
        assert_eq!(metrics.numbers.into_iter().collect::<Vec<_>>(), [("NaN".to_owned(), 1.0)]);
        assert_eq!(metrics.without_number, ["a \"NaN", "b", "c", "d"]);
    }

    #[test]
    fn wrong_metrics_are_named() {
        for (text, part) in [
            ("", "not JSON"),
            ("[1]", "object"),
            (r#"{"a": "high"}"#, "\"a\""),
            (r#"{"a": {"b": 1}}"#, "\"a\""),
            (r#"{"metrics": [{"numberValue": 1}]}"#, "entry 0"),
            ("{\"a\": NaN", "not JSON"),
        ] {
            let error = read_metrics(text.as_bytes()).unwrap_err();
            assert!(error.code() == "view-metrics" && error.to_string().contains(part), "{text}: {error}");
        }
        assert_eq!(read_metrics(&[0xFF]).unwrap_err().code(), "view-metrics");
        assert_eq!(read_metrics(&vec![b' '; LARGEST as usize + 1]).unwrap_err().code(), "view-too-large");
    }

    #[test]
    fn classification_metrics_are_checked() {
        let good = r#"{"confusionMatrix": {"annotationSpecs": [{"displayName": "0"}, {"displayName": "1"}],
            "rows": [{"row": [9, 1]}, {"row": [0, 12]}], "extra": 1},
            "confidenceMetrics": [{"confidenceThreshold": Infinity, "falsePositiveRate": 0, "recall": 0.5}]}"#;
        let value = read_classification_metrics(good.as_bytes()).unwrap();
        assert_eq!(value["confusionMatrix"]["rows"][1]["row"][1], 12);
        assert_eq!(value["confusionMatrix"].as_object().unwrap().len(), 2);
        assert_eq!(value["confidenceMetrics"][0]["confidenceThreshold"], Value::Null);
        assert_eq!(value["confidenceMetrics"][0]["recall"], 0.5);
        for (text, part) in [
            ("{}", "neither"),
            (r#"{"confusionMatrix": {"rows": []}}"#, "annotationSpecs"),
            (r#"{"confusionMatrix": {"annotationSpecs": [{}], "rows": []}}"#, "displayName"),
            (
                r#"{"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": [{"row": [1, 2]}]}}"#,
                "2 cells for 1",
            ),
            (r#"{"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": []}}"#, "0 rows for 1"),
            (r#"{"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": [{"row": ["x"]}]}}"#, "row 0"),
            (r#"{"confidenceMetrics": [{"recall": 1}]}"#, "falsePositiveRate"),
        ] {
            let error = read_classification_metrics(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn inline_values_are_for_the_two_small_types_only() {
        let value = read_inline(Some("Metrics"), br#"{"a": 1, "b": NaN}"#).unwrap().unwrap();
        assert_eq!(value, serde_json::json!({"a": 1.0, "b": null}));
        assert_eq!(read_inline(Some("Model"), b"\xff").unwrap(), None);
        assert!(read_inline(Some("ClassificationMetrics"), b"{}").is_err());
    }
}
