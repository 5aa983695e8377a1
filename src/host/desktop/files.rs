//! Files that the person chooses in the desktop's own dialog (the XDG file chooser portal) or names by
//! their path: a picture to read, a text to keep.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use ashpd::desktop::ResponseError;
use ashpd::desktop::file_chooser::{FileFilter, SelectedFiles};
use holdfast_model::ports::{FileError, Files, KeepError, PICTURE_LIMIT};

use super::storage::{Disk, FileLayer, put};
use super::system::Visible;

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
        match Disk.read(path, PICTURE_LIMIT as u64) {
            Ok(Some(bytes)) if bytes.len() > PICTURE_LIMIT => Err(FileError::TooLarge),
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(FileError::Missing),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::PermissionDenied => FileError::Denied,
                io::ErrorKind::IsADirectory => FileError::Other("it is a folder".to_owned()),
                io::ErrorKind::InvalidInput => {
                    FileError::Other("it is not a regular file".to_owned())
                }
                io::ErrorKind::NotADirectory => FileError::Missing,
                _ => FileError::Other(error.to_string()),
            }),
        }
    }

    fn save_text(&self, name: &str, text: &str) -> Result<Option<PathBuf>, KeepError> {
        match choose_place(name)? {
            Some(path) => keep(&path, text).map(|()| Some(path)),
            None => Ok(None),
        }
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        match Disk.read(path, 0) {
            Ok(None) => keep(path, text),
            Ok(Some(_)) => Err(KeepError::Taken),
            Err(error) => Err(kept_from(&error)),
        }
    }
}

/// Puts a text under this name, whole and on the disk.
fn keep(path: &Path, text: &str) -> Result<(), KeepError> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    put(&Disk, path, text.as_bytes())
        .and_then(|()| Disk.sync_folder(folder))
        .map_err(|error| kept_from(&error))
}

fn kept_from(error: &io::Error) -> KeepError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => KeepError::Denied,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => KeepError::NoFolder,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => KeepError::Full,
        io::ErrorKind::IsADirectory => KeepError::Other("it is a folder".to_owned()),
        io::ErrorKind::InvalidInput => KeepError::Other("it is not a regular file".to_owned()),
        _ => KeepError::Other(error.to_string()),
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

/// The path that a person typed or pasted: quoted or not, from the `home` folder with `~`, or as a
/// `file:` URI.
pub fn path_typed(text: &str, home: Option<PathBuf>) -> PathBuf {
    let text = text.trim();
    let bare = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text);
    match (bare.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => path_of(bare).unwrap_or_else(|| PathBuf::from(bare)),
    }
}

/// The path in a `file:` URI (RFC 8089); `None` where it is no such URI.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    let path = &path[path.find('/')?..];
    let bytes = percent_encoding::percent_decode_str(path).collect();
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_is_understood_as_people_write_it() {
        let paths = [
            (" /a b/x.png\n", "/a b/x.png"),
            ("~/x.png", "/home/ada/x.png"),
            ("'~/a b.png'", "/home/ada/a b.png"),
            ("\"/it's.png\"", "/it's.png"),
            ("file:///a%20b.png", "/a b.png"),
            ("x.png", "x.png"),
            ("'", "'"),
        ];
        for (text, path) in paths {
            assert_eq!(path_typed(text, Some("/home/ada".into())), PathBuf::from(path), "{text}");
        }
    }

    #[test]
    fn a_file_uri_becomes_its_path() {
        let paths = [
            ("file:///home/a%20b/%C3%A9.png", Some("/home/a b/é.png")),
            ("file://localhost/x.png", Some("/x.png")),
            ("file://", None),
            ("trash:///x.png", None),
        ];
        for (uri, path) in paths {
            assert_eq!(path_of(uri), path.map(PathBuf::from), "{uri}");
        }
    }
}
