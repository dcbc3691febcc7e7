//! `dagwright new`: a pipeline file to start from.

use super::CommandError;
use super::output::{print, tell};
use crate::examples::{EXAMPLES, example};
use clap::Args;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// The starter; `NAME` is put in.
const STARTER: &str = include_str!("new/starter.pipeline.yaml");
const NAME: &str = "my-pipeline";

/// Arguments of `dagwright new`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright new                                # my-pipeline.pipeline.yaml
  dagwright new churn
  dagwright new --example digits -o digits.pipeline.yaml
  dagwright new churn -o - | dagwright check -")]
pub struct NewArguments {
    /// The pipeline's name: letters, digits, '-' and '_'.
    #[arg(default_value = NAME, value_name = "NAME", value_parser = name)]
    pub name: String,
    /// Start from this example.
    #[arg(long, value_name = "EXAMPLE", conflicts_with = "name")]
    pub example: Option<String>,
    /// Where it goes; `-` is standard output [default: NAME.pipeline.yaml].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    pub force: bool,
}

fn name(text: &str) -> Result<String, String> {
    let starts = text.starts_with(|first: char| first.is_alphabetic());
    if starts && text.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_')) {
        Ok(String::from(text))
    } else {
        Err(String::from("start with a letter and use letters, digits, '-' and '_'"))
    }
}

pub(super) fn run(arguments: NewArguments) -> Result<(), CommandError> {
    let (name, text) = match &arguments.example {
        None => (arguments.name.clone(), STARTER.replace(NAME, &arguments.name)),
        Some(wanted) => {
            let names = || EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>().join(", ");
            let found = example(wanted).ok_or_else(|| CommandError::Unknown {
                what: "example",
                name: wanted.clone(),
                known: names(),
            })?;
            (wanted.clone(), String::from(found.text))
        }
    };
    let path = arguments.output.unwrap_or_else(|| PathBuf::from(format!("{name}.pipeline.yaml")));
    if path.as_os_str() == "-" {
        print(&text);
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    if arguments.force {
        options.create(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => CommandError::Exists(path.clone()),
        _ => CommandError::Write { path: path.clone(), source },
    })?;
    let shown = path.display();
    tell(&format!(
        "{shown} is ready. Next:\n\n    dagwright run {shown}\n    dagwright serve      # and drop the file on the page\n"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::check::check;
    use dagwright_shared::pipeline::file::read_pipeline;

    #[test]
    fn the_starter_is_without_a_fault() {
        let read = read_pipeline(STARTER);
        assert_eq!(read.diagnostics, []);
        assert_eq!(check(&read.value.unwrap()), []);
    }
}
