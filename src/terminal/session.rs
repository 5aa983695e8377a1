//! The vault, open for the length of one command; its changes are kept before they are told.

use holdfast_model::ports::{Clock, Expected, Memos, SaveError, Stamp, Storage};
use holdfast_model::retire::{self, Remains};
use holdfast_model::screen::{clock_remark, older_than_seen};
use holdfast_model::vault::{Memo, Passphrase, Vault};
use holdfast_model::{Found, OnDisk, OpenFailure, SetAside, dates};
use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use serde_json::json;

use super::args::Common;
use super::ask::{Source, letter};
use super::failure::{Exit, Failure};
use super::remark;
use crate::WRITTEN;
use crate::host::desktop::memos::StateFolder;
use crate::host::desktop::settings::SettingsFile;
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::{SystemClock, os_rng};

/// How often a passphrase may be mistyped at the terminal.
const TRIES: u32 = 3;
/// How often a change is made again because another program saved in between.
const RETRIES: u32 = 8;

const TAKEN_AWAY: &str =
    "The vault file was taken away meanwhile, so this was not saved; put it back, then try again.";

/// An open vault.
pub(super) struct Session<'a> {
    file: &'a VaultFile,
    memos: StateFolder,
    pub vault: Vault,
    stamp: Stamp,
    memo: Memo,
    pub now: UnixTime,
    rng: Box<dyn CryptoRng + Send>,
}

/// What a change comes to.
pub(super) enum Change<T> {
    /// The vault is different: keep it, then give this answer.
    Keep(T),
    /// Nothing is different after all.
    Nothing(T),
}

impl<'a> Session<'a> {
    /// Reads the vault file, asks for the passphrase and opens it.
    pub(super) fn open(file: &'a VaultFile, common: &Common) -> Result<Self, Failure> {
        Ok(Self::open_with(file, common)?.0)
    }

    /// The same, for what needs the passphrase once more.
    pub(super) fn open_with(
        file: &'a VaultFile,
        common: &Common,
    ) -> Result<(Self, Passphrase), Failure> {
        // What cannot be opened with any passphrase is told before one is asked for.
        find(file)?;
        let memos = memos(file);
        let (opened, passphrase) = unlock(file, &memos, Source::of(common))?;
        let OnDisk { vault, stamp, memo, forgetful, copies, .. } = opened;
        if let Some(reason) = forgetful {
            warn(common, "no_memo", &reason.to_string());
        }
        if let Some(sentence) = &copies.former {
            warn(common, "former_copy", sentence);
        }
        if let Some(stray) = &copies.stray {
            warn(common, "set_aside", &stray.to_string());
        }
        let (now, rng) = (SystemClock.now(), os_rng());
        let mut session = Self { file, memos, vault: *vault, stamp, memo, now, rng };
        let saved = session.vault.header().written_at();
        if let Some(sentence) = clock_remark(now, WRITTEN, Some(saved)) {
            warn(common, "clock", &sentence);
        }
        if session.memo.is_missed_by(&session.vault) {
            session.tell_of_older(common)?;
        }
        Ok((session, passphrase))
    }

    /// Tells of a file that is older than the newest one that this device saw. Where somebody can be
    /// asked, they say whether to go on, and then are not told again; a script goes on.
    fn tell_of_older(&mut self, common: &Common) -> Result<(), Failure> {
        let sentence = older_than_seen(self.vault.header(), &self.memo);
        warn(common, "older_copy", &sentence);
        match letter(common, "Go on with this older copy? (y/n)", &['y', 'n'])? {
            Some('y') => {
                self.memo.accept(&self.vault);
                self.keep_memo();
                Ok(())
            }
            Some(_) => Err(Failure::new(Exit::Other, "Stopped; nothing was changed.")),
            None => Ok(()),
        }
    }

    fn keep_memo(&self) {
        // It was told at the unlocking.
        let _ = self.memos.keep(&self.vault.seal_memo(&self.memo));
    }

