//! What is kept between two runs: the server of the last log-in, and a token for each server, which is
//! in the desktop's keyring where there is one, and else in the file.
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
use super::keyring;
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
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    /// As whom.
    pub email: String,
    /// What is shown to the server.
    pub token: Zeroizing<String>,
}

/// A log-in as the file has it.
#[derive(Serialize, Deserialize)]
struct Line {
    email: String,
    /// Not there where the keyring has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Zeroizing<String>>,
}

#[derive(Default, Serialize, Deserialize)]
struct Contents {
    /// The server of the last log-in.
    server: Option<String>,
    /// By server, so that no token is ever shown to another one.
    logins: BTreeMap<String, Line>,
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

    /// The server of the last log-in.
    pub fn server(&self) -> Option<&str> {
        self.contents.server.as_deref()
    }

    /// The log-in at a server.
    pub fn login(&self, server: &Address) -> Result<Login, Failure> {
        let Some(line) = self.contents.logins.get(server.as_str()) else {
            return Err(Failure::NotLoggedIn(server.clone()));
        };
        let token = match &line.token {
            Some(token) => Some(token.clone()),
            None => keyring::find(server.as_str()),
        };
        let token = token.ok_or_else(|| Failure::KeyringShut(server.clone()))?;
        Ok(Login { email: line.email.clone(), token })
    }

    /// Where the log-in at a server is kept: the file, or `None` for the keyring.
    pub fn file_with(&self, server: &Address) -> Option<&Path> {
        let line = self.contents.logins.get(server.as_str())?;
        line.token.as_ref().map(|_| self.path.as_path())
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
        let earlier = self.login(server).ok();
        let in_keyring = keyring::keep(server.as_str(), &login.token);
        let token = Some(login.token).filter(|_| !in_keyring);
        let line = Line { email: login.email, token };
        self.contents.logins.insert(server.as_str().to_owned(), line);
        self.contents.server = Some(server.as_str().to_owned());
        let written = self.write();
        if written.is_err() && in_keyring {
            keyring::forget(server.as_str());
        }
        written.map(|()| earlier)
    }

    /// Forgets the log-in at a server, and not the server.
    pub fn forget(&mut self, server: &Address) -> Result<(), Failure> {
        let line = self.contents.logins.remove(server.as_str());
        if line.is_some_and(|line| line.token.is_none()) {
            keyring::forget(server.as_str());
        }
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
