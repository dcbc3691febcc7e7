//! Lists of runs: filtered, sorted, paged by a key, so that the tenth page of 100,000 runs costs what the first does. One
//! filter leads, by its index; the others are looked at on the way (`+column` keeps SQLite from another choice). Changes
//! nothing.

use super::Store;
use super::append::phase_name;
use super::error::StoreError;
use super::runs::{SUMMARY, summary};
use dagwright_shared::api::{RUNS_COUNTED, RunSort, RunSummary};
use dagwright_shared::run::RunPhase;
use sqlx::{QueryBuilder, Row, Sqlite};
use std::fmt;

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of this pipeline (id).
    pub pipeline: Option<String>,
    /// In this experiment.
    pub experiment: Option<String>,
    /// Of this engine.
    pub engine: Option<String>,
    /// In one of these phases; empty: any.
    pub phases: Vec<RunPhase>,
    /// Every word of it in the run's name, its pipeline's or its experiment's, in any case.
    pub text: Option<String>,
}

/// A page of runs.
#[derive(Clone, Debug)]
pub struct RunPage {
    /// In the order asked for.
    pub runs: Vec<RunSummary>,
    /// Runs in all that the filter lets through, counted up to [`RUNS_COUNTED`]; without a filter, all.
    pub total: u64,
    /// Where to read on; `None` at the end.
    pub next: Option<RunCursor>,
}

/// A place in a list of runs: the last run seen and what it is sorted by. Written `<number>` or `<number>.<key>`.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCursor {
    /// The run's number in the order runs were made.
    seq: i64,
    /// What it is sorted by, where that is not the order they were made in.
    key: Option<String>,
}

impl RunCursor {
    /// Reads what an earlier page gave as `next` for the same order; `None` where it is not of it.
    pub fn read(text: &str, sort: RunSort) -> Option<Self> {
        let (seq, key) = match text.split_once('.') {
            Some((seq, key)) => (seq, Some(String::from(key))),
            None => (text, None),
        };
        let fits = match sort {
            RunSort::Newest => key.is_none(),
            RunSort::Longest | RunSort::Largest => key.as_deref().is_some_and(|key| key.parse::<i64>().is_ok()),
            RunSort::Name => key.is_some(),
        };
        Some(Self { seq: seq.parse().ok()?, key }).filter(|_| fits)
    }
}

impl fmt::Display for RunCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(formatter, "{}.{key}", self.seq),
            None => self.seq.fmt(formatter),
        }
    }
}

impl Store {
    /// The newest runs of a filter, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_runs(&self, filter: &RunFilter, limit: u32) -> Result<Vec<RunSummary>, StoreError> {
        let mut query = page(filter, RunSort::Newest, None, limit);
        query.build().fetch_all(&self.read).await?.iter().map(summary).collect()
    }

    /// A page of runs behind a place, with the number of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_page(
        &self,
        filter: &RunFilter,
        sort: RunSort,
        behind: Option<&RunCursor>,
        limit: u32,
    ) -> Result<RunPage, StoreError> {
        let rows = page(filter, sort, behind, limit + 1).build().fetch_all(&self.read).await?;
        let shown = rows.iter().take(limit as usize);
        let last = shown.clone().next_back().filter(|_| rows.len() > limit as usize);
        let next = last.map(|row| RunCursor {
            seq: row.get("seq"),
            key: match sort {
                RunSort::Newest => None,
                RunSort::Longest => Some(row.get::<i64, _>("took").to_string()),
                RunSort::Largest => Some(row.get::<i64, _>("size").to_string()),
                RunSort::Name => Some(row.get("name")),
            },
        });
        let total = count(filter).build().fetch_one(&self.read).await?.get::<i64, _>(0) as u64;
        Ok(RunPage { runs: shown.map(summary).collect::<Result<_, _>>()?, total, next })
    }
}

/// The filter whose index gives the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    Text,
    Pipeline,
    Experiment,
    Phase,
    Engine,
    /// The index of the order itself.
    Order,
}

/// What leads: what lets the fewest through, as far as that is known beforehand. Phases that runs end in have most of all
/// runs, so that they lead only where their index gives the order as well: one phase, newest first.
fn lead(filter: &RunFilter, sort: RunSort) -> Lead {
    let newest = sort == RunSort::Newest;
    let going_on = filter.phases.iter().all(|phase| !phase.is_final());
    if filter.text.as_deref().is_some_and(|text| indexed_words(text).next().is_some()) {
        Lead::Text
    } else if filter.pipeline.is_some() {
        Lead::Pipeline
    } else if filter.experiment.is_some() {
        Lead::Experiment
    } else if !filter.phases.is_empty() && (going_on || (newest && filter.phases.len() == 1)) {
        Lead::Phase
    } else if filter.engine.is_some() && newest {
        Lead::Engine
    } else {
        Lead::Order
    }
}

