//! What the palette offers beside the document's own components: what came with Dagwright, the project's own, libraries.
//! Asks the server for it, and tells the document's store.

use super::document_store::DocumentStore;
use crate::net::client::{self, ApiError, segment};
use dagwright_editor::catalogue::Catalogue;
use dagwright_shared::api::{AddLibrary, Catalog, CatalogGroup, Library, SaveComponent, StoredComponent};
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::file::{component_from_value, component_to_value};
use dagwright_shared::pipeline::origin::{Known, OWN};
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

/// A group of the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct PaletteGroup {
    /// Its heading.
    pub name: String,
    /// Its components.
    pub components: Vec<Component>,
}

/// The palette's offers. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct PaletteStore {
    document: StoredValue<DocumentStore>,
    groups: RwSignal<Vec<PaletteGroup>>,
    own: RwSignal<Vec<StoredComponent>>,
    libraries: RwSignal<Vec<Library>>,
}

fn read(values: &[Value]) -> Vec<Component> {
    values.iter().filter_map(|value| component_from_value(value).value).collect()
}

impl PaletteStore {
    /// Of a document; empty until [`Self::load`].
    pub fn new(document: &DocumentStore) -> Self {
        Self {
            document: StoredValue::new(document.clone()),
            groups: RwSignal::default(),
            own: RwSignal::default(),
            libraries: RwSignal::default(),
        }
    }

    /// Groups in the order shown.
    pub fn groups(self) -> ReadSignal<Vec<PaletteGroup>> {
        self.groups.read_only()
    }

    /// The project's own components.
    pub fn own(self) -> ReadSignal<Vec<StoredComponent>> {
        self.own.read_only()
    }

    /// Libraries.
    pub fn libraries(self) -> ReadSignal<Vec<Library>> {
        self.libraries.read_only()
    }

    /// Asks the server.
    pub async fn load(self) {
        // Without a server (the app as static files) there is nothing to offer.
        let Ok(Catalog { groups, own, libraries }) = client::get::<Catalog>("/api/catalog").await else { return };
        let mut all = Vec::new();
        let mut add = |name: String, components: Vec<Component>| {
            if !components.is_empty() {
                all.push(PaletteGroup { name, components });
            }
        };
        let values: Vec<Value> = own.iter().map(|own| own.component.clone()).collect();
        add(String::from(t!("Yours")), read(&values));
        for CatalogGroup { name, components } in groups {
            add(name, read(&components));
        }
        for library in &libraries {
            add(library.name.clone(), read(&library.components));
        }
        let known = own.iter().map(|own| {
            let known = own.versions.iter().map(|one| Known { version: one.version, digest: one.digest.clone() });
            (format!("{OWN}{}", own.name), known.collect())
        });
        let components = all.iter().flat_map(|group| group.components.clone()).collect();
        let catalogue = Catalogue::new(components, known.collect());
        if self.groups.try_set(all).is_none() {
            self.document.try_with_value(|document| document.set_catalogue(catalogue));
            drop(self.own.try_set(own));
            drop(self.libraries.try_set(libraries));
        }
    }

    /// The own component of a name.
    pub fn own_of(self, name: &str) -> Option<StoredComponent> {
        self.own.with(|own| own.iter().find(|own| own.name == name).cloned())
    }

    /// Keeps a component in the palette: as a new one, or as the next version of the one of its name.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn keep(self, component: &Component) -> Result<StoredComponent, ApiError> {
        let name = component.name.as_str();
        let newest = self.own.with_untracked(|own| own.iter().find(|own| own.name == name).map(|own| own.version));
        let body = SaveComponent { component: Some(component_to_value(component)), text: None };
        let path = format!("/api/components/{}", segment(name));
        let saved = match newest {
            Some(version) => client::put_if_match(&path, u64::from(version), &body).await,
            None => client::put_new(&path, &body).await,
        };
        // A refusal may mean that the palette here is not the server's any more.
        self.load().await;
        saved
    }

    /// Takes an own component out of the palette.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn delete(self, name: &str) -> Result<(), ApiError> {
        let done = client::delete(&format!("/api/components/{}", segment(name))).await;
        self.load().await;
        done
    }

    /// Adds the library at an address or in a folder.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn add_library(self, source: &str) -> Result<Library, ApiError> {
        let added = client::post("/api/libraries", &AddLibrary { source: String::from(source) }).await;
        self.load().await;
        added
    }

    /// Has the server read a library again.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn refresh_library(self, id: &str) -> Result<(), ApiError> {
        let done = client::post_empty(&format!("/api/libraries/{}/refresh", segment(id))).await;
        self.load().await;
        done
    }

    /// Takes a library out of the palette.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn remove_library(self, id: &str) -> Result<(), ApiError> {
        let done = client::delete(&format!("/api/libraries/{}", segment(id))).await;
        self.load().await;
        done
    }
}
