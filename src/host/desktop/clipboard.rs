//! The desktop's clipboard, over X11 or a Wayland compositor's data control.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use arboard::{Clipboard, Error, SetExtLinux};
use holdfast_model::SecretText;
use holdfast_model::ports::{self, ClipboardError, ClipboardPicture};

use super::copied;
use super::picture::path_of;

/// The kinds of pictures that are read, and that programs offer; the first that is offered is taken.
const KINDS: [&str; 6] =
    ["image/png", "image/bmp", "image/webp", "image/jpeg", "image/tiff", "image/gif"];

/// The clipboard of the desktop. It is reached when it is first used, and kept from then on: under
/// X11 a text is on the clipboard only as long as the program that put it there answers for it.
#[derive(Default)]
pub struct DesktopClipboard {
    reached: Mutex<Option<Clipboard>>,
}

impl DesktopClipboard {
    fn with<T>(
        &self,
        act: impl FnOnce(&mut Clipboard) -> Result<T, Error>,
    ) -> Result<T, ClipboardError> {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match reached.take() {
            Some(clipboard) => clipboard,
            None => Clipboard::new().map_err(in_words)?,
        };
        act(reached.insert(clipboard)).map_err(|error| {
            // A display that went away does not come back on the same connection.
            if matches!(error, Error::Unknown { .. }) {
                *reached = None;
            }
            in_words(error)
        })
    }
}

impl ports::Clipboard for DesktopClipboard {
    fn text(&self) -> Result<Option<SecretText>, ClipboardError> {
        self.with(|clipboard| some_content(clipboard.get_text().map(SecretText::from)))
    }

    fn picture(&self) -> Result<Option<ClipboardPicture>, ClipboardError> {
        Ok(copied::first_of(&KINDS).map(ClipboardPicture::Encoded))
    }

    fn files(&self) -> Result<Vec<PathBuf>, ClipboardError> {
        let listed = self.with(|clipboard| some_content(clipboard.get().file_list()));
        if let Ok(Some(listed)) = listed
            && !listed.is_empty()
        {
            return Ok(listed);
        }
        // A terminal or a browser copies the address of a file as a text.
        let named = self.text()?.and_then(|text| path_of(text.as_str().trim()));
        Ok(named.into_iter().collect())
    }

    fn set_text(&self, text: &SecretText, sensitive: bool) -> Result<(), ClipboardError> {
        self.with(|clipboard| {
            let set = clipboard.set();
            let set = if sensitive { set.exclude_from_history() } else { set };
            set.text(text.as_str())
        })
    }

    fn clear_if_unchanged(&self, text: &SecretText) -> Result<bool, ClipboardError> {
        self.with(|clipboard| {
            let unchanged = some_content(clipboard.get_text().map(SecretText::from))?
                .is_some_and(|present| present == *text);
            if unchanged {
                clipboard.clear()?;
            }
            Ok(unchanged)
        })
    }
}

/// `None` where the clipboard holds nothing of the kind that was asked for.
fn some_content<T>(content: Result<T, Error>) -> Result<Option<T>, Error> {
    match content {
        Ok(content) => Ok(Some(content)),
        Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
        Err(error) => Err(error),
    }
}

fn in_words(error: Error) -> ClipboardError {
    ClipboardError(match error {
        Error::ClipboardNotSupported => "this desktop offers none".to_owned(),
        Error::ClipboardOccupied => "another program is using it".to_owned(),
        Error::Unknown { .. } => "the display does not answer".to_owned(),
        _ => "it holds something unexpected".to_owned(),
    })
}
