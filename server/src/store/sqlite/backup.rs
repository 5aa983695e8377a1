//! A copy of the database as it was at one moment, taken while it is in use.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::OpenError;
use super::file::BUSY;

/// Copies `from` into the empty file `to` and looks the copy over. The server goes on writing
/// meanwhile; what it writes after the start is not in the copy.
pub fn copy(from: &Path, to: &Path) -> Result<(), OpenError> {
    let copied = || -> rusqlite::Result<Option<String>> {
        let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        source.busy_timeout(BUSY)?;
        let mut target = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let backup = Backup::new(&source, &mut target)?;
        // All pages in one step: in several, each change from outside would begin it anew.
        if backup.step(-1)? != StepResult::Done {
            return Ok(Some("it is in use by another program".to_owned()));
        }
        drop(backup);
        // A copy is one file: whoever puts it back finds no log beside it.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        let said: String = target.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok((said != "ok").then_some(said))
    };
    match copied() {
        Ok(None) => Ok(()),
        Ok(Some(reason)) => Err(OpenError::Database { path: from.to_owned(), reason }),
        Err(error) => Err(OpenError::of(to, error)),
    }
}
