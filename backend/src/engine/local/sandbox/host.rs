//! The sandboxes that use this machine's own tools: a bubblewrap namespace, or a plain process. Turns a task's command
//! into a launch; what happens to the processes then is the supervisor's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::attempt_folder::{AttemptFolder, log_path};
use super::bubblewrap::{Bubblewrap, View, has_no_place};
use super::mounts::{self, ReadyMount};
use super::python_environment::{Interpreter, MakeEnvironment, ProvidedPython, PythonEnvironments};
use super::record::Record;
use super::running::{Control, Running};
use super::supervise::{Launch, Program, Supervisor};
use super::{Description, Keeps, Limits, Outcome, Refusal, SandboxCommand, SandboxKind, process};

/// Where bubblewrap's tasks find programs.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How tasks are kept apart from this machine.
pub(crate) enum Confinement {
    Bubblewrap(Bubblewrap),
    Process,
}

/// A sandbox on this machine's own tools.
pub(crate) struct HostSandbox {
    machine: Arc<Machine>,
    python: PythonEnvironments,
    passed_over: Vec<String>,
}

/// What tasks and installations share.
struct Machine {
    supervisor: Supervisor,
    confinement: Confinement,
}

impl HostSandbox {
    pub(crate) fn new(
        supervisor: Supervisor,
        confinement: Confinement,
        interpreter: Result<Interpreter, String>,
        sandbox_folder: &Path,
        passed_over: Vec<String>,
    ) -> io::Result<Self> {
        let python = PythonEnvironments::open(sandbox_folder, interpreter)?;
        Ok(Self { machine: Arc::new(Machine { supervisor, confinement }), python, passed_over })
    }

    pub(crate) fn kind(&self) -> SandboxKind {
        self.machine.kind()
    }

    pub(crate) fn describe(&self) -> Description {
        let python = match self.python.interpreter() {
            Ok(found) => format!("Python is this machine's {} ({}).", found.version, found.executable.display()),
            Err(why) => format!("Python components cannot run: {why}."),
        };
        let limits = self.machine.supervisor.limiter.describe().to_owned();
        let (title, mut meaning, sees_host) = match &self.machine.confinement {
            Confinement::Bubblewrap(found) => (
                format!("bubblewrap {}, on this machine's own tools", found.version),
                vec![
                    "Each task runs in its own namespace: it sees this machine's programs, its inputs and outputs and \
                     its volumes, but neither your files, nor the server's data, nor other runs."
                        .to_owned(),
                    "A task's container image is not used; its command is looked for among this machine's programs."
                        .to_owned(),
                    "Tasks can use the network.".to_owned(),
                ],
                false,
            ),
            Confinement::Process => (
                "plain processes, without isolation".to_owned(),
                vec![
                    "Tasks run as you: they can read and change your files and see the server's data.".to_owned(),
                    "A task's container image is not used; its command is looked for among this machine's programs."
                        .to_owned(),
                    "Volumes cannot be mounted at the paths that pipelines name; tasks with volumes are refused."
                        .to_owned(),
                ],
                true,
            ),
        };
        meaning.extend([python, limits]);
        Description { kind: self.kind(), title, meaning, passed_over: self.passed_over.clone(), sees_host }
    }

    pub(crate) fn keeps(&self) -> Keeps {
        self.machine.supervisor.limiter.keeps()
    }

