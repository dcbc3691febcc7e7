//! What changed, record by record, before and after; and the only way to change a pipeline.
//! A set is made by `edit::realise`, never by hand; it knows nothing of the intent behind it.

use super::record::{GraphRecord, Record, RecordId};
use super::{Metadata, Pipeline};
use dagwright_texts::t;
use indexmap::IndexMap;
use std::collections::HashMap;

mod squash;

/// A record with its place in its map (0 for the two records that exist once), so that undo restores the order too.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The index in its map: for `before` in the map as it was, for `after` as it is once the whole set is applied.
    pub index: usize,
    /// The value.
    pub record: Record,
}

/// One record's change. A rename is two of them: one name goes, another comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which record.
    pub id: RecordId,
    /// As it was; `None`: it was not there.
    pub before: Option<Placed>,
    /// As it is; `None`: it is gone.
    pub after: Option<Placed>,
}

/// Changes that belong together, each record at most once.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ChangeSet(pub Vec<Change>);

impl ChangeSet {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records touched, each once: for a signal each.
    pub fn ids(&self) -> impl Iterator<Item = &RecordId> {
        self.0.iter().map(|change| &change.id)
    }

    /// The records that the set brings.
    pub fn added(&self) -> impl Iterator<Item = &RecordId> {
        self.0.iter().filter(|change| change.before.is_none()).map(|change| &change.id)
    }

    /// The records that the set takes away.
    pub fn removed(&self) -> impl Iterator<Item = &RecordId> {
        self.0.iter().filter(|change| change.after.is_none()).map(|change| &change.id)
    }

    /// The set that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let reverse = |change: &Change| Change {
            id: change.id.clone(),
            before: change.after.clone(),
            after: change.before.clone(),
        };
        Self(self.0.iter().map(reverse).collect())
    }
}

impl ChangeSet {
    /// The pipeline with the records that this set brings or changes as the set has them, whatever they are there, and
    /// without those that it takes away: for a set that was made from an older state of the pipeline.
    pub fn laid_over(&self, pipeline: &Pipeline) -> Pipeline {
        fn lay<T: Clone>(map: &mut IndexMap<String, T>, name: &str, after: Option<(usize, &T)>) {
            match after {
                None => drop(map.shift_remove(name)),
                Some((index, value)) => match map.get_mut(name) {
                    Some(there) => *there = value.clone(),
                    None => drop(map.shift_insert(index.min(map.len()), String::from(name), value.clone())),
                },
            }
        }
        let mut laid = pipeline.clone();
        // A set that contradicts itself says nothing.
        let Ok(sorted) = Sorted::new(self) else { return laid };
        if let Some((_, after)) = sorted.metadata {
            laid.metadata = after.clone();
        }
        if let Some((_, after)) = sorted.graph {
            laid.set_graph_record(after.clone());
        }
        sorted.parameters.iter().for_each(|step| lay(&mut laid.graph.parameters, step.name, step.after));
        sorted.volumes.iter().for_each(|step| lay(&mut laid.graph.volumes, step.name, step.after));
        sorted.components.iter().for_each(|step| lay(&mut laid.graph.components, step.name, step.after));
        sorted.tasks.iter().for_each(|step| lay(&mut laid.graph.tasks, step.name, step.after));
        laid
    }
}

/// A set that does not fit the pipeline it was applied to. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A record is not as the set expects it.
    #[error("{}", t!("{record} is not as it was when the change was made; make the change again on the pipeline as it is now", record = .0))]
    Differs(RecordId),
    /// A record's value is of another kind than its id, or its place does not exist.
    #[error("{}", t!("the change of {record} contradicts itself", record = .0))]
    Malformed(RecordId),
}

impl Pipeline {
    /// Applies a set: the only mutator. Time grows with the set, and with the pipeline only where records come or go.
    ///
    /// # Errors
    /// [`ApplyError`] when a record is not as the set says it was; the pipeline is then unchanged.
    pub fn apply(&mut self, changes: &ChangeSet) -> Result<(), ApplyError> {
        let plan = Sorted::new(changes)?;
        if let Some((before, _)) = plan.metadata
            && *before != self.metadata
        {
            return Err(ApplyError::Differs(RecordId::Metadata));
        }
        if let Some((before, _)) = plan.graph
            && *before != self.graph_record()
        {
            return Err(ApplyError::Differs(RecordId::Graph));
        }
        verify(&self.graph.parameters, &plan.parameters)?;
        verify(&self.graph.volumes, &plan.volumes)?;
        verify(&self.graph.components, &plan.components)?;
        verify(&self.graph.tasks, &plan.tasks)?;

        if let Some((_, after)) = plan.metadata {
            self.metadata = after.clone();
        }
        if let Some((_, after)) = plan.graph {
            self.set_graph_record(after.clone());
        }
        carry_out(&mut self.graph.parameters, &plan.parameters);
        carry_out(&mut self.graph.volumes, &plan.volumes);
        carry_out(&mut self.graph.components, &plan.components);
        carry_out(&mut self.graph.tasks, &plan.tasks);
        Ok(())
    }
}

