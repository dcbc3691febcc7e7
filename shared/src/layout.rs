//! Where nodes stand: the geometry of one node, and the automatic layout of all of them.
//! Pure arithmetic; nothing here changes a document.

pub mod geometry;
