//! Plans of whole pipelines.

use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::component::{IfCondition, Placeholder};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::plan::{PlanSource, PlanValuePiece};
use serde_json::{Value, json};

fn given(name: &str, value: Value) -> Arguments {
    [(String::from(name), value)].into_iter().collect()
}

fn codes(pipeline: &Pipeline, arguments: &Arguments) -> Vec<String> {
    compile(pipeline, arguments).unwrap_err().into_iter().map(|problem| problem.code).collect()
}

#[test]
fn the_pair() {
    insta::assert_json_snapshot!(compile(&pair(), &Arguments::new()).unwrap());
}

#[test]
fn values_are_canonical_texts() {
    let mut pair = pair();
    for (name, kind, default) in [
        ("whole", "Integer", json!(3.0)),
        ("real", "Float", json!("1e-3")),
        ("truth", "Bool", json!("True")),
        ("list", "JsonArray", json!("[1, 2]")),
        ("map", "JsonObject", json!({"b": [1.5, null], "a": "é"})),
    ] {
        add_parameter(&mut pair.graph, name, typed(kind, default));
    }
    let plan = compile(&pair, &given("whole", json!("12"))).unwrap();
    let values: Vec<_> = plan.parameters.iter().map(|parameter| parameter.value.as_deref().unwrap()).collect();
    assert_eq!(values, ["hello", "12", "0.001", "true", "[1,2]", "{\"b\":[1.5,null],\"a\":\"é\"}"]);
}

#[test]
fn wrong_arguments_are_refused_with_everything_that_is_wrong() {
    let mut pair = pair();
    pair.graph.parameters["greeting"] = typed("Integer", 3);
    pair.graph.parameters["greeting"].maximum = Some(5.0);
    assert_eq!(codes(&pair, &given("greeting", json!(6))), ["value-range"]);
    assert_eq!(codes(&pair, &given("greeting", json!([6]))), ["value-form"]);
    assert_eq!(codes(&pair, &given("other", json!(6))), ["argument-for-unknown-parameter"]);
}

#[test]
fn conditions_follow_the_runs_parameters() {
    let mut pipeline = pair();
    let graph = &mut pipeline.graph;
    let mut loud = typed("Boolean", json!(false));
    loud.optional = true;
    add_parameter(graph, "loud", loud);
    let mut colour = typed("String", json!(null));
    colour.optional = true;
    add_parameter(graph, "colour", colour);
    let when = |condition, then: &str| Placeholder::If { condition, then: vec![text(then)], otherwise: vec![] };
    let mut choose = container(
        "choose",
        &["loud: Boolean", "colour: String"],
        &[],
        [
            text("choose"),
            when(IfCondition::Value(Box::new(value("loud"))), "--loud"),
            when(IfCondition::IsPresent(String::from("colour")), "--colour"),
            value("colour"),
        ],
    );
    choose.inputs[1].optional = true;
    add_component(graph, "choose", choose);
    add_task(graph, "choose", task("choose", [("loud", parameter("loud")), ("colour", parameter("colour"))]));
    let command = |arguments: &Arguments| {
        let plan = compile(&pipeline, arguments).unwrap();
        let template = plan.template("choose").unwrap();
        serde_json::to_value(&template.command).unwrap()
    };
    let words = |words: &[&str]| words.iter().map(|word| json!([{"text": word}])).collect::<Vec<_>>();
    assert_eq!(command(&Arguments::new()), json!(words(&["choose"])));
    assert_eq!(command(&given("loud", json!("True"))), json!(words(&["choose", "--loud"])));
    let mut coloured = words(&["choose", "--colour"]);
    coloured.push(json!([{"inputValue": "colour"}]));
    assert_eq!(command(&given("colour", json!("red"))), json!(coloured));
}

#[test]
fn pieces_of_one_argument_may_not_be_too_long_together() {
    let mut pipeline = pair();
    let long = "x".repeat(100 * 1024);
    let joined = Placeholder::Concat(vec![value("text"), value("text")]);
    command(&mut pipeline.graph.components["make"]).args.push(joined);
    assert!(compile(&pipeline, &Arguments::new()).is_ok());
    assert_eq!(codes(&pipeline, &given("greeting", json!(long))), ["argument-too-long"]);
    assert_eq!(codes(&pair(), &given("greeting", json!("x".repeat(129 * 1024)))), ["argument-too-long"]);
}

#[test]
fn texts_become_pieces() {
    let mut pipeline = pair();
    pipeline.graph.tasks["second"].arguments["text"] = written("$$ ${greeting}: ${first.result}!");
    let plan = compile(&pipeline, &Arguments::new()).unwrap();
    let PlanSource::Value(pieces) = &plan.task("second").unwrap().arguments[0].source else { panic!("a value") };
    let text = |text: &str| PlanValuePiece::Text(String::from(text));
    let greeting = PlanValuePiece::Parameter(String::from("greeting"));
    let result = PlanValuePiece::Output { task: String::from("first"), output: String::from("result") };
    assert_eq!(*pieces, [text("$ "), greeting, text(": "), result, text("!")]);
}

#[test]
fn claims_and_slugs_are_kubernetes_names() {
    let mut pipeline = pair();
    pipeline.metadata.name = "아주 긴 이름의 ".repeat(10) + "pipeline with a very long name that goes on and on";
    add_volume(&mut pipeline.graph, "The Data Of The Whole Department", volume("1Gi"));
    pipeline.graph.tasks["first"].mounts.push(mount("The Data Of The Whole Department", "/data"));
    let plan = compile(&pipeline, &Arguments::new()).unwrap();
    assert!(plan.slug.len() <= 40, "{}", plan.slug);
    let dagwright_shared::plan::PlanLifetime::Kept(claim) = &plan.volumes[0].lifetime else { panic!("kept") };
    assert!(claim.len() <= 63 && !claim.ends_with('-'), "{claim}");
}
