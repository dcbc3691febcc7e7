//! Python for tasks that run on this machine: the interpreter, and one cached virtual environment for each interpreter
//! and set of packages. Environments are made in the same sandbox as tasks, so that a package's build sees no more.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::attempt_folder::private_folder;
use super::detect::on_path;
use super::running::{Running, Stopper};
use super::{End, Outcome, PythonNeed, Refusal};

const CODE: &str = "sandbox.python";
const ASK: &str = include_str!("python_environment/interpreter.py");
const SATISFIED: &str = include_str!("python_environment/satisfied.py");
const MAKE: &str = include_str!("python_environment/make.sh");
/// In an environment's folder once every package is in it.
const COMPLETE: &str = ".complete";

/// A Python interpreter of this machine; never a virtual environment's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Interpreter {
    pub(crate) executable: PathBuf,
    pub(crate) version: String,
    /// Where its library lives, outermost folders only.
    pub(crate) prefixes: Vec<PathBuf>,
}

impl Interpreter {
    /// Asks `python`, or else the first `python3` on `PATH`; a sentence when there is none.
    pub(crate) async fn find(python: Option<&Path>) -> Result<Self, String> {
        let program = match python {
            Some(python) => python.to_owned(),
            None => on_path("python3").ok_or("there is no `python3` on PATH")?,
        };
        let answer = isolated(&program, ASK, &[]).await?;
        serde_json::from_str(&answer).map_err(|error| format!("{} gave no sense: {error}", program.display()))
    }
}

/// Runs a script in an interpreter without the server's environment, user packages or current folder.
async fn isolated(program: &Path, script: &str, arguments: &[String]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(["-I", "-c", script]).args(arguments).stdin(Stdio::null()).kill_on_drop(true).env_clear();
    // pyenv's `python3` is a shell script that looks for its own programs.
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME" || name == "PYENV_ROOT"));
    let output = tokio::time::timeout(Duration::from_secs(20), command.output())
        .await
        .map_err(|_| format!("{} does not answer", program.display()))?
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} fails: {}", program.display(), error.lines().last().unwrap_or("no message")))
}

/// What a task gets of Python.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProvidedPython {
    /// Go before everything else on `PATH`.
    pub(crate) programs: Vec<PathBuf>,
    /// Must be visible at their own paths.
    pub(crate) folders: Vec<PathBuf>,
}

/// What is to be run, in a sandbox, to make an environment.
pub(crate) struct MakeEnvironment {
    pub(crate) command: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Files and folders that pip's configuration names.
    pub(crate) read_only: Vec<PathBuf>,
    pub(crate) writable: Vec<PathBuf>,
    /// For this run's own `inputs`, `outputs`, `scratch` and log.
    pub(crate) attempt_folder: PathBuf,
}

type Making = BoxFuture<'static, Result<PathBuf, Refusal>>;

/// An installation that tasks wait for; gone when none does.
struct BeingMade {
    making: WeakShared<Making>,
    log: PathBuf,
}

/// Ends an installation that nobody waits for any more.
struct StopWhenDropped(Stopper);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.stop(Duration::ZERO);
    }
}

/// The environments of one data folder.
pub(crate) struct PythonEnvironments {
    folder: PathBuf,
    interpreter: Result<Interpreter, String>,
    being_made: Mutex<HashMap<String, BeingMade>>,
    satisfied: tokio::sync::Mutex<HashMap<String, bool>>,
}

