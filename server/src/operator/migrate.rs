//! `migrate --from sqlite --to postgres`: brings the accounts from the file into a cluster's database.

use super::args::Place;
use super::{check, voice, wait_for};
use crate::place;

/// Moves, and looks over what has arrived.
pub fn run(place: &Place) -> anyhow::Result<()> {
    let at = place.whereabouts()?;
    let count = wait_for(async { Ok(place::migrate(at).await?) })?;
    voice::say(&format!("{count} rows are moved. What has arrived:"))?;
    check::run(place)?;
    voice::remark(
        "Start the server with this --database now. No server starts on the file any more; remove \
         it once there is a backup of the new database.",
    );
    Ok(())
}