/// One change of a map's entry.
struct Step<'a, T> {
    id: &'a RecordId,
    name: &'a str,
    before: Option<(usize, &'a T)>,
    after: Option<(usize, &'a T)>,
}

/// A set by maps.
#[derive(Default)]
struct Sorted<'a> {
    metadata: Option<(&'a Metadata, &'a Metadata)>,
    graph: Option<(&'a GraphRecord, &'a GraphRecord)>,
    parameters: Vec<Step<'a, super::Parameter>>,
    volumes: Vec<Step<'a, super::Volume>>,
    components: Vec<Step<'a, crate::component::Component>>,
    tasks: Vec<Step<'a, super::Task>>,
}

impl<'a> Sorted<'a> {
    fn new(changes: &'a ChangeSet) -> Result<Self, ApplyError> {
        /// Takes one side of a change as a record of one kind; `Err` if it is of another.
        macro_rules! side {
            ($change:expr, $side:ident, $kind:ident) => {
                match &$change.$side {
                    None => None,
                    Some(Placed { index, record: Record::$kind(value) }) => Some((*index, &**value)),
                    Some(_) => return Err(ApplyError::Malformed($change.id.clone())),
                }
            };
        }
        macro_rules! step {
            ($change:expr, $name:expr, $kind:ident) => {
                Step {
                    id: &$change.id,
                    name: $name,
                    before: side!($change, before, $kind),
                    after: side!($change, after, $kind),
                }
            };
        }
        let mut sorted = Self::default();
        for change in &changes.0 {
            let malformed = || ApplyError::Malformed(change.id.clone());
            match &change.id {
                RecordId::Metadata => {
                    let (_, before) = side!(change, before, Metadata).ok_or_else(malformed)?;
                    let (_, after) = side!(change, after, Metadata).ok_or_else(malformed)?;
                    sorted.metadata = Some((before, after));
                }
                RecordId::Graph => {
                    let (_, before) = side!(change, before, Graph).ok_or_else(malformed)?;
                    let (_, after) = side!(change, after, Graph).ok_or_else(malformed)?;
                    sorted.graph = Some((before, after));
                }
                RecordId::Parameter(name) => sorted.parameters.push(step!(change, name, Parameter)),
                RecordId::Volume(name) => sorted.volumes.push(step!(change, name, Volume)),
                RecordId::Component(name) => sorted.components.push(step!(change, name, Component)),
                RecordId::Task(name) => sorted.tasks.push(step!(change, name, Task)),
            }
        }
        Ok(sorted)
    }
}

/// Whether the map is as the steps expect it, and whether their outcome has each place once.
fn verify<T: PartialEq>(map: &IndexMap<String, T>, steps: &[Step<'_, T>]) -> Result<(), ApplyError> {
    let removed = steps.iter().filter(|step| step.before.is_some()).count();
    let added = steps.iter().filter(|step| step.after.is_some()).count();
    let Some(size) = map.len().checked_sub(removed).map(|rest| rest + added) else {
        return Err(ApplyError::Differs(steps.first().map_or(RecordId::Graph, |step| step.id.clone())));
    };
    let mut names = HashMap::with_capacity(steps.len());
    let mut places = HashMap::with_capacity(steps.len());
    for step in steps {
        let found = map.get_full(step.name).map(|(index, _, value)| (index, value));
        if found != step.before {
            return Err(ApplyError::Differs(step.id.clone()));
        }
        let place_taken = step.after.is_some_and(|(index, _)| index >= size || places.insert(index, ()).is_some());
        if place_taken || names.insert(step.name, ()).is_some() {
            return Err(ApplyError::Malformed(step.id.clone()));
        }
    }
    Ok(())
}

/// Carries out steps that [`verify`] has let through.
fn carry_out<T: Clone>(map: &mut IndexMap<String, T>, steps: &[Step<'_, T>]) {
    let in_place =
        steps.iter().all(|step| matches!((step.before, step.after), (Some((from, _)), Some((to, _))) if from == to));
    if in_place {
        for step in steps {
            if let (Some((index, _)), Some((_, after))) = (step.before, step.after)
                && let Some((_, value)) = map.get_index_mut(index)
            {
                *value = after.clone();
            }
        }
        return;
    }
    // One pass for the whole set: taking entries out one by one would move all that follow, each time.
    let mut coming: Vec<(usize, &str, &T)> =
        steps.iter().filter_map(|step| step.after.map(|(index, value)| (index, step.name, value))).collect();
    coming.sort_unstable_by_key(|(index, ..)| *index);
    let touched: HashMap<&str, ()> = steps.iter().map(|step| (step.name, ())).collect();
    let old = std::mem::take(map);
    let mut staying = old.into_iter().filter(|(name, _)| !touched.contains_key(name.as_str())).fuse();
    let mut coming = coming.into_iter().peekable();
    map.reserve(staying.size_hint().0 + coming.len());
    loop {
        let next_comes = coming.peek().is_some_and(|(index, ..)| *index == map.len());
        if next_comes && let Some((_, name, value)) = coming.next() {
            map.insert(String::from(name), value.clone());
        } else if let Some((name, value)) = staying.next() {
            map.insert(name, value);
        } else if let Some((_, name, value)) = coming.next() {
            map.insert(String::from(name), value.clone());
        } else {
            break;
        }
    }
}
