//! One activity at a time. Another app that hands something over starts a second one in the same process, inside
//! its own task, and the toolkit serves one: the newest is the app, and the one before it ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use android_activity::{AndroidApp, AndroidAppWaker};

static NEWEST: AtomicUsize = AtomicUsize::new(0);
/// Held by the one that runs.
static RUNS: Mutex<()> = Mutex::new(());
/// Wakes the one that runs, so that it looks whether it still may.
static WAKER: Mutex<Option<AndroidAppWaker>> = Mutex::new(None);

/// The turn of one activity. The next one waits until it is dropped.
pub struct Turn {
    number: usize,
    _alone: MutexGuard<'static, ()>,
}

/// Which turn it is.
#[derive(Clone, Copy)]
pub(super) struct Number(usize);

impl Turn {
    /// Ends the activity before, if one runs, and waits until it has. Its vault is written and locked as when it is
    /// left; Android's own thread is not asked for that, and may wait for this one.
    #[must_use]
    pub fn take(app: &AndroidApp) -> Self {
        let number = NEWEST.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(waker) = &*waker() {
            waker.wake();
        }
        let alone = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the first look whether it is over: whoever comes now either finds this or is seen there.
        *waker() = Some(app.create_waker());
        Self { number, _alone: alone }
    }

    pub(super) fn number(&self) -> Number {
        Number(self.number)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *waker() = None;
    }
}

impl Number {
    /// Whether a newer activity waits for this one to end.
    pub(super) fn is_over(self) -> bool {
        NEWEST.load(Ordering::SeqCst) != self.0
    }
}

fn waker() -> MutexGuard<'static, Option<AndroidAppWaker>> {
    WAKER.lock().unwrap_or_else(PoisonError::into_inner)
}
