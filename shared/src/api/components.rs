//! Components that the server keeps: the project's own, with versions, and libraries of others.

use serde::{Deserialize, Serialize};
use serde_json::Value;

api! {
    /// `GET /api/components`: the project's own components.
    pub struct ComponentList {
        /// By name.
        pub components: Vec<StoredComponent>,
    }

    /// An own component: answer of get and save.
    pub struct StoredComponent {
        /// Its name, which is the component's.
        pub name: String,
        /// The newest version, from 1; `If-Match` of the next save.
        pub version: u32,
        /// `sha256:` of the component.
        pub digest: String,
        /// The component as JSON, with its origin (`own/<name>@<version>#sha256=…`).
        pub component: Value,
        /// The versions that are kept, newest first, at most 50.
        pub versions: Vec<ComponentVersion>,
    }

    /// A version of an own component.
    pub struct ComponentVersion {
        /// Counts up from 1.
        pub version: u32,
        /// `sha256:` of the component.
        pub digest: String,
        /// Milliseconds since 1970.
        pub saved: u64,
    }

    /// `GET /api/components/{name}/versions/{version}`.
    pub struct ComponentText {
        /// Which one.
        pub version: ComponentVersion,
        /// The component as JSON, with its origin.
        pub component: Value,
        /// Its file as it was saved.
        pub text: String,
    }

    /// `PUT /api/components/{name}` with `If-Match: "<version>"`, or `If-None-Match: *` for a new one; 412
    /// `version-conflict` with the stored one otherwise. A component (JSON) or a file's text (YAML), one of the two.
    pub struct SaveComponent {
        /// The component as JSON.
        #[serde(default)]
        pub component: Option<Value>,
        /// A file's text. Its comments are kept.
        #[serde(default)]
        pub text: Option<String>,
    }

    /// `GET /api/libraries`.
    pub struct LibraryList {
        /// In the order they were added.
        pub libraries: Vec<Library>,
    }

    /// A library of components, as it was when last read.
    pub struct Library {
        /// Its id.
        pub id: String,
        /// Its heading in the palette: the list's own name, or the last part of its source.
        pub name: String,
        /// The address or folder that it is read from.
        pub source: String,
        /// When it was last read, in milliseconds since 1970.
        pub fetched: u64,
        /// Its components as JSON, each with its origin.
        pub components: Vec<Value>,
        /// Entries that could not be taken; the others were.
        pub problems: Vec<LibraryProblem>,
        /// Why reading it the last time was in vain: what it had before is kept.
        #[serde(default)]
        pub failure: Option<LibraryProblem>,
    }

    /// Why an entry of a library, or the whole of it, could not be read.
    pub struct LibraryProblem {
        /// The entry: an address or a file's path.
        pub place: String,
        /// What is wrong.
        pub message: String,
        /// How to mend it.
        pub hint: String,
    }

    /// `POST /api/libraries`: reads a library and adds it.
    pub struct AddLibrary {
        /// `https://…` of a list or of one component, or an absolute folder of the server's machine.
        pub source: String,
    }
}
