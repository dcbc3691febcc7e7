//! Arbitrary documents for property tests: every field of the model, hostile names and texts, unknown fields and forms.
//! Well-formed but not meaningful: names refer to nothing. Only for tests (feature `testing`).

use super::{
    Argument, EnvValue, ForEach, Graph, KubernetesSettings, Metadata, Mount, Parameter, Pipeline, Point, Resources,
    Retry, Task, Volume, VolumeLifetime,
};
use crate::component::{
    Component, ContainerImplementation, Extra, GraphImplementation, IfCondition, Implementation, InputPort, OutputPort,
    Placeholder, PythonImplementation,
};
use crate::types::TypeSpec;
use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Texts as documents hold them, and texts that files, shells and templates stumble over.
pub fn text() -> BoxedStrategy<String> {
    const TEXTS: &[&str] = &[
        "",
        "train",
        "digits-data",
        "my task",
        "/data",
        "python:3.11-slim",
        "512Mi",
        "30m",
        "1Gi",
        "yes",
        "No",
        "on",
        "y",
        "null",
        "~",
        "true",
        "1",
        "1.10",
        "007",
        "0x1F",
        "1e5",
        "12:30",
        "2026-11-23",
        "a: b",
        "a #b",
        "- a",
        "-c",
        "{{workflow.name}}",
        "${train.model}",
        "$$",
        "it's",
        "say \"a\"",
        "back\\slash",
        "[a]",
        "{a}",
        "a, b",
        " a ",
        "line\n",
        "two\nlines",
        "def f():\n    \n    return 1\n",
        "\n",
        "tab\there",
        "cr\r\nlf",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "ключ",
        "数字 😀",
        "*a",
        "&a",
        "!a",
        "|",
        "%a",
        "@a",
        "`a`",
        "---",
        "...",
        "<<",
        "=",
        "a/b",
        "name",
        "tasks",
        "requests",
    ];
    prop_oneof![5 => proptest::sample::select(TEXTS).prop_map(String::from), 2 => "[a-z_]{1,8}", 1 => any::<String>()]
        .boxed()
}

/// A name: a text that is not empty.
pub fn name() -> BoxedStrategy<String> {
    text().prop_filter("a name is not empty", |text| !text.is_empty()).boxed()
}

/// Any JSON value.
pub fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::String),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec((text(), inner), 0..3).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
    .boxed()
}

fn present() -> BoxedStrategy<Value> {
    value().prop_filter("null is as good as absent", |value| !value.is_null()).boxed()
}

fn number() -> BoxedStrategy<f64> {
    prop_oneof![(-2000_i32..2000).prop_map(f64::from), any::<f64>().prop_filter("finite", |number| number.is_finite()),]
        .boxed()
}

/// Unknown fields.
fn extra() -> BoxedStrategy<Extra> {
    vec((text().prop_map(|text| format!("x-{text}")), value()), 0..2)
        .prop_map(|entries| entries.into_iter().collect())
        .boxed()
}

/// A form that no version of the format will ever have.
fn unknown() -> BoxedStrategy<Value> {
    value().prop_map(|value| json!({"x-unknown": value, "x-more": 1})).boxed()
}

fn map<T: std::fmt::Debug + 'static>(
    name: BoxedStrategy<String>,
    item: BoxedStrategy<T>,
) -> BoxedStrategy<IndexMap<String, T>> {
    vec((name, item), 0..4).prop_map(|entries| entries.into_iter().collect()).boxed()
}

fn text_map() -> BoxedStrategy<IndexMap<String, String>> {
    map(text(), text())
}

fn type_spec() -> BoxedStrategy<TypeSpec> {
    prop_oneof![
        proptest::sample::select(
            &["String", "Integer", "Float", "JsonArray", "Model", "Dataset", "system.Model@0.0.1"][..]
        )
        .prop_map(|name| TypeSpec::Named(String::from(name))),
        text().prop_map(TypeSpec::Named),
        (text(), value())
            .prop_map(|(name, value)| TypeSpec::Structured(Value::Object(Map::from_iter([(name, value)])))),
    ]
    .boxed()
}

