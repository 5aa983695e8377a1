//! Other apps' files, which have addresses (`content:`) and no paths: the system opens them for whoever
//! the person gave them to.

#![expect(unsafe_code, reason = "the system gives an open file as a bare number")]

use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, OwnedFd};

use holdfast_model::ports::{FileError, PICTURE_LIMIT};
use jni::errors::Result;
use jni::{jni_sig, jni_str};

use super::java::Java;

/// Whether this is such an address.
pub(super) fn is_address(path: &str) -> bool {
    path.starts_with("content://")
}

/// The picture at this address.
pub(super) fn read(java: &Java, address: &str) -> std::result::Result<Vec<u8>, FileError> {
    // Java's own words quote the address.
    let file = open(java, address, false).map_err(|_| FileError::Missing)?;
    let mut bytes = Vec::new();
    match file.take(PICTURE_LIMIT as u64 + 1).read_to_end(&mut bytes) {
        Ok(length) if length > PICTURE_LIMIT => Err(FileError::TooLarge),
        Ok(_) => Ok(bytes),
        Err(error) => Err(FileError::Other(error.to_string())),
    }
}

/// Opens what is at this address, to read or to write it anew.
pub(super) fn open(java: &Java, address: &str, to_write: bool) -> Result<File> {
    let number = java.with(|env, activity| {
        let text = env.new_string(address)?;
        let uri = env
            .call_static_method(
                jni_str!("android/net/Uri"),
                jni_str!("parse"),
                jni_sig!("(Ljava/lang/String;)Landroid/net/Uri;"),
                &[(&text).into()],
            )?
            .l()?;
        let resolver = env
            .call_method(
                activity,
                jni_str!("getContentResolver"),
                jni_sig!("()Landroid/content/ContentResolver;"),
                &[],
            )?
            .l()?;
        let mode = env.new_string(if to_write { "wt" } else { "r" })?;
        let opened = env
            .call_method(
                &resolver,
                jni_str!("openFileDescriptor"),
                jni_sig!("(Landroid/net/Uri;Ljava/lang/String;)Landroid/os/ParcelFileDescriptor;"),
                &[(&uri).into(), (&mode).into()],
            )?
            .l()?;
        env.call_method(&opened, jni_str!("detachFd"), jni_sig!("()I"), &[])?.i()
    })?;
    // SAFETY: the number is that of an open file, which Java gave away and nobody else closes.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(number) }))
}
