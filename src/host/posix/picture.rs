//! Picture files read by their path, and paths as people write them.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use holdfast_model::ports::{FileError, PICTURE_LIMIT};

use super::storage::{Disk, FileLayer};

/// The bytes of a picture file, whatever is in it.
///
/// # Errors
/// It is not there, not a file, too large, or the system does not give it.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    match Disk.read(path, PICTURE_LIMIT as u64) {
        Ok(Some(bytes)) if bytes.len() > PICTURE_LIMIT => Err(FileError::TooLarge),
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(FileError::Missing),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::PermissionDenied => FileError::Denied,
            io::ErrorKind::IsADirectory => FileError::Other("it is a folder".to_owned()),
            io::ErrorKind::InvalidInput => FileError::Other("it is not a regular file".to_owned()),
            io::ErrorKind::NotADirectory => FileError::Missing,
            _ => FileError::Other(error.to_string()),
        }),
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
pub(in crate::host) fn path_of(uri: &str) -> Option<PathBuf> {
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
