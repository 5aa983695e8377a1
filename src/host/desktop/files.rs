//! Files that the person chooses in the desktop's own dialog (the XDG file chooser portal) or names by
//! their path: a picture to read, a text to keep.

use std::path::{Path, PathBuf};

use ashpd::desktop::ResponseError;
use ashpd::desktop::file_chooser::{FileFilter, SelectedFiles};
use holdfast_model::ports::{FileError, Files, KeepError};

use super::picture::{self, path_of};
use super::text_file;
use super::visible::Visible;

/// The picture files of the desktop.
#[derive(Debug, Clone, Copy, Default)]
pub struct DesktopFiles;

impl Files for DesktopFiles {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        match choose()? {
            Some(path) => self.read_picture(&path).map(Some),
            None => Ok(None),
        }
    }

    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        picture::read(path)
    }

    fn save_text(&self, name: &str, text: &str) -> Result<Option<PathBuf>, KeepError> {
        match choose_place(name)? {
            Some(path) => text_file::replace(&path, text).map(|()| Some(path)),
            None => Ok(None),
        }
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        text_file::write_new(path, text)
    }
}

/// Asks the person for a place, and waits; `None` where they close the dialog.
fn choose_place(name: &str) -> Result<Option<PathBuf>, KeepError> {
    let asked = {
        let _visible = Visible::for_now();
        ashpd::zbus::block_on(async {
            SelectedFiles::save_file()
                .title("Save the list of accounts")
                .accept_label("Save")
                .modal(true)
                .current_name(name)
                .send()
                .await?
                .response()
        })
    };
    chosen(asked).map_err(|NoDialog| KeepError::NoDialog)
}

/// Asks the person for a picture, and waits; `None` where they close the dialog.
fn choose() -> Result<Option<PathBuf>, FileError> {
    let asked = {
        let _visible = Visible::for_now();
        ashpd::zbus::block_on(async {
            SelectedFiles::open_file()
                .title("Choose a picture of the barcode")
                .accept_label("Open")
                .modal(true)
                .multiple(false)
                .filter(FileFilter::new("Pictures").mimetype("image/*"))
                .filter(FileFilter::new("All files").glob("*"))
                .send()
                .await?
                .response()
        })
    };
    chosen(asked).map_err(|NoDialog| FileError::NoDialog)
}

/// The system has no dialog.
struct NoDialog;

/// What a dialog answers; `None` where it was closed.
fn chosen(asked: Result<SelectedFiles, ashpd::Error>) -> Result<Option<PathBuf>, NoDialog> {
    match asked {
        Ok(chosen) => Ok(chosen.uris().first().and_then(|uri| path_of(uri.as_str()))),
        Err(ashpd::Error::Response(ResponseError::Cancelled)) => Ok(None),
        Err(_) => Err(NoDialog),
    }
}
