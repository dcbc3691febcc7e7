//! Which wire would mend an input without a value: only where there is exactly one that fits.

use super::Scope;
use crate::diagnostic::Mend;
use crate::graph::TaskGraph;
use crate::types::PortType;
use std::collections::HashMap;

/// Mends are worked out for so many inputs; a pipeline with more has other worries.
const MOST_MENDS: usize = 100;

/// Every output of the graph by its type.
pub(super) struct Mends<'a> {
    order: &'a TaskGraph<'a>,
    outputs: HashMap<PortType, Vec<(&'a str, String)>>,
    made: usize,
}

impl<'a> Mends<'a> {
    pub(super) fn new(scope: &Scope<'a>, order: &'a TaskGraph<'a>) -> Self {
        let mut outputs: HashMap<PortType, Vec<(&str, String)>> = HashMap::new();
        for (name, task) in &scope.graph.tasks {
            for output in scope.ports(task).into_iter().flat_map(|ports| &ports.outputs) {
                outputs.entry(output.port_type.clone()).or_default().push((name, output.name.clone()));
            }
        }
        Self { order, outputs, made: 0 }
    }

    /// The only output of the same type among the tasks before `task`, or else among all that do not wait for it.
    pub(super) fn wire(&mut self, task: &str, input: &str, port_type: &PortType) -> Option<Mend> {
        self.made += 1;
        let candidates = self.outputs.get(port_type).filter(|_| self.made <= MOST_MENDS)?;
        let before = self.order.ancestors(task);
        let mut fitting = candidates.iter().filter(|(name, _)| before.contains(name));
        let upstream = (fitting.next(), fitting.next());
        let only = match upstream {
            (Some(only), None) => only,
            (Some(_), Some(_)) => return None,
            (None, _) => {
                let after = self.order.descendants(task);
                let mut others = candidates.iter().filter(|(name, _)| *name != task && !after.contains(name));
                others.next().filter(|_| others.next().is_none())?
            }
        };
        Some(Mend::Wire {
            task: String::from(task),
            input: String::from(input),
            from_task: String::from(only.0),
            from_output: only.1.clone(),
        })
    }
}