impl PythonEnvironments {
    /// Opens `<sandbox folder>/python`; removes what an earlier server did not finish.
    pub(crate) fn open(sandbox_folder: &Path, interpreter: Result<Interpreter, String>) -> std::io::Result<Self> {
        let folder = sandbox_folder.join("python");
        let environments = folder.join("environments");
        private_folder(&environments)?;
        private_folder(&folder.join("pip-cache"))?;
        for entry in fs::read_dir(&environments)?.flatten() {
            if !entry.path().join(COMPLETE).exists() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let making = folder.join("making");
        if making.exists() {
            fs::remove_dir_all(making)?;
        }
        if let Ok(interpreter) = &interpreter {
            let programs = folder.join("interpreter/bin");
            private_folder(&programs)?;
            for name in ["python", "python3"] {
                let link = programs.join(name);
                if fs::read_link(&link).ok().as_ref() != Some(&interpreter.executable) {
                    fs::remove_file(&link).ok();
                    std::os::unix::fs::symlink(&interpreter.executable, &link)?;
                }
            }
        }
        Ok(Self { folder, interpreter, being_made: Mutex::default(), satisfied: tokio::sync::Mutex::default() })
    }

    pub(crate) fn interpreter(&self) -> Result<&Interpreter, &str> {
        self.interpreter.as_ref().map_err(String::as_str)
    }

    /// Refuses what cannot be: packages or a need for Python without an interpreter, options given as packages.
    pub(crate) fn check(&self, packages: &[String], need: PythonNeed) -> Result<(), Refusal> {
        if let Some(option) = packages.iter().find(|package| package.trim_start().starts_with('-')) {
            return Err(Refusal::new(
                CODE,
                format!("`{option}` is not a Python package: it would be an option of pip"),
                "Name packages such as `scikit-learn` or `six==1.16`",
            ));
        }
        match &self.interpreter {
            Err(why) if need == PythonNeed::Required || !packages.is_empty() => Err(Refusal::new(
                CODE,
                format!("This task needs Python, and {why}"),
                "Install it (`apt install python3 python3-venv python3-pip`) and start Dagwright again",
            )),
            _ => Ok(()),
        }
    }

    /// The interpreter without packages.
    pub(crate) fn plain(&self) -> ProvidedPython {
        let Ok(interpreter) = &self.interpreter else { return ProvidedPython::default() };
        let mut folders = interpreter.prefixes.clone();
        folders.push(self.folder.join("interpreter"));
        let mut programs = vec![self.folder.join("interpreter/bin")];
        programs.extend(interpreter.executable.parent().filter(|bin| !bin.starts_with("/usr")).map(Path::to_owned));
        ProvidedPython { programs, folders }
    }

    /// An interpreter with the packages. `log` gets pip's output as it comes, `make` runs pip in the sandbox.
    /// Tasks that want the same set at the same time wait for one installation; when none waits any more it is stopped.
    pub(crate) async fn provide(
        &self,
        packages: &[String],
        log: &mut fs::File,
        make: impl FnOnce(MakeEnvironment) -> Running,
    ) -> Result<ProvidedPython, Refusal> {
        let mut plain = self.plain();
        let mut packages: Vec<String> = packages.iter().map(|package| package.trim().to_owned()).collect();
        packages.sort();
        packages.dedup();
        packages.retain(|package| !package.is_empty());
        let Ok(interpreter) = &self.interpreter else { return Ok(plain) };
        if packages.is_empty() {
            return Ok(plain);
        }
        let key = key(interpreter, &packages);
        let environment = match self.finished(&key) {
            Some(environment) => environment,
            None if self.satisfies(interpreter, &key, &packages).await => return Ok(plain),
            None => {
                let (making, making_log) = self.making(&key, interpreter, &packages, make);
                follow(making, &making_log, log, &packages).await?
            }
        };
        plain.programs.insert(0, environment.join("bin"));
        plain.folders.push(environment);
        Ok(plain)
    }

    fn finished(&self, key: &str) -> Option<PathBuf> {
        fs::read_dir(self.folder.join("environments"))
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.file_stem().is_some_and(|stem| stem == key) && path.join(COMPLETE).exists())
    }

    async fn satisfies(&self, interpreter: &Interpreter, key: &str, packages: &[String]) -> bool {
        let mut known = self.satisfied.lock().await;
        if let Some(answer) = known.get(key) {
            return *answer;
        }
        let answer =
            isolated(&interpreter.executable, SATISFIED, packages).await.is_ok_and(|text| text.trim() == "yes");
        known.insert(key.to_owned(), answer);
        answer
    }

    fn making(
        &self,
        key: &str,
        interpreter: &Interpreter,
        packages: &[String],
        make: impl FnOnce(MakeEnvironment) -> Running,
    ) -> (Shared<Making>, PathBuf) {
        let mut being_made = self.being_made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = being_made.get(key)
            && let Some(making) = known.making.upgrade()
        {
            return (making, known.log.clone());
        }
        // A name of its own: an installation that was given up may still be ending in the old one.
        let name = format!("{key}.{}", uuid::Uuid::new_v4().simple());
        let environment = self.folder.join("environments").join(&name);
        let work = self.folder.join("making").join(&name);
        let running = make(self.make_environment(interpreter, packages, &environment, &work));
        let log = running.log().to_owned();
        let (packages, environment, making_log) = (packages.join(", "), environment.clone(), log.clone());
        let guard = StopWhenDropped(running.stopper());
        let making = async move {
            let outcome = running.wait().await;
            drop(guard);
            let result = finish(&outcome, &environment, &packages, &making_log);
            // Followers read the rest of the log after this.
            let rubbish = if result.is_ok() { vec![work] } else { vec![work, environment.clone()] };
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(5)).await;
                for folder in rubbish {
                    tokio::fs::remove_dir_all(folder).await.ok();
                }
            });
            result.map(|()| environment)
        };
        let making = making.boxed().shared();
        if let Some(weak) = making.downgrade() {
            being_made.insert(key.to_owned(), BeingMade { making: weak, log: log.clone() });
        }
        (making, log)
    }

    fn make_environment(
        &self,
        interpreter: &Interpreter,
        packages: &[String],
        environment: &Path,
        work: &Path,
    ) -> MakeEnvironment {
        let (variables, mut read_only) = pip_configuration();
        read_only.extend(interpreter.prefixes.iter().cloned());
        let cache = self.folder.join("pip-cache");
        let mut command: Vec<String> = ["/bin/sh", "-c", MAKE, "sh"].map(String::from).into();
        command.extend([&interpreter.executable, environment].map(|path| path.display().to_string()));
        command.extend(packages.iter().cloned());
        let mut variables = variables;
        variables.insert("PIP_CACHE_DIR".into(), cache.display().to_string());
        MakeEnvironment {
            command,
            environment: variables,
            read_only,
            writable: vec![self.folder.join("environments"), cache],
            attempt_folder: work.to_owned(),
        }
    }
}

