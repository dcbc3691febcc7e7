//! Starts one command as processes of this machine, and sees them all to their end: by themselves, by a stop, by a
//! timeout, by want of memory.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::Signal;
use tokio::process::Command;
use tokio::time::Instant;

use super::limits::{AttemptGroup, Limiter};
use super::process_group::{self, MARK_VARIABLE, Process, VANISH, kill_all};
use super::record::{Record, Records};
use super::running::Control;
use super::spawner::Spawner;
use super::{End, Limits, Outcome, Refusal};

/// One command to start.
pub(crate) struct Launch {
    pub(crate) record: Record,
    pub(crate) program: Program,
    pub(crate) working_folder: PathBuf,
    pub(crate) log: File,
    pub(crate) limits: Limits,
    pub(crate) timeout: Option<Duration>,
}

/// What is executed.
pub(crate) enum Program {
    /// A plain process with exactly this environment (and the mark).
    Plain { command: Vec<String>, environment: BTreeMap<String, String> },
    /// bubblewrap with these options, environment among them (they are passed unseen), and then the command.
    Namespace { bubblewrap: PathBuf, options: Vec<OsString>, command: Vec<String> },
}

/// Joins the groups, sets the memory limit, and becomes the command. Arguments: the number of group files, the memory
/// limit in KiB or nothing, the group files, the command.
const JOIN: &str = r#"count=$1; memory=$2; shift 2
while [ "$count" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; count=$((count - 1)); done
if [ -n "$memory" ]; then ulimit -d "$memory" || exit 125; fi
exec "$@""#;
/// The same for bubblewrap, whose options arrive on standard input and are handed on as descriptor 3.
const JOIN_NAMESPACE: &str = r#"exec 3<&0 0</dev/null
count=$1; memory=$2; shift 2
while [ "$count" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; count=$((count - 1)); done
if [ -n "$memory" ]; then ulimit -d "$memory" || exit 125; fi
exec "$@""#;

/// Starts and ends processes for one data folder.
pub(crate) struct Supervisor {
    pub(crate) records: Records,
    pub(crate) limiter: Limiter,
    spawner: Spawner,
    /// Ended plain attempts without a group, whose stray processes are still to be looked for.
    to_sweep: Arc<Mutex<HashSet<String>>>,
}

impl Supervisor {
    pub(crate) fn new(records: Records, limiter: Limiter) -> io::Result<Self> {
        Ok(Self { records, limiter, spawner: Spawner::new()?, to_sweep: Arc::default() })
    }

    /// Runs the command to its end. When this returns after a stop or timeout none of its processes is left.
    pub(crate) async fn run(&self, launch: Launch, control: &Control) -> Outcome {
        let id = launch.record.id.clone();
        let namespaced = matches!(launch.program, Program::Namespace { .. });
        let limited = launch.limits != Limits::default();
        // A namespace ends its own processes; a plain process needs the group to find them all.
        let group = match (limited || !namespaced).then(|| self.limiter.group(&id, launch.limits)).transpose() {
            Ok(group) => group.flatten(),
            Err(error) => {
                return Outcome::not_started(Refusal::new(
                    "sandbox.limits",
                    format!("The limits of CPU and memory cannot be set: {error}"),
                    "Ask for less, or for none",
                ));
            }
        };
        let (timeout, limits, mut record) = (launch.timeout, launch.limits, launch.record.clone());
        let started = async {
            self.records.write(&record)?;
            let mut child = self.spawner.spawn(self.command(launch, group.as_ref())?).await?;
            // A child that already ended is a zombie until it is waited for, so it is still found.
            let first = child.id().and_then(|pid| Process::find(pid.cast_signed()));
            record.process = first;
            if let Err(error) = self.records.write(&record) {
                child.start_kill()?;
                child.wait().await?;
                return Err(error);
            }
            Ok((child, first))
        };
        let (mut child, first) = match started.await {
            Ok(started) => started,
            Err(error) => {
                self.records.remove(&id);
                group.into_iter().for_each(AttemptGroup::remove);
                return Outcome::not_started(not_started(&error));
            }
        };
        control.running();
        let begin = Instant::now();
        let over_time = async {
            match timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        };
        let cut = tokio::select! {
            biased;
            status = child.wait() => Ok(status),
            () = control.stop_wanted() => Err(End::Stopped),
            () = over_time => Err(End::TimedOut { after: timeout.unwrap_or_default() }),
        };
        let took = Some(begin.elapsed());
        let end = match cut {
            Ok(Ok(status)) => ended(status),
            Ok(Err(error)) => End::NotStarted(not_started(&error)),
            Err(end) => {
                let members = Members { id: &id, first, namespaced, group: group.as_ref() };
                let grace = async {
                    match end {
                        End::TimedOut { .. } => tokio::time::sleep(Duration::from_secs(2)).await,
                        _ => control.grace_is_over().await,
                    }
                };
                members.end(&mut child, grace).await;
                end
            }
        };
        let out_of_memory = group.as_ref().is_some_and(AttemptGroup::ran_out_of_memory);
        let end = match end {
            // Only a command that failed was brought down by it: it may have lost a child and coped.
            End::Exited { code } if code != 0 && out_of_memory => End::OutOfMemory { limit: limits.memory_bytes },
            other => other,
        };
        self.clear_up(id, namespaced, group).await;
        Outcome { end, took }
    }

    /// Ends what a command that has ended left in the background, and forgets the attempt.
    async fn clear_up(&self, id: String, namespaced: bool, group: Option<AttemptGroup>) {
        match (namespaced, group) {
            (true, group) => {
                self.records.remove(&id);
                group.into_iter().for_each(AttemptGroup::remove);
            }
            (false, Some(group)) => {
                kill_all(|| group.processes()).await;
                self.records.remove(&id);
                group.remove();
            }
            // Reading every process's environment takes milliseconds: done once for all that ended of late.
            (false, None) => {
                let first = {
                    let mut waiting = self.to_sweep.lock().unwrap_or_else(PoisonError::into_inner);
                    waiting.insert(id);
                    waiting.len() == 1
                };
                if first {
                    let (waiting, records) = (Arc::clone(&self.to_sweep), self.records.clone());
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(300)).await;
                        let ids = std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
                        kill_all(|| process_group::marked(|mark| ids.contains(mark))).await;
                        ids.iter().for_each(|id| records.remove(id));
                    });
                }
            }
        }
    }

    fn command(&self, launch: Launch, group: Option<&AttemptGroup>) -> io::Result<Command> {
        let join_files = group.map(AttemptGroup::join_files).unwrap_or_default();
        let memory = match (&self.limiter, launch.limits.memory_bytes) {
            (Limiter::ProcessLimits, Some(bytes)) => (bytes / 1024).to_string(),
            _ => String::new(),
        };
        let joins = !join_files.is_empty() || !memory.is_empty();
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script, "sh", &join_files.len().to_string(), &memory]).args(&join_files);
            command
        };
        let mut command = match launch.program {
            Program::Plain { command: words, environment } => {
                let mut command = if joins {
                    let mut command = shell(JOIN);
                    command.args(&words);
                    command
                } else {
                    let mut words = words.iter();
                    let mut command = Command::new(words.next().map_or("", String::as_str));
                    command.args(words);
                    command
                };
                command.env_clear().envs(environment).stdin(Stdio::null());
                command
            }
            Program::Namespace { bubblewrap, options, command: words } => {
                let mut command = shell(JOIN_NAMESPACE);
                command.arg(bubblewrap).args(["--args", "3", "--"]).args(&words);
                // On the command line every user of the machine could read the task's secrets.
                command.env_clear().stdin(in_memory(&options)?);
                command
            }
        };
        command
            .env(MARK_VARIABLE, &launch.record.id)
            .current_dir(launch.working_folder)
            .process_group(0)
            .stdout(launch.log.try_clone()?)
            .stderr(launch.log);
        Ok(command)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.limiter.close();
    }
}

