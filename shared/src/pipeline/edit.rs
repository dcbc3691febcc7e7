//! Edits: a command is what the person wants, `realise` says what changes for it, with everything that follows from it.
//! Refuses with a reason what would break the document; changes nothing itself (that is `Pipeline::apply`).

mod components;
mod draft;
mod fragment;
mod mounts;
mod names;
mod realise;
mod references;
mod wires;

pub use fragment::fragment;
pub use names::free_name;
pub use realise::realise;

use super::record::RecordId;
use super::{
    Argument, EnvValue, ForEach, Graph, KubernetesSettings, Metadata, Mount, Parameter, Pipeline, Point, Resources,
    Retry, Volume,
};
use crate::component::Component;
use dagwright_texts::t;
use indexmap::IndexMap;
use serde_json::Value;

/// An intent to edit a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum EditCommand {
    /// A new task of a component. The component is embedded, or the one already there with the same digest is used.
    AddTask {
        /// The component, as the catalog or a file gives it.
        component: Box<Component>,
        /// The task's name; the component's name when absent. Made unique: `train`, `train-2`.
        name: Option<String>,
        /// Where its node stands.
        position: Option<Point>,
    },
    /// Tasks with what they use, as [`fragment`] took them: paste and duplicate. Wires among them are kept; parameters,
    /// volumes and components that are there already in the same form are used, others come along under a free name.
    AddFragment {
        /// What to add.
        fragment: Box<Graph>,
        /// Added to every position.
        offset: Point,
    },
    /// Removes tasks, volumes, parameters, components, with all that refers to them: wires, mounts, arguments bound to
    /// them, order edges. A component goes only once no task uses it; the last task of a component takes it along.
    Remove {
        /// Which.
        records: Vec<RecordId>,
    },
    /// Places tasks and volumes on the canvas: the end of a drag, or a whole automatic layout.
    Move {
        /// Task or volume → its new place (absolute).
        places: Vec<(RecordId, Point)>,
    },
    /// Renames a task, volume, parameter or component's key; all references follow, those in texts too.
    Rename {
        /// Which.
        record: RecordId,
        /// The new name; refused when empty or taken.
        name: String,
    },
    /// Sets what feeds an input. Types and circles are checked for references.
    SetArgument {
        /// The task.
        task: String,
        /// The input.
        input: String,
        /// What feeds it.
        argument: Argument,
    },
    /// Takes away what feeds an input: it falls back to its default.
    ClearArgument {
        /// The task.
        task: String,
        /// The input.
        input: String,
    },
    /// Draws a wire; it replaces what fed the input.
    Connect {
        /// The producing task.
        from_task: String,
        /// Its output.
        output: String,
        /// The consuming task.
        task: String,
        /// Its input.
        input: String,
    },
    /// Mounts a volume. Refused when the path is taken in the task.
    AddMount {
        /// The task.
        task: String,
        /// The mount.
        mount: Mount,
    },
    /// Changes one mount.
    SetMount {
        /// The task.
        task: String,
        /// Its place in the task's mounts.
        index: usize,
        /// The mount as it should be.
        mount: Mount,
    },
    /// Takes a mount away.
    RemoveMount {
        /// The task.
        task: String,
        /// Its place in the task's mounts.
        index: usize,
    },
    /// Hands a volume from one task to another: an order edge. The receiving task's mount is made when it has none,
    /// at the path of the giving task.
    HandOver {
        /// The volume.
        volume: String,
        /// The task that hands it over.
        from: String,
        /// The task that takes it.
        task: String,
    },
    /// Takes a hand-over back; the mounts stay.
    RemoveHandOver {
        /// The volume.
        volume: String,
        /// The task that handed it over.
        from: String,
        /// The task that took it.
        task: String,
    },
    /// Orders `task` after `before`, without data.
    AddAfter {
        /// The later task.
        task: String,
        /// The earlier task.
        before: String,
    },
    /// Takes an order edge away.
    RemoveAfter {
        /// The later task.
        task: String,
        /// The earlier task.
        before: String,
    },
    /// Sets one field of a task.
    SetTask {
        /// The task.
        task: String,
        /// The field with its new value.
        field: TaskField,
    },
    /// Adds or changes a parameter.
    SetParameter {
        /// Its name.
        name: String,
        /// As it should be.
        parameter: Box<Parameter>,
    },
    /// Adds or changes a volume.
    SetVolume {
        /// Its name.
        name: String,
        /// As it should be.
        volume: Box<Volume>,
    },
    /// Moves a parameter, volume, component or task to another place in its list.
    Reorder {
        /// Which.
        record: RecordId,
        /// The index it shall have; beyond the end means the end.
        index: usize,
    },
    /// Replaces a component. Where its ports changed, the tasks follow: an input or output that was plainly renamed
    /// keeps its wires, arguments of inputs that are gone and wires from outputs that are gone are dropped.
    ReplaceComponent {
        /// The component's key.
        key: String,
        /// As it should be.
        component: Box<Component>,
        /// Which tasks follow.
        scope: ReplaceScope,
    },
    /// Sets the pipeline's name and description.
    SetMetadata(Metadata),
    /// Sets what all pods of the pipeline have in common.
    SetKubernetes(KubernetesSettings),
    /// Makes it another document, as a text that was edited says: whatever differs is changed, the order of records too.
    SetDocument(Box<Pipeline>),
    /// Several commands as one step; the later ones see what the earlier ones did.
    Several(Vec<EditCommand>),
}

