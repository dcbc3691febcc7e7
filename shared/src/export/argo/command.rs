//! The command line of one template, as Argo and Kubernetes have to read it for the program to see what was meant.

use super::shapes::{Inline, InlinePiece, Shape, Shapes, unused};
use super::substitution::{Follows, arrived_tag, literal, needs_brace, value_tag};
use crate::plan::{PlanOutput, PlanPiece, PlanTemplate, PlanText};
use serde_json::Value;

/// Writes the command line of one template.
pub(super) struct Writer<'a> {
    shape: &'a Shape<'a>,
    shapes: &'a Shapes<'a>,
    /// The name of the variable that holds `{`.
    pub(super) brace: String,
    /// Whether anything written so far needs it.
    pub(super) needs_brace: bool,
}

/// A piece of an argument on its way to text.
enum Part {
    Text(String),
    Tag(String),
}

impl<'a> Writer<'a> {
    pub(super) fn new(shape: &'a Shape<'a>, shapes: &'a Shapes<'a>) -> Self {
        Self { shape, shapes, brace: brace_name(shape.plan), needs_brace: false }
    }

    /// The words of a command or of arguments.
    pub(super) fn list(&mut self, texts: &[PlanText]) -> Vec<Value> {
        texts.iter().map(|pieces| Value::from(self.argument(pieces))).collect()
    }

    /// A literal text, such as a variable's value.
    pub(super) fn text(&mut self, text: &str, follows: Follows) -> String {
        self.needs_brace |= needs_brace(text, follows);
        literal(text, &self.brace, follows)
    }

    fn argument(&mut self, pieces: &[PlanPiece]) -> String {
        if let [PlanPiece::Text(text)] = pieces
            && let Some(name) = self.shapes.shared.get(text.as_str())
        {
            return format!("{{{{workflow.parameters.{name}}}}}");
        }
        let mut parts: Vec<Part> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                PlanPiece::Text(text) => push_text(&mut parts, text),
                PlanPiece::InputPath(input) => push_text(&mut parts, &input_path(input)),
                PlanPiece::OutputPath(slug) => {
                    let output = self.shape.plan.outputs.iter().find(|output| output.slug == *slug);
                    push_text(&mut parts, &output.map(output_path).unwrap_or_default());
                }
                PlanPiece::InputValue(slug) => self.value(slug, &mut parts),
            }
        }
        let mut written = String::new();
        let mut after_tag = false;
        let mut parts = parts.iter().peekable();
        while let Some(part) = parts.next() {
            match part {
                Part::Tag(tag) => written.push_str(tag),
                Part::Text(text) => {
                    let follows = if parts.peek().is_some() { Follows::Tag } else { Follows::Nothing };
                    match text.strip_prefix('{').filter(|_| after_tag) {
                        // The value before it may end with the other brace.
                        Some(rest) => {
                            self.needs_brace = true;
                            written.push_str(&format!("$({})", self.brace));
                            written.push_str(&self.text(rest, follows));
                        }
                        None => written.push_str(&self.text(text, follows)),
                    }
                }
            }
            after_tag = matches!(part, Part::Tag(_));
        }
        written
    }

    fn value(&mut self, slug: &str, parts: &mut Vec<Part>) {
        if let Some(Inline { pieces, .. }) = self.shape.inline.get(slug) {
            for piece in pieces {
                match piece {
                    InlinePiece::Text(text) => push_text(parts, text),
                    InlinePiece::Passed { parameter, .. } => {
                        self.needs_brace = true;
                        parts.push(Part::Tag(arrived_tag(parameter, &self.brace)));
                    }
                }
            }
            return;
        }
        if self.shape.carried.contains(slug) {
            self.needs_brace = true;
            parts.push(Part::Tag(arrived_tag(slug, &self.brace)));
        } else if let Some(input) = self.shape.plan.inputs.iter().find(|input| input.slug == slug) {
            parts.push(Part::Tag(value_tag(slug, &input.port_type)));
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(String::from(text))),
    }
}

/// Where an input's file lies.
pub(super) fn input_path(slug: &str) -> String {
    format!("/tmp/inputs/{slug}/data")
}

/// Where an output is to be written.
pub(super) fn output_path(output: &PlanOutput) -> String {
    output.path.clone().unwrap_or_else(|| format!("/tmp/outputs/{}/data", output.slug))
}

fn brace_name(plan: &PlanTemplate) -> String {
    unused("DAGWRIGHT_BRACE", |name| plan.env.iter().any(|variable| variable.name == name)).replace('-', "_")
}
