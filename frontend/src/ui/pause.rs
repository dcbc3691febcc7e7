//! What is done once a person pauses: each new call puts the one before off, and a part that goes away takes its call along.

use leptos::prelude::*;
use std::time::Duration;

/// One call that waits for a pause. Copied freely; lives as long as the part that made it.
#[derive(Clone, Copy)]
pub struct AfterPause {
    pause: Duration,
    timer: StoredValue<Option<TimeoutHandle>, LocalStorage>,
}

impl AfterPause {
    /// With nothing waiting.
    pub fn new(pause: Duration) -> Self {
        let after = Self { pause, timer: StoredValue::new_local(None) };
        on_cleanup(move || after.cancel());
        after
    }

    /// Does it after the pause, unless called again before.
    pub fn run(self, act: impl FnOnce() + 'static) {
        self.cancel();
        let handle = set_timeout_with_handle(act, self.pause).ok();
        self.timer.try_set_value(handle);
    }

    /// Lets go what waits.
    pub fn cancel(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}
