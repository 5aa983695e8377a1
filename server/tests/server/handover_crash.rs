//! A change of phone whose server is killed at any moment: one phone logs in, and all that goes with a
//! change has happened, or nothing of it (row 39).

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use holdfast_otp::Secret;
use holdfast_testkit::Server;

use crate::client::{Client, earlier_code, settle};
use crate::enabling::api_key;
use crate::handover::{CONFIRM, begin, count, moved, new_key_shown, only};
use crate::operator::done;

#[test]
fn m2_killed_between_the_steps_the_old_phone_works_and_the_change_goes_on() {
    let start = Server::on_one_disk();
    let mut server = start(0);
    let mut ann = Client::registered(&server);
    let old = ann.enable();
    let codes = ann.recovery_codes();
    let new = begin(&mut ann, &codes[0]);
    server.process().kill();
    drop(server);
    let mut server = start(0);
    moved(&mut ann, &server);
    only(&server, &old, &new);
    assert_eq!(new_key_shown(&mut ann), Some(new.clone()), "the barcode is as it was");
    ann.submit(CONFIRM, &[("code", &earlier_code(&new))]).must_say("is in use");
    server.process().kill();
    drop(server);
    let server = start(0);
    moved(&mut ann, &server);
    assert!(ann.is_signed_in(), "what was said is so");
    only(&server, &new, &old);
    done(server.data_dir(), &["check"], "");
}

#[test]
fn row_39_killed_while_it_commits_a_change_is_whole_or_has_not_happened() {
    let mut happened = [0, 0];
    // As soon as it writes, a little later, and before it has read the form.
    let first_byte = |later| Kill { at_first_byte: true, later: Duration::from_millis(later) };
    let sent = Kill { at_first_byte: false, later: Duration::ZERO };
    for kill in [first_byte(0), first_byte(0), first_byte(0), first_byte(2), first_byte(8), sent] {
        happened[usize::from(killed(&kill))] += 1;
    }
    println!("changed {} times, and {} times not", happened[1], happened[0]);
}

/// When the server is killed, from the moment on in which the form is sent.
struct Kill {
    at_first_byte: bool,
    later: Duration,
}

/// Whether the change had happened by the time of the kill.
fn killed(kill: &Kill) -> bool {
    let start = Server::on_one_disk();
    let mut server = start(0);
    let mut ann = Client::registered(&server);
    api_key(&mut ann);
    let old = ann.enable();
    let key = ann.get("/account/done");
    let key = key.between("id=\"new-api-key\">", "</p>").expect("a key").to_owned();
    let codes = ann.recovery_codes();
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&codes[1]).location(), "/account/done");
    settle();
    let new: Secret = begin(&mut ann, &codes[0]);
    let (url, jar) = (ann.url.clone(), ann.cookies.clone());
    let typed = earlier_code(&new);
    let wal = server.data_dir().join("holdfast.db-wal");
    let before = written(&wal);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut tab = Client::at(&url);
            tab.cookies = jar;
            // Killed in the middle it gets no answer.
            let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                tab.post(CONFIRM, &[("code", &typed)])
            }));
            drop(sent);
        });
        let until = Instant::now() + Duration::from_secs(20);
        while kill.at_first_byte && written(&wal) == before && Instant::now() < until {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(kill.later);
        server.process().kill();
    });
    drop(server);
    let server = start(0);
    moved(&mut ann, &server);
    moved(&mut other, &server);
    let is_changed = count(&server, "phone_changed") == 1;
    // The session, the API key and the phone went together or not at all.
    assert_eq!(other.is_signed_in(), !is_changed);
    assert_eq!(other.api_get("/account", &key).status == 200, !is_changed);
    let (works, void) = if is_changed { (&new, &old) } else { (&old, &new) };
    only(&server, works, void);
    assert_eq!(new_key_shown(&mut ann).is_some(), !is_changed);
    done(server.data_dir(), &["check"], "");
    is_changed
}

/// What shows that the database was written to.
fn written(wal: &Path) -> Option<(u64, SystemTime)> {
    let about = fs::metadata(wal).ok()?;
    Some((about.len(), about.modified().ok()?))
}
