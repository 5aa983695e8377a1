//! Files of the phone: what other apps have, through the system's own chooser, and paths that are typed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use holdfast_model::ports::{FileError, Files, KeepError};
use jni::{jni_sig, jni_str};

use super::content;
use super::door::{Door, intent};
use super::java::Java;
use crate::host::posix::{picture, text_file};

/// The files that the app may read and write.
pub(super) struct PhoneFiles {
    java: Java,
    door: Door,
}

impl PhoneFiles {
    pub(super) fn new(java: Java) -> Self {
        Self { door: Door::new(java.clone()), java }
    }

    fn write(&self, address: &str, text: &str) -> Result<(), KeepError> {
        let mut file = content::open(&self.java, address, true).map_err(|_| KeepError::Denied)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| match file.sync_all() {
            // Where the other app takes it through a pipe there is no disk to wait for.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            done => done,
        });
        written.map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => KeepError::Full,
            _ => KeepError::Other(error.to_string()),
        })
    }
}

impl Files for PhoneFiles {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        let chosen =
            self.door.ask(|env, _| intent(env, "android.intent.action.GET_CONTENT", "image/*"));
        match chosen {
            Ok(Some(address)) => content::read(&self.java, &address).map(Some),
            Ok(None) => Ok(None),
            Err(_) => Err(FileError::NoDialog),
        }
    }

    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        match path.to_str() {
            Some(address) if content::is_address(address) => content::read(&self.java, address),
            _ => picture::read(path),
        }
    }

    fn save_text(&self, name: &str, text: &str) -> Result<Option<PathBuf>, KeepError> {
        let kind = if name.ends_with(".html") { "text/html" } else { "text/plain" };
        let proposed = name.to_owned();
        let chosen = self.door.ask(move |env, _| {
            let intent = intent(env, "android.intent.action.CREATE_DOCUMENT", kind)?;
            let (title, proposed) =
                (env.new_string("android.intent.extra.TITLE")?, env.new_string(proposed)?);
            env.call_method(
                &intent,
                jni_str!("putExtra"),
                jni_sig!("(Ljava/lang/String;Ljava/lang/String;)Landroid/content/Intent;"),
                &[(&title).into(), (&proposed).into()],
            )?;
            Ok(intent)
        });
        match chosen {
            Ok(Some(address)) => {
                self.write(&address, text)?;
                // The address says nothing to a person, who has just chosen the place.
                Ok(Some(PathBuf::from(name)))
            }
            Ok(None) => Ok(None),
            Err(_) => Err(KeepError::NoDialog),
        }
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        text_file::write_new(path, text)
    }
}
