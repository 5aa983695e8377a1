//! Letters as files, readable by their owner only: for trying the server out on one machine.
#![expect(clippy::disallowed_methods, reason = "this is where letters meet the disk")]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::Handed;
use crate::domain::letter::{Letter, Progress, Way};

/// Writes `TIME-mail-NAME.txt`: whole, or not at all.
pub(super) async fn write(folder: &Path, letter: &Letter) -> Handed {
    let kind = match letter.way {
        Way::Mail => "mail",
        Way::Sms => "sms",
    };
    let name = format!("{}-{kind}-{}.txt", letter.made.0, letter.id.to_hex());
    let subject = match letter.way {
        Way::Mail => format!("Subject: {}\n", letter.body.subject),
        Way::Sms => String::new(),
    };
    let (to, text) = (letter.body.to.as_str(), letter.body.text.as_str());
    let text = Zeroizing::new(format!("To: {to}\n{subject}\n{text}\n"));
    let folder = folder.to_owned();
    match tokio::task::spawn_blocking(move || write_file(&folder, &name, text.as_bytes())).await {
        Ok(Ok(())) => Handed::Over(Progress::Sent),
        Ok(Err(error)) => Handed::Down(error.to_string()),
        Err(_) => Handed::Down("the server is stopping".to_owned()),
    }
}

fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = folder.join(format!(".{name}.new"));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    fs::rename(&beside, folder.join(name))
}
