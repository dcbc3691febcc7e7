//! Ends what earlier servers on this data folder left running, whichever kind of sandbox they had, and nothing else.

use std::collections::HashSet;
use std::path::PathBuf;

use super::container::{ContainerSandbox, connect};
use super::limits::{AttemptGroup, Limiter};
use super::process_group::{self, Process, kill_all};
use super::record::{Reaped, Record, Records};
use super::{Kind, SandboxKind};

/// Where to look for what earlier servers left.
pub(crate) struct Leftovers {
    pub(crate) records: Records,
    pub(crate) limiter: Limiter,
    pub(crate) container_host: Option<String>,
    pub(crate) sandbox_folder: PathBuf,
}

impl Leftovers {
    /// Ends them all; the records stay when something could not be ended.
    pub(crate) async fn reap(&self, kind: &Kind) -> Reaped {
        let records = self.records.all();
        let mut reaped = Reaped { attempts: records.iter().map(Record::name).collect(), ..Reaped::default() };
        self.processes(&records, &mut reaped).await;
        match kind {
            Kind::Container(engine) => {
                engine.remove_leftovers(&mut reaped).await;
                self.limiter.close();
            }
            Kind::Host(_) if records.iter().any(|record| record.kind == SandboxKind::Container) => {
                match self.engine().await {
                    Ok(engine) => engine.remove_leftovers(&mut reaped).await,
                    Err(reasons) => reaped
                        .failures
                        .push(format!("Containers of an earlier server may still run: {}", reasons.join("; "))),
                }
            }
            Kind::Host(_) => {}
        }
        if reaped.failures.is_empty() {
            self.records.clear();
        }
        reaped
    }

    async fn engine(&self) -> Result<ContainerSandbox, Vec<String>> {
        connect(self.container_host.as_deref(), self.records.clone(), &self.sandbox_folder).await
    }

    async fn processes(&self, records: &[Record], reaped: &mut Reaped) {
        let this_boot = records.iter().filter(|record| record.boot == self.records.boot());
        let known: HashSet<Process> = this_boot.filter_map(|record| record.process).collect();
        let groups = self.limiter.leftovers();
        let mut seen = HashSet::new();
        let left = kill_all(|| {
            let mut found: HashSet<Process> = known.iter().copied().filter(|process| process.is_running()).collect();
            let offspring: Vec<Process> =
                found.iter().flat_map(|process| process_group::descendants(process.pid)).collect();
            found.extend(offspring);
            found.extend(process_group::marked(|mark| self.records.owns(mark)));
            found.extend(groups.iter().flat_map(AttemptGroup::processes));
            // What was found by its descent loses it when its parent ends.
            seen.extend(found);
            seen.iter().copied().filter(|process| process.is_running()).collect()
        })
        .await;
        reaped.ended += seen.len();
        reaped.failures.extend(left.iter().map(|process| format!("Process {} does not end", process.pid)));
        groups.into_iter().for_each(AttemptGroup::remove);
    }
}
