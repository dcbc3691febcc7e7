//! The pipelines that come with Dagwright, as files. Only carries them: opening one is reading its text.

/// A pipeline file and what the start page says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its name in requests, and its file's.
    pub name: &'static str,
    /// Heading.
    pub title: &'static str,
    /// One or two sentences.
    pub description: &'static str,
    /// The document's text.
    pub text: &'static str,
}

/// All examples, in the order shown. The first is open at first start.
pub const EXAMPLES: &[ExampleFile] = &[
    ExampleFile {
        name: "digits",
        title: "Scanned digits",
        description: "Trains on 1,797 scanned digits, shows the confusion matrix, and predicts one of them. \
                      Python functions, a container step, and one volume.",
        text: include_str!("examples/digits.pipeline.yaml"),
    },
    ExampleFile {
        name: "quartet",
        title: "Four tables, one summary",
        description: "Anscombe's quartet as a table, Markdown, a web page and an image. Needs no packages.",
        text: include_str!("examples/quartet.pipeline.yaml"),
    },
    ExampleFile {
        name: "retry",
        title: "Try again",
        description: "A shell step that fails twice and is tried again, with a volume that lives for one run.",
        text: include_str!("examples/retry.pipeline.yaml"),
    },
];

/// The example of this name.
pub fn example(name: &str) -> Option<&'static ExampleFile> {
    EXAMPLES.iter().find(|example| example.name == name)
}