/// What of the server's environment and files pip needs to reach its index: proxies, certificates, its configuration.
fn pip_configuration() -> (BTreeMap<String, String>, Vec<PathBuf>) {
    let mut variables: BTreeMap<String, String> = std::env::vars()
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.starts_with("pip_")
                || name.ends_with("_proxy")
                || ["ssl_cert_file", "ssl_cert_dir", "requests_ca_bundle", "curl_ca_bundle"].contains(&name.as_str())
        })
        .collect();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let own = [home.join(".config/pip/pip.conf"), home.join(".pip/pip.conf")].into_iter().find(|file| file.is_file());
    if let Some(own) = own {
        variables.entry("PIP_CONFIG_FILE".into()).or_insert_with(|| own.display().to_string());
    }
    let mut files: Vec<PathBuf> = variables
        .iter()
        .filter(|(name, _)| *name != "PIP_CACHE_DIR" && *name != "PIP_TARGET")
        .flat_map(|(_, value)| value.split_whitespace().map(PathBuf::from))
        .filter(|path| path.is_absolute() && path.exists())
        .collect();
    files.extend([PathBuf::from("/etc/pip.conf")].into_iter().filter(|file| file.is_file()));
    (variables, files)
}

/// Copies the installation's log to the task's while it grows.
async fn follow(
    making: Shared<Making>,
    making_log: &Path,
    log: &mut fs::File,
    packages: &[String],
) -> Result<PathBuf, Refusal> {
    let begin = std::time::Instant::now();
    say(
        log,
        &format!("Preparing: installing Python packages {} (once for all tasks that want them)\n", packages.join(", ")),
    );
    let mut read = 0;
    let mut making = making;
    let result = loop {
        let end = tokio::time::timeout(Duration::from_millis(200), &mut making).await;
        read += copy_from(making_log, read, log);
        if let Ok(result) = end {
            break result;
        }
    };
    match &result {
        Ok(_) => say(log, &format!("Prepared in {:.1} s\n", begin.elapsed().as_secs_f32())),
        Err(refusal) => say(log, &format!("{}\n", refusal.reason)),
    }
    result
}

fn copy_from(making_log: &Path, from: u64, log: &mut fs::File) -> u64 {
    let mut copy = || -> std::io::Result<u64> {
        let mut file = fs::File::open(making_log)?;
        file.seek(SeekFrom::Start(from))?;
        std::io::copy(&mut file, log)
    };
    copy().unwrap_or(0)
}

fn say(log: &mut fs::File, text: &str) {
    if let Err(error) = log.write_all(text.as_bytes()) {
        tracing::warn!(%error, "cannot write to a task's log");
    }
}

fn finish(outcome: &Outcome, environment: &Path, packages: &str, log: &Path) -> Result<(), Refusal> {
    let hint =
        "Look at pip's output in the task's log; mend the task's packages, or this machine's way to the package index";
    let failed = |why: String| {
        Err(Refusal::new(CODE, format!("The Python packages {packages} could not be installed: {why}"), hint))
    };
    match &outcome.end {
        End::Exited { code: 0 } => {
            fs::write(environment.join(COMPLETE), packages).or_else(|error| failed(error.to_string()))
        }
        End::Exited { .. } => {
            let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
            let told = lines().rfind(|line| line.starts_with("ERROR")).or_else(|| lines().next_back());
            failed(told.unwrap_or("pip said nothing").to_owned())
        }
        _ => failed(outcome.message()),
    }
}

fn key(interpreter: &Interpreter, packages: &[String]) -> String {
    let mut hash = Sha256::new();
    for part in [interpreter.executable.to_string_lossy().as_ref(), &interpreter.version] {
        hash.update(part);
        hash.update([0]);
    }
    for package in packages {
        hash.update(package);
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
