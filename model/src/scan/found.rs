//! What was read in a picture.

use zeroize::Zeroizing;

/// The texts of every barcode that was read, in the order in which they were found.
///
/// Each text is there once, however often its code is in the picture. More than one text means that
/// the person has to say which code is meant.
#[derive(Debug, Default)]
pub struct Found {
    /// The texts, without repetition; empty when nothing could be read.
    pub texts: Vec<FoundText>,
    /// A part of a split barcode that was seen, if one was.
    pub split: Option<Split>,
    /// How many stages broke on it (panicked), and so read nothing. The app goes on; tests, the bench and the
    /// fuzzer ask.
    pub broken: usize,
}

/// One of several barcodes over which a text was split ("structured append"). What stands in it is nobody's
/// business: half a key looks like a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This is part {part} of {parts} of a barcode that was split, which Holdfast cannot put together; add the \
     account by the key that the service shows instead."
)]
pub struct Split {
    /// This part, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
}

/// The text of one barcode. It may carry a secret, so it is erased when it goes out of use and is
/// never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundText(Zeroizing<String>);

impl FoundText {
    /// Takes a decoded text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text as it stands in the barcode.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for FoundText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FoundText({} bytes, hidden)", self.0.len())
    }
}

impl Found {
    /// Adds a text unless it is there already.
    pub fn add(&mut self, text: FoundText) {
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
