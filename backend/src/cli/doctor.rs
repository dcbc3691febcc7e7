//! `dagwright doctor`: the report as lines for a terminal, or as JSON.

use super::{ClusterArguments, CommandError};
use crate::artifacts::{ArtifactStore, S3Settings};
use crate::doctor::{Bucket, ClusterChoice, Examination, examine};
use crate::engine::argo::checks::probe::DEFAULT_IMAGE;
use clap::{Args, ValueEnum};
use dagwright_shared::api::{CheckState, DoctorReport};
use std::fmt::Write as _;
use std::io::Write;

/// Arguments of `dagwright doctor`. The bucket is that of the environment, as for `dagwright serve`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Which cluster; without any of these the one that KUBECONFIG names, if there is one.
    #[command(flatten)]
    pub cluster: ClusterArguments,
    /// Image of the pod that looks from inside; it needs sh and cat.
    #[arg(long, default_value = DEFAULT_IMAGE, value_name = "IMAGE")]
    pub probe_image: String,
    /// Start no pod.
    #[arg(long)]
    pub no_probe: bool,
    /// How the report is printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
}

/// Looks, prints, and fails where something is wrong.
pub(super) async fn run(arguments: DoctorArguments) -> Result<(), CommandError> {
    let settings = S3Settings::from_environment(|name| std::env::var(name).ok());
    let spool = tempfile::tempdir().map_err(CommandError::Spool)?;
    let bucket = match settings.resolve() {
        Ok(None) => Bucket::Embedded,
        Ok(Some(configuration)) => {
            ArtifactStore::connect(configuration, spool.path()).map_or_else(Bucket::Unusable, Bucket::Store)
        }
        Err(error) => Bucket::Unusable(error),
    };
    let cluster = arguments.cluster.settings().map_or(ClusterChoice::IfAny, ClusterChoice::Asked);
    let probe_image = (!arguments.no_probe).then_some(arguments.probe_image);
    let report = examine(&Examination { cluster, bucket, probe_image }).await;
    let text = match arguments.output {
        OutputForm::Text => lines(&report),
        OutputForm::Json => serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default(),
    };
    // A reader that closed the pipe has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let wrong = report.checks.iter().filter(|check| check.state == CheckState::Wrong).count();
    if wrong == 0 { Ok(()) } else { Err(CommandError::Unwell { wrong, all: report.checks.len() }) }
}

fn lines(report: &DoctorReport) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let _ = writeln!(text, "{:8} {}: {}", check.state.name(), check.title, check.message);
        if !check.mend.is_empty() {
            let _ = writeln!(text, "         $ {}", check.mend);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::api::DoctorCheck;

    #[test]
    fn a_line_a_check_and_the_command_below() {
        let checks = vec![
            DoctorCheck::ok("cluster", "Way to the cluster", "Kubernetes v1.34.4"),
            DoctorCheck::wrong("right-pods-log", "Right: pods/log", "may not get", "kubectl create role"),
            DoctorCheck::skipped("bucket", "Bucket", "no answer"),
        ];
        insta::assert_snapshot!(lines(&DoctorReport { checks }), @r"
        ok       Way to the cluster: Kubernetes v1.34.4
        wrong    Right: pods/log: may not get
                 $ kubectl create role
        skipped  Bucket: no answer
        ");
    }
}
