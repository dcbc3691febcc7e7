//! From the model to the tree that files and the wire share: the fields of `reference/document.yaml`, in its order.
//! What is absent or at its default is left out. Knows no text; that is `yaml`.

use crate::component::{
    Component, ContainerImplementation, Extra, IfCondition, Implementation, Placeholder, PythonImplementation,
};
use crate::pipeline::{
    API_VERSION, Argument, EnvValue, ForEach, Graph, Metadata, Mount, Parameter, Pipeline, Point, Resources, Retry,
    Task, Volume, VolumeLifetime,
};
use crate::types::TypeSpec;
use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

/// What the simple form of `resources` calls `gpu`.
pub(super) const GPU: &str = "nvidia.com/gpu";

/// An object that is put together field by field; what is empty is left out.
#[derive(Default)]
struct Fields {
    map: Map<String, Value>,
    /// Fields that are always written, and are at their default: what could not be read goes before it.
    giving_way: Vec<&'static str>,
}

impl Fields {
    fn put(&mut self, name: &str, value: Value) {
        self.map.insert(String::from(name), value);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, Value::from(text));
    }

    /// A field that is always written; `default` is what it is without an author's word.
    fn always(&mut self, name: &'static str, value: Value, default: impl FnOnce(&Value) -> bool) {
        if default(&value) {
            self.giving_way.push(name);
        }
        self.put(name, value);
    }

    fn required(&mut self, name: &'static str, text: &str) {
        self.always(name, Value::from(text), |_| text.is_empty());
    }

    fn maybe_text(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Value>) {
        let items: Vec<Value> = items.collect();
        if !items.is_empty() {
            self.put(name, Value::Array(items));
        }
    }

    fn map<'a>(&mut self, name: &str, entries: impl Iterator<Item = (&'a String, Value)>) {
        let entries: Map<String, Value> = entries.map(|(key, value)| (key.clone(), value)).collect();
        if !entries.is_empty() {
            self.put(name, Value::Object(entries));
        }
    }

    /// Unknown fields, and what could not be read of known ones: whole fields, or items and entries beside the others.
    /// What the model has a value for by now goes before.
    fn extra(mut self, extra: &Extra) -> Value {
        for (key, value) in extra {
            match (self.map.get_mut(key), value) {
                (None, _) => {
                    self.map.insert(key.clone(), value.clone());
                }
                (Some(present), _) if self.giving_way.contains(&key.as_str()) => *present = value.clone(),
                (Some(Value::Array(items)), Value::Array(left)) => items.extend_from_slice(left),
                (Some(Value::Object(entries)), Value::Object(left)) => add_missing(entries, left),
                _ => {}
            }
        }
        Value::Object(self.map)
    }
}

fn add_missing(entries: &mut Map<String, Value>, left: &Map<String, Value>) {
    for (name, value) in left {
        match (entries.get_mut(name), value) {
            (None, _) => {
                entries.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(inner)), Value::Object(left)) => add_missing(inner, left),
            _ => {}
        }
    }
}

