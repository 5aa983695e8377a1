//! What left a server that is being tried out: the files in its outbox, read as a person does.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use holdfast_testkit::{Server, ServerOptions};
use rusqlite::Connection;

/// A server that writes its mails and SMS as files.
pub fn server() -> Server {
    Server::start_with(ServerOptions { letters: true, ..ServerOptions::default() })
}

/// The newest letter to somebody that says `text`, waited for.
#[track_caller]
pub fn letter(server: &Server, to: &str, text: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let all = letters(&server.data_dir().join("outbox"));
        let to = format!("To: {to}\n");
        let found = all.iter().rev().find(|one| one.starts_with(&to) && one.contains(text));
        if let Some(found) = found {
            return found.clone();
        }
        assert!(Instant::now() < deadline, "no letter {to:?} says {text:?}: {all:#?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until the server has written down of every letter that it has left: one that is killed before
/// that sends it once more.
#[track_caller]
pub fn all_settled(server: &Server) {
    let waiting = "SELECT count(*) FROM outbox WHERE body IS NOT NULL";
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let count = server.in_postgres(waiting).unwrap_or_else(|| {
            let file =
                Connection::open(server.data_dir().join("holdfast.db")).expect("the database");
            let count: i64 = file.query_row(waiting, [], |row| row.get(0)).expect("a count");
            count.to_string()
        });
        if count == "0" {
            return;
        }
        assert!(Instant::now() < deadline, "{count} letters have not left");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// All letters, oldest first.
pub fn letters(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort_by_key(|path| fs::metadata(path).and_then(|about| about.modified()).ok());
    files.iter().map(|path| fs::read_to_string(path).expect("a letter")).collect()
}

/// The code that stands first in a mail's text.
pub fn mailed_code(letter: &str) -> String {
    letter.split("\n\n").nth(1).and_then(|text| text.lines().next()).expect("a code").to_owned()
}

/// The six digits that an SMS begins with.
pub fn texted_code(letter: &str) -> String {
    letter.split("\n\n").nth(1).and_then(|text| text.split(' ').next()).expect("a code").to_owned()
}