/// The processes of a started attempt.
struct Members<'a> {
    id: &'a str,
    first: Option<Process>,
    namespaced: bool,
    group: Option<&'a AttemptGroup>,
}

impl Members<'_> {
    fn all(&self) -> HashSet<Process> {
        let mut found: HashSet<Process> = self.first.into_iter().filter(|first| first.is_running()).collect();
        found.extend(self.first.into_iter().flat_map(|first| process_group::descendants(first.pid)));
        if !self.namespaced {
            found.extend(process_group::marked(|mark| mark == self.id));
            found.extend(self.group.into_iter().flat_map(AttemptGroup::processes));
        }
        found
    }

    /// What SIGTERM goes to, outermost first, as a shell may have a trap to run before its child's end is news to it.
    /// bubblewrap and the init of its namespace are left out: they would take everything down at once.
    fn to_ask(&self) -> Vec<Process> {
        let tree: Vec<Process> =
            self.first.into_iter().flat_map(|first| process_group::descendants(first.pid)).collect();
        if self.namespaced {
            return tree.into_iter().skip(1).collect();
        }
        let mut asked: Vec<Process> = self.first.into_iter().chain(tree).collect();
        let others: Vec<Process> = self.all().into_iter().filter(|other| !asked.contains(other)).collect();
        asked.extend(others);
        asked
    }

    async fn end(&self, child: &mut tokio::process::Child, grace: impl Future<Output = ()>) {
        // Members lose their descent when their parent dies, so all that were seen are remembered. A namespace's init is
        // among them, and is gone only when everything in its namespace is.
        let mut seen = self.all();
        let mut left = || {
            seen.extend(self.all());
            seen.retain(|process| process.is_running());
            seen.iter().copied().collect::<Vec<Process>>()
        };
        let asked: Vec<bool> = self.to_ask().into_iter().map(|process| process.signal(Signal::TERM)).collect();
        if asked.contains(&true) {
            let all_gone = async {
                child.wait().await.ok();
                while !left().is_empty() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                () = all_gone => {}
                () = grace => {}
            }
        }
        let left = kill_all(left).await;
        if !left.is_empty() {
            tracing::error!(id = self.id, ?left, "processes of a stopped attempt do not end");
        }
        tokio::time::timeout(VANISH, child.wait()).await.ok();
    }
}

fn ended(status: ExitStatus) -> End {
    End::Exited { code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)) }
}

fn not_started(error: &io::Error) -> Refusal {
    Refusal::new("sandbox.start", format!("The command cannot be started: {error}"), "Look at the task's command")
}

/// A file that is nowhere on disk, at its beginning, holding the options, each ended by a zero byte.
fn in_memory(options: &[OsString]) -> io::Result<File> {
    use std::os::unix::ffi::OsStrExt;
    let mut file = File::from(memfd_create("options", MemfdFlags::CLOEXEC)?);
    let mut text = Vec::new();
    for option in options {
        text.extend_from_slice(option.as_bytes());
        text.push(0);
    }
    file.write_all(&text)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
