//! Constants that Argo would change: what stands in their place inside a task's own variant of the template, and texts
//! that lie in ConfigMaps. Decides nothing about how a command is written (`template`).

use super::super::substitution::{Follows, argo_changes, needs_doubling};
use super::{Shapes, unused, used_input};
use crate::plan::{Plan, PlanInput, PlanSource, PlanTask, PlanTemplate, PlanValuePiece};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A constant that cannot be passed as an argument.
#[derive(Clone, PartialEq)]
pub(in crate::export::argo) struct Inline {
    /// The pieces; outputs and parameters are passed by the names beside them.
    pub(in crate::export::argo) pieces: Vec<InlinePiece>,
    /// Where the whole text lies as a file, for an input that is read as one.
    pub(in crate::export::argo) stored: Option<usize>,
}

#[derive(Clone, PartialEq)]
pub(in crate::export::argo) enum InlinePiece {
    Text(String),
    /// An input parameter of the variant, and what feeds it.
    Passed {
        parameter: String,
        value: String,
    },
}

/// A text in a ConfigMap: Argo never looks inside.
#[derive(Clone, PartialEq)]
pub(in crate::export::argo) struct StoredText {
    pub(in crate::export::argo) name: String,
    pub(in crate::export::argo) volume: String,
    pub(in crate::export::argo) text: String,
}

impl StoredText {
    pub(in crate::export::argo) fn document(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self.name},
            "immutable": true,
            "data": {"data": self.text},
        })
    }

    pub(in crate::export::argo) fn volume(&self) -> Value {
        json!({"name": self.volume, "configMap": {"name": self.name}})
    }
}

/// Bytes of a task's constants, all together, up to which dollar signs in files are doubled. Argo keeps a template of more
/// than 128 KiB where Kubernetes does not read them.
const LONGEST_DOUBLED: usize = 32 * 1024;

/// The constants of a task in bytes, which all stand in its template.
fn constants(task: &PlanTask) -> usize {
    let pieces = task.arguments.iter().filter_map(|argument| match &argument.source {
        PlanSource::Value(pieces) => Some(pieces),
        _ => None,
    });
    let text = |piece: &PlanValuePiece| if let PlanValuePiece::Text(text) = piece { text.len() } else { 0 };
    pieces.flatten().map(text).sum()
}

/// Whether a constant is a file that has to lie in a ConfigMap, for the length of `constants`.
fn is_long_file(input: &PlanInput, pieces: &[PlanValuePiece], constants: usize) -> bool {
    let [PlanValuePiece::Text(text)] = pieces else { return false };
    input.as_file && constants > LONGEST_DOUBLED && needs_doubling(text)
}

impl<'a> Shapes<'a> {
    /// The inputs of a task that a shared template cannot take as arguments.
    pub(super) fn inlined(
        &mut self,
        plan: &Plan,
        task: &'a PlanTask,
        template: &'a PlanTemplate,
    ) -> HashMap<&'a str, Inline> {
        let mut inlined = HashMap::new();
        let constants = constants(task);
        for argument in &task.arguments {
            let PlanSource::Value(pieces) = &argument.source else { continue };
            let Some(input) = used_input(template, &argument.input) else { continue };
            if !self.needs_inline(pieces) && !is_long_file(input, pieces, constants) {
                continue;
            }
            let pieces = self.inline_pieces(&input.slug, pieces, template);
            let text: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    InlinePiece::Text(text) => Some(text.as_str()),
                    InlinePiece::Passed { .. } => None,
                })
                .collect();
            let stored = text.filter(|_| input.as_file).map(|text| self.store(plan, text));
            inlined.insert(input.slug.as_str(), Inline { pieces, stored });
        }
        inlined
    }

    fn needs_inline(&self, pieces: &[PlanValuePiece]) -> bool {
        pieces.iter().enumerate().any(|(index, piece)| match piece {
            PlanValuePiece::Text(text) => {
                let follows = if pieces.get(index + 1).is_some() { Follows::Tag } else { Follows::Nothing };
                argo_changes(text, follows)
            }
            PlanValuePiece::Parameter(slug) => self.written_out.contains(slug.as_str()),
            PlanValuePiece::Output { .. } => false,
        })
    }

    fn inline_pieces(&self, input: &str, pieces: &[PlanValuePiece], template: &PlanTemplate) -> Vec<InlinePiece> {
        let mut inline: Vec<InlinePiece> = Vec::new();
        let mut number = 0;
        for piece in pieces {
            let text = match piece {
                PlanValuePiece::Text(text) => Some(text.as_str()),
                PlanValuePiece::Parameter(slug) if self.written_out.contains(slug.as_str()) => self.value(slug),
                _ => None,
            };
            match (text, inline.last_mut()) {
                (Some(text), Some(InlinePiece::Text(before))) => before.push_str(text),
                (Some(text), _) => inline.push(InlinePiece::Text(String::from(text))),
                (None, _) => {
                    number += 1;
                    let is_port = |name: &str| {
                        template.inputs.iter().any(|port| port.slug == name)
                            || template.outputs.iter().any(|port| port.slug == name)
                    };
                    let parameter = unused(&format!("{input}-part-{number}"), is_port);
                    inline.push(InlinePiece::Passed { parameter, value: self.tag(piece) });
                }
            }
        }
        inline
    }

    fn store(&mut self, plan: &Plan, text: String) -> usize {
        if let Some(index) = self.texts.iter().position(|stored| stored.text == text) {
            return index;
        }
        let digest = Sha256::digest(text.as_bytes());
        let short = format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
        let mut number = 1;
        let mut volume = format!("text-{}", self.texts.len() + 1);
        while plan.volumes.iter().any(|other| other.slug == volume) {
            number += 1;
            volume = format!("text-{}-{number}", self.texts.len() + 1);
        }
        self.texts.push(StoredText { name: format!("{}-text-{short}", plan.slug), volume, text });
        self.texts.len() - 1
    }
}
