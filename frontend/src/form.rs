//! Typed fields: one component for the inspector, the run form and the multi-edit.
