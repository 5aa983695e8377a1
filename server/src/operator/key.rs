//! `key rotate`: everything sealed comes under a new key, while the server serves or not. `key prepare` is its
//! first step alone, for servers that have files of their own.
//!
//! The steps can be broken off between any two and taken up again: the new key joins the old one in
//! the key's file; the database names the new one, and from that moment every process seals with it,
//! reading the file again where it must; each sealed column is sealed anew; the old key goes.

use std::fs::File;

use super::args::Place;
use super::{at_hand, operator, voice, wait_for};
use crate::domain::audit::{Event, What};
use crate::place;
use crate::random::system_random;
use crate::store::Outcome;

/// Puts the new key into the file; nothing is sealed with it yet.
pub fn prepare(place: &Place) -> anyhow::Result<()> {
    let _alone = with_new_key(place)?;
    Ok(voice::say(
        "The key's file holds a new key beside the one in use. Copy the file to the other servers, then run \
         `key rotate` here, and copy it once more.",
    )?)
}

/// Puts a new key into the file, where there is none from before; no other rotation goes on meanwhile.
fn with_new_key(place: &Place) -> anyhow::Result<File> {
    let at = place.whereabouts()?;
    // Opens both before anything is changed.
    drop(at_hand(place)?);
    let Some(alone) = place::alone(at)? else {
        anyhow::bail!("The key is being rotated by another process. Wait until that is done.");
    };
    place::add_key(at, &mut system_random())?;
    Ok(alone)
}

/// Rotates.
pub fn rotate(place: &Place) -> anyhow::Result<()> {
    let at = place.whereabouts()?;
    let _alone = with_new_key(place)?;
    let server = at_hand(place)?;
    wait_for(async {
        let newest = server.keyring.newest();
        if server.keyring.fingerprint() != newest {
            let event = Event::new(server.now(), What::KeyRotated, None, &operator());
            let done = server.store.switch_key(newest, event).await?;
            anyhow::ensure!(
                done == Outcome::Done,
                "The key was rotated on another machine meanwhile, and nothing was done from here. Copy its \
                 server.key to this machine."
            );
        }
        let count = server.store.seal_anew().await?;
        let seals = server.store.seals().await?;
        anyhow::ensure!(
            seals.old == 0 && seals.broken.is_empty(),
            "{} columns are still under the old key, and {} do not open. The old key was kept; run \
             `check`.",
            seals.old,
            seals.broken.len()
        );
        place::drop_old_key(at)?;
        Ok(voice::say(&format!(
            "The key is rotated, and {count} sealed columns with it. Back up the new key now; \
             backups made before this need the old one."
        ))?)
    })
}
