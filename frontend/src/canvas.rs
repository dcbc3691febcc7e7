//! The canvas: nodes, wires, volumes and what floats over them. Views translate DOM events into actions and draw what the
//! store's signals say; they decide nothing.

pub mod canvas_view;

pub use canvas_view::CanvasView;
