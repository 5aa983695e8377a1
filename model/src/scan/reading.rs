//! One decoded barcode and the place where it was seen, and all of them together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::grey::Grey;
use super::stages::Stage;
use super::{Found, FoundText, Split};

/// A corner in pixels, from the top left of the plane that was read.
pub(super) type Corner = (f32, f32);

/// What a decoder read, and the corners of the code, in order around it.
pub(super) struct Reading {
    pub content: Content,
    pub corners: [Corner; 4],
}

/// What stands in a code.
pub(super) enum Content {
    Text(FoundText),
    Part(Split),
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(FoundText::new(text))
    }
}

impl Reading {
    pub fn new(content: impl Into<Content>, corners: [Corner; 4]) -> Self {
        Self { content: content.into(), corners }
    }

    /// The same reading in a plane that is `factor` times as large.
    pub fn scaled(mut self, factor: f32) -> Self {
        for (x, y) in &mut self.corners {
            *x *= factor;
            *y *= factor;
        }
        self
    }

    /// Whether this is the same code as `other`: the middle of either lies inside the other.
    ///
    /// Two decoders may render one code's bytes differently, so the texts alone do not tell.
    fn same_place(&self, other: &Self) -> bool {
        contains(&self.corners, middle(&other.corners))
            || contains(&other.corners, middle(&self.corners))
    }
}

/// What has been read so far, each code once.
#[derive(Default)]
pub(super) struct Readings {
    readings: Vec<Reading>,
    /// How many stages have panicked.
    broken: usize,
}

impl Readings {
    /// Whether nothing has been read.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// Whether a text that was read is one of those that are looked for.
    pub fn have(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.readings.iter().any(|reading| match &reading.content {
            Content::Text(text) => wanted(text.as_str()),
            Content::Part(_) => false,
        })
    }

    /// Runs a stage and says whether it read anything. A stage that panics has read nothing: the
    /// decoders are other people's, and some pictures break them.
    pub fn run(&mut self, stage: &Stage, grey: &Grey) -> bool {
        self.run_in(stage, grey, grey.width)
    }

    /// Runs a stage on a plane that stands for one `whole` pixels wide.
    pub fn run_in(&mut self, stage: &Stage, grey: &Grey, whole: usize) -> bool {
        let readings = catch_unwind(AssertUnwindSafe(|| stage.run(grey))).unwrap_or_else(|_| {
            self.broken += 1;
            Vec::new()
        });
        let any = !readings.is_empty();
        let factor = whole as f32 / grey.width as f32;
        for reading in readings.into_iter().map(|reading| reading.scaled(factor)) {
            if !self.readings.iter().any(|known| known.same_place(&reading)) {
                self.readings.push(reading);
            }
        }
        any
    }

    /// The texts, without repetition.
    pub fn into_found(self) -> Found {
        let mut found = Found { broken: self.broken, ..Found::default() };
        for reading in self.readings {
            match reading.content {
                Content::Text(text) => found.add(text),
                Content::Part(split) => found.split = found.split.or(Some(split)),
            }
        }
        found
    }
}

fn middle(corners: &[Corner; 4]) -> Corner {
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
    (sum.0 / 4.0, sum.1 / 4.0)
}

/// Whether `point` is on the same side of all four edges.
fn contains(corners: &[Corner; 4], (x, y): Corner) -> bool {
    let side = |index: usize| {
        let (from, to) = (corners[index], corners[(index + 1) % 4]);
        (to.0 - from.0) * (y - from.1) - (to.1 - from.1) * (x - from.0)
    };
    let sides = [side(0), side(1), side(2), side(3)];
    sides.iter().all(|&side| side >= 0.0) || sides.iter().all(|&side| side <= 0.0)
}