/// A pipeline.
pub fn pipeline() -> BoxedStrategy<Pipeline> {
    (text(), of(text()), extra(), kubernetes(), graph(1), extra())
        .prop_map(|(name, description, metadata, kubernetes, graph, extra)| Pipeline {
            metadata: Metadata { name, description, extra: metadata },
            kubernetes,
            graph,
            extra,
        })
        .boxed()
}

fn kubernetes() -> BoxedStrategy<KubernetesSettings> {
    (of(text()), vec(text(), 0..3), extra())
        .prop_map(|(service_account, image_pull_secrets, extra)| KubernetesSettings {
            service_account,
            image_pull_secrets,
            extra,
        })
        .boxed()
}

/// A graph with sub-pipelines down to `levels` inside.
fn graph(levels: u32) -> BoxedStrategy<Graph> {
    (
        map(name(), parameter()),
        map(name(), volume()),
        map(text(), component(levels)),
        map(text(), task()),
        of(text()),
        map(text(), argument()),
        extra(),
    )
        .prop_map(|(parameters, volumes, components, tasks, on_exit, outputs, layout_extra)| Graph {
            parameters,
            volumes,
            components,
            tasks,
            on_exit,
            outputs,
            layout_extra,
        })
        .boxed()
}

fn parameter() -> BoxedStrategy<Parameter> {
    (
        of(type_spec()),
        of(present()),
        of(text()),
        vec(value(), 0..3),
        (of(number()), of(number())),
        any::<bool>(),
        extra(),
    )
        .prop_map(|(type_spec, default, description, choices, (minimum, maximum), optional, extra)| Parameter {
            type_spec,
            default,
            description,
            choices,
            minimum,
            maximum,
            optional,
            extra,
        })
        .boxed()
}

fn volume() -> BoxedStrategy<Volume> {
    let lifetime =
        prop_oneof![Just(VolumeLifetime::Kept), Just(VolumeLifetime::Run), text().prop_map(VolumeLifetime::Claim)];
    (of(text()), vec(text(), 0..3), of(text()), lifetime, of(point()), extra())
        .prop_map(|(size, access_modes, storage_class, lifetime, position, extra)| Volume {
            size,
            access_modes,
            storage_class,
            lifetime,
            position,
            extra,
        })
        .boxed()
}

fn point() -> BoxedStrategy<Point> {
    (number(), number()).prop_map(|(x, y)| Point { x, y }).boxed()
}

fn task() -> BoxedStrategy<Task> {
    let resource = proptest::sample::select(
        &["cpu", "memory", "ephemeral-storage", "nvidia.com/gpu", "amd.com/gpu", "hugepages-2Mi", "limits", "odd"][..],
    );
    let quantities = vec((resource.prop_map(String::from), text()), 0..3)
        .prop_map(|entries| entries.into_iter().collect::<IndexMap<_, _>>());
    let resources = prop_oneof![
        quantities.clone().prop_map(|both| Resources { requests: both.clone(), limits: both }),
        (quantities.clone(), quantities).prop_map(|(requests, limits)| Resources { requests, limits }),
    ];
    let retry = (any::<u32>(), of(text()), of(number()), of(text()), extra())
        .prop_map(|(limit, backoff, factor, max_backoff, extra)| Retry { limit, backoff, factor, max_backoff, extra });
    let for_each = (argument(), text(), of(any::<u32>()), extra()).prop_map(|(items, name, limit, extra)| ForEach {
        items,
        name,
        limit,
        extra,
    });
    let wiring = (text(), map(text(), argument()), vec(mount(), 0..3), vec(text(), 0..3));
    let settings = (resources, map(text(), env_value()), of(retry), of(text()), text_map(), vec(value(), 0..2));
    let later = (of(any::<bool>()), of(present()), of(for_each), of(point()), extra());
    (wiring, settings, later)
        .prop_map(|((component, arguments, mounts, after), settings, later)| {
            let (resources, env, retry, timeout, node_selector, tolerations) = settings;
            let (cache, when, for_each, position, extra) = later;
            Task {
                component,
                arguments,
                mounts,
                after,
                resources,
                env,
                retry,
                timeout,
                node_selector,
                tolerations,
                cache,
                when,
                for_each,
                position,
                extra,
            }
        })
        .boxed()
}

