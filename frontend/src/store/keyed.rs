//! A map of signals by key: a view subscribes to its own key only. Signals are made when first asked for, and freed when
//! their key goes. Setting wakes nobody while the map is locked.

use leptos::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// A signal for each key that somebody looks at.
pub struct Keyed<K, T: 'static>(Arc<Mutex<HashMap<K, ArcRwSignal<T>>>>);

impl<K, T> Clone for Keyed<K, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T> Default for Keyed<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash, T: Clone + PartialEq + Send + Sync + 'static> Keyed<K, T> {
    /// The key's signal, made from `now` when nobody has asked for it before.
    pub fn signal(&self, key: &K, now: impl FnOnce() -> T) -> ArcRwSignal<T> {
        if let Some(signal) = self.lock().get(key) {
            return signal.clone();
        }
        let signal = ArcRwSignal::new(now());
        self.lock().entry(key.clone()).or_insert(signal).clone()
    }

    /// Sets the key's signal, if somebody has asked for it and the value differs.
    pub fn set(&self, key: &K, value: impl FnOnce() -> T) {
        let signal = self.lock().get(key).cloned();
        if let Some(signal) = signal {
            let value = value();
            if signal.with_untracked(|old| *old != value) {
                signal.set(value);
            }
        }
    }

    /// Frees the key's signal.
    pub fn remove(&self, key: &K) {
        let gone = self.lock().remove(key);
        drop(gone);
    }

    /// The keys that somebody has asked for.
    pub fn keys(&self) -> Vec<K> {
        self.lock().keys().cloned().collect()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nobody has asked for any.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, ArcRwSignal<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Keyed;
    use leptos::prelude::*;

    #[test]
    fn a_signal_lives_from_the_first_question_to_the_end_of_its_key() {
        let keyed: Keyed<&str, i32> = Keyed::default();
        keyed.set(&"a", || panic!("nobody asked"));
        let signal = keyed.signal(&"a", || 1);
        keyed.set(&"a", || 2);
        assert_eq!(signal.get_untracked(), 2);
        assert_eq!(keyed.signal(&"a", || 9).get_untracked(), 2);
        keyed.remove(&"a");
        assert!(keyed.is_empty());
        // A row that is being taken down may still read what it holds.
        assert_eq!(signal.get_untracked(), 2);
    }
}
