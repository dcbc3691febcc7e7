//! kubectl in one namespace, for the cluster tests of every crate. Must not know what is tested.

use std::io::Write;
use std::process::{Command, Stdio};

#[derive(Clone)]
pub(crate) struct Kubectl {
    pub(crate) program: String,
    pub(crate) namespace: String,
}

impl Kubectl {
    /// What it prints, given something on its standard input; or its complaint.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut child = Command::new(&self.program)
            .args(["--namespace", &self.namespace])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}
