//! Reading a pipeline and the graph in it: parameters, volumes, components, tasks, outputs and the canvas.
//! Whether names refer to something is `check`'s to judge.

use super::read_component::meaning;
use super::reader::{Fields, Reader};
use crate::component::Extra;
use crate::diagnostic::DiagnosticCode;
use crate::pipeline::{
    API_VERSION, Graph, KubernetesSettings, Metadata, Parameter, Pipeline, Point, Volume, VolumeLifetime,
};
use crate::yaml::Step;
use dagwright_texts::t;
use indexmap::IndexMap;
use serde_json::{Map, Value};

const PIPELINE: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "kubernetes",
    "parameters",
    "volumes",
    "components",
    "tasks",
    "onExit",
    "outputs",
    "layout",
];
/// The fields of a sub-pipeline's graph.
pub(super) const GRAPH: &[&str] = &["tasks", "components", "parameters", "volumes", "onExit", "outputs", "layout"];
const METADATA: &[&str] = &["name", "description"];
const KUBERNETES: &[&str] = &["serviceAccount", "imagePullSecrets"];
const PARAMETER: &[&str] = &["name", "type", "default", "description", "enum", "minimum", "maximum", "optional"];
const VOLUME: &[&str] = &["name", "size", "lifetime", "claim", "accessModes", "storageClass"];

impl<'a> Reader<'a> {
    /// A pipeline file's tree.
    pub(super) fn pipeline(&mut self, value: &'a Value) -> Option<Pipeline> {
        if !self.is_pipeline(value) {
            return None;
        }
        let mut fields = self.fields(value, t!("a pipeline"), PIPELINE)?;
        if fields.get("metadata").is_none() {
            self.report_missing(t!("a pipeline"), "metadata");
        }
        let metadata = fields.read(self, "metadata", Self::metadata).unwrap_or_default();
        let kubernetes = fields.read(self, "kubernetes", Self::kubernetes).unwrap_or_default();
        let graph = self.graph(&mut fields);
        let extra = fields.finish(self, &[]);
        Some(Pipeline { metadata, kubernetes, graph, extra })
    }

    fn is_pipeline(&mut self, value: &'a Value) -> bool {
        let field =
            |field: &str| value.get(field).filter(|value| !value.is_null()).map(|value| value.as_str().unwrap_or(""));
        let head = (field("apiVersion"), field("kind"));
        match head {
            (Some(API_VERSION), Some("Pipeline")) => true,
            (Some(version), _) if version != API_VERSION && version.starts_with("dagwright.dev/") => {
                let message = t!(
                    "the file is of version “{version}”, and this Dagwright reads “{known}”",
                    version,
                    known = API_VERSION
                );
                self.report(DiagnosticCode::FileVersion, message);
                false
            }
            // A head that was forgotten is no reason to refuse what is plainly a pipeline.
            (None | Some(API_VERSION), None) if value.get("tasks").is_some_and(Value::is_object) => {
                let missing = if head.0.is_none() {
                    format!("apiVersion: {API_VERSION}")
                } else {
                    String::from("kind: Pipeline")
                };
                self.report(DiagnosticCode::FileKind, t!("the file has no “{missing}”", missing));
                true
            }
            _ => {
                self.report_foreign(value, t!("a Dagwright pipeline"), DiagnosticCode::FileKind.hint());
                false
            }
        }
    }

    /// Says that the file is not what it was opened as, and what it looks like.
    pub(super) fn report_foreign(&mut self, value: &Value, wanted: &str, hint: &str) {
        let text_at = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        let found = match value {
            Value::Null => t!("is empty"),
            Value::Object(_) if text_at("apiVersion").starts_with("argoproj.io/") => t!("is a file of Argo Workflows"),
            Value::Object(_) if text_at("apiVersion").starts_with("dagwright.dev/") => {
                t!("is of a kind that is not known")
            }
            Value::Object(_) if value.get("pipelineInfo").is_some() || value.get("pipelineSpec").is_some() => {
                t!("is a pipeline compiled by KFP")
            }
            Value::Object(_) if value.get("doc_type").is_some() => t!("is a pipeline of Elyra"),
            Value::Object(_) if value.get("implementation").is_some() => t!("is a component"),
            Value::Object(_) if text_at("kind") == "Pipeline" || value.get("tasks").is_some() => t!("is a pipeline"),
            Value::Object(_) if value.get("apiVersion").is_some() => t!("is a Kubernetes object"),
            Value::Object(_) => t!("is a map without the fields of one"),
            Value::Array(_) => t!("is a list"),
            _ => t!("is a single value"),
        };
        let message = t!("the file {found}, and should be {wanted}", found, wanted);
        self.report(DiagnosticCode::FileKind, message).hint = String::from(hint);
    }

    fn metadata(&mut self, value: &'a Value) -> Option<Metadata> {
        let mut fields = self.fields(value, t!("a pipeline's metadata"), METADATA)?;
        Some(Metadata {
            name: fields.required_text(self, "name"),
            description: fields.text(self, "description"),
            extra: fields.finish(self, &[]),
        })
    }

