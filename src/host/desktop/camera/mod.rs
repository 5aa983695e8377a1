//! The desktop's cameras: devices, and recordings played as if they were one.

mod device;
mod recording;

use std::path::PathBuf;

use holdfast_model::CameraError;

use crate::host::camera::Camera;

pub use device::{Device, list};

/// Which camera to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A device of the machine; the first one where none is named.
    Device(Option<Device>),
    /// A picture, a folder of pictures or a Y4M film, in real time and over again.
    Recording(PathBuf),
}

impl Source {
    /// Opens it; this blocks, and so does the camera.
    ///
    /// # Errors
    /// One sentence on why it cannot be used.
    pub fn open(&self) -> Result<Box<dyn Camera>, CameraError> {
        match self {
            Self::Device(device) => device::open(device.as_ref()),
            Self::Recording(path) => recording::open(path),
        }
    }
}
