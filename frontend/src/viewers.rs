//! Artifacts looked at: metrics, matrix, curve, table, picture, text.
