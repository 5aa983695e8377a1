//! The browser's Back button after somebody logged out, with JavaScript and without: no page that showed a
//! secret comes again (requirement 16).

use holdfast_testkit::{Browser, Server};

use crate::browser::{begin, enable, fill, press};
use crate::browser_out::registered;
use crate::client::{EMAIL, PASSWORD};

#[test]
fn row_16_after_a_log_out_nothing_comes_back_with_javascript() {
    tell(true);
}

#[test]
fn row_16_after_a_log_out_nothing_comes_back_without_javascript() {
    tell(false);
}

fn tell(javascript: bool) {
    let Some((browser, server)) = registered(javascript) else { return };
    begin(&browser, &server);
    comes_not_back(&browser, "#key");
    log_in(&browser, &server);
    show_api_key(&browser, &server);
    comes_not_back(&browser, "#new-api-key");
    log_in(&browser, &server);
    enable(&browser, &server);
    browser.open(&server.page("/account/two-factor/codes"));
    comes_not_back(&browser, "ol.codes code");
}

fn log_in(browser: &Browser, server: &Server) {
    browser.open(&server.page("/login"));
    fill(browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
}

fn show_api_key(browser: &Browser, server: &Server) {
    browser.open(&server.page("/account/api-key"));
    fill(browser, &[("Your password", PASSWORD)]);
    press(browser, "Make an API key");
}

/// What is shown there is seen now, and not after a log-out and a step back.
fn comes_not_back(browser: &Browser, secret: &str) {
    let shown = browser.find(secret).text();
    assert!(!shown.is_empty(), "{secret} shows nothing on {}", browser.url());
    press(browser, "Log out");
    browser.wait_for_path("/login");
    browser.back();
    assert!(!browser.source().contains(&shown), "{secret} is shown after a log-out");
    browser.wait_for_path("/login");
}
