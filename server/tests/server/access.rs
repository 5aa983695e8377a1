//! Every page looked over by axe-core in a real browser: no violation, in light and dark, on a phone
//! and on a desktop. (axe-core is under the MPL 2.0 and used by this test alone; see tests/data/axe/.)

use holdfast_testkit::{Browser, BrowserOptions, Server};
use serde_json::Value;

use crate::client::{EMAIL, PASSWORD, earlier_code, settle};

const AXE: &str = include_str!("../data/axe/axe.min.js");

#[test]
fn axe_finds_nothing_in_the_browser_on_any_page() {
    for (dark, size) in [(false, (412, 915)), (true, (1280, 800))] {
        let options = BrowserOptions { dark, size, ..BrowserOptions::default() };
        let browser = match Browser::start_with(&options) {
            Ok(browser) => browser,
            Err(sentence) => return println!("skipped: {sentence}"),
        };
        let server = Server::start();
        let open = |path: &str| {
            browser.open(&server.page(path));
            look(&browser);
        };
        open("/login");
        open("/register");
        fill(&browser, "email", EMAIL);
        fill(&browser, "password", "short");
        send(&browser, "/register");
        look(&browser);
        fill(&browser, "password", PASSWORD);
        send(&browser, "/register");
        browser.wait_for_path("/account");
        look(&browser);
        crate::client::Client::of(&server).log_in();
        for page in ["api-key", "sessions", "password", "ssh-keys", "two-factor/enable"] {
            open(&format!("/account/{page}"));
        }
        fill(&browser, "password", PASSWORD);
        send(&browser, "/account/two-factor/enable");
        browser.wait_for_path("/account/two-factor/enable/scan");
        look(&browser);
        settle();
        let key = browser.find("#key").text();
        let secret = holdfast_otp::Secret::from_base32(&key).expect("the key is base32");
        fill(&browser, "code", "123");
        send(&browser, "/account/two-factor/enable/confirm");
        look(&browser);
        fill(&browser, "code", &earlier_code(&secret));
        send(&browser, "/account/two-factor/enable/confirm");
        browser.wait_for_path("/account/done");
        look(&browser);
        for page in ["/account", "/account/ssh-keys", "/account/two-factor/disable", "/nothing"] {
            open(page);
        }
        open("/account/clock");
        open("/account");
        send(&browser, "/logout");
        browser.wait_for_path("/login");
        fill(&browser, "email", EMAIL);
        fill(&browser, "password", PASSWORD);
        send(&browser, "/login");
        browser.wait_for_path("/login/second-factor");
        look(&browser);
        fill(&browser, "code", "1");
        send(&browser, "/login/second-factor");
        look(&browser);
        browser.find("details.clock summary").click();
        look(&browser);
        open("/login/second-factor/clock");
    }
}

#[test]
fn axe_would_find_something_in_the_browser() {
    let browser = match Browser::start_with(&BrowserOptions::default()) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let server = Server::start();
    browser.open(&server.page("/login"));
    browser.run_script("document.querySelector('label').remove()");
    assert!(violations(&browser).iter().any(|one| one.contains("label")), "axe is blind");
}

#[track_caller]
fn look(browser: &Browser) {
    let found = violations(browser);
    assert!(found.is_empty(), "{}: {found:#?}", browser.url());
}

/// What axe finds on the page that is open.
pub fn violations(browser: &Browser) -> Vec<String> {
    browser.run_script(AXE);
    browser.run_script(
        "window.found = null; axe.run().then(result => { window.found = result.violations.map(\
         one => one.id + ': ' + one.help + ' ' + one.nodes.map(node => node.html).join(' ')) })",
    );
    for _ in 0..300 {
        if let Value::Array(found) = browser.run_script("return window.found") {
            let text = |one: &Value| one.as_str().unwrap_or_default().to_owned();
            return found.iter().map(text).collect();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("axe does not come to an end on {}", browser.url());
}

fn fill(browser: &Browser, id: &str, text: &str) {
    let field = browser.find(&format!("#{id}"));
    field.clear();
    field.type_text(text);
}

/// Presses the button of the form that goes to that address.
fn send(browser: &Browser, action: &str) {
    browser.find(&format!("form[action='{action}'] button")).click();
}
