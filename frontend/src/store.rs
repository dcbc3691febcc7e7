//! The one bridge from the pure editor to signals.
