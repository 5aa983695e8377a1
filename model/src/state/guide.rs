//! The one sentence under the viewfinder: what stands between the camera and an account.
//!
//! Frames differ from one to the next, a sentence must not. So a sentence is said when it has been
//! true for [`SETTLED`] of the last two seconds, and stays for two seconds at least.

use std::collections::VecDeque;
use std::time::Duration;

use crate::intake::Refusal;
use crate::scan::Sight;
use crate::vault::EntryId;

/// What a frame says about what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Nothing in it looks like a barcode.
    NoCode,
    /// It shows next to nothing at all.
    TooDark,
    /// The frame was not read to its end in its time.
    Late,
    /// There is a barcode, of too few pixels.
    TooSmall,
    /// There is a barcode, large enough, and it could not be read.
    Unclear,
    /// A barcode that enrols nothing.
    Refused(Refusal),
    /// A barcode whose account is here already.
    Known(EntryId),
    /// A time barcode that moves nothing, or not yet; or a part of a list that is not whole.
    Told(String),
}

/// What the frames so far come to.
#[derive(Default)]
pub(crate) struct Guide {
    /// What each frame of the last two seconds said, and when; the first is from before them.
    recent: VecDeque<(Duration, Advice)>,
    /// The last frame that said more than those after it.
    telling: Option<(Duration, Advice)>,
    /// What is said, and since when.
    said: Option<(Duration, Advice)>,
}

/// How long something must have been so, and how long a sentence stays at least.
const WINDOW: Duration = Duration::from_secs(2);
/// The part of that time in which it must have been so.
const SETTLED: f64 = 0.75;
/// A barcode that was seen is still there while a frame or two show less of it.
const HELD: Duration = Duration::from_millis(700);
/// After so long without a frame, nothing is known of the time between.
const GAP: Duration = Duration::from_millis(1500);
/// The most frames that are kept: two seconds of the quickest cameras.
const MOST_FRAMES: usize = 256;

/// Fewer pixels to a module than this are too few for a steady reading, and where they are said to
/// be too few, a little more are needed until they are not.
const SMALL: (f32, f32) = (2.4, 2.9);
/// The same for the brightness of a frame's brightest hundredth.
const DARK: (u8, u8) = (60, 80);

impl Guide {
    /// What is to be said; nothing before it is settled.
    pub fn said(&self) -> Option<&Advice> {
        self.said.as_ref().map(|(_, advice)| advice)
    }

    /// A frame in which nothing was read, and what it looks like where there was time to look; `at` is the
    /// camera's own time.
    pub fn sighted(&mut self, sight: Option<Sight>, at: Duration) {
        let advice = sight.map_or(Advice::Late, |sight| self.judge(&sight));
        self.take(advice, at);
    }

    /// A frame said this; `at` is the camera's own time.
    pub fn take(&mut self, advice: Advice, at: Duration) {
        let last = self.recent.back().map_or(Duration::ZERO, |(at, _)| *at);
        if at < last || at - last > GAP {
            self.recent.clear();
            self.telling = None;
        }
        let advice = match &self.telling {
            Some((then, telling)) if telling.tells() > advice.tells() && at - *then <= HELD => {
                telling.clone()
            }
            _ => {
                self.telling = Some((at, advice.clone()));
                advice
            }
        };
        self.recent.push_back((at, advice));
        let start = at.saturating_sub(WINDOW);
        let is_over = |recent: &VecDeque<(Duration, Advice)>| {
            recent.len() > MOST_FRAMES || recent.get(1).is_some_and(|(at, _)| *at <= start)
        };
        while is_over(&self.recent) {
            self.recent.pop_front();
        }
        self.settle(at);
    }

    /// What a frame alone says, by the mark that what is said now sets.
    fn judge(&self, sight: &Sight) -> Advice {
        if let Some(split) = sight.split {
            return Advice::Told(split.to_string());
        }
        let (small, large) = SMALL;
        let (dark, light) = DARK;
        let too_small = if self.said() == Some(&Advice::TooSmall) { large } else { small };
        let too_dark = if self.said() == Some(&Advice::TooDark) { light } else { dark };
        match sight.module {
            Some(module) if module < too_small => Advice::TooSmall,
            Some(_) => Advice::Unclear,
            None if sight.brightest < too_dark => Advice::TooDark,
            None => Advice::NoCode,
        }
    }

    fn settle(&mut self, now: Duration) {
        let (Some((first, _)), Some((_, newest))) = (self.recent.front(), self.recent.back())
        else {
            return;
        };
        // Two barcodes that enrol nothing may take turns: then one of the two is named, and goes on being so.
        let is_seen = |advice: &Advice| self.recent.iter().any(|(_, recent)| recent == advice);
        let stays = |(since, advice): &(Duration, Advice)| {
            advice == newest
                || now.saturating_sub(*since) < WINDOW
                || advice.is_like(newest) && is_seen(advice)
        };
        if now - *first < WINDOW || self.said.as_ref().is_some_and(stays) {
            return;
        }
        // Each frame counts for the time until the next one.
        let until = self.recent.iter().skip(1).map(|(at, _)| *at);
        let so = self.recent.iter().zip(until);
        let so =
            so.filter(|((_, advice), _)| advice.is_like(newest)).map(|((from, _), to)| to - *from);
        if so.sum::<Duration>() >= (now - *first).mul_f64(SETTLED) {
            self.said = Some((now, newest.clone()));
        }
    }
}

impl Advice {
    /// Whether both say the same, or each that something was read which leads no further.
    fn is_like(&self, other: &Self) -> bool {
        self == other || self.tells() == 2 && other.tells() == 2
    }

    /// How much it tells: what was read more than what was seen, and that more than nothing.
    fn tells(&self) -> u8 {
        match self {
            Self::NoCode | Self::TooDark | Self::Late => 0,
            Self::TooSmall | Self::Unclear => 1,
            Self::Refused(_) | Self::Known(_) | Self::Told(_) => 2,
        }
    }
}
