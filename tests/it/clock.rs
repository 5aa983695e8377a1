//! A phone's clock is 74 seconds slow: its codes are refused, it reads the time off the server's page,
//! and its codes are accepted (spec P5). The server has the real time, the app runs under `faketime`.

use std::path::Path;

use holdfast_testkit::{App, Browser, BrowserOptions, Server, installed};
use tempfile::TempDir;

use crate::steps::{assert_ok, wait_for_the_next_step, write};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "quiet otter mends lanterns";
const PASSPHRASE: &str = "seven grey herons wade home";
/// How far the phone's clock is off, in seconds.
const OFF: i64 = -74;

#[test]
fn p5_codes_of_a_slow_phone_are_accepted_once_it_has_seen_the_servers_time() {
    let browser = match Browser::start_with(&BrowserOptions::default()) {
        Ok(browser) => browser,
        Err(why) => return println!("skipped: {why}"),
    };
    if let Err(why) = installed("faketime") {
        return println!("skipped: {why}");
    }
    let dir = TempDir::new().expect("a temporary folder");
    let server = Server::start();
    let right = App::new(&dir.path().join("vault"), PASSPHRASE);
    enrol(&browser, &server, &right, dir.path());

    // Then the phone's clock goes wrong, and its code is refused.
    let slow = right.with_clock(OFF);
    wait_for_the_next_step();
    log_in(&browser, &server);
    enter(&browser, &slow.code(EMAIL).expect("a code"));
    assert!(browser.find("[role=alert]").is_shown(), "the code of a slow phone is accepted");

    // The page that refused it shows the server's time, and the phone reads it.
    let shot = dir.path().join("time.png");
    browser.find("details.clock summary").click();
    let read_once = |yes: &[&str]| {
        write(&shot, &browser.find("[data-clock]").screenshot());
        let arguments = ["clock".as_ref(), "read".as_ref(), shot.as_os_str()];
        slow.run(arguments.into_iter().chain(yes.iter().map(|word| word.as_ref())))
    };
    // The page loads its barcode once it is unfolded, and a picture may be taken before it is there.
    let read = |yes: &[&str]| {
        let mut tries = (0..10).map(|_| read_once(yes));
        tries
            .find(|read| !read.err.contains("No barcode was found"))
            .expect("a barcode in a picture")
    };
    let asked = read(&[]);
    assert_eq!(asked.code, Some(2), "nobody can be asked, so nothing moves: {}", asked.err);
    let seconds = seconds_in(&asked.err);
    assert!((70..=76).contains(&seconds), "74 seconds, less what lies between: {}", asked.err);
    assert!(asked.err.contains("slow, says the barcode of") && asked.err.contains("say --yes"));
    assert_eq!(shown(&slow), "The codes follow this device's own clock.");

    let corrected = read(&["--yes"]);
    assert_ok(&corrected);
    assert!((70..=76).contains(&seconds_in(&corrected.out)), "{}", corrected.out);
    assert!(shown(&slow).ends_with(" seconds slow; its codes are corrected."));

    // The same picture moves nothing again, and the code is accepted.
    let again = slow.run(["clock".as_ref(), "read".as_ref(), shot.as_os_str()]);
    assert!(!again.ok() && again.err.contains("was used already"), "{}", again.err);
    let typed = slow.run(["code", EMAIL]);
    assert_ok(&typed);
    assert!(typed.err.contains("its codes are corrected"), "told with every code: {}", typed.err);
    enter(&browser, typed.out.trim());
    browser.wait_for_path("/account");
    assert!(browser.find("#two-factor-state").text().starts_with("On since"));

    // Ended, the codes are those of the slow clock again.
    assert_ok(&slow.run(["clock", "end"]));
    assert_eq!(shown(&slow), "The codes follow this device's own clock.");
    log_in(&browser, &server);
    enter(&browser, &slow.code(EMAIL).expect("a code"));
    assert!(browser.find("[role=alert]").is_shown());
}

/// An account whose phone has the right time.
fn enrol(browser: &Browser, server: &Server, app: &App, dir: &Path) {
    browser.open(&server.page("/register"));
    browser.find("#email").type_text(EMAIL);
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    browser.wait_for_path("/account");
    browser.find_labelled("Enable two-factor authentication").click();
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    let barcode = dir.join("barcode.png");
    write(&barcode, &browser.find("#barcode").screenshot());
    assert_ok(&app.run(["new"]));
    assert_ok(&app.run(["add".as_ref(), barcode.as_os_str()]));
    browser.find("#code").type_text(&app.code(EMAIL).expect("a code"));
    browser.find("main form button").click();
    browser.wait_for_path("/account/done");
}

/// As far as the question for the code.
fn log_in(browser: &Browser, server: &Server) {
    browser.forget_cookies();
    browser.open(&server.page("/login"));
    browser.find("#email").type_text(EMAIL);
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    browser.wait_for_path("/login/second-factor");
}

fn enter(browser: &Browser, code: &str) {
    browser.find("#code").type_text(code);
    browser.find("main form button").click();
}

/// What `holdfast clock show` answers.
fn shown(app: &App) -> String {
    let ran = app.run(["clock", "show"]);
    assert_ok(&ran);
    ran.out.trim().to_owned()
}

/// The number before "seconds slow".
#[track_caller]
fn seconds_in(said: &str) -> u64 {
    let before = said.split(" seconds slow").next().unwrap_or_default();
    let number = before.rsplit(' ').next().unwrap_or_default();
    number.parse().unwrap_or_else(|_| panic!("no seconds in {said}"))
}
