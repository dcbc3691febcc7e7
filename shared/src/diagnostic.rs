//! Problems, as values: one table of stable codes with severity, message and hint.
//! Nothing here decides whether something is a problem; `check` and the readers do.

use dagwright_texts::Text;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cannot run.
    Error,
    /// Runs, but probably not as meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// Where in a document: enough to select it on the canvas and to focus the field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "camelCase")]
pub enum Place {
    /// The pipeline as a whole.
    #[default]
    Pipeline,
    /// A task; `field` is a path inside it, such as `arguments/model` or `mounts/0/path`.
    Task {
        /// The task's name.
        task: String,
        /// Empty for the task as a whole.
        #[serde(default)]
        field: String,
    },
    /// A component by its key.
    Component {
        /// The component's key.
        component: String,
        /// Path inside it, such as `inputs/0/type` or `implementation/python/source`.
        #[serde(default)]
        field: String,
    },
    /// A pipeline parameter.
    Parameter {
        /// The parameter's name.
        parameter: String,
        /// Path inside it.
        #[serde(default)]
        field: String,
    },
    /// A volume.
    Volume {
        /// The volume's name.
        volume: String,
        /// Path inside it.
        #[serde(default)]
        field: String,
    },
    /// A place in a file that has no better name: a slash-separated path of keys.
    File {
        /// The path, such as `metadata/labels`.
        path: String,
    },
}

/// A position in a text: both from 1; columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextPosition {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// A mend that can be offered as a button; carried out as an edit by the editor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Mend {
    /// Wire `task`'s `input` to `from_task`'s `from_output`.
    Wire {
        /// The task with the input.
        task: String,
        /// The input.
        input: String,
        /// The producing task.
        from_task: String,
        /// Its output.
        from_output: String,
    },
    /// Order `task` after `before`.
    After {
        /// The later task.
        task: String,
        /// The earlier task.
        before: String,
    },
    /// Set a volume's access modes.
    AccessMode {
        /// The volume.
        volume: String,
        /// The new mode.
        mode: String,
    },
}

/// One problem: what, where, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Stable, kebab-case, from [`DiagnosticCode`]: `input-missing`.
    pub code: String,
    /// What is wrong, with the names as the user wrote them.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// Where in the document.
    pub place: Place,
    /// Where in the text it was read from, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<TextPosition>,
    /// Offered as a button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mend: Option<Mend>,
}

/// Declares the table: variant, code, severity, hint, and names in braces that the hint has for itself.
macro_rules! diagnostic_codes {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $severity:ident, $hint:literal $(, $braced:literal)*;)*) => {
        /// Every problem that Dagwright knows, with its stable code. Codes are never reused or renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DiagnosticCode { $($(#[$doc])* $variant,)* }

        impl DiagnosticCode {
            /// All codes, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The stable text form.
            pub fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// How bad it is.
            pub fn severity(self) -> Severity { match self { $(Self::$variant => Severity::$severity,)* } }
            /// The general advice, in the language of this thread; a diagnostic may carry a more exact one.
            pub fn hint(self) -> &'static str {
                match self {
                    $(Self::$variant => {
                        const HINT: Text = Text::new($hint, &[$($braced),*]);
                        HINT.plain()
                    })*
                }
            }
        }
    };
}

