//! `check`: reads everything there is and says what is wrong with it. It changes nothing, and may
//! run while the server serves.

use super::args::Place;
use super::{at_hand, voice, wait_for};
use crate::domain::audit::Verifier;
use crate::flows::Server;

/// Rows read at once.
const PAGE: usize = 500;

/// Checks all, one line for each part; fails if anything is wrong.
pub fn run(place: &Place) -> anyhow::Result<()> {
    let server = at_hand(place)?;
    let wrong = wait_for(async {
        let mut wrong = 0;
        for (part, found) in [
            ("database", database(&server).await),
            ("accounts", accounts(&server).await),
            ("seals", seals(&server).await),
            ("audit log", log(&server).await),
        ] {
            match found {
                Ok(said) => voice::say(&format!("{part}: whole, {said}"))?,
                Err(error) => {
                    wrong += 1;
                    voice::say(&format!("{part}: NOT WHOLE, {error:#}"))?;
                }
            }
        }
        Ok(wrong)
    })?;
    anyhow::ensure!(wrong == 0, "Something is wrong. Restore the last backup, or ask for help.");
    Ok(())
}

async fn database(server: &Server) -> anyhow::Result<String> {
    let faults = server.store.faults().await?;
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok("every page, index and reference".to_owned())
}

/// Each is read as the server would read it.
async fn accounts(server: &Server) -> anyhow::Result<String> {
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let page = server.store.accounts(&after, PAGE).await?;
        count += page.len();
        match page.last() {
            Some(last) => last.value.email.as_str().clone_into(&mut after),
            None => return Ok(format!("{count} of them")),
        }
    }
}

async fn seals(server: &Server) -> anyhow::Result<String> {
    let seals = server.store.seals().await?;
    anyhow::ensure!(seals.broken.is_empty(), "{}", seals.broken.join("; "));
    let old = match seals.old {
        0 => String::new(),
        old => format!("; {old} under the old key, so run `key rotate` again"),
    };
    Ok(format!("{} of them open{old}", seals.whole))
}

async fn log(server: &Server) -> anyhow::Result<String> {
    // Read first: entries that are appended meanwhile move the end on.
    loop {
        let end = server.store.audit_end().await?;
        let mut verifier = Verifier::new(server.keyring.chain_key());
        let mut after = 0;
        loop {
            let page = server.store.events(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for entry in &page {
                verifier.take(entry)?;
            }
        }
        if server.store.audit_end().await? == end {
            let (count, mark) = verifier.finish(end.as_ref())?;
            let mark = data_encoding::HEXLOWER.encode(&mark[..8]);
            return Ok(format!("{count} entries, the last marked {mark}"));
        }
    }
}
