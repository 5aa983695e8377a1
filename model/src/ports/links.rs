//! Links that the system's browser opens: the app itself has no network.

/// The way to the system's browser.
pub trait Links {
    /// Hands an https link to the system's browser.
    fn open(&self, link: &str) -> Result<(), LinkError>;
}

/// Why no browser opened a link, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("No browser could be opened; look the page up yourself: {0}")]
pub struct LinkError(pub String);

/// A system without a browser.
#[derive(Clone, Copy, Debug)]
pub struct NoLinks;

impl Links for NoLinks {
    fn open(&self, link: &str) -> Result<(), LinkError> {
        Err(LinkError(link.to_owned()))
    }
}
