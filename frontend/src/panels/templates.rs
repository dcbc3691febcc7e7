//! New components to start from: a Python function, a shell script, a container step. Each works as it stands.

use dagwright_shared::component::{
    Component, ContainerImplementation, Implementation, InputPort, OutputPort, Placeholder, PythonImplementation,
};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::types::TypeSpec;
use serde_json::Value;

/// What to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A Python function.
    Python,
    /// A shell script.
    Shell,
    /// A program of an image, with its arguments.
    Container,
}

impl Template {
    /// A component of a name that none in the pipeline has, so that what is made of it is its own.
    pub fn component(self, pipeline: &Pipeline) -> Component {
        let base = match self {
            Self::Python => "hello",
            Self::Shell => "script",
            Self::Container => "step",
        };
        let taken = |name: &str| pipeline.graph.components.values().any(|component| component.name == name);
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let mut names = std::iter::once(String::from(base)).chain(numbered);
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        match self {
            Self::Python => python(name),
            Self::Shell => shell(name),
            Self::Container => container(name),
        }
    }
}

fn string() -> Option<TypeSpec> {
    Some(TypeSpec::Named(String::from("String")))
}

fn input(name: &str, default: &str) -> InputPort {
    InputPort {
        name: String::from(name),
        type_spec: string(),
        default: Some(Value::from(default)),
        ..InputPort::default()
    }
}

fn output(name: &str) -> OutputPort {
    OutputPort { name: String::from(name), type_spec: string(), ..OutputPort::default() }
}

fn text(text: &str) -> Placeholder {
    Placeholder::Text(String::from(text))
}

fn python(name: String) -> Component {
    let source = format!(
        "def {name}(name: str = \"world\") -> str:\n    \"\"\"Greets somebody.\"\"\"\n    text = f\"Hello, {{name}}\"\n    print(text)\n    return text\n"
    );
    let python = PythonImplementation {
        image: String::from("python:3.11-slim"),
        function: name.clone(),
        source,
        ..PythonImplementation::default()
    };
    Component {
        name,
        description: Some(String::from("Greets somebody.")),
        inputs: vec![InputPort { optional: true, ..input("name", "world") }],
        outputs: vec![output("Output")],
        implementation: Implementation::Python(python),
        ..Component::default()
    }
}

fn shell(name: String) -> Component {
    let script = "# $0 and $1 are what stands after this script: an input's value, the path of an output.\n\
        mkdir -p \"$(dirname \"$1\")\"\necho \"Hello, $0\" | tee \"$1\"\n";
    let container = ContainerImplementation {
        image: String::from("debian:12-slim"),
        command: vec![
            text("sh"),
            text("-euc"),
            text(script),
            Placeholder::InputValue(String::from("name")),
            Placeholder::OutputPath(String::from("greeting")),
        ],
        ..ContainerImplementation::default()
    };
    Component {
        name,
        inputs: vec![input("name", "world")],
        outputs: vec![output("greeting")],
        implementation: Implementation::Container(container),
        ..Component::default()
    }
}

fn container(name: String) -> Component {
    let container = ContainerImplementation {
        image: String::from("python:3.11-slim"),
        command: vec![text("sh"), text("-c"), text("echo \"$0\""), Placeholder::InputValue(String::from("message"))],
        ..ContainerImplementation::default()
    };
    Component {
        name,
        inputs: vec![input("message", "hello")],
        implementation: Implementation::Container(container),
        ..Component::default()
    }
}
