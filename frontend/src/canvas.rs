//! The canvas: nodes, wires, volumes and what floats over them. Views translate DOM events into actions and draw what the
//! store's signals say; they decide nothing.

pub mod canvas_view;
pub mod clipboard;
pub mod context_menu;
pub mod gesture_view;
pub mod input;
pub mod minimap;
pub mod node_view;
pub mod overview_layer;
pub mod paint;
pub mod quick_add_view;
pub mod toolbar;
pub mod volume_view;
pub mod wire_view;

pub use canvas_view::CanvasView;
