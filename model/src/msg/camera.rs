//! What is known of the camera, and why there is no picture.

/// The camera that is used, and the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraFacts {
    /// Every camera of the device by a name of its own, in the system's order.
    pub cameras: Vec<String>,
    /// The one that is used, as its place among them.
    pub used: Option<usize>,
    /// Whether it has a lamp.
    pub torch: bool,
    /// Whether it can be told where to focus, or to focus anew.
    pub focus: bool,
}

/// Why the camera cannot be used, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// The device has none, or this build cannot use one.
    #[error("No camera was found; choose a picture of the barcode instead, or type the key.")]
    Missing,
    /// The person or the system does not permit it.
    #[error(
        "Holdfast may not use the camera; permit it in the system's settings, or choose a picture."
    )]
    Denied,
    /// Another program uses it.
    #[error("Another program uses the camera; close it there, or choose a picture instead.")]
    Busy,
    /// It was there and is no longer.
    #[error("The camera was disconnected; connect it again, or choose a picture of the barcode.")]
    Unplugged,
    /// It runs, and sends no frames.
    #[error(
        "The camera sends no picture; disconnect it and connect it again, or choose a picture."
    )]
    Silent,
    /// It sends nothing that this program can read; the names of what it sends.
    #[error(
        "The camera sends its pictures in a form that Holdfast cannot read ({0}); choose another \
         camera, or a picture of the barcode."
    )]
    UnknownFormat(String),
    /// Anything else, in the system's words: short, without a full stop.
    #[error("The camera stopped ({0}); choose a picture of the barcode instead, or type the key.")]
    Other(String),
}

impl CameraError {
    /// The same where a move list is looked for: nobody can type that.
    pub fn for_list(&self) -> String {
        let instead = "choose a picture of the list or its file instead.";
        match self {
            Self::Missing => format!("No camera was found; {instead}"),
            Self::Other(why) => format!("The camera stopped ({why}); {instead}"),
            other => other.to_string(),
        }
    }
}
