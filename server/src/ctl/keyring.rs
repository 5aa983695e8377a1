//! The desktop's keyring (the Secret Service of freedesktop.org), where there is one: what is kept in
//! it is sealed on the disk, and open only while the person is logged in at the desktop.
//!
//! One that is locked is left locked: asking for it would open a window, which nobody may see.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secret_service::EncryptionType;
use secret_service::blocking::{Collection, SecretService};
use zeroize::Zeroizing;

/// How long a keyring may take to answer, started on demand included.
const LONGEST: Duration = Duration::from_secs(10);

/// Keeps a token for a server in the place of an earlier one; whether it did.
pub fn keep(server: &str, token: &Zeroizing<String>) -> bool {
    let (server, token) = (server.to_owned(), token.clone());
    let kept = in_time(move |open| {
        let label = format!("Holdfast log-in at {server}");
        let replace = true;
        open.create_item(&label, names(&server), token.as_bytes(), replace, "text/plain").ok()?;
        // Only what can be read again is kept.
        read(open, &server).filter(|kept| *kept == token).map(|_| ())
    });
    kept.is_some()
}

/// The token for a server.
pub fn find(server: &str) -> Option<Zeroizing<String>> {
    let server = server.to_owned();
    in_time(move |open| read(open, &server))
}

/// Forgets the token for a server; one that cannot be reached stays.
pub fn forget(server: &str) {
    let server = server.to_owned();
    let _ = in_time(move |open| {
        for item in open.search_items(names(&server)).ok()? {
            let _ = item.delete();
        }
        Some(())
    });
}

fn read(open: &Collection<'_>, server: &str) -> Option<Zeroizing<String>> {
    let items = open.search_items(names(server)).ok()?;
    let secret = Zeroizing::new(items.first()?.get_secret().ok()?);
    std::str::from_utf8(&secret).ok().map(|token| Zeroizing::new(token.to_owned()))
}

/// By what it is found again.
fn names(server: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "holdfastctl"), ("server", server)])
}

/// Asks the open keyring; `None` where there is none, it is locked, or it does not answer in time.
fn in_time<T: Send + 'static>(
    ask: impl FnOnce(&Collection<'_>) -> Option<T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let answer = SecretService::connect(EncryptionType::Dh).ok().and_then(|service| {
            let keyring = service.get_default_collection().ok()?;
            if keyring.is_locked().ok()? { None } else { ask(&keyring) }
        });
        let _ = sender.send(answer);
    });
    receiver.recv_timeout(LONGEST).ok().flatten()
}
