//! The search for a component: which fit a held wire, and in what order they stand for a text. Pure ranking.

use crate::scene::Side;
use dagwright_shared::component::Component;
use dagwright_shared::ports::ports;
use dagwright_shared::types::PortType;

/// What a component must be able to take or give.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The side of the held wire's start: an output wants an input.
    pub start: Side,
    /// What it carries.
    pub port_type: PortType,
}

/// The first port of a component that fits, if there is one.
pub fn fitting_port(component: &Component, wanted: &Wanted) -> Option<String> {
    let resolved = ports(component);
    match wanted.start {
        // A required input is likelier meant than one with a default.
        Side::Output => {
            let fits = resolved.inputs.iter().filter(|input| wanted.port_type.fits(&input.port_type));
            let exact = |port_type: &PortType| *port_type != wanted.port_type;
            fits.min_by_key(|input| (exact(&input.port_type), !input.required())).map(|input| input.name.clone())
        }
        Side::Input => {
            let fits = resolved.outputs.iter().filter(|output| output.port_type.fits(&wanted.port_type));
            fits.min_by_key(|output| output.port_type != wanted.port_type).map(|output| output.name.clone())
        }
    }
}

/// How well a component's name and description match a text; smaller is better, `None` is not at all.
pub fn rank(component: &Component, text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Some(0);
    }
    let name = component.name.to_lowercase();
    if name == text {
        return Some(0);
    }
    if name.starts_with(&text) {
        return Some(1);
    }
    let starts_word = name.split([' ', '_', '-', '.', '/']).any(|word| word.starts_with(&text));
    if starts_word {
        return Some(2);
    }
    if name.contains(&text) {
        return Some(3);
    }
    if text.split_whitespace().all(|word| name.contains(word)) {
        return Some(4);
    }
    if in_order(&name, &text) {
        return Some(5);
    }
    let description = component.description.as_deref().unwrap_or_default().to_lowercase();
    text.split_whitespace().all(|word| description.contains(word) || name.contains(word)).then_some(6)
}

/// The components that fit and match, best first; among equals the given order.
pub fn search<'a>(
    components: impl IntoIterator<Item = &'a Component>,
    text: &str,
    wanted: Option<&Wanted>,
) -> Vec<&'a Component> {
    let fits = |component: &&Component| wanted.is_none_or(|wanted| fitting_port(component, wanted).is_some());
    let ranked = components.into_iter().filter(fits);
    let mut ranked: Vec<(u32, &Component)> =
        ranked.filter_map(|component| Some((rank(component, text)?, component))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, component)| component).collect()
}

/// Whether the text's letters stand in the name in their order.
fn in_order(name: &str, text: &str) -> bool {
    let mut letters = name.chars();
    text.chars().filter(|letter| !letter.is_whitespace()).all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::component::{InputPort, OutputPort};
    use dagwright_shared::types::{ParameterType, TypeSpec};

    fn component(name: &str, inputs: &[&str], outputs: &[&str]) -> Component {
        let spec = |name: &&str| Some(TypeSpec::Named(String::from(*name)));
        let input =
            |port: &&str| InputPort { name: String::from(*port), type_spec: spec(port), ..InputPort::default() };
        let output =
            |port: &&str| OutputPort { name: String::from(*port), type_spec: spec(port), ..OutputPort::default() };
        Component {
            name: String::from(name),
            inputs: inputs.iter().map(input).collect(),
            outputs: outputs.iter().map(output).collect(),
            ..Component::default()
        }
    }

    #[test]
    fn ranks_by_text_and_filters_by_type() {
        let all = [
            component("split_table", &["Dataset"], &["Dataset"]),
            component("train", &["Dataset", "Integer"], &["Model"]),
            component("retrain", &["Model"], &["Model"]),
            component("print", &["String"], &[]),
        ];
        let names = |text: &str, wanted: Option<&Wanted>| -> Vec<String> {
            search(&all, text, wanted).into_iter().map(|component| component.name.clone()).collect()
        };
        assert_eq!(names("", None), ["split_table", "train", "retrain", "print"]);
        assert_eq!(names("train", None), ["train", "retrain"]);
        assert_eq!(names("table", None), ["split_table"]);
        assert_eq!(names("tbl", None), ["split_table"]);
        let model = Wanted { start: Side::Output, port_type: PortType::Artifact(Some(String::from("Model"))) };
        assert_eq!(names("", Some(&model)), ["retrain"]);
        let integer = Wanted { start: Side::Output, port_type: PortType::Parameter(ParameterType::Integer) };
        assert_eq!(names("", Some(&integer)), ["train", "print"]);
        assert_eq!(fitting_port(&all[1], &integer).as_deref(), Some("Integer"));
        let wants_model = Wanted { start: Side::Input, ..model };
        assert_eq!(names("", Some(&wants_model)), ["train", "retrain"]);
    }
}
