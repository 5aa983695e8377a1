//! SMS through a program of the operator's: it gets the letter as JSON on its standard input.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::Handed;
use crate::domain::letter::{Letter, Progress};

const LONGEST: Duration = Duration::from_secs(30);
/// The exit code by which it says that the number or the text will never do (`EX_DATAERR`).
const REFUSED: i32 = 65;

/// Whether there is such a program; else what is wrong. A name without a folder is looked for as a
/// shell does.
pub(super) fn can_be_run(program: &Path) -> Result<(), String> {
    let places: Vec<PathBuf> = if program.components().count() > 1 {
        vec![program.to_owned()]
    } else {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders).map(|folder| folder.join(program)).collect()
    };
    let found = places.iter().find_map(|place| std::fs::metadata(place).ok());
    match found {
        None => Err("there is no such file".to_owned()),
        Some(about) if !about.is_file() => Err("it is no file".to_owned()),
        Some(about) if about.permissions().mode() & 0o111 == 0 => {
            Err("it is not executable; `chmod +x` it".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// Runs it once: exit code 0 is taken, 65 refused, any other to be tried again.
pub(super) async fn run(program: &Path, letter: &Letter) -> Handed {
    match tokio::time::timeout(LONGEST, asked(program, letter)).await {
        Ok(Ok(handed)) => handed,
        Ok(Err(error)) => Handed::Down(format!("{}: {error}", program.display())),
        Err(_) => Handed::Down(format!("{}: not done in time", program.display())),
    }
}

async fn asked(program: &Path, letter: &Letter) -> std::io::Result<Handed> {
    let line = json!({
        "id": letter.id.to_hex(),
        "to": letter.body.to.as_str(),
        "text": letter.body.text.as_str(),
    });
    let line = Zeroizing::new(format!("{line}\n"));
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A program may know enough without reading to the end; its exit code counts.
        let _ = input.write_all(line.as_bytes()).await;
    }
    let status = child.wait().await?;
    Ok(match status.code() {
        Some(0) => Handed::Over(Progress::Sent),
        Some(REFUSED) => Handed::Refused(format!("{} said so", program.display())),
        _ => Handed::Down(format!("{} ended with {status}", program.display())),
    })
}
