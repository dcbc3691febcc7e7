//! The canvas: nodes, wires, volumes and what floats over them.