fn number(number: f64) -> Value {
    // Whole numbers are written as such, so that 0 stays 0 in the file.
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within ±2^53, checked above")]
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn texts(texts: &[String]) -> impl Iterator<Item = Value> {
    texts.iter().map(|text| Value::from(text.as_str()))
}

fn text_map(map: &IndexMap<String, String>) -> impl Iterator<Item = (&String, Value)> {
    map.iter().map(|(key, text)| (key, Value::from(text.as_str())))
}

fn type_spec(spec: &TypeSpec) -> Value {
    match spec {
        TypeSpec::Named(name) => Value::from(name.as_str()),
        TypeSpec::Structured(value) => value.clone(),
    }
}

/// A pipeline as the tree that files and the wire share.
pub fn pipeline_to_value(pipeline: &Pipeline) -> Value {
    let mut fields = Fields::default();
    fields.text("apiVersion", API_VERSION);
    fields.text("kind", "Pipeline");
    let mut metadata = Fields::default();
    metadata.required("name", &pipeline.metadata.name);
    metadata.maybe_text("description", pipeline.metadata.description.as_ref());
    let is_default = pipeline.metadata == Metadata::default();
    fields.always("metadata", metadata.extra(&pipeline.metadata.extra), |_| is_default);
    let mut kubernetes = Fields::default();
    kubernetes.maybe_text("serviceAccount", pipeline.kubernetes.service_account.as_ref());
    kubernetes.list("imagePullSecrets", texts(&pipeline.kubernetes.image_pull_secrets));
    if let Value::Object(kubernetes) = kubernetes.extra(&pipeline.kubernetes.extra)
        && !kubernetes.is_empty()
    {
        fields.put("kubernetes", Value::Object(kubernetes));
    }
    graph(&pipeline.graph, &mut fields);
    fields.extra(&pipeline.extra)
}

fn graph(graph: &Graph, fields: &mut Fields) {
    fields.list("parameters", graph.parameters.iter().map(|(name, parameter)| self::parameter(name, parameter)));
    fields.list("volumes", graph.volumes.iter().map(|(name, volume)| self::volume(name, volume)));
    fields.map("components", graph.components.iter().map(|(key, component)| (key, component_to_value(component))));
    fields.map("tasks", graph.tasks.iter().map(|(name, task)| (name, self::task(task))));
    fields.maybe_text("onExit", graph.on_exit.as_ref());
    fields.map("outputs", graph.outputs.iter().map(|(name, argument)| (name, self::argument(argument))));
    let mut layout = Fields::default();
    let place = |point: &Point| Value::Array(vec![number(point.x), number(point.y)]);
    layout.map("tasks", graph.tasks.iter().filter_map(|(name, task)| Some((name, place(task.position.as_ref()?)))));
    let volumes = graph.volumes.iter().filter_map(|(name, volume)| Some((name, place(volume.position.as_ref()?))));
    layout.map("volumes", volumes);
    if let Value::Object(layout) = layout.extra(&graph.layout_extra)
        && !layout.is_empty()
    {
        fields.put("layout", Value::Object(layout));
    }
}

fn parameter(name: &str, parameter: &Parameter) -> Value {
    let mut fields = Fields::default();
    fields.required("name", name);
    if let Some(spec) = &parameter.type_spec {
        fields.put("type", type_spec(spec));
    }
    if let Some(default) = &parameter.default {
        fields.put("default", default.clone());
    }
    fields.list("enum", parameter.choices.iter().cloned());
    if let Some(minimum) = parameter.minimum {
        fields.put("minimum", number(minimum));
    }
    if let Some(maximum) = parameter.maximum {
        fields.put("maximum", number(maximum));
    }
    if parameter.optional {
        fields.put("optional", Value::Bool(true));
    }
    fields.maybe_text("description", parameter.description.as_ref());
    fields.extra(&parameter.extra)
}

fn volume(name: &str, volume: &Volume) -> Value {
    let mut fields = Fields::default();
    fields.required("name", name);
    fields.maybe_text("size", volume.size.as_ref());
    fields.list("accessModes", texts(&volume.access_modes));
    match (&volume.storage_class, &volume.lifetime) {
        (None, VolumeLifetime::Claim(_)) => {}
        // Written although empty: it is the place to say which class of storage a cluster is to take.
        (class, _) => fields.always("storageClass", Value::from(class.as_deref()), Value::is_null),
    }
    match &volume.lifetime {
        VolumeLifetime::Kept => fields.always("lifetime", Value::from("kept"), |_| true),
        VolumeLifetime::Run => fields.text("lifetime", "run"),
        VolumeLifetime::Claim(claim) => fields.text("claim", claim),
    }
    fields.extra(&volume.extra)
}

/// A component as the tree that files and the wire share: KFP's `component.yaml`, with `origin` and `digest` before it.
pub fn component_to_value(component: &Component) -> Value {
    let mut fields = Fields::default();
    fields.maybe_text("origin", component.origin.as_ref());
    fields.maybe_text("digest", component.digest.as_ref());
    fields.required("name", &component.name);
    fields.maybe_text("description", component.description.as_ref());
    if let Some(metadata) = component.extra.get("metadata") {
        fields.always("metadata", metadata.clone(), |_| true);
    }
    fields.list(
        "inputs",
        component.inputs.iter().map(|port| {
            let mut fields = Fields::default();
            fields.required("name", &port.name);
            if let Some(spec) = &port.type_spec {
                fields.put("type", type_spec(spec));
            }
            if let Some(default) = &port.default {
                fields.put("default", default.clone());
            }
            if port.optional {
                fields.put("optional", Value::Bool(true));
            }
            fields.maybe_text("description", port.description.as_ref());
            fields.extra(&port.extra)
        }),
    );
    fields.list(
        "outputs",
        component.outputs.iter().map(|port| {
            let mut fields = Fields::default();
            fields.required("name", &port.name);
            if let Some(spec) = &port.type_spec {
                fields.put("type", type_spec(spec));
            }
            fields.maybe_text("description", port.description.as_ref());
            fields.extra(&port.extra)
        }),
    );
    if let Some(value) = implementation(component) {
        fields.put("implementation", value);
    }
    fields.extra(&component.extra)
}

fn implementation(component: &Component) -> Option<Value> {
    let mut fields = Fields::default();
    match &component.implementation {
        Implementation::Container(container) => fields.put("container", self::container(container)),
        Implementation::Python(python) => fields.put("python", self::python(python)),
        Implementation::Graph(inner) => {
            let mut inner_fields = Fields::default();
            graph(&inner.graph, &mut inner_fields);
            fields.put("graph", inner_fields.extra(&inner.extra));
        }
        Implementation::Unknown(Value::Null) => return None,
        Implementation::Unknown(value) => return Some(value.clone()),
    }
    Some(Value::Object(fields.map))
}

fn container(container: &ContainerImplementation) -> Value {
    let mut fields = Fields::default();
    fields.required("image", &container.image);
    fields.list("command", container.command.iter().map(placeholder));
    fields.list("args", container.args.iter().map(placeholder));
    fields.map("env", text_map(&container.env));
    fields.map("fileOutputs", text_map(&container.file_outputs));
    fields.extra(&container.extra)
}

fn python(python: &PythonImplementation) -> Value {
    let mut fields = Fields::default();
    fields.required("image", &python.image);
    fields.list("packages", texts(&python.packages));
    fields.required("function", &python.function);
    fields.map("env", text_map(&python.env));
    fields.required("source", &python.source);
    fields.extra(&python.extra)
}

fn placeholder(placeholder: &Placeholder) -> Value {
    let mut fields = Fields::default();
    match placeholder {
        Placeholder::Text(text) => return Value::from(text.as_str()),
        Placeholder::Unknown(value) => return value.clone(),
        Placeholder::InputValue(name) => fields.text("inputValue", name),
        Placeholder::InputPath(name) => fields.text("inputPath", name),
        Placeholder::OutputPath(name) => fields.text("outputPath", name),
        Placeholder::Concat(pieces) => {
            fields.put("concat", Value::Array(pieces.iter().map(self::placeholder).collect()));
        }
        Placeholder::If { condition, then, otherwise } => {
            let mut branches = Fields::default();
            branches.put(
                "cond",
                match condition {
                    IfCondition::IsPresent(name) => {
                        let mut fields = Fields::default();
                        fields.text("isPresent", name);
                        Value::Object(fields.map)
                    }
                    IfCondition::Value(value) => self::placeholder(value),
                    IfCondition::Literal(literal) => Value::Bool(*literal),
                },
            );
            branches.put("then", Value::Array(then.iter().map(self::placeholder).collect()));
            branches.list("else", otherwise.iter().map(self::placeholder));
            fields.put("if", Value::Object(branches.map));
        }
    }
    Value::Object(fields.map)
}

fn argument(argument: &Argument) -> Value {
    let mut fields = Fields::default();
    match argument {
        Argument::Value(value) => fields.put("value", value.clone()),
        Argument::Parameter(name) => fields.text("parameter", name),
        Argument::Output { task, output } => {
            fields.text("task", task);
            fields.text("output", output);
        }
        Argument::Text(text) => fields.text("text", text),
        Argument::Artifact(reference) => fields.text("artifact", reference),
        Argument::Unknown(value) => return value.clone(),
    }
    Value::Object(fields.map)
}

fn task(task: &Task) -> Value {
    let mut fields = Fields::default();
    fields.required("component", &task.component);
    fields.map("arguments", task.arguments.iter().map(|(input, argument)| (input, self::argument(argument))));
    fields.list("mounts", task.mounts.iter().map(mount));
    fields.list("after", texts(&task.after));
    if !task.resources.requests.is_empty() || !task.resources.limits.is_empty() {
        fields.put("resources", resources(&task.resources));
    }
    fields.map("env", task.env.iter().map(|(name, value)| (name, env_value(value))));
    if let Some(retry) = &task.retry {
        fields.put("retry", self::retry(retry));
    }
    fields.maybe_text("timeout", task.timeout.as_ref());
    fields.map("nodeSelector", text_map(&task.node_selector));
    fields.list("tolerations", task.tolerations.iter().cloned());
    if let Some(cache) = task.cache {
        fields.put("cache", Value::Bool(cache));
    }
    if let Some(when) = &task.when {
        fields.put("when", when.clone());
    }
    if let Some(for_each) = &task.for_each {
        fields.put("forEach", self::for_each(for_each));
    }
    fields.extra(&task.extra)
}

fn mount(mount: &Mount) -> Value {
    let mut fields = Fields::default();
    fields.required("volume", &mount.volume);
    fields.required("path", &mount.path);
    fields.maybe_text("subPath", mount.sub_path.as_ref());
    if mount.read_only {
        fields.put("readOnly", Value::Bool(true));
    }
    fields.list("from", texts(&mount.from));
    fields.extra(&mount.extra)
}

/// Whether the simple form of `resources` takes this name: Kubernetes' own, and devices, whose names have a domain.
pub(super) fn is_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.contains('/') || name.starts_with("hugepages-")
}