fn mount() -> BoxedStrategy<Mount> {
    (text(), text(), any::<bool>(), of(text()), vec(text(), 0..3), extra())
        .prop_map(|(volume, path, read_only, sub_path, from, extra)| Mount {
            volume,
            path,
            read_only,
            sub_path,
            from,
            extra,
        })
        .boxed()
}

fn argument() -> BoxedStrategy<Argument> {
    prop_oneof![
        value().prop_map(Argument::Value),
        text().prop_map(Argument::Parameter),
        (text(), text()).prop_map(|(task, output)| Argument::Output { task, output }),
        text().prop_map(Argument::Text),
        text().prop_map(Argument::Artifact),
        unknown().prop_map(Argument::Unknown),
    ]
    .boxed()
}

fn env_value() -> BoxedStrategy<EnvValue> {
    prop_oneof![
        text().prop_map(EnvValue::Value),
        ("[a-z-]{1,8}", name()).prop_map(|(name, key)| EnvValue::Secret { name, key }),
        unknown().prop_map(EnvValue::Unknown),
    ]
    .boxed()
}

/// A component with sub-pipelines down to `levels` inside.
pub fn component(levels: u32) -> BoxedStrategy<Component> {
    let inputs =
        map(text(), (of(type_spec()), of(text()), of(present()), any::<bool>(), extra()).boxed()).prop_map(|ports| {
            let input = |(name, (type_spec, description, default, optional, extra))| InputPort {
                name,
                type_spec,
                description,
                default,
                optional,
                extra,
            };
            ports.into_iter().map(input).collect::<Vec<_>>()
        });
    let outputs = map(text(), (of(type_spec()), of(text()), extra()).boxed()).prop_map(|ports| {
        let output = |(name, (type_spec, description, extra))| OutputPort { name, type_spec, description, extra };
        ports.into_iter().map(output).collect::<Vec<_>>()
    });
    (text(), of(text()), of(text()), of(text()), inputs, outputs, implementation(levels), extra())
        .prop_map(|(name, description, origin, digest, inputs, outputs, implementation, extra)| Component {
            name,
            description,
            origin,
            digest,
            inputs,
            outputs,
            implementation,
            extra,
        })
        .boxed()
}

fn implementation(levels: u32) -> BoxedStrategy<Implementation> {
    let container = (text(), vec(placeholder(), 0..4), vec(placeholder(), 0..4), text_map(), text_map(), extra())
        .prop_map(|(image, command, args, env, file_outputs, extra)| {
            Implementation::Container(ContainerImplementation { image, command, args, env, file_outputs, extra })
        });
    let python = (text(), vec(text(), 0..3), text(), text(), text_map(), extra()).prop_map(
        |(image, packages, function, source, env, extra)| {
            Implementation::Python(PythonImplementation { image, packages, function, source, env, extra })
        },
    );
    let unknown = unknown().prop_map(Implementation::Unknown);
    if levels == 0 {
        return prop_oneof![4 => container, 4 => python, 1 => unknown].boxed();
    }
    let graph = (graph(levels - 1), extra())
        .prop_map(|(graph, extra)| Implementation::Graph(Box::new(GraphImplementation { graph, extra })));
    prop_oneof![4 => container, 4 => python, 1 => unknown, 1 => graph].boxed()
}

fn placeholder() -> BoxedStrategy<Placeholder> {
    let leaf = prop_oneof![
        6 => text().prop_map(Placeholder::Text),
        2 => text().prop_map(Placeholder::InputValue),
        2 => text().prop_map(Placeholder::InputPath),
        2 => text().prop_map(Placeholder::OutputPath),
        1 => unknown().prop_map(Placeholder::Unknown),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let condition = prop_oneof![
            text().prop_map(IfCondition::IsPresent),
            any::<bool>().prop_map(IfCondition::Literal),
            inner.clone().prop_map(|value| IfCondition::Value(Box::new(value))),
        ];
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Placeholder::Concat),
            (condition, vec(inner.clone(), 0..3), vec(inner, 0..3))
                .prop_map(|(condition, then, otherwise)| Placeholder::If { condition, then, otherwise }),
        ]
    })
    .boxed()
}
