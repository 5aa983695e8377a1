//! Decoding on a thread of its own, with an end to one's patience.
//!
//! The decoders are other people's: some pictures make one run for a minute, and a thread cannot be
//! stopped from outside. So a decode that does not end is left behind; while it lives, the stage in
//! which it hangs is skipped. Should a second one hang elsewhere, nothing is read until one has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::grey::Grey;
use super::stages::Stage;
use super::{Found, Luma, MayRun, Picture, Sight, look_while, read_frame_while, read_still_while};
use crate::intake::is_of_use;

/// How long a person waits for a picture to be read.
pub const STILL_DEADLINE: Duration = Duration::from_millis(1500);

/// How many decodes may be left behind: the one that hangs, and one more that met it.
const MOST_LEFT_BEHIND: usize = 2;

/// A picture was not searched to its end, and nothing had been read in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This picture could not be searched to its end: it is very large, or this device very busy. Try again, or cut \
     out the part with the barcode."
)]
pub struct OutOfTime;

/// Where pictures and frames are read, one at a time: who comes second waits for the first.
///
/// It waits, and so depends on how fast the machine is; what is read without waiting is
/// [`read_still`](super::read_still). And it knows what the app is for: where only a link is read, or another
/// text that adds no account, it looks on for a barcode that does.
#[derive(Default)]
pub struct Desk {
    /// The decodes that were left behind and may still live; at most [`MOST_LEFT_BEHIND`].
    left_behind: Mutex<Vec<Arc<Progress>>>,
}

/// How far a decode has come, seen by both sides.
#[derive(Default)]
struct Progress {
    /// Set when nobody waits any longer: no further stage starts.
    given_up: AtomicBool,
    ended: AtomicBool,
    /// The name of the stage that runs.
    stage: Mutex<&'static str>,
}

impl Desk {
    /// A desk with nothing left behind.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a picture, and gives what has been read when `patience` is over.
    ///
    /// # Errors
    /// Nothing had been read by then.
    pub fn read_still(&self, picture: Picture, patience: Duration) -> Result<Found, OutOfTime> {
        let (found, whole) =
            self.run(patience, move |may_run| read_still_while(&picture, may_run, is_of_use));
        if whole || !found.is_empty() || found.split.is_some() { Ok(found) } else { Err(OutOfTime) }
    }

    /// Reads frame number `turn` of a row of frames, and gives what has been read when `patience`
    /// is over.
    pub fn read_frame(&self, luma: &Luma<'_>, turn: usize, patience: Duration) -> Found {
        let grey = Grey::copy(luma);
        self.run(patience, move |may_run| read_frame_while(&grey, turn, may_run, is_of_use)).0
    }

    /// Reads a frame as [`Desk::read_frame`] does and, where nothing is read, says what it looks
    /// like; nothing of either when `patience` is over.
    pub fn look_at_frame(
        &self,
        luma: &Luma<'_>,
        turn: usize,
        patience: Duration,
    ) -> (Found, Option<Sight>) {
        let grey = Grey::copy(luma);
        self.run(patience, move |may_run| look_while(&grey, turn, may_run, is_of_use)).0
    }

    /// What the work came to, and whether it had all the time that it needs.
    fn run<T: Default + Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(MayRun<'_>) -> T + Send + 'static,
    ) -> (T, bool) {
        let mut left_behind = self.left_behind.lock().unwrap_or_else(PoisonError::into_inner);
        left_behind.retain(|progress| !progress.ended.load(Ordering::Acquire));
        if left_behind.len() >= MOST_LEFT_BEHIND {
            return (T::default(), false);
        }
        let hanging: Vec<&str> = left_behind.iter().map(|progress| progress.stage()).collect();
        let progress = Arc::new(Progress::default());
        let (answer, answers) = mpsc::sync_channel(1);
        let theirs = Arc::clone(&progress);
        let started = thread::Builder::new().name("scan".into()).spawn(move || {
            let _ended = Ended(Arc::clone(&theirs));
            let may_run =
                |stage: &Stage| !hanging.contains(&stage.name) && theirs.starts(stage.name);
            // Nobody listens any longer when this comes late; then it is dropped here.
            let _ = answer.send(work(&may_run));
        });
        if started.is_err() {
            return (T::default(), false);
        }
        let in_time = answers.recv_timeout(patience);
        if !matches!(in_time, Err(RecvTimeoutError::Timeout)) {
            return (in_time.unwrap_or_default(), true);
        }
        progress.given_up.store(true, Ordering::Release);
        // The stage that runs may still end soon, and what was read before it is worth having.
        let late = answers.recv_timeout(patience / 3).unwrap_or_else(|_| {
            left_behind.push(progress);
            T::default()
        });
        (late, false)
    }
}