fn resources(resources: &Resources) -> Value {
    let mut fields = Fields::default();
    // A resource that the simple form has no name for can only stand in the full form.
    let is_simple = resources.requests == resources.limits && resources.requests.keys().all(|name| is_resource(name));
    if is_simple {
        let short = |name: &String| if name == GPU { String::from("gpu") } else { name.clone() };
        return Value::Object(text_map(&resources.requests).map(|(name, value)| (short(name), value)).collect());
    }
    fields.map("requests", text_map(&resources.requests));
    fields.map("limits", text_map(&resources.limits));
    Value::Object(fields.map)
}

fn env_value(value: &EnvValue) -> Value {
    match value {
        EnvValue::Value(text) => Value::from(text.as_str()),
        EnvValue::Secret { name, key } => {
            let mut fields = Fields::default();
            fields.text("secret", &format!("{name}/{key}"));
            Value::Object(fields.map)
        }
        EnvValue::Unknown(value) => value.clone(),
    }
}

fn retry(retry: &Retry) -> Value {
    let mut fields = Fields::default();
    fields.always("limit", Value::from(retry.limit), |_| retry.limit == 0);
    fields.maybe_text("backoff", retry.backoff.as_ref());
    if let Some(factor) = retry.factor {
        fields.put("factor", number(factor));
    }
    fields.maybe_text("maxBackoff", retry.max_backoff.as_ref());
    fields.extra(&retry.extra)
}

fn for_each(for_each: &ForEach) -> Value {
    let mut fields = Fields::default();
    fields.put("items", argument(&for_each.items));
    fields.required("as", &for_each.name);
    if let Some(limit) = for_each.limit {
        fields.put("limit", Value::from(limit));
    }
    fields.extra(&for_each.extra)
}
