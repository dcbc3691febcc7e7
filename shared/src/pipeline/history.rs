//! Undo and redo: sets of changes with labels, squashed while one gesture or one field goes on.
//! Keeps no pipelines and makes no inverses by hand; it must be told of every set that was applied.

use super::Pipeline;
use super::change::{ApplyError, ChangeSet};

/// Steps kept; older ones are forgotten.
const LIMIT: usize = 1000;

/// What can be undone and redone.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<Step>,
    /// How many of `steps` are done; those after it can be redone.
    done: usize,
    /// Counts steps ever recorded, for marks.
    recorded: u64,
    /// The number of the last step that was forgotten; 0 when all are there.
    forgotten: u64,
}

#[derive(Clone, Debug)]
struct Step {
    label: String,
    changes: ChangeSet,
    /// Steps recorded one after the other with the same key become one.
    squash: Option<String>,
    /// Which step it is; a squashed step gets a new number, so that a mark before it no longer holds.
    number: u64,
}

/// A point in the history: of the last save, or of a gesture's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Mark(u64);

/// What an undo or redo did.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryStep {
    /// The label that the edit was recorded with.
    pub label: String,
    /// The set that was applied: for the signals and the selection.
    pub changes: ChangeSet,
}

impl History {
    /// Remembers a set that was just applied. Nothing is left to redo afterwards. Empty sets are not remembered.
    /// With a `squash` key it joins the step before it, if that has the same key and was not [sealed](Self::seal).
    pub fn record(&mut self, label: impl Into<String>, changes: ChangeSet, squash: Option<String>) {
        if changes.is_empty() {
            return;
        }
        self.steps.truncate(self.done);
        self.recorded += 1;
        if squash.is_some()
            && let Some(last) = self.steps.last_mut()
            && last.squash == squash
        {
            last.changes = last.changes.then(&changes);
            last.number = self.recorded;
            if last.changes.is_empty() {
                self.steps.pop();
                self.done = self.steps.len();
            }
            return;
        }
        self.steps.push(Step { label: label.into(), changes, squash, number: self.recorded });
        if self.steps.len() > LIMIT {
            self.forgotten = self.steps.remove(0).number;
        }
        self.done = self.steps.len();
    }

    /// Ends squashing: the next step stands for itself, whatever its key.
    pub fn seal(&mut self) {
        if let Some(last) = self.done.checked_sub(1).and_then(|last| self.steps.get_mut(last)) {
            last.squash = None;
        }
    }

    /// What undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.steps.get(self.done.checked_sub(1)?).map(|step| step.label.as_str())
    }

    /// What redo would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        self.steps.get(self.done).map(|step| step.label.as_str())
    }

    /// Takes the last step back; `None` when there is none.
    ///
    /// # Errors
    /// [`ApplyError`] when the pipeline was changed past this history; neither is changed then.
    pub fn undo(&mut self, pipeline: &mut Pipeline) -> Result<Option<HistoryStep>, ApplyError> {
        let Some(step) = self.done.checked_sub(1).and_then(|last| self.steps.get(last)) else { return Ok(None) };
        let changes = step.changes.reversed();
        pipeline.apply(&changes)?;
        let label = step.label.clone();
        self.done -= 1;
        self.seal();
        Ok(Some(HistoryStep { label, changes }))
    }

    /// Brings the next step back; `None` when there is none.
    ///
    /// # Errors
    /// [`ApplyError`] when the pipeline was changed past this history; neither is changed then.
    pub fn redo(&mut self, pipeline: &mut Pipeline) -> Result<Option<HistoryStep>, ApplyError> {
        let Some(step) = self.steps.get(self.done) else { return Ok(None) };
        pipeline.apply(&step.changes)?;
        let (label, changes) = (step.label.clone(), step.changes.clone());
        self.done += 1;
        self.seal();
        Ok(Some(HistoryStep { label, changes }))
    }

    /// The present point.
    pub fn mark(&self) -> Mark {
        Mark(self.done.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(self.forgotten, |step| step.number))
    }

    /// Whether the document is as it was at the mark: nothing done since, or all of it undone.
    pub fn is_at(&self, mark: Mark) -> bool {
        self.mark() == mark
    }

    /// Takes back every step after the mark and forgets it: a gesture that was given up. The applied sets, in order.
    /// Nothing happens when the mark is no longer in the history.
    ///
    /// # Errors
    /// [`ApplyError`] when the pipeline was changed past this history.
    pub fn roll_back(&mut self, mark: Mark, pipeline: &mut Pipeline) -> Result<Vec<HistoryStep>, ApplyError> {
        let known =
            mark == Mark(self.forgotten) || self.steps.iter().take(self.done).any(|step| Mark(step.number) == mark);
        let mut undone = Vec::new();
        while known && !self.is_at(mark) {
            match self.undo(pipeline)? {
                Some(step) => undone.push(step),
                None => break,
            }
        }
        if !undone.is_empty() {
            self.steps.truncate(self.done);
        }
        Ok(undone)
    }

    /// Makes the steps after the mark one step with one label. Nothing happens when the mark is no longer in the history.
    pub fn squash_since(&mut self, mark: Mark, label: impl Into<String>) {
        let first = if mark == Mark(self.forgotten) {
            Some(0)
        } else {
            self.steps.iter().take(self.done).position(|step| Mark(step.number) == mark).map(|place| place + 1)
        };
        let Some(first) = first.filter(|first| *first < self.done) else { return };
        let changes =
            self.steps[first..self.done].iter().fold(ChangeSet::default(), |all, step| all.then(&step.changes));
        self.steps.truncate(first);
        self.done = first;
        self.record(label, changes, None);
    }
}