impl Progress {
    /// Notes that a stage starts, unless nobody waits any longer.
    fn starts(&self, stage: &'static str) -> bool {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        !self.given_up.load(Ordering::Acquire)
    }

    fn stage(&self) -> &'static str {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the decode has ended, also when it panicked.
struct Ended(Arc<Progress>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::FoundText;
    use super::super::stages::{LAST, STEADY};
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(30);

    fn one(text: &str) -> Found {
        Found { texts: vec![FoundText::new(text.into())], ..Found::default() }
    }

    #[test]
    fn a_decode_that_ends_in_time_is_answered() {
        let found = Desk::new().run(LONG, |may_run| {
            assert!(may_run(&STEADY[0]));
            one("text")
        });
        assert_eq!(found.0.texts, one("text").texts);
        assert!(found.1, "it had its time");
    }

    #[test]
    fn a_decode_that_panics_reads_nothing_and_leaves_the_desk_usable() {
        let desk = Desk::new();
        let broken = |_: MayRun<'_>| -> Found { panic!("a broken decoder") };
        assert!(desk.run(LONG, broken).0.is_empty());
        assert_eq!(desk.run(LONG, |_| one("text")).0.texts, one("text").texts);
    }

    #[test]
    fn what_was_read_before_the_patience_ended_is_kept() {
        let found = Desk::new().run(SHORT, |may_run| {
            while may_run(&STEADY[0]) {
                thread::yield_now();
            }
            one("early")
        });
        assert_eq!(found.0.texts, one("early").texts);
        assert!(!found.1, "what it may have missed is not known");
    }

    #[test]
    fn a_stage_that_hangs_is_skipped_until_it_has_ended() {
        let desk = Desk::new();
        let (release, hang) = mpsc::channel::<()>();
        let found = desk.run(SHORT, move |may_run| {
            assert!(may_run(&LAST[0]));
            let _ = hang.recv();
            one("late")
        });
        assert!(found.0.is_empty() && !found.1, "a late answer is dropped");
        let allowed = |desk: &Desk| {
            let (tell, told) = mpsc::channel();
            desk.run(LONG, move |may_run| {
                let _ = tell.send((may_run(&STEADY[0]), may_run(&LAST[0])));
                Found::default()
            });
            told.recv().unwrap()
        };
        assert_eq!(allowed(&desk), (true, false), "only the hanging stage is skipped");
        let (release_second, hang) = mpsc::channel::<()>();
        let found = desk.run(SHORT, move |may_run| {
            assert!(may_run(&STEADY[1]));
            let _ = hang.recv();
            one("late")
        });
        assert!(found.0.is_empty());
        assert!(
            desk.run(LONG, |_| one("text")).0.is_empty(),
            "nothing is read beside two that hang"
        );
        let picture = Picture::from_rgba(1, 1, vec![0; 4]).unwrap();
        let found = desk.read_still(picture, LONG);
        assert_eq!(found.err(), Some(OutOfTime), "which is not said to hold no barcode");
        drop(release_second);
        while desk.run(LONG, |_| one("text")).0.is_empty() {
            thread::yield_now();
        }
        assert_eq!(allowed(&desk), (true, false));
        drop(release);
        while allowed(&desk) != (true, true) {
            thread::yield_now();
        }
    }
}