    fn kubernetes(&mut self, value: &'a Value) -> Option<KubernetesSettings> {
        let mut fields = self.fields(value, t!("settings for Kubernetes"), KUBERNETES)?;
        Some(KubernetesSettings {
            service_account: fields.text(self, "serviceAccount"),
            image_pull_secrets: fields.texts(self, "imagePullSecrets"),
            extra: fields.finish(self, &[]),
        })
    }

    /// The fields of a graph, out of a pipeline's or a sub-pipeline's.
    pub(super) fn graph(&mut self, fields: &mut Fields<'a>) -> Graph {
        let mut graph = Graph {
            parameters: fields.named_list(self, "parameters", Self::parameter),
            volumes: fields.named_list(self, "volumes", Self::volume),
            components: fields.map(self, "components", |reader, key, value| reader.component(value, Some(key))),
            tasks: fields.map(self, "tasks", |reader, _, value| reader.task(value)),
            on_exit: fields.text(self, "onExit"),
            outputs: fields.map(self, "outputs", |reader, _, value| Some(reader.argument(value))),
            layout_extra: Extra::new(),
        };
        fields.read(self, "layout", |reader, value| reader.layout(value, &mut graph));
        graph
    }

    fn parameter(&mut self, value: &'a Value) -> Option<(String, Parameter)> {
        let mut fields = self.fields(value, t!("a parameter"), PARAMETER)?;
        let name = fields.required_text(self, "name");
        let type_spec = fields.read(self, "type", Self::type_spec);
        let meaning = meaning(type_spec.as_ref());
        let parameter = Parameter {
            default: fields.read(self, "default", |reader, value| Some(reader.value(value, meaning))),
            type_spec,
            description: fields.text(self, "description"),
            choices: fields.list(self, "enum", |reader, value| Some(reader.value(value, meaning))),
            minimum: fields.read(self, "minimum", Self::number),
            maximum: fields.read(self, "maximum", Self::number),
            optional: fields.flag(self, "optional"),
            extra: fields.finish(self, &[]),
        };
        Some((name, parameter))
    }

    fn volume(&mut self, value: &'a Value) -> Option<(String, Volume)> {
        let mut fields = self.fields(value, t!("a volume"), VOLUME)?;
        let name = fields.required_text(self, "name");
        let claim = fields.text(self, "claim").map(VolumeLifetime::Claim);
        // Only a claim that can be read decides: one that cannot is kept beside the lifetime that is written then.
        let has_claim = claim.is_some();
        let lifetime = fields.read(self, "lifetime", |reader, value| match value.as_str() {
            Some("kept") if !has_claim => Some(VolumeLifetime::Kept),
            Some("run") if !has_claim => Some(VolumeLifetime::Run),
            _ if has_claim => {
                reader.report_form(value, t!("left out, since the volume is an existing claim"));
                None
            }
            _ => {
                reader.report_form(value, t!("“kept” or “run”"));
                None
            }
        });
        let volume = Volume {
            size: fields.text(self, "size"),
            access_modes: fields.texts(self, "accessModes"),
            storage_class: fields.text(self, "storageClass"),
            lifetime: claim.or(lifetime).unwrap_or_default(),
            position: None,
            extra: fields.finish(self, &[]),
        };
        Some((name, volume))
    }

    /// Puts positions where they belong; the rest stays in `layout_extra`.
    fn layout(&mut self, value: &'a Value, graph: &mut Graph) -> Option<()> {
        let Value::Object(map) = value else {
            self.report_form(value, t!("a map"));
            self.soften();
            return None;
        };
        for (section, entries) in map {
            let left = self.within(Step::Key(section), entries, |reader| match (section.as_str(), entries) {
                ("tasks", Value::Object(entries)) => {
                    reader.positions(entries, &mut graph.tasks, |task, point| task.position = Some(point))
                }
                ("volumes", Value::Object(entries)) => {
                    reader.positions(entries, &mut graph.volumes, |volume, point| volume.position = Some(point))
                }
                _ => Some(entries.clone()),
            });
            if let Some(left) = left {
                graph.layout_extra.insert(section.clone(), left);
            }
        }
        Some(())
    }

    /// Gives what could not be placed.
    fn positions<T>(
        &mut self,
        entries: &'a Map<String, Value>,
        owners: &mut IndexMap<String, T>,
        place: impl Fn(&mut T, Point),
    ) -> Option<Value> {
        let mut left = Map::new();
        for (name, value) in entries {
            let point = match value.as_array().map(Vec::as_slice) {
                Some([x, y]) => x.as_f64().zip(y.as_f64()).map(|(x, y)| Point { x, y }),
                _ => None,
            };
            match (owners.get_mut(name), point) {
                (Some(owner), Some(point)) => place(owner, point),
                (owner, point) => {
                    let is_owned = owner.is_some();
                    self.within(Step::Key(name), value, |reader| {
                        if point.is_none() {
                            reader.report_form(value, t!("a position such as [0, 320]"));
                            reader.soften();
                        } else if !is_owned {
                            let message = t!(
                                "{here} is the position of something that is not in the file; it is kept",
                                here = reader.here()
                            );
                            reader.report(DiagnosticCode::FieldUnknown, message);
                        }
                    });
                    left.insert(name.clone(), value.clone());
                }
            }
        }
        (!left.is_empty()).then_some(Value::Object(left))
    }
}
