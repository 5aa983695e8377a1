//! One decoded barcode and the place where it was seen.

use super::FoundText;

/// A corner in pixels, from the top left of the plane that was read.
pub(super) type Corner = (f32, f32);

/// What a decoder read, and the corners of the code, in order around it.
pub(super) struct Reading {
    pub text: FoundText,
    pub corners: [Corner; 4],
}

impl Reading {
    pub fn new(text: String, corners: [Corner; 4]) -> Self {
        Self { text: FoundText::new(text), corners }
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
    pub fn same_place(&self, other: &Self) -> bool {
        contains(&self.corners, middle(&other.corners))
            || contains(&other.corners, middle(&self.corners))
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
