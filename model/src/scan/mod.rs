//! Reading barcodes: pixels in, texts out.
//!
//! [`read`] takes one camera frame and is quick enough for every frame; [`read_still`] takes a
//! picture and tries everything there is. Both are pure: they know no clock, file or camera.
//! [`Desk`] runs them on a thread of their own and gives up on what takes too long.

mod black;
mod corner;
mod desk;
mod finders;
mod found;
mod grey;
mod grid;
pub mod luma;
pub mod picture;
mod quirc;
mod reading;
mod rings;
mod sight;
pub mod stages;
mod zxing;

pub use desk::{Desk, OutOfTime, STILL_DEADLINE};
pub use found::{Found, FoundText, Split};
pub use luma::{Luma, LumaError};
pub use picture::{Picture, PictureError};
pub use sight::Sight;

use grey::Grey;
use reading::Readings;
use stages::{IN_TURN, LAST, ON_DARK, PALE, STEADY, Stage};

/// Reads the barcodes in one camera frame, as the first of a row of frames.
pub fn read(luma: &Luma<'_>) -> Found {
    read_frame(luma, 0)
}

/// Reads the barcodes in frame number `turn` of a row of frames: the steady stages, one of those for little
/// contrast, and one of the others in turn, now and then one for dark pages. Stops at the first stage that reads
/// anything.
pub fn read_frame(luma: &Luma<'_>, turn: usize) -> Found {
    read_frame_while(&Grey::copy(luma), turn, &|_| true, anything)
}

/// Reads a frame as [`read_frame`] does and, where nothing is read, says what it looks like: all that the app
/// does with a frame.
pub fn look_at_frame(luma: &Luma<'_>, turn: usize) -> (Found, Option<Sight>) {
    look_while(&Grey::copy(luma), turn, &|_| true, anything)
}

/// Reads the barcodes in a picture that has been saved, such as a screenshot, however long it takes.
pub fn read_still(picture: &Picture) -> Found {
    read_still_while(picture, &|_| true, anything)
}

/// Reads the barcodes in a grey plane as [`read_still`] does, such as a frame that was held on to.
pub fn read_still_plane(luma: &Luma<'_>) -> Found {
    let mut readings = Readings::default();
    read_sizes(&mut readings, &Grey::copy(luma).sizes(), &|_| true, anything);
    readings.into_found()
}

/// Runs one stage alone, for measuring.
pub fn read_with(stage: &Stage, luma: &Luma<'_>) -> Found {
    let mut readings = Readings::default();
    readings.run(stage, &Grey::copy(luma));
    readings.into_found()
}

/// Asked before each stage whether it may run.
type MayRun<'a> = &'a dyn Fn(&Stage) -> bool;

/// Asked of a text whether it is one that is looked for: while none is, the search goes on.
type Wanted = fn(&str) -> bool;

fn anything(_: &str) -> bool {
    true
}

fn look_while(
    grey: &Grey,
    turn: usize,
    may_run: MayRun<'_>,
    wanted: Wanted,
) -> (Found, Option<Sight>) {
    let found = read_frame_while(grey, turn, may_run, wanted);
    let sight = found.is_empty().then(|| Sight::of(grey, found.split));
    (found, sight)
}

fn read_frame_while(grey: &Grey, turn: usize, may_run: MayRun<'_>, wanted: Wanted) -> Found {
    let mut readings = Readings::default();
    // What covers most of a picture may yet be no page.
    let for_the_other_page = turn % 4 == 3;
    let pale = &PALE[usize::from(grey.has_dark_page() == for_the_other_page)];
    // A dark page may hide its code's edge.
    let every = if grey.is_dark() { 2 } else { 3 };
    let dark_turns = turn / every;
    let in_turn = match turn % every == every - 1 {
        true => &ON_DARK[dark_turns % ON_DARK.len()],
        false => &IN_TURN[(turn - dark_turns) % IN_TURN.len()],
    };
    let stages = STEADY.iter().chain([pale, in_turn]);
    for stage in stages.filter(|stage| may_run(stage)) {
        readings.run(stage, grey);
        if readings.have(wanted) {
            break;
        }
    }
    readings.into_found()
}

/// The picture is laid over white where it is transparent, and over black if nothing is read so.
fn read_still_while(picture: &Picture, may_run: MayRun<'_>, wanted: Wanted) -> Found {
    let pages: &[u8] = if picture.is_opaque() { &[255] } else { &[255, 0] };
    let mut readings = Readings::default();
    for &page in pages {
        let whole = Grey {
            width: picture.width() as usize,
            height: picture.height() as usize,
            pixels: picture.luma_over(page),
        };
        read_sizes(&mut readings, &whole.sizes(), may_run, wanted);
        if readings.have(wanted) {
            break;
        }
    }
    readings.into_found()
}

/// Reads one picture in each of its sizes.
///
/// The steady stages all run even when one has read something: there may be a second code, and then
/// the person is asked which one is meant. The others run until something that is looked for is read: a
/// service shows the link to its app beside the code that is meant. The last ones, which may take without
/// an end, run only while nothing at all is read.
fn read_sizes(readings: &mut Readings, sizes: &[Grey], may_run: MayRun<'_>, wanted: Wanted) {
    let whole = sizes.last().map_or(0, |grey| grey.width);
    let each_size = |stages| {
        sizes.iter().flat_map(move |grey| {
            let stages: &[Stage] = stages;
            stages.iter().map(move |stage| (stage, grey))
        })
    };
    let steady = each_size(STEADY).chain(each_size(PALE));
    for (stage, grey) in steady.filter(|(stage, _)| may_run(stage)) {
        readings.run_in(stage, grey, whole);
    }
    for (stage, grey) in each_size(ON_DARK).chain(each_size(IN_TURN)) {
        if readings.have(wanted) {
            return;
        }
        if may_run(stage) {
            readings.run_in(stage, grey, whole);
        }
    }
    let last = sizes.iter().take(1).flat_map(|grey| LAST.iter().map(move |stage| (stage, grey)));
    for (stage, grey) in last {
        if readings.is_empty() && may_run(stage) {
            readings.run_in(stage, grey, whole);
        }
    }
}
