//! What the device says on its buses locks the vault: real buses, and a logind of the test's own.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Stdio};
use std::time::Duration;

use holdfast::host::desktop::locking;

use super::bus::{Bus, Logind, SESSION, sleep, wait_for_release};
use super::twin;

#[test]
fn sleep_and_a_locked_session_or_screen_lock_and_what_strangers_say_does_not() {
    const TEST: &str =
        "host::locking::sleep_and_a_locked_session_or_screen_lock_and_what_strangers_say_does_not";
    if twin::task().is_some() {
        locking::watch(|held| {
            println!("locked");
            drop(held);
        });
        std::thread::sleep(Duration::from_secs(200));
        return;
    }
    let (Some(system), Some(session)) = (Bus::start(), Bus::start()) else { return };
    let logind = Logind::on(&system);
    let mut app = twin::of(TEST, "watch")
        .env("DBUS_SYSTEM_BUS_ADDRESS", &system.address)
        .env("DBUS_SESSION_BUS_ADDRESS", &session.address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut locks = Locks(BufReader::new(app.stdout.take().unwrap()), 0);

    let (asked, held) = logind.asked();
    assert_eq!([asked[0].as_str(), asked[3].as_str()], ["sleep", "delay"]);
    logind.sleep(true);
    locks.next();
    wait_for_release(held);
    logind.sleep(false);
    // For the sleep after this one it is asked again.
    let (_, held) = logind.asked();

    logind.lock("/org/freedesktop/login1/session/_32");
    logind.lock(SESSION);
    locks.next();
    sleep(&system.stranger(), true);
    logind.sleep(true);
    locks.next();
    wait_for_release(held);

    // When that bus is heard, nobody says; so it is told until it is.
    let saver = session.stranger();
    let covers = |covered: bool| {
        saver
            .emit_signal(
                None::<&str>,
                "/org/gnome/ScreenSaver",
                "org.gnome.ScreenSaver",
                "ActiveChanged",
                &(covered,),
            )
            .unwrap();
    };
    std::thread::sleep(Duration::from_millis(500));
    covers(false);
    covers(true);
    locks.next();
    app.kill().unwrap();
    app.wait().unwrap();
    assert_eq!(locks.rest(), 0, "it locked for no reason");
}

#[test]
fn a_logind_or_a_bus_that_is_restarted_is_asked_anew_to_wait_and_heard() {
    const TEST: &str =
        "host::locking::a_logind_or_a_bus_that_is_restarted_is_asked_anew_to_wait_and_heard";
    if twin::task().is_some() {
        locking::watch(|held| {
            println!("locked");
            drop(held);
        });
        std::thread::sleep(Duration::from_secs(200));
        return;
    }
    let (Some(system), Some(session)) = (Bus::start(), Bus::start()) else { return };
    let logind = Logind::on(&system);
    let mut app = twin::of(TEST, "watch")
        .env("DBUS_SYSTEM_BUS_ADDRESS", &system.address)
        .env("DBUS_SESSION_BUS_ADDRESS", &session.address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut locks = Locks(BufReader::new(app.stdout.take().unwrap()), 0);
    let (_, first) = logind.asked();

    drop(logind);
    let logind = Logind::on(&system);
    let (_, held) = logind.asked();
    // The delay of the one before is let go.
    wait_for_release(first);
    logind.sleep(true);
    locks.next();
    wait_for_release(held);
    logind.sleep(false);
    let (_, held) = logind.asked();

    drop(logind);
    let system = system.restart();
    let logind = Logind::on(&system);
    let (_, again) = logind.asked();
    wait_for_release(held);
    logind.sleep(true);
    locks.next();
    wait_for_release(again);
    app.kill().unwrap();
    app.wait().unwrap();
    assert_eq!(locks.rest(), 0, "it locked for no reason");
}

/// The lines that the twin prints when it is to lock.
struct Locks(BufReader<ChildStdout>, usize);

impl Locks {
    fn next(&mut self) {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the twin ended");
            if line.contains("locked") {
                self.1 += 1;
                return;
            }
        }
    }

    fn rest(self) -> usize {
        self.0.lines().map_while(Result::ok).filter(|line| line.contains("locked")).count()
    }
}
