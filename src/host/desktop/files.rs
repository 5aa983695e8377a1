//! Picture files: chosen in the desktop's own dialog (the XDG file chooser portal), or read by path.

use std::path::{Path, PathBuf};

use ashpd::desktop::ResponseError;
use ashpd::desktop::file_chooser::{FileFilter, SelectedFiles};
use holdfast_model::ports::{FileError, Files};

use super::picture::{self, path_of};
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
    match asked {
        Ok(chosen) => Ok(chosen.uris().first().and_then(|uri| path_of(uri.as_str()))),
        Err(ashpd::Error::Response(ResponseError::Cancelled)) => Ok(None),
        Err(_) => Err(FileError::NoDialog),
    }
}
