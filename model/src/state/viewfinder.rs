//! The camera's page: what it shows beside the picture.

use super::Guide;
use crate::msg::{CameraError, CameraFacts};

/// The viewfinder, and the camera behind it.
#[derive(Default)]
pub(crate) struct Viewfinder {
    pub guide: Guide,
    /// The camera that runs, and what it can do; `None` until it has opened.
    pub camera: Option<CameraFacts>,
    /// Why there is no picture. The shell goes on trying: a camera can be connected again.
    pub failure: Option<CameraError>,
    /// Whether the lamp was switched on.
    pub torch: bool,
}
