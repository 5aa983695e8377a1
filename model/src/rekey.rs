//! A new data key for the vault as it is on disk, which one passphrase alone opens from then on.

use crate::device;
use crate::msg::{OnDisk, OpenedBy, PassphraseFailure};
use crate::perform::cost_on;
use crate::ports::{Expected, Ports, Stamp};
use crate::unlock::Found;
use crate::vault::{Cost, NewSlot, Passphrase, Vault};

/// What opens the vault under its new data key.
pub(crate) enum Next<'a> {
    /// Another passphrase; `current` must open it until then, unless the device opened it.
    Changed { current: Option<&'a Passphrase>, passphrase: &'a Passphrase, cost: Cost },
    /// This passphrase, which opens it already, at the cost it has.
    Same(&'a Passphrase),
}

/// Seals what is on disk under a new data key; every other way to open it goes, and the generation
/// before is deleted.
///
/// # Errors
/// The file is not built on `vault`, has other ways in than the person was told of, or the passphrase
/// is another; the storage refuses.
pub(crate) fn rekey(
    ports: &impl Ports,
    vault: &Vault,
    next: Next<'_>,
) -> Result<OnDisk, PassphraseFailure> {
    let Found { sealed: before, kept } = Found::read(ports.storage(), ports.memos())?;
    let shown = vault.header().slots();
    let open = vault.header().save_point();
    let mut vault = vault.reopen(&before)?;
    if !vault.descends_from(open) {
        return Err(PassphraseFailure::Parted);
    }
    if vault.header().slots() != shown {
        return Err(PassphraseFailure::WaysChanged);
    }
    let (passphrase, cost) = match &next {
        Next::Same(passphrase) => {
            let found = vault.slot_of(passphrase)?;
            (*passphrase, found.ok_or(PassphraseFailure::WrongPassphrase)?.1)
        }
        Next::Changed { current, passphrase, cost } => {
            if let Some(current) = *current
                && !vault.opens_with(current)?
            {
                return Err(PassphraseFailure::WrongPassphrase);
            }
            (*passphrase, cost_on(ports.clock(), *cost))
        }
    };
    let (now, mut rng) = (ports.clock().now(), ports.rng());
    let mut memo = vault.memo(kept.as_deref(), now);
    let former = vault.header().clone();
    let mut make = |cost| vault.rekey(&[NewSlot::Passphrase { passphrase, cost }], &mut *rng);
    match next {
        Next::Same(_) => make(cost)?,
        Next::Changed { .. } => cost.or_less_memory(make)?,
    }
    let sealed = vault.seal(now, &mut *rng)?;
    let saved = ports.storage().save(&sealed, Expected::Stamped(Stamp::of(&before)));
    // Also where the save only could not remove the generation before, which the device's key opens.
    device::forget_what_is_gone(ports, &former);
    saved?;
    memo.saw(&vault);
    memo.typed(now);
    let forgetful = ports.memos().keep(&vault.seal_memo(&memo)).err();
    let (stamp, opened_by) = (Stamp::of(&sealed), OpenedBy::Passphrase);
    let copies = Box::default();
    Ok(OnDisk { vault: Box::new(vault), stamp, memo, opened_by, forgetful, copies })
}
