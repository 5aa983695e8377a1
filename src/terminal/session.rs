//! The vault, open for the length of one command; its changes are kept before they are told.

use std::io::{self, Write};

use holdfast_model::OpenFailure;
use holdfast_model::ports::{Clock, Expected, SaveError, Stamp, Storage};
use holdfast_model::vault::{Passphrase, Vault};
use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::args::Common;
use super::ask::Source;
use super::failure::{Exit, Failure};
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::{SystemClock, os_rng};

/// How often a passphrase may be mistyped at the terminal.
const TRIES: u32 = 3;
/// How often a change is made again because another program saved in between.
const RETRIES: u32 = 8;

/// An open vault.
pub(super) struct Session<'a> {
    file: &'a VaultFile,
    pub vault: Vault,
    stamp: Stamp,
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
        let sealed = file.load()?.ok_or_else(|| {
            let path = file.path().display();
            let sentence = format!(
                "There is no vault at {path}; check the path, or make a vault there with holdfast \
                 new."
            );
            Failure::new(Exit::NoVault, sentence)
        })?;
        // What is no vault at all is told before anybody types a passphrase for it.
        holdfast_model::vault::header_of(&sealed).map_err(|error| OpenFailure::of(error, file))?;
        let vault = unlock(file, &sealed, Source::of(common))?;
        let stamp = Stamp::of(&sealed);
        file.opened(stamp);
        Ok(Self { file, vault, stamp, now: SystemClock.now(), rng: os_rng() })
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
                    return Ok(answer);
                }
                Err(SaveError::Conflict) => self.reload()?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(SaveError::Conflict.into())
    }

    fn reload(&mut self) -> Result<(), Failure> {
        let sealed = self.file.load()?.ok_or(SaveError::Conflict)?;
        self.vault = self.vault.reopen(&sealed)?;
        self.stamp = Stamp::of(&sealed);
        Ok(())
    }
}

fn unlock(file: &VaultFile, sealed: &[u8], source: Source) -> Result<Vault, Failure> {
    let mut tries = 1;
    loop {
        let typed = source.passphrase("Passphrase: ")?;
        let opened = Vault::open(sealed, &Passphrase::new(typed.as_str()))
            .map_err(|error| Failure::from(OpenFailure::of(error, file)));
        match opened {
            Err(failure)
                if failure.is_wrong_passphrase()
                    && matches!(source, Source::Terminal)
                    && tries < TRIES =>
            {
                tries += 1;
                writeln!(io::stderr(), "This passphrase does not open the vault; try again.")?;
            }
            outcome => return outcome,
        }
    }
}
