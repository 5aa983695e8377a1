//! Small files of the operator's that hold a secret: a password, a private key.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the server meets the operator's files"
)]

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

/// Most bytes of such a file.
const MOST: u64 = 64 * 1024;

/// The text in it; else what is wrong with the file, and what to do.
pub fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = opened(path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(MOST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    match text.len() as u64 {
        0 => Err("it is empty".to_owned()),
        1..=MOST => Ok(text),
        _ => Err("it is too large for what is looked for in it".to_owned()),
    }
}

/// Whether it is a file that only its owner, and perhaps a group, reads.
pub fn is_private(path: &Path) -> Result<(), String> {
    opened(path).map(drop)
}

fn opened(path: &Path) -> Result<File, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("it is a folder".to_owned());
    }
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        return Err(format!("everybody on this machine may read it (mode {mode:o}); make it 0600"));
    }
    Ok(file)
}
