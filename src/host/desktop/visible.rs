//! Letting the desktop's portal look at this process while it asks who is calling.

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Lets other programs of the same person look at this process while it lives, and keeps them out
/// again when it is dropped, if they were kept out before.
///
/// The desktop portal asks `/proc/PID/root` who is calling and refuses a process that it may not
/// look at, so that the file dialog would never appear.
#[derive(Debug)]
pub(super) struct Visible {
    was: Option<DumpableBehavior>,
}

impl Visible {
    pub(super) fn for_now() -> Self {
        let was = rustix::process::dumpable_behavior().ok();
        // Where this fails the dialog fails too, and says so.
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
        Self { was }
    }
}

impl Drop for Visible {
    fn drop(&mut self) {
        if let Some(DumpableBehavior::NotDumpable) = self.was {
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
    }
}
