//! The main journey, app and server together: the barcode on a page in a browser, read by the app
//! into a vault, its codes taken by the page and by `holdfastctl`, each of them once.

use std::path::Path;
use std::process::Command;

use holdfast_testkit::{App, Browser, BrowserOptions, Server, program};
use rexpect::session::spawn_command;
use tempfile::TempDir;

use crate::steps::{assert_ok, wait_for_the_next_step, write};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "quiet otter mends lanterns";
const PASSPHRASE: &str = "seven grey herons wade home";

#[test]
fn from_barcode_to_log_in_and_off_again() {
    // Without JavaScript, since the page has to work without (issue: the server's barcode).
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = match Browser::start_with(&options) {
        Ok(browser) => browser,
        Err(why) => return println!("skipped: {why}"),
    };
    let dir = TempDir::new().expect("a temporary folder");
    let server = Server::start();
    let app = App::new(&dir.path().join("vault"), PASSPHRASE);

    // The page shows a barcode (E2, E3), the app reads it off the screen.
    browser.open(&server.page("/register"));
    browser.find("#email").type_text(EMAIL);
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    browser.wait_for_path("/account");
    browser.find_labelled("Enable two-factor authentication").click();
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    let barcode = dir.path().join("barcode.png");
    write(&barcode, &browser.find("#barcode").screenshot());
    assert_ok(&app.run(["new"]));
    assert_ok(&app.run(["add".as_ref(), barcode.as_os_str()]));

    // Nothing is on before the first code is proved (E4).
    let first = app.code(EMAIL).expect("a code");
    browser.find("#code").type_text(&first);
    browser.find("main form button").click();
    browser.wait_for_path("/account/done");
    assert_eq!(browser.find("h1").text(), "Two-factor authentication is on");

    // The code that switched it on does not also log in (row 8).
    browser.forget_cookies();
    browser.open(&server.page("/login"));
    browser.find("#email").type_text(EMAIL);
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    browser.wait_for_path("/login/second-factor");
    browser.find("#code").type_text(&first);
    browser.find("main form button").click();
    assert!(browser.find("[role=alert]").is_shown(), "a used code is refused with a sentence");
    assert!(!browser.url().ends_with("/account"), "a used code logged in");

    // The next one logs in on the command line (C2), and switches it off again (C3).
    wait_for_the_next_step();
    let next = app.code(EMAIL).expect("a code");
    assert_ne!(next, first, "the code rolls");
    let asked = [("Email: ", EMAIL), ("Password: ", PASSWORD), ("Two-factor code: ", &next)];
    let said = at_a_terminal(dir.path(), &server, "login", &asked);
    assert!(said.contains("Authentication successful."), "{said}");
    assert!(!said.contains(&next), "the code is shown: {said}");
    let said = at_a_terminal(dir.path(), &server, "2fa:disable", &[("Password: ", PASSWORD)]);
    assert!(!said.contains(PASSWORD), "the password is shown: {said}");

    // Now the password alone is enough.
    browser.open(&server.page("/login"));
    browser.find("#email").type_text(EMAIL);
    browser.find("#password").type_text(PASSWORD);
    browser.find("main form button").click();
    browser.wait_for_path("/account");
    assert_eq!(browser.find("#two-factor-state").text(), "Off");
}

/// Runs `holdfastctl` on a terminal of its own, answers its prompts in order, and gives what it
/// showed after the last. What is typed is never shown.
#[track_caller]
fn at_a_terminal(home: &Path, server: &Server, command: &str, answers: &[(&str, &str)]) -> String {
    let mut holdfastctl = Command::new(program("holdfastctl"));
    holdfastctl.args(["--server", server.url(), command]);
    holdfastctl.env("HOME", home).env("XDG_CONFIG_HOME", home);
    let mut terminal = spawn_command(holdfastctl, Some(30_000)).expect("a terminal");
    for (prompt, answer) in answers {
        terminal.exp_string(prompt).expect("the prompt");
        terminal.send_line(answer).expect("typed");
    }
    terminal.exp_eof().expect("the program ends")
}
