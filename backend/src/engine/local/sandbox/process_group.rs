//! Finding and signalling the processes of an attempt: by number and start time, by descent, by a mark in the
//! environment. Never signals a process whose start time is not the expected one.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// The variable that every process of a plain attempt carries, and bubblewrap itself outside its namespace.
pub(crate) const MARK_VARIABLE: &str = "DAGWRIGHT_ATTEMPT";

/// How long ended processes may take to vanish after SIGKILL before we say so.
pub(crate) const VANISH: Duration = Duration::from_secs(4);

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Process {
    /// The number in the server's namespace.
    pub(crate) pid: i32,
    /// Field 22 of `/proc/<pid>/stat` (proc(5)): clock ticks after boot.
    pub(crate) started: u64,
}

impl Process {
    /// The process that has this number now; none when there is none.
    pub(crate) fn find(pid: i32) -> Option<Self> {
        Status::read(pid).map(|status| Self { pid, started: status.started })
    }

    /// Whether this very process is there and not a zombie.
    pub(crate) fn is_running(self) -> bool {
        Status::read(self.pid).is_some_and(|status| status.started == self.started && !status.ended)
    }

    /// Sends a signal to this very process; false when it is gone.
    pub(crate) fn signal(self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
        // The handle pins the process: what is checked after opening it is what gets the signal.
        self.is_running() && pidfd_send_signal(handle, signal).is_ok()
    }
}

struct Status {
    parent: i32,
    started: u64,
    ended: bool,
}

impl Status {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name, field 2, may hold blanks and brackets; the last bracket ends it.
    fn parse(stat: &str) -> Option<Self> {
        let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let started = fields.nth(17)?.parse().ok()?;
        Some(Self { parent, started, ended: matches!(state, "Z" | "X" | "x") })
    }
}

fn all_pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Every descendant of a process, nearest first, zombies left out. A process whose parent has died is not found.
pub(crate) fn descendants(of: i32) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<(i32, Status)>> = HashMap::new();
    for pid in all_pids() {
        if let Some(status) = Status::read(pid) {
            children.entry(status.parent).or_default().push((pid, status));
        }
    }
    let mut found = Vec::new();
    let mut open = vec![of];
    let mut next = 0;
    while let Some(parent) = open.get(next).copied() {
        next += 1;
        for (pid, status) in children.remove(&parent).unwrap_or_default() {
            open.push(pid);
            if !status.ended {
                found.push(Process { pid, started: status.started });
            }
        }
    }
    found
}

/// Every process whose environment at its start had the mark with a value that `wanted` accepts.
pub(crate) fn marked(wanted: impl Fn(&str) -> bool) -> Vec<Process> {
    let own = std::process::id();
    all_pids()
        .filter(|pid| u32::try_from(*pid) != Ok(own))
        .filter_map(|pid| {
            // The start time is read first: should the number change hands in between, the signal will miss.
            let process = Process::find(pid)?;
            let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
            let mark = environment
                .split(|byte| *byte == 0)
                .find_map(|entry| std::str::from_utf8(entry).ok()?.strip_prefix(MARK_VARIABLE)?.strip_prefix('='))?;
            (wanted(mark) && process.is_running()).then_some(process)
        })
        .collect()
}

/// Kills what `find` finds until it finds nothing; gives what is left after [`VANISH`].
pub(crate) async fn kill_all(mut find: impl FnMut() -> Vec<Process>) -> Vec<Process> {
    let give_up = Instant::now() + VANISH;
    loop {
        let found = find();
        if found.is_empty() || Instant::now() > give_up {
            return found;
        }
        for process in &found {
            process.signal(Signal::KILL);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let stat = "42 (a ) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        let status = Status::parse(stat).unwrap();
        assert_eq!((status.parent, status.started, status.ended), (7, 987_654, false));
    }

    #[test]
    fn a_process_with_another_start_time_gets_no_signal() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let real = Process::find(child.id() as i32).unwrap();
        let other = Process { started: real.started + 1, ..real };
        assert!(!other.signal(Signal::KILL));
        assert!(child.try_wait().unwrap().is_none(), "the child must still run");
        assert!(real.signal(Signal::KILL));
        child.wait().unwrap();
        assert!(!real.is_running());
    }

    #[test]
    fn descendants_are_found_over_generations() {
        let mut child = std::process::Command::new("sh").args(["-c", "sh -c 'sleep 30; :'; :"]).spawn().unwrap();
        let own = std::process::id() as i32;
        let mut found = Vec::new();
        for _ in 0..100 {
            found = descendants(child.id() as i32);
            if found.len() == 2 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(found.len(), 2, "the inner shell and sleep");
        assert!(descendants(own).len() >= 3);
        for process in found {
            process.signal(Signal::KILL);
        }
        child.kill().ok();
        child.wait().unwrap();
    }
}