diagnostic_codes! {
    // --- reading a file
    /// The text is not YAML.
    YamlSyntax, "yaml-syntax", Error, "Mend the YAML at this place.";
    /// The text nests or repeats more than is allowed.
    YamlTooLarge, "yaml-too-large", Error, "Make the file smaller, or write out what its anchors repeat.";
    /// A key stands twice in one mapping.
    YamlDuplicateKey, "yaml-duplicate-key", Error, "Remove one of the two.";
    /// Not a Dagwright pipeline or component.
    FileKind, "file-kind", Error, "A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.";
    /// Written by a newer version.
    FileVersion, "file-version", Error, "Open it with a newer Dagwright.";
    /// A field has the wrong form.
    FieldForm, "field-form", Error, "Write it in the form that the message names.";
    /// A required field is not there.
    FieldMissing, "field-missing", Error, "Add the field.";
    /// A field that this version does not know; it is kept.
    FieldUnknown, "field-unknown", Warning, "It is kept in the file and has no effect. Check its spelling.";
    /// Two ports, parameters or volumes of one name.
    NameTwice, "name-twice", Error, "Give one of them another name.";
    /// An empty name.
    NameEmpty, "name-empty", Error, "Give it a name.";

    // --- the graph
    /// A task refers to a component that is not there.
    ComponentMissing, "component-missing", Error, "Choose a file or a URL for the component, or remove the task.";
    /// An implementation that this version cannot run.
    ImplementationUnknown, "implementation-unknown", Error, "Use a container, a Python function or a graph.";
    /// A required input has no value.
    InputMissing, "input-missing", Error, "Wire an output to it or give it a value.";
    /// An argument for an input that the component does not have.
    InputUnknown, "input-unknown", Error, "Remove the argument, or add the input to the component.";
    /// A reference to a parameter that is not declared.
    ParameterUnknown, "parameter-unknown", Error, "Declare the parameter, or choose another.";
    /// A reference to a task that is not there.
    TaskUnknown, "task-unknown", Error, "Wire it to a task of this pipeline.";
    /// A reference to an output that the task does not have.
    OutputUnknown, "output-unknown", Error, "Choose one of the task's outputs.";
    /// The types do not fit.
    TypeMismatch, "type-mismatch", Error, "Wire an output of the same type, or convert it in a task between.";
    /// A constant is not of the input's type.
    ValueForm, "value-form", Error, "Write a value of the input's type.";
    /// A parameter's value is outside its limits or choices.
    ValueRange, "value-range", Error, "Choose a value within the limits.";
    /// Tasks wait for each other.
    Cycle, "cycle", Error, "Remove one of the wires of the circle.";
    /// A text with references cannot be read.
    TextSyntax, "text-syntax", Error, "References are ${name} or ${task.output}; write $$ for a dollar sign.", "name";
    /// An argument form that this version does not know.
    ArgumentUnknown, "argument-unknown", Error, "Use value, parameter, task and output, text or artifact.";
    /// Nothing to run.
    PipelineEmpty, "pipeline-empty", Error, "Drag a component onto the canvas.";
    /// A parameter that nothing uses.
    ParameterUnused, "parameter-unused", Note, "Use it in a task, or remove it.";
    /// A component that no task uses.
    ComponentUnused, "component-unused", Note, "Remove it, or drag it onto the canvas.";
    /// A parameter has no default: the run form will ask.
    ParameterWithoutValue, "parameter-without-value", Error, "Give the parameter a value for this run.";
    /// An argument for a parameter that the pipeline does not have.
    ArgumentForUnknownParameter, "argument-for-unknown-parameter", Error, "Remove it; the pipeline's parameters are listed in the message.";

    // --- components
    /// A placeholder names a port that is not declared.
    PlaceholderUnknownPort, "placeholder-unknown-port", Error, "Declare the port, or mend the placeholder.";
    /// A placeholder that no engine can carry out.
    PlaceholderUnsupported, "placeholder-unsupported", Error, "Use inputValue, inputPath, outputPath, concat or if.";
    /// An `if` that can only be decided at run time.
    ConditionAtRunTime, "condition-at-run-time", Error, "Feed the input of an if with a constant or a parameter.";
    /// No image.
    ImageMissing, "image-missing", Error, "Name the image that the task runs in.";
    /// No command: only the image knows what to run.
    CommandMissing, "command-missing", Warning, "Name the command: this machine's sandboxes and Argo need it.";
    /// An argument longer than the kernel takes.
    ArgumentTooLong, "argument-too-long", Error, "Pass it as a file: use inputPath in place of inputValue.";
    /// An output that nothing writes.
    OutputNeverWritten, "output-never-written", Warning, "Use outputPath for it in the command.";
    /// A Python source that does not parse.
    PythonSyntax, "python-syntax", Error, "Mend the code at this line.";
    /// A Python signature that cannot become ports.
    PythonSignature, "python-signature", Error, "Annotate every parameter with a plain type, InputPath or OutputPath.";
    /// The function is not in the source.
    PythonFunctionMissing, "python-function-missing", Error, "Name a function that the source defines.";
    /// A default of a Python parameter that is no literal.
    PythonDefault, "python-default", Warning, "Write a literal to see and change the value in the form.";
    /// The embedded component is not what its digest says.
    DigestMismatch, "digest-mismatch", Warning, "It was changed by hand since it was embedded; saving renews the digest.";

    // --- volumes
    /// A mount of a volume that is not declared.
    VolumeUnknown, "volume-unknown", Error, "Declare the volume, or remove the mount.";
    /// A mount path that is not absolute, or repeats, or covers a reserved place.
    MountPath, "mount-path", Error, "Write an absolute path that no other mount of the task has.";
    /// A quantity that Kubernetes would not read.
    Quantity, "quantity", Error, "Write a number with a unit, such as 500m, 512Mi or 1Gi.";
    /// An access mode that Kubernetes does not know.
    AccessMode, "access-mode", Error, "Use ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.";
    /// Two tasks without an order write one ReadWriteOnce volume.
    VolumeUnordered, "volume-unordered", Warning, "Hand the volume from one to the other, or make it ReadWriteMany.";
    /// A hand-over from a task that does not mount the volume.
    HandOverWithoutMount, "hand-over-without-mount", Warning, "Mount the volume in that task too, or use after.";
    /// A volume that no task mounts.
    VolumeUnused, "volume-unused", Note, "Draw a mount from it to a task, or remove it.";

    // --- settings of a task
    /// A duration that cannot be read.
    Duration, "duration", Error, "Write a number with a unit: 90s, 30m, 1h30m.";
    /// A Kubernetes name that the cluster would refuse.
    KubernetesName, "kubernetes-name", Error, "Use lower-case letters, digits and '-', at most 253 characters.";
    /// An environment variable's name that is not one.
    EnvName, "env-name", Error, "Use letters, digits and '_', not starting with a digit.";
    /// A value that looks like a secret in a place where it would be stored openly.
    SecretInPlainText, "secret-in-plain-text", Warning, "Store it under Settings, Secrets, and refer to it by name and key.";
    /// An artifact reference that is neither an upload nor an s3:// key.
    ArtifactReference, "artifact-reference", Error, "Upload a file, or write s3://bucket/key.";

    // --- carried, not run yet
    /// The engine cannot run this part of the model yet.
    NotRunYet, "not-run-yet", Error, "Remove it to run this pipeline with this version.";
    /// The chosen engine cannot do this here.
    EngineCannot, "engine-cannot", Error, "Choose another engine, or change the task as the message says.";

    // --- size
    /// The Workflow does not fit into a Kubernetes object.
    WorkflowTooLarge, "workflow-too-large", Warning, "Argo keeps Workflows under 1 MiB: split the pipeline, or move long texts into files.";
}

impl Diagnostic {
    /// A diagnostic from the table, with the table's hint.
    pub fn new(code: DiagnosticCode, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: code.severity(),
            code: String::from(code.code()),
            message: message.into(),
            hint: String::from(code.hint()),
            place,
            position: None,
            mend: None,
        }
    }

    /// With a more exact hint than the table's.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With a position in the text it was read from.
    #[must_use]
    pub fn at(mut self, position: TextPosition) -> Self {
        self.position = Some(position);
        self
    }

    /// With a mend to offer.
    #[must_use]
    pub fn with_mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }
}

/// Whether any of them forbids a run.
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::DiagnosticCode;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: BTreeSet<_> = DiagnosticCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), DiagnosticCode::ALL.len());
        assert!(codes.iter().all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
