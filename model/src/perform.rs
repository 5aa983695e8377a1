//! The one place where effects are done, through the ports.

use crate::msg::{CreateFailure, OnDisk, OpenFailure, ReadError};
use crate::ports::{ClipboardPicture, Expected, Ports, Stamp};
use crate::scan::{FoundText, Picture, PictureError, STILL_DEADLINE};
use crate::vault::{self, Vault};
use crate::{Effect, Msg};

/// Does one effect and gives its answer, if it has one. It blocks, and may take seconds: the shell
/// calls it on a worker thread.
pub fn perform(effect: Effect, ports: &impl Ports) -> Option<Msg> {
    Some(match effect {
        Effect::FindVault { ticket } => Msg::VaultFound { ticket, outcome: find(ports) },
        Effect::Create { ticket, passphrase, cost } => {
            Msg::Created { ticket, outcome: create(ports, &passphrase, cost) }
        }
        Effect::Open { ticket, passphrase } => {
            Msg::Opened { ticket, outcome: open(ports, &passphrase) }
        }
        Effect::Save { ticket, sealed, expected } => {
            Msg::Saved { ticket, outcome: ports.storage().save(&sealed, expected) }
        }
        Effect::Reload { ticket } => Msg::Reloaded { ticket, outcome: load(ports) },
        Effect::Look { ticket, known } => {
            let changed = |sealed: Vec<u8>| (Stamp::of(&sealed) != known).then_some(sealed);
            Msg::Looked { ticket, outcome: load(ports).map(changed) }
        }
        Effect::Remember(preferences) => Msg::Remembered(ports.settings().save(preferences)),
        Effect::PickPicture { ticket } => Msg::Read { ticket, outcome: pick(ports) },
        Effect::ReadPicture { ticket, path } => {
            let outcome = ports.files().read_picture(&path).map_err(ReadError::from);
            Msg::Read {
                ticket,
                outcome: outcome.and_then(|bytes| texts_in(ports, &bytes)).map(Some),
            }
        }
        Effect::ReadClipboard { ticket } => {
            Msg::Read { ticket, outcome: clipboard(ports).map(Some) }
        }
        Effect::Copy { ticket, text, sensitive } => {
            Msg::Copied { ticket, outcome: ports.clipboard().set_text(&text, sensitive) }
        }
        Effect::ClearClipboard { text } => {
            // Nobody waits for this: where the clipboard cannot be reached, nothing can be done.
            let _ = ports.clipboard().clear_if_unchanged(&text);
            return None;
        }
        Effect::StartCamera | Effect::StopCamera => return None,
    })
}

fn find(ports: &impl Ports) -> Result<bool, OpenFailure> {
    match ports.storage().load()? {
        Some(sealed) => {
            vault::header_of(&sealed).map_err(|error| OpenFailure::of(error, ports.storage()))?;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn load(ports: &impl Ports) -> Result<Vec<u8>, OpenFailure> {
    ports.storage().load()?.ok_or(OpenFailure::Missing)
}

fn open(ports: &impl Ports, passphrase: &vault::Passphrase) -> Result<OnDisk, OpenFailure> {
    let sealed = load(ports)?;
    let vault = Vault::open(&sealed, passphrase)
        .map_err(|error| OpenFailure::of(error, ports.storage()))?;
    let stamp = Stamp::of(&sealed);
    ports.storage().opened(stamp);
    Ok(OnDisk { vault: Box::new(vault), stamp })
}

fn create(
    ports: &impl Ports,
    passphrase: &vault::Passphrase,
    cost: vault::Cost,
) -> Result<OnDisk, CreateFailure> {
    let now = ports.clock().now();
    let mut rng = ports.rng();
    let mut vault = Vault::create(passphrase, cost, now, &mut *rng)?;
    let sealed = vault.seal(now, &mut *rng)?;
    ports.storage().save(&sealed, Expected::Nothing)?;
    Ok(OnDisk { vault: Box::new(vault), stamp: Stamp::of(&sealed) })
}

fn pick(ports: &impl Ports) -> Result<Option<Vec<FoundText>>, ReadError> {
    match ports.files().pick_picture()? {
        Some(bytes) => texts_in(ports, &bytes).map(Some),
        None => Ok(None),
    }
}

/// What is on the clipboard, a picture before a text.
fn clipboard(ports: &impl Ports) -> Result<Vec<FoundText>, ReadError> {
    match ports.clipboard().picture() {
        Ok(Some(ClipboardPicture::Encoded(bytes))) => return texts_in(ports, &bytes),
        Ok(Some(ClipboardPicture::Rgba { width, height, pixels })) => {
            let picture = Picture::from_rgba(width, height, pixels).ok_or(PictureError::Damaged)?;
            return texts_of(ports, picture);
        }
        // A clipboard that cannot say whether it holds a picture may still hold a text.
        Ok(None) | Err(_) => {}
    }
    match ports.clipboard().text()? {
        Some(text) if !text.as_str().trim().is_empty() => {
            Ok(vec![FoundText::new(text.as_str().to_owned())])
        }
        _ => Err(ReadError::ClipboardEmpty),
    }
}

fn texts_in(ports: &impl Ports, file: &[u8]) -> Result<Vec<FoundText>, ReadError> {
    texts_of(ports, Picture::decode(file)?)
}

fn texts_of(ports: &impl Ports, picture: Picture) -> Result<Vec<FoundText>, ReadError> {
    let found = ports.desk().read_still(picture, STILL_DEADLINE);
    if found.is_empty() { Err(ReadError::NoBarcode) } else { Ok(found.texts) }
}
