//! The desktop's cameras: devices, and recordings played as if they were one.

mod controls;
mod device;
mod memory;
mod plain;
mod recording;

use std::path::PathBuf;

use holdfast_model::{CameraError, CameraFacts};

use crate::host::camera::{Camera, Cameras, Opening};

pub use device::{Device, list};
pub use memory::Remembered;

/// The cameras of the machine, and which of them the person chose.
pub struct Devices {
    remembered: Remembered,
}

impl Devices {
    /// The cameras of the machine, with the choice kept in this file.
    #[must_use]
    pub fn new(remembered: Remembered) -> Self {
        Self { remembered }
    }
}

impl Cameras for Devices {
    fn open(&self, chosen: Option<&str>) -> Opening {
        let devices = list();
        let place = |name: &str| devices.iter().position(|device| device.name == name);
        if let Some(name) = chosen {
            self.remembered.keep(name);
        }
        // A camera that is away gives way to the first one, and is used again when it is back.
        let wanted = chosen.map(str::to_owned).or_else(|| self.remembered.name());
        let used = wanted.as_deref().and_then(place).or((!devices.is_empty()).then_some(0));
        let opened = match used {
            Some(used) => device::open(&devices[used]),
            None => Err(CameraError::Missing),
        };
        let mut facts = CameraFacts {
            cameras: devices.into_iter().map(|device| device.name).collect(),
            used,
            ..CameraFacts::default()
        };
        let camera = opened.map(|(camera, controls)| {
            (facts.torch, facts.focus) = (controls.has_torch(), controls.has_focus());
            camera
        });
        Opening { facts, camera }
    }
}

/// A recording in the place of the camera: a picture, a folder of pictures, a Y4M or a motion-JPEG
/// film, in real time and over again.
pub struct Recording(pub PathBuf);

impl Cameras for Recording {
    fn open(&self, _chosen: Option<&str>) -> Opening {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let facts = CameraFacts { cameras: vec![name], used: Some(0), ..CameraFacts::default() };
        Opening { facts, camera: recording::open(&self.0) }
    }
}

/// A camera, boxed.
fn boxed<C: Camera + 'static>(camera: C) -> Box<dyn Camera> {
    Box::new(camera)
}
