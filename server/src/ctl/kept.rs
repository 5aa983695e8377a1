//! What is kept between two runs: the server of the last log-in, and a token for each server.
#![expect(clippy::disallowed_methods, reason = "this is where the client meets its file")]

use std::collections::BTreeMap;
use std::env;
use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::address::Address;
use super::failure::Failure;
use super::pin::Pin;

const FILE: &str = "holdfastctl.json";
const NO_WAIT: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// The file and what is in it.
pub struct Kept {
    path: PathBuf,
    contents: Contents,
    /// The file was there already.
    pub existed: bool,
    /// Others could read it; the file has been closed to them.
    pub was_open: bool,
}

/// A log-in that lasts.
#[derive(Serialize, Deserialize)]
pub struct Login {
    /// As whom.
    pub email: String,
    /// What is shown to the server.
    pub token: Zeroizing<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Contents {
    /// The server of the last log-in.
    server: Option<String>,
    /// By server, so that no token is ever shown to another one.
    logins: BTreeMap<String, Login>,
    /// By server, the fingerprint of a certificate that no authority vouches for.
    #[serde(default)]
    pins: BTreeMap<String, String>,
}

impl Kept {
    /// Reads the file, if there is one.
    pub fn read() -> Result<Self, Failure> {
        let path = folder().ok_or(Failure::NoFolder)?.join(FILE);
        let failed = |reason| Failure::File { path: path.clone(), what: "read", reason };
        // Opening a pipe must not wait for somebody to write to it.
        let mut file = match File::options().read(true).custom_flags(NO_WAIT).open(&path) {
            Ok(file) => file,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                let contents = Contents::default();
                return Ok(Self { path, contents, existed: false, was_open: false });
            }
            Err(reason) => return Err(failed(reason)),
        };
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(Failure::FileIsNone(path));
        }
        let was_open = about.permissions().mode() & 0o077 != 0;
        if was_open {
            file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
        }
        let mut text = Zeroizing::new(Vec::new());
        file.read_to_end(&mut text).map_err(failed)?;
        match serde_json::from_slice(&text) {
            Ok(contents) => Ok(Self { path, contents, existed: true, was_open }),
            Err(_) => Err(Failure::FileDamaged(path)),
        }
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The server of the last log-in.
    pub fn server(&self) -> Option<&str> {
        self.contents.server.as_deref()
    }

    /// The log-in at a server.
    pub fn login(&self, server: &Address) -> Option<&Login> {
        self.contents.logins.get(server.as_str())
    }

    /// The pinned certificate of a server.
    pub fn pin(&self, server: &Address) -> Option<&str> {
        self.contents.pins.get(server.as_str()).map(String::as_str)
    }

    /// Remembers it with the next log-in.
    pub fn pin_to(&mut self, server: &Address, pin: &Pin) {
        self.contents.pins.insert(server.as_str().to_owned(), pin.to_string());
    }

    /// Keeps a log-in, and returns the one that it replaces.
    pub fn remember(&mut self, server: &Address, login: Login) -> Result<Option<Login>, Failure> {
        let earlier = self.contents.logins.insert(server.as_str().to_owned(), login);
        self.contents.server = Some(server.as_str().to_owned());
        self.write()?;
        Ok(earlier)
    }

    /// Forgets the log-in at a server, and not the server.
    pub fn forget(&mut self, server: &Address) -> Result<(), Failure> {
        self.contents.logins.remove(server.as_str());
        self.write()
    }

    /// Whole or not at all, and readable by nobody else at any moment.
    fn write(&self) -> Result<(), Failure> {
        let failed = |reason| Failure::File { path: self.path.clone(), what: "written", reason };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let text = serde_json::to_vec_pretty(&self.contents).map_err(io::Error::from);
        let text = Zeroizing::new(text.map_err(failed)?);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        // Made with mode 0600.
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        beside.write_all(&text).map_err(failed)?;
        beside.as_file().sync_all().map_err(failed)?;
        beside.persist(&self.path).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// `$XDG_CONFIG_HOME/holdfast`, or `~/.config/holdfast`; relative paths do not count (XDG base
/// directory specification).
fn folder() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(config.join("holdfast"))
}