/// Words that the index of texts knows: it holds every three letters in a row.
fn indexed_words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| word.chars().count() >= 3)
}

fn page(filter: &RunFilter, sort: RunSort, behind: Option<&RunCursor>, limit: u32) -> QueryBuilder<Sqlite> {
    let lead = lead(filter, sort);
    let mut query = QueryBuilder::new(SUMMARY);
    // The index of texts gives its rows in their order, newest first, one by one.
    let by_text = lead == Lead::Text && sort == RunSort::Newest;
    let seq = if by_text { "run_texts.rowid" } else { "runs.seq" };
    from(&mut query, filter, lead, by_text);
    if let Some(RunCursor { seq: last, key }) = behind {
        match (sort, key) {
            (RunSort::Name, Some(key)) => {
                query.push(" AND runs.name COLLATE NOCASE >= ").push_bind(key.clone());
                query.push(" AND (runs.name COLLATE NOCASE > ").push_bind(key.clone());
                query.push(" OR runs.seq > ").push_bind(*last).push(")");
            }
            (RunSort::Longest | RunSort::Largest, Some(key)) => {
                let column = if sort == RunSort::Longest { "runs.took" } else { "runs.size" };
                let key: i64 = key.parse().unwrap_or_default();
                query.push(" AND ").push(column).push(" <= ").push_bind(key);
                query.push(" AND (").push(column).push(" < ").push_bind(key);
                query.push(" OR runs.seq < ").push_bind(*last).push(")");
            }
            _ => {
                query.push(" AND ").push(seq).push(" < ").push_bind(*last);
            }
        }
    }
    query.push(match sort {
        RunSort::Newest => format!(" ORDER BY {seq} DESC LIMIT "),
        RunSort::Longest => String::from(" ORDER BY runs.took DESC, runs.seq DESC LIMIT "),
        RunSort::Largest => String::from(" ORDER BY runs.size DESC, runs.seq DESC LIMIT "),
        RunSort::Name => String::from(" ORDER BY runs.name COLLATE NOCASE, runs.seq LIMIT "),
    });
    query.push_bind(limit);
    query
}

fn count(filter: &RunFilter) -> QueryBuilder<Sqlite> {
    let RunFilter { pipeline, experiment, engine, phases, text } = filter;
    if pipeline.is_none() && experiment.is_none() && engine.is_none() && phases.is_empty() && text.is_none() {
        return QueryBuilder::new("SELECT count(*) FROM runs");
    }
    let lead = lead(filter, RunSort::Newest);
    let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT 1");
    from(&mut query, filter, lead, lead == Lead::Text);
    query.push(" LIMIT ").push_bind(RUNS_COUNTED as i64).push(")");
    query
}

/// `FROM … WHERE …`. With `joined`, the index of texts is the outer loop.
fn from(query: &mut QueryBuilder<Sqlite>, filter: &RunFilter, lead: Lead, joined: bool) {
    let text = filter.text.as_deref().unwrap_or_default();
    let words: Vec<String> = indexed_words(text).map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    if joined {
        query.push(" FROM run_texts CROSS JOIN runs ON runs.seq = run_texts.rowid WHERE run_texts MATCH ");
        query.push_bind(words.join(" "));
    } else {
        query.push(" FROM runs WHERE true");
        if lead == Lead::Text {
            query.push(" AND runs.seq IN (SELECT rowid FROM run_texts WHERE run_texts MATCH ");
            query.push_bind(words.join(" ")).push(")");
        }
    }
    for (column, value, leader) in [
        ("pipeline", &filter.pipeline, Lead::Pipeline),
        ("experiment", &filter.experiment, Lead::Experiment),
        ("engine", &filter.engine, Lead::Engine),
    ] {
        if let Some(value) = value {
            query.push(if lead == leader { " AND runs." } else { " AND +runs." });
            query.push(column).push(" = ").push_bind(value.clone());
        }
    }
    if !filter.phases.is_empty() {
        // Pipelines and experiments have an index with the phase in it, of use where there is one phase.
        let together = matches!(lead, Lead::Pipeline | Lead::Experiment) && filter.phases.len() == 1;
        query.push(if lead == Lead::Phase || together { " AND runs.phase IN (" } else { " AND +runs.phase IN (" });
        let mut list = query.separated(", ");
        for phase in &filter.phases {
            list.push_bind(phase_name(*phase));
        }
        query.push(")");
    }
    for word in text.split_whitespace().filter(|word| word.chars().count() < 3) {
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query.push(" AND (runs.name || ' ' || runs.pipeline_name || ' ' || runs.experiment) LIKE ");
        query.push_bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
    }
}

#[cfg(test)]
mod tests;
