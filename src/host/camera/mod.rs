//! The camera: frames from a device or a recording, shown as they come and read on a thread of their
//! own.
//!
//! The seam is two traits: [`Cameras`] opens one, [`Camera`] gives frames that lie where the device
//! put them. What follows is the same for all of them: a [`Feed`] turns each frame into the pixels
//! of the window, once, and hands its brightness to the reader when the reader is idle.

mod feed;
mod frame;
mod yuv;

use holdfast_model::{CameraError, CameraFacts};

pub use feed::{Feed, Seen};
pub use frame::{Frame, PREVIEW_WIDTH, Preview};
pub use yuv::{Chroma, Plane, Yuv};

/// The cameras of a machine, or a recording in their place.
pub trait Cameras: Send + Sync {
    /// Somebody came to the page that shows what a camera sees; what opens now is for them.
    fn begin(&self) {}

    /// Opens the camera of this name, which is remembered; without a name the one remembered, or
    /// the first. It blocks.
    fn open(&self, chosen: Option<&str>) -> Opening;
}

/// What came of opening a camera.
pub struct Opening {
    /// The cameras that there are, and which of them was opened or tried.
    pub facts: CameraFacts,
    /// The camera, or why there is none.
    pub camera: Result<Box<dyn Camera>, CameraError>,
}

/// Whatever delivers frames: a camera of the desktop or the phone, or a recording of one.
pub trait Camera {
    /// Waits for the next frame; `None` for one that was damaged on its way.
    ///
    /// # Errors
    /// One sentence on why there will be no more of them.
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError>;

    /// Switches the lamp on or off, where there is one.
    fn set_torch(&mut self, on: bool) {
        let _ = on;
    }

    /// Focuses anew, on this place of the picture (from 0 to 1 across and down) where the camera
    /// can be told one.
    fn focus_at(&mut self, across: f32, down: f32) {
        let _ = (across, down);
    }
}
