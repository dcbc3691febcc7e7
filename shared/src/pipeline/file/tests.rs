//! Properties of files over arbitrary documents: nothing is lost on any way, and the second writing gives the same bytes.

use super::*;
use crate::pipeline::arbitrary;
use proptest::prelude::*;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4000, ..ProptestConfig::default() }
}

/// The values inside a tree, depth first, counted.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        _ => 0,
    }
}

/// Puts something else at the place that the count leads to.
fn replace(value: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *value = with.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, place, with)),
        Value::Object(map) => map.values_mut().for_each(|item| replace(item, place, with)),
        _ => {}
    }
}

/// Every scalar that is not null, and numbers once more as floats: to the model 1 is 1.0, and 0 is -0.0.
fn scalars(value: &Value, into: &mut Vec<[String; 2]>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| scalars(item, into)),
        Value::Object(map) => map.values().for_each(|item| scalars(item, into)),
        Value::Null => {}
        scalar => into.push([
            scalar.to_string(),
            scalar.as_f64().map_or_else(|| scalar.to_string(), |float| (float + 0.0).to_string()),
        ]),
    }
}

#[test]
fn a_claim_that_cannot_be_read_is_kept_beside_the_lifetime() {
    let text =
        "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: a}\nvolumes:\n  - {name: data, claim: []}\n";
    let read = read_pipeline(text).value.unwrap();
    let again = read_pipeline(&write_pipeline(&read)).value.unwrap();
    assert_eq!(again, read);
    assert!(again.graph.volumes["data"].extra.contains_key("claim"));
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn a_pipeline_survives_values_and_files(pipeline in arbitrary::pipeline()) {
        let outcome = pipeline_from_value(&pipeline_to_value(&pipeline));
        prop_assert_eq!(outcome.value.as_ref(), Some(&pipeline));
        let text = write_pipeline(&pipeline);
        let outcome = read_pipeline(&text);
        prop_assert_eq!(outcome.value.as_ref(), Some(&pipeline), "{}", text);
        for diagnostic in outcome.diagnostics {
            prop_assert_eq!(diagnostic.code, DiagnosticCode::FieldUnknown.code(), "{}", diagnostic.message);
            prop_assert!(diagnostic.position.is_some());
        }
        prop_assert_eq!(write_pipeline(&outcome.value.unwrap()), text);
    }

    #[test]
    fn a_component_survives_values_and_files(component in arbitrary::component(1)) {
        let outcome = component_from_value(&component_to_value(&component));
        prop_assert_eq!(outcome.value.as_ref(), Some(&component));
        let text = write_component(&component);
        let outcome = read_component(&text);
        prop_assert_eq!(outcome.value.as_ref(), Some(&component), "{}", text);
        prop_assert_eq!(write_component(&outcome.value.unwrap()), text);
    }

    #[test]
    fn whatever_is_wrong_is_told_and_kept(
        pipeline in arbitrary::pipeline(), with in arbitrary::value(), place in any::<proptest::sample::Index>()
    ) {
        let mut value = pipeline_to_value(&pipeline);
        let mut at = place.index(size(&value));
        replace(&mut value, &mut at, &with);
        let outcome = pipeline_from_value(&value);
        let Some(read) = outcome.value else {
            prop_assert!(crate::diagnostic::any_error(&outcome.diagnostics));
            return Ok(());
        };
        let written = pipeline_to_value(&read);
        let again = pipeline_from_value(&written);
        prop_assert_eq!(again.value.as_ref(), Some(&read), "{}", value);
        prop_assert_eq!(pipeline_to_value(&again.value.unwrap()), written.clone());
        let (mut before, mut after) = (Vec::new(), Vec::new());
        scalars(&value, &mut before);
        scalars(&written, &mut after);
        // Numbers and booleans in places of text are written as text; false flags come and go.
        let quoted = |text: &String| Value::from(text.as_str()).to_string();
        let after: std::collections::BTreeSet<String> = after.into_iter().flatten().collect();
        for [exact, float] in before {
            let is_kept = exact == "false" || [&exact, &float, &quoted(&exact)].iter().any(|key| after.contains(*key));
            prop_assert!(is_kept, "{} is lost\nbefore {}\nafter {}", exact, value, written);
        }
    }
}