/// Which tasks a replaced component is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplaceScope {
    /// Every task that uses it.
    EveryTask,
    /// One task: when others use the component too, the task gets its own copy under a free key.
    Task(String),
}

/// A field of a task with its new value.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskField {
    /// [`super::Task::resources`].
    Resources(Resources),
    /// [`super::Task::env`].
    Env(IndexMap<String, EnvValue>),
    /// [`super::Task::retry`].
    Retry(Option<Retry>),
    /// [`super::Task::timeout`].
    Timeout(Option<String>),
    /// [`super::Task::node_selector`].
    NodeSelector(IndexMap<String, String>),
    /// [`super::Task::tolerations`].
    Tolerations(Vec<Value>),
    /// [`super::Task::cache`].
    Cache(Option<bool>),
    /// [`super::Task::when`].
    When(Option<Value>),
    /// [`super::Task::for_each`].
    ForEach(Option<ForEach>),
}

/// Why an edit was refused: what, where, how to mend it. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The record is not there.
    #[error("{}", t!("{record} is not in the pipeline; it may have been removed meanwhile", record = .0))]
    NotThere(RecordId),
    /// The name is taken.
    #[error("{}", t!("the name “{name}” is taken by {by}; choose another", name = .name, by = .by))]
    NameTaken {
        /// The name.
        name: String,
        /// What has it.
        by: RecordId,
    },
    /// An empty name.
    #[error("{}", t!("a name cannot be empty; give {record} a name", record = .0))]
    NameEmpty(RecordId),
    /// The task has no such input.
    #[error("{}", t!("the task “{task}” has no input “{input}”; its inputs are: {known}", task = .task, input = .input, known = .known))]
    InputUnknown {
        /// The task.
        task: String,
        /// The input.
        input: String,
        /// Those it has.
        known: String,
    },
    /// The task has no such output.
    #[error("{}", t!("the task “{task}” has no output “{output}”; its outputs are: {known}", task = .task, output = .output, known = .known))]
    OutputUnknown {
        /// The task.
        task: String,
        /// The output.
        output: String,
        /// Those it has.
        known: String,
    },
    /// The types do not fit.
    #[error("{}", t!("{from} is {from_type}, the input “{input}” of “{task}” takes {to_type}; wire an output of that type, or convert it in a task between", from = .from, from_type = .from_type, input = .input, task = .task, to_type = .to_type))]
    TypeMismatch {
        /// What should feed the input.
        from: String,
        /// Its type.
        from_type: String,
        /// The task.
        task: String,
        /// The input.
        input: String,
        /// Its type.
        to_type: String,
    },
    /// The edge would close a circle.
    #[error("{}", t!("“{from}” already waits for “{task}”, so “{to}” cannot wait for “{before}”; remove one wire of the circle {path}", from = .from, task = .task, to = .task, before = .from, path = .path))]
    Cycle {
        /// The task that should come first.
        from: String,
        /// The task that should wait.
        task: String,
        /// The way round: `a → b → c → a`.
        path: String,
    },
    /// A task cannot wait for itself.
    #[error("{}", t!("the task “{task}” cannot wait for itself; choose another task", task = .0))]
    Itself(String),
    /// The component's missing, so its ports are unknown.
    #[error("{}", t!("the component “{component}” of the task “{task}” is missing; choose a file or a URL for it first", component = .component, task = .task))]
    ComponentMissing {
        /// The task.
        task: String,
        /// The component's key.
        component: String,
    },
    /// Tasks still use the component.
    #[error("{}", t!("the component “{component}” is used by the task “{task}”; remove its tasks first", component = .component, task = .task))]
    ComponentInUse {
        /// The component's key.
        component: String,
        /// One of the tasks.
        task: String,
    },
    /// The mount path is taken.
    #[error("{}", t!("the task “{task}” has a mount at {path} already; choose another path", task = .task, path = .path))]
    MountPathTaken {
        /// The task.
        task: String,
        /// The path.
        path: String,
    },
    /// There is no such mount.
    #[error("{}", t!("the task “{task}” has no mount number {number}; it may have been removed meanwhile", task = .task, number = .number))]
    MountNotThere {
        /// The task.
        task: String,
        /// From 1.
        number: usize,
    },
    /// A hand-over from a task that does not mount the volume.
    #[error("{}", t!("the task “{task}” does not mount the volume “{volume}”; mount it there first", task = .task, volume = .volume))]
    NotMounted {
        /// The task.
        task: String,
        /// The volume.
        volume: String,
    },
    /// A record of another kind was expected.
    #[error("{}", t!("{record} cannot be {action}", record = .0, action = .1))]
    WrongKind(RecordId, &'static str),
    /// The document is only looked at.
    #[error("{}", t!("this pipeline is only looked at; make it yours to edit it"))]
    ReadOnly,
    /// A place that is not a number.
    #[error("{}", t!("{record} cannot be placed there: the coordinates are not finite numbers", record = .0))]
    Coordinates(RecordId),
}
