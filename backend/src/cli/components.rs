//! `dagwright components`: what the palette offers, for the terminal.

use super::CommandError;
use super::doctor::OutputForm;
use super::output::{print, print_json, table};
use super::server::{DataFolderArguments, reader};
use crate::catalog::COMPONENTS;
use clap::Args;
use dagwright_shared::api::Catalog;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::file::{component_from_value, component_to_value, read_component, write_component};
use dagwright_shared::ports::ports;
use serde_json::{Value, json};

/// The group of the project's own components.
const OWN: &str = "Yours";

/// Arguments of `dagwright components`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright components
  dagwright components train_classifier > component.yaml
  dagwright components --output json")]
pub struct ComponentsArguments {
    /// Print this one's file; without a name all are listed. An own one comes before others of its name.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// How they are printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
    /// Which server's own components and libraries.
    #[command(flatten)]
    pub data: DataFolderArguments,
}

/// A component that is offered.
struct Offered {
    group: String,
    name: String,
    version: Option<u32>,
    component: Component,
    /// Its file.
    text: String,
}

pub(super) async fn run(arguments: ComponentsArguments) -> Result<(), CommandError> {
    let all = offered(&arguments.data).await?;
    let Some(wanted) = arguments.name else {
        list(&all, arguments.output);
        return Ok(());
    };
    let own = all.iter().find(|offered| offered.group == OWN && offered.name == wanted);
    let found = own.or_else(|| all.iter().find(|offered| offered.name == wanted)).ok_or_else(|| {
        let known = all.iter().map(|offered| offered.name.as_str()).collect::<Vec<_>>().join(", ");
        CommandError::Unknown { what: "component", name: wanted.clone(), known }
    })?;
    match arguments.output {
        OutputForm::Text => print(&found.text),
        OutputForm::Json => print_json(&component_to_value(&found.component)),
    }
    Ok(())
}

/// What comes with Dagwright, and, where there is a data folder, what its server has beside.
async fn offered(data: &DataFolderArguments) -> Result<Vec<Offered>, CommandError> {
    let mut all: Vec<Offered> = Vec::new();
    for file in COMPONENTS {
        let Some(component) = read_component(file.text).value else { continue };
        let (group, name) = (String::from(file.group), String::from(file.name));
        all.push(Offered { group, name, version: None, component, text: String::from(file.text) });
    }
    let Some(server) = reader(data).await? else { return Ok(all) };
    let catalog = server.client.get::<Catalog>("/api/catalog").await;
    server.close().await;
    let catalog = catalog?;
    for own in &catalog.own {
        all.extend(read(OWN, Some(own.version), &own.component));
    }
    for library in &catalog.libraries {
        all.extend(library.components.iter().filter_map(|component| read(&library.name, None, component)));
    }
    Ok(all)
}

fn read(group: &str, version: Option<u32>, value: &Value) -> Option<Offered> {
    let component = component_from_value(value).value?;
    let text = write_component(&Component { origin: None, digest: None, ..component.clone() });
    Some(Offered { group: String::from(group), name: component.name.clone(), version, component, text })
}

fn list(all: &[Offered], form: OutputForm) {
    match form {
        OutputForm::Text => {
            let rows = all.iter().map(|offered| {
                let version = offered.version.map(|version| format!(" {version}")).unwrap_or_default();
                let description = offered.component.description.clone().unwrap_or_default();
                [
                    format!("{}{version}", offered.group),
                    offered.name.clone(),
                    signature(&offered.component),
                    description,
                ]
            });
            print(&table(&rows.collect::<Vec<_>>()));
        }
        OutputForm::Json => {
            let entries = all.iter().map(|offered| {
                let mut entry = json!({"group": offered.group, "name": offered.name});
                if let Some(version) = offered.version {
                    entry["version"] = json!(version);
                }
                entry["component"] = component_to_value(&offered.component);
                entry
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
