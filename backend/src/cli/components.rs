//! `dagwright components`: what the palette offers, for the terminal.

use super::CommandError;
use super::doctor::OutputForm;
use super::output::{print, print_json, table};
use crate::catalog::{COMPONENTS, ComponentFile};
use clap::Args;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::file::{component_to_value, read_component};
use dagwright_shared::ports::ports;
use serde_json::json;

/// Arguments of `dagwright components`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright components
  dagwright components train_classifier > component.yaml
  dagwright components --output json")]
pub struct ComponentsArguments {
    /// Print this one's file; without a name all are listed.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// How they are printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
}

pub(super) fn run(arguments: ComponentsArguments) -> Result<(), CommandError> {
    let Some(wanted) = arguments.name else {
        list(arguments.output);
        return Ok(());
    };
    let found = COMPONENTS.iter().find(|file| file.name == wanted).ok_or_else(|| {
        let known = COMPONENTS.iter().map(|file| file.name).collect::<Vec<_>>().join(", ");
        CommandError::Unknown { what: "component", name: wanted.clone(), known }
    })?;
    match arguments.output {
        OutputForm::Text => print(found.text),
        OutputForm::Json => print_json(&read(found).as_ref().map(component_to_value)),
    }
    Ok(())
}

fn read(file: &ComponentFile) -> Option<Component> {
    read_component(file.text).value
}

fn list(form: OutputForm) {
    let all = COMPONENTS.iter().filter_map(|file| Some((file, read(file)?)));
    match form {
        OutputForm::Text => {
            let rows: Vec<[String; 4]> = all
                .map(|(file, component)| {
                    let description = component.description.clone().unwrap_or_default();
                    [String::from(file.group), String::from(file.name), signature(&component), description]
                })
                .collect();
            print(&table(&rows));
        }
        OutputForm::Json => {
            let entries = all.map(|(file, component)| {
                json!({"group": file.group, "name": file.name, "component": component_to_value(&component)})
            });
            print_json(&entries.collect::<Vec<_>>());
        }
    }
}

/// `text: String, times: Integer → Output: String`.
fn signature(component: &Component) -> String {
    let ports = ports(component);
    let port = |name: &str, of: &str| format!("{name}: {of}");
    let inputs: Vec<String> = ports.inputs.iter().map(|input| port(&input.name, input.port_type.name())).collect();
    let outputs: Vec<String> = ports.outputs.iter().map(|output| port(&output.name, output.port_type.name())).collect();
    let (inputs, outputs) = (inputs.join(", "), outputs.join(", "));
    if outputs.is_empty() { inputs } else { format!("{inputs} → {outputs}").trim_start().to_owned() }
}