    /// Changes the vault and saves it. Where another program saved in between, the change is made
    /// again on what that program left.
    pub(super) fn change<T>(
        &mut self,
        mut make: impl FnMut(&mut Vault, UnixTime, &mut dyn CryptoRng) -> Result<Change<T>, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..RETRIES {
            let mut changed = self.vault.clone();
            let answer = match make(&mut changed, self.now, &mut *self.rng)? {
                Change::Keep(answer) => answer,
                Change::Nothing(answer) => return Ok(answer),
            };
            let sealed = changed.seal(self.now, &mut *self.rng)?;
            match self.file.save(&sealed, Expected::Stamped(self.stamp)) {
                Ok(()) => {
                    self.vault = changed;
                    self.stamp = Stamp::of(&sealed);
                    self.memo.saw(&self.vault);
                    self.keep_memo();
                    return Ok(answer);
                }
                Err(SaveError::Conflict) => self.reload()?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(SaveError::Conflict.into())
    }

    /// What is lost with copies and trash, should the vault be destroyed.
    pub(super) fn aside(&self) -> Result<SetAside, Failure> {
        Ok(SetAside::of(&self.vault, self.file)?)
    }

    /// Destroys the vault file with all that was kept beside it and told, what this machine remembers of
    /// it, and the settings.
    pub(super) fn destroy(self, aside: &SetAside) -> Result<Remains, Failure> {
        let settings = settings();
        Ok(retire::retire(self.file, &self.memos, &settings, self.stamp, aside, self.now)?)
    }

    fn reload(&mut self) -> Result<(), Failure> {
        let id = self.vault.header().vault_id();
        let Found { sealed, .. } =
            Found::read(self.file, &self.memos).map_err(|failure| match failure {
                OpenFailure::Missing => match retire::ended(self.file, &self.memos, id) {
                    Some(ended) => SaveError::Retired(ended).into(),
                    None => Failure::new(Exit::NotSaved, TAKEN_AWAY),
                },
                other => other.into(),
            })?;
        self.vault = self.vault.reopen(&sealed)?;
        if self.memo.is_missed_by(&self.vault) {
            let sentence = older_than_seen(self.vault.header(), &self.memo);
            return Err(Failure::new(Exit::NotSaved, sentence));
        }
        self.stamp = Stamp::of(&sealed);
        Ok(())
    }
}

/// What this machine remembers.
pub(super) fn memos(file: &VaultFile) -> StateFolder {
    StateFolder::of(|name| std::env::var_os(name)).of_vault(file.path())
}

/// What was chosen on this machine.
pub(super) fn settings() -> SettingsFile {
    SettingsFile::at(SettingsFile::default_path(|name| std::env::var_os(name)))
}

/// Does the rest where a vault was being destroyed when the machine stopped, and says so.
pub(super) fn finish_retiring(file: &VaultFile, common: &Common) -> Result<(), Failure> {
    let finished = retire::finish(file, &memos(file), &settings(), SystemClock.now());
    let Some(remains) = finished.map_err(OpenFailure::HalfRetired)? else { return Ok(()) };
    let note = remains.of_note();
    let sentence = format!(
        "This machine stopped while a vault was being destroyed; the rest is destroyed now: {}. {note}",
        remains.gone.join(", ")
    );
    warn(common, "retired", sentence.trim_end());
    Ok(())
}

/// Says what is worth knowing beside the answer; for a script under a name.
pub(super) fn warn(common: &Common, code: &str, sentence: &str) {
    if common.json {
        let warning = json!({ "code": code, "message": sentence });
        remark(&json!({ "warning": warning }).to_string());
    } else {
        remark(&format!("holdfast: {sentence}"));
    }
}

/// Reads the vault file, and what this machine remembers of it.
fn find(file: &VaultFile) -> Result<Found, Failure> {
    Found::read(file, &memos(file)).map_err(|failure| match failure {
        OpenFailure::Missing => {
            let path = file.path().display();
            let gone = memos(file).was_here().map(|at| {
                format!(" One was there, last saved on {}; put it back.", dates::minute(at))
            });
            let sentence = format!(
                "There is no vault at {path}; check the path, or make a vault there with \
                 holdfast new.{}",
                gone.unwrap_or_default()
            );
            Failure::new(Exit::NoVault, sentence)
        }
        other => other.into(),
    })
}

fn unlock(
    file: &VaultFile,
    memos: &StateFolder,
    source: Source,
) -> Result<(OnDisk, Passphrase), Failure> {
    let mut tries = 1;
    loop {
        let passphrase = Passphrase::new(source.passphrase("Passphrase: ")?.as_str());
        // The person may have taken minutes: the file is read anew.
        let found = find(file)?;
        let opened = found.open(&passphrase, file, memos, SystemClock.now()).map_err(Failure::from);
        match opened {
            Ok(opened) => return Ok((opened, passphrase)),
            Err(failure)
                if failure.is_wrong_passphrase()
                    && matches!(source, Source::Terminal(_))
                    && tries < TRIES =>
            {
                tries += 1;
                remark("This passphrase does not open the vault; try again.");
            }
            Err(failure) => return Err(failure),
        }
    }
}
