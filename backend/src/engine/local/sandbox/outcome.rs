//! How an attempt ended, and what to tell people about it.

use std::time::Duration;

use super::Refusal;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What ended it.
    pub end: End,
    /// From the start of the task's command to its end; none when it never started.
    pub took: Option<Duration>,
}

/// What ended an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The command ended by itself. Death by a signal counts as 128 + the signal's number, as shells and containers say.
    Exited {
        /// 0 is success.
        code: i32,
    },
    /// The kernel ended it for want of memory.
    OutOfMemory {
        /// The task's limit in bytes, if it had one.
        limit: Option<u64>,
    },
    /// It ran longer than its timeout and was ended.
    TimedOut {
        /// The timeout.
        after: Duration,
    },
    /// It was ended by [`super::Stopper::stop`].
    Stopped,
    /// It could not be started.
    NotStarted(Refusal),
}

impl Outcome {
    pub(crate) fn not_started(refusal: Refusal) -> Self {
        Self { end: End::NotStarted(refusal), took: None }
    }

    pub(crate) fn stopped() -> Self {
        Self { end: End::Stopped, took: None }
    }

    /// Whether the command ended with exit code 0.
    pub fn succeeded(&self) -> bool {
        self.end == End::Exited { code: 0 }
    }

    /// One sentence for people.
    pub fn message(&self) -> String {
        match &self.end {
            End::Exited { code: 0 } => "ended with exit code 0".into(),
            End::Exited { code } => exit_words(*code),
            End::OutOfMemory { limit: Some(limit) } => {
                format!("ran out of memory: its limit is {}; raise the task's memory limit", binary_size(*limit))
            }
            End::OutOfMemory { limit: None } => "ended by the kernel because this machine ran out of memory".into(),
            End::TimedOut { after } => format!("ended because it took longer than its timeout of {after:?}"),
            End::Stopped => "stopped".into(),
            End::NotStarted(refusal) => refusal.to_string(),
        }
    }
}

/// How a program ended, in words.
pub fn exit_words(code: i32) -> String {
    match code.checked_sub(128).and_then(signal_name) {
        Some(signal) => format!("ended by signal {signal} (exit code {code})"),
        None => format!("ended with exit code {code}"),
    }
}

fn signal_name(number: i32) -> Option<&'static str> {
    let signal = rustix::process::Signal::from_named_raw(number)?;
    [
        (rustix::process::Signal::HUP, "SIGHUP"),
        (rustix::process::Signal::INT, "SIGINT"),
        (rustix::process::Signal::QUIT, "SIGQUIT"),
        (rustix::process::Signal::ILL, "SIGILL"),
        (rustix::process::Signal::ABORT, "SIGABRT"),
        (rustix::process::Signal::BUS, "SIGBUS"),
        (rustix::process::Signal::FPE, "SIGFPE"),
        (rustix::process::Signal::KILL, "SIGKILL"),
        (rustix::process::Signal::SEGV, "SIGSEGV"),
        (rustix::process::Signal::PIPE, "SIGPIPE"),
        (rustix::process::Signal::TERM, "SIGTERM"),
        (rustix::process::Signal::XCPU, "SIGXCPU"),
        (rustix::process::Signal::XFSZ, "SIGXFSZ"),
    ]
    .into_iter()
    .find_map(|(known, name)| (known == signal).then_some(name))
}

/// Bytes in the binary unit that shows them shortest: `512Mi`.
pub(crate) fn binary_size(bytes: u64) -> String {
    let mut size = bytes;
    for unit in ["", "Ki", "Mi", "Gi"] {
        if size == 0 || !size.is_multiple_of(1024) {
            return format!("{size}{unit}");
        }
        size /= 1024;
    }
    format!("{size}Ti")
}