    pub(crate) fn can_run(&self, command: &SandboxCommand) -> Result<(), Refusal> {
        mounts::check(&command.mounts)?;
        match &self.machine.confinement {
            Confinement::Process => process::check_mounts(&command.mounts)?,
            Confinement::Bubblewrap(_) => {
                if let Some(mount) = command.mounts.iter().find(|mount| has_no_place(Path::new(&mount.path))) {
                    return Err(Refusal::new(
                        "sandbox.mount",
                        format!(
                            "bubblewrap cannot mount a volume at `{}`: this machine's system folders are read-only there",
                            mount.path
                        ),
                        "Name a path outside /usr, /bin and /lib, such as /data; or run with Docker or Podman",
                    ));
                }
            }
        }
        self.python.check(&command.packages, command.python)?;
        let Some(program) = command.command.first() else {
            return Err(Refusal::new(
                "sandbox.command",
                format!(
                    "The task names no command, and the image `{}` whose own command it would be is not used here",
                    command.image
                ),
                "Write the command into the component; or run with Docker or Podman",
            ));
        };
        // A package may bring the program.
        if command.packages.is_empty() {
            let python = self.python.plain();
            let path = self.machine.environment(command, &python, Path::new("")).remove("PATH").unwrap_or_default();
            self.machine.check_program(program, &path, command, &python)?;
        }
        if let Some((name, _)) = command
            .environment
            .iter()
            .find(|(name, value)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0'))
        {
            return Err(Refusal::new(
                "sandbox.environment",
                format!(
                    "The environment variable `{}` cannot be set: a name must not be empty or hold `=`, a value no zero byte",
                    name.escape_debug()
                ),
                "Mend the task's environment",
            ));
        }
        if command.command.iter().chain(&command.arguments).any(|word| word.contains('\0')) {
            return Err(Refusal::new(
                "sandbox.command",
                "The command holds a zero byte",
                "Take it out of the task's arguments",
            ));
        }
        Ok(())
    }

    pub(crate) async fn run(&self, command: SandboxCommand, control: Control) -> Outcome {
        match self.launch(&command, &control).await {
            Ok(launch) => self.machine.supervisor.run(launch, &control).await,
            Err(outcome) => outcome,
        }
    }

    async fn launch(&self, command: &SandboxCommand, control: &Control) -> Result<Launch, Outcome> {
        self.can_run(command).map_err(Outcome::not_started)?;
        let mounts = mounts::ready(&command.mounts).map_err(Outcome::not_started)?;
        let mut folder = AttemptFolder::prepare(&command.attempt_folder)
            .map_err(|error| Outcome::not_started(folder_trouble(&error)))?;
        let python = if command.packages.is_empty() {
            self.python.plain()
        } else {
            control.preparing(format!("preparing Python packages {}", command.packages.join(", ")));
            let machine = Arc::clone(&self.machine);
            let named = (command.run.clone(), command.task_path.clone(), command.attempt);
            let make = move |wanted| machine.make_environment(named, wanted);
            tokio::select! {
                provided = self.python.provide(&command.packages, &mut folder.log, make) => provided.map_err(Outcome::not_started)?,
                () = control.stop_wanted() => return Err(Outcome::stopped()),
            }
        };
        let environment = self.machine.environment(command, &python, &folder.scratch);
        let path = environment.get("PATH").map_or("", String::as_str);
        if let Some(program) = command.command.first() {
            self.machine.check_program(program, path, command, &python).map_err(Outcome::not_started)?;
        }
        let words = command.command.iter().chain(&command.arguments).cloned().collect();
        let record = self.machine.record((command.run.clone(), command.task_path.clone(), command.attempt));
        let ask = Ask { record, words, environment, mounts: &mounts, read_only: &python.folders, writable: &[] };
        Ok(Launch { limits: command.limits, timeout: command.timeout, ..self.machine.launch(folder, ask) })
    }
}

/// What differs between a task and an installation.
struct Ask<'a> {
    record: Record,
    words: Vec<String>,
    environment: BTreeMap<String, String>,
    mounts: &'a [ReadyMount],
    read_only: &'a [PathBuf],
    writable: &'a [PathBuf],
}

impl Machine {
    fn kind(&self) -> SandboxKind {
        match self.confinement {
            Confinement::Bubblewrap(_) => SandboxKind::Bubblewrap,
            Confinement::Process => SandboxKind::Process,
        }
    }

    fn record(&self, (run, task_path, attempt): (String, String, u32)) -> Record {
        let records = &self.supervisor.records;
        let (id, boot) = (records.new_id(), records.boot().to_owned());
        Record { id, kind: self.kind(), run, task_path, attempt, boot, process: None }
    }

