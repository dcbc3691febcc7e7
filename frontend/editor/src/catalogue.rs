//! What the palette offers beside the document's own components, and which of the document's are outdated against it.

use dagwright_shared::component::Component;
use dagwright_shared::pipeline::Graph;
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope};
use dagwright_shared::pipeline::origin::{Known, Origin, Standing, standing};
use std::collections::{BTreeSet, HashMap};

/// The offers, found by where they come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    components: Vec<Component>,
    by_place: HashMap<String, usize>,
    known: HashMap<String, Vec<Known>>,
}

impl Catalogue {
    /// Of these components; `known` are the versions of own ones, by place.
    pub fn new(components: Vec<Component>, known: HashMap<String, Vec<Known>>) -> Self {
        let place = |(index, component): (usize, &Component)| {
            Some((String::from(Origin::read(component.origin.as_deref()?).place), index))
        };
        let by_place = components.iter().enumerate().filter_map(place).collect();
        Self { components, by_place, known }
    }

    /// All of them, in their order.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What is offered now where a component came from.
    pub fn there(&self, component: &Component) -> Option<&Component> {
        let origin = component.origin.as_deref()?;
        self.components.get(*self.by_place.get(Origin::read(origin).place)?)
    }

    /// How a component stands to what is offered where it came from; `None`: nothing is.
    pub fn standing(&self, component: &Component) -> Option<Standing> {
        let there = self.there(component)?;
        let place = Origin::read(there.origin.as_deref().unwrap_or_default()).place;
        Some(standing(component, there, self.known.get(place).map_or(&[], Vec::as_slice)))
    }

    /// The keys of a graph's components that something newer is offered for.
    pub fn outdated(&self, graph: &Graph) -> BTreeSet<String> {
        let is_outdated = |component: &Component| self.standing(component).is_some_and(Standing::is_outdated);
        graph.components.iter().filter(|(_, component)| is_outdated(component)).map(|(key, _)| key.clone()).collect()
    }

    /// The components of a graph that came from the same place as `component` and are not what is offered there now.
    pub fn behind(&self, graph: &Graph, component: &Component) -> Vec<String> {
        let place =
            |component: &Component| component.origin.as_deref().map(|origin| String::from(Origin::read(origin).place));
        let wanted = place(component);
        let is_behind = |other: &Component| {
            place(other) == wanted && self.standing(other).is_some_and(|standing| standing != Standing::Current)
        };
        graph.components.iter().filter(|(_, other)| is_behind(other)).map(|(key, _)| key.clone()).collect()
    }

    /// One edit that takes what is offered now for all tasks of these components.
    pub fn update(&self, graph: &Graph, keys: impl IntoIterator<Item = String>) -> EditCommand {
        let replace = |key: String| {
            let component = Box::new(self.there(graph.components.get(&key)?)?.clone());
            Some(EditCommand::ReplaceComponent { key, component, scope: ReplaceScope::EveryTask })
        };
        EditCommand::Several(keys.into_iter().filter_map(replace).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::pipeline::digest::digest;
    use dagwright_shared::pipeline::{Metadata, Pipeline};

    fn own(text: &str, version: u32) -> Component {
        let component =
            Component { name: String::from("say"), description: Some(String::from(text)), ..Component::default() };
        let origin = Origin::of("own/say", Some(version), &digest(&component)).to_string();
        Component { origin: Some(origin), ..component }
    }

    #[test]
    fn outdated_tasks_are_found_and_updated_by_one_edit_that_undo_takes_back() {
        let (first, second) = (own("first", 1), own("second", 2));
        let history = [&second, &first].map(|component| Known {
            version: Origin::read(component.origin.as_deref().unwrap_or_default()).version.unwrap_or_default(),
            digest: digest(component),
        });
        let known = HashMap::from([(String::from("own/say"), history.to_vec())]);
        let catalogue = Catalogue::new(vec![second.clone()], known);
        let mut pipeline = Pipeline { metadata: Metadata::default(), ..Pipeline::default() };
        let changed = Component { name: String::from("mine"), ..first.clone() };
        let unrelated = Component { origin: Some(String::from("own/other@1")), ..Component::default() };
        for component in [first, changed, unrelated] {
            let add = EditCommand::AddTask { component: Box::new(component), name: None, position: None };
            let set = dagwright_shared::pipeline::edit::realise(&pipeline, &add).unwrap();
            pipeline.apply(&set).unwrap();
        }
        let outdated = catalogue.outdated(&pipeline.graph);
        assert_eq!(outdated.iter().collect::<Vec<_>>(), ["mine", "say"]);
        let say = &pipeline.graph.components["say"];
        assert_eq!(catalogue.standing(say), Some(Standing::Outdated));
        assert_eq!(catalogue.standing(&pipeline.graph.components["mine"]), Some(Standing::OutdatedAndChanged));
        assert_eq!(catalogue.behind(&pipeline.graph, say), ["say", "mine"]);

        let before = pipeline.clone();
        let update = catalogue.update(&pipeline.graph, outdated);
        let set = dagwright_shared::pipeline::edit::realise(&pipeline, &update).unwrap();
        pipeline.apply(&set).unwrap();
        assert!(catalogue.outdated(&pipeline.graph).is_empty());
        assert_eq!(pipeline.graph.components["mine"].origin, second.origin);
        pipeline.apply(&set.reversed()).unwrap();
        assert_eq!(pipeline, before);
    }
}
