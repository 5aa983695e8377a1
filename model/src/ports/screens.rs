//! The screen: a barcode is often shown by a browser on the same device.

use super::ClipboardPicture;

/// The way to what the screen shows.
pub trait Screens {
    /// The screen as a picture; `None` where the system asked the person and they said no.
    fn picture(&self) -> Result<Option<ClipboardPicture>, ScreenError>;
}

/// A system that shows its screen to no program.
pub struct NoScreens;

impl Screens for NoScreens {
    fn picture(&self) -> Result<Option<ClipboardPicture>, ScreenError> {
        Err(ScreenError::Unavailable)
    }
}

/// Why the screen could not be seen, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScreenError {
    /// The system has no way for it.
    #[error(
        "This system does not let a program see the screen; take a screenshot, then paste it or \
         choose it as a picture."
    )]
    Unavailable,
    /// Anything else, in the system's words: short, without a full stop.
    #[error(
        "The screen could not be seen ({0}); take a screenshot, then paste it or choose it as a \
         picture."
    )]
    Other(String),
}