    fn launch(&self, folder: AttemptFolder, ask: Ask<'_>) -> Launch {
        let working_folder = folder.scratch.clone();
        let program = match &self.confinement {
            Confinement::Process => Program::Plain { command: ask.words, environment: ask.environment },
            Confinement::Bubblewrap(found) => {
                let view = View {
                    folder: &folder,
                    mounts: ask.mounts,
                    read_only: ask.read_only,
                    writable: ask.writable,
                    environment: &ask.environment,
                };
                let options: Vec<OsString> = found.options(&view);
                Program::Namespace { bubblewrap: found.program.clone(), options, command: ask.words }
            }
        };
        Launch {
            record: ask.record,
            program,
            working_folder,
            log: folder.log,
            limits: Limits::default(),
            timeout: None,
        }
    }

    /// A task's whole environment: these few, unless it sets them itself, and its own.
    fn environment(
        &self,
        command: &SandboxCommand,
        python: &ProvidedPython,
        scratch: &Path,
    ) -> BTreeMap<String, String> {
        let mut environment = self.basic_environment(python, scratch);
        environment.extend(command.environment.clone());
        environment
    }

    fn basic_environment(&self, python: &ProvidedPython, scratch: &Path) -> BTreeMap<String, String> {
        let (rest, home) = match self.confinement {
            Confinement::Bubblewrap(_) => (SYSTEM_PATH.to_owned(), "/tmp".to_owned()),
            Confinement::Process => {
                (std::env::var("PATH").unwrap_or_else(|_| SYSTEM_PATH.to_owned()), scratch.display().to_string())
            }
        };
        let first = python.programs.iter().map(|folder| folder.display().to_string());
        let path = first.chain([rest]).collect::<Vec<String>>().join(":");
        [
            ("PATH", path),
            ("HOME", home.clone()),
            ("TMPDIR", home),
            ("LANG", "C.UTF-8".to_owned()),
            // Standard output is a file: without this a log would come in blocks and out of order.
            ("PYTHONUNBUFFERED", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Says in words what would otherwise be a line of bubblewrap's or exit code 127.
    fn check_program(
        &self,
        program: &str,
        path: &str,
        command: &SandboxCommand,
        python: &ProvidedPython,
    ) -> Result<(), Refusal> {
        let file = Path::new(program);
        let bubblewrapped = matches!(self.confinement, Confinement::Bubblewrap(_));
        let mounted = |file: &Path| command.mounts.iter().any(|mount| file.starts_with(&mount.path));
        let there = if program.contains('/') {
            let shown = ["/usr", "/bin", "/sbin", "/lib", "/nix/store"];
            // What is relative, or in a volume, or in the task's own files is the task's affair.
            let own = !file.is_absolute() || mounted(file) || (bubblewrapped && file.starts_with("/tmp"));
            let visible = !bubblewrapped
                || shown.iter().any(|folder| file.starts_with(folder))
                || python.folders.iter().any(|folder| file.starts_with(folder));
            own || (visible && file.exists())
        } else {
            path.split(':').map(Path::new).any(|folder| mounted(folder) || folder.join(program).exists())
        };
        if there {
            return Ok(());
        }
        Err(Refusal::new(
            "sandbox.command",
            format!(
                "The program `{program}` is not on this machine, and the task's image `{}` is not used here",
                command.image
            ),
            "Install the program, or run with Docker or Podman, which use the image",
        ))
    }

    /// Starts the installation of a Python environment on behalf of a task.
    fn make_environment(self: Arc<Self>, named: (String, String, u32), wanted: MakeEnvironment) -> Running {
        let log = log_path(&wanted.attempt_folder);
        Running::start(log, move |control| async move {
            let folder = match AttemptFolder::prepare(&wanted.attempt_folder) {
                Ok(folder) => folder,
                Err(error) => return Outcome::not_started(folder_trouble(&error)),
            };
            let mut environment = self.basic_environment(&ProvidedPython::default(), &folder.scratch);
            environment.extend(wanted.environment);
            let launch = self.launch(
                folder,
                Ask {
                    record: self.record(named),
                    words: wanted.command,
                    environment,
                    mounts: &[],
                    read_only: &wanted.read_only,
                    writable: &wanted.writable,
                },
            );
            self.supervisor.run(launch, &control).await
        })
    }
}

fn folder_trouble(error: &io::Error) -> Refusal {
    Refusal::new(
        "sandbox.folder",
        format!("The attempt's folder cannot be made: {error}"),
        "Look whether the disk is full",
    )
}
