//! What `dagwright doctor` and the settings page show: one check a line, and the one command that mends it.

use serde::{Deserialize, Serialize};

api! {
    /// `POST /api/doctor`: looks at everything that runs need, anew.
    pub struct RunDoctor {
        /// Also from a pod, by a small Workflow that is deleted again; takes seconds to minutes.
        #[serde(default)]
        pub probe: bool,
        /// The image of that pod, with `sh` and `cat`; the one that Python components ask for when empty.
        #[serde(default)]
        pub probe_image: String,
    }

    /// Answer of `POST /api/doctor`, and `dagwright doctor --output json`.
    pub struct DoctorReport {
        /// In the order that they are to be mended in.
        pub checks: Vec<DoctorCheck>,
    }

    /// One thing that runs need.
    pub struct DoctorCheck {
        /// Stable, kebab-case: `cluster`, `argo`, `right-pods`, `bucket`, …
        pub name: String,
        /// What is looked at, for people.
        pub title: String,
        /// How it stands.
        pub state: CheckState,
        /// What was found: a version, a place; or what is wrong; or why it was not looked at.
        pub message: String,
        /// The command line that mends it; empty unless something is wrong.
        #[serde(default)]
        pub mend: String,
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// To be mended.
    Wrong,
    /// Not looked at, and why is said.
    Skipped,
}

impl CheckState {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Skipped => "skipped",
        }
    }
}

impl DoctorCheck {
    /// As it should be; `message` says what was found.
    pub fn ok(name: impl Into<String>, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(name, title, CheckState::Ok, message, String::new())
    }

    /// Wrong; `mend` is a command line.
    pub fn wrong(
        name: impl Into<String>,
        title: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(name, title, CheckState::Wrong, message, mend.into())
    }

    /// Not looked at; `message` says why.
    pub fn skipped(name: impl Into<String>, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(name, title, CheckState::Skipped, message, String::new())
    }

    fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        state: CheckState,
        message: impl Into<String>,
        mend: String,
    ) -> Self {
        Self { name: name.into(), title: title.into(), state, message: message.into(), mend }
    }
}

impl DoctorReport {
    /// Whether anything has to be mended.
    pub fn any_wrong(&self) -> bool {
        self.checks.iter().any(|check| check.state == CheckState::Wrong)
    }
}
