//! `backup FILE`: a copy of the database, taken while the server serves.

use std::path::Path;

use super::args::Place;
use super::voice;
use crate::place;

/// Takes it.
pub fn run(place: &Place, to: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        place.database.is_none(),
        "A PostgreSQL database is backed up by its own means: pg_dump, or pg_basebackup."
    );
    place::back_up(place.directory()?, to)?;
    voice::say(&format!("The database is copied to {}.", to.display()))?;
    voice::remark("Keep server.key too, in another place: without it the copy cannot be used.");
    Ok(())
}
