//! Changing the phone in a real browser, with and without JavaScript: with a recovery code, with an SMS
//! and its wait, and "that was not me"; each page looked at in light and dark, on a phone and a desktop.

use holdfast_otp::Secret;
use holdfast_testkit::{Browser, BrowserOptions, Server};

use crate::access::violations;
use crate::browser::{enable, fill, log_out_and_half_in, look_at, press};
use crate::browser_out::register;
use crate::client::{Client, EMAIL, PASSWORD, earlier_code, settle};
use crate::handover::{CHANGE, SCAN, only, options};
use crate::not_me::link;
use crate::outbox::{letter, texted_code};

const NUMBER: &str = "+4915123456789";
const RECOVERY: &str = "Code of the old phone, or a recovery code";

#[test]
fn m2_l2_in_a_browser_with_javascript_on_a_light_phone() {
    tell("phone-light", BrowserOptions { size: (412, 915), ..BrowserOptions::default() });
}

#[test]
fn m2_l2_in_a_browser_without_javascript_on_a_dark_phone() {
    let options = BrowserOptions { size: (412, 915), dark: true, ..BrowserOptions::default() };
    tell("phone-dark", BrowserOptions { javascript: false, ..options });
}

#[test]
fn m2_l2_in_a_browser_on_a_light_desktop() {
    tell("desktop-light", BrowserOptions { size: (1280, 800), ..BrowserOptions::default() });
}

#[test]
fn m2_l2_in_a_browser_without_javascript_on_a_dark_desktop() {
    let options = BrowserOptions { size: (1280, 800), dark: true, ..BrowserOptions::default() };
    tell("desktop-dark", BrowserOptions { javascript: false, ..options });
}

/// From a lost phone to a new one, to another one by SMS, and to "that was not me".
fn tell(name: &str, how: BrowserOptions) {
    let browser = match Browser::start_with(&how) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let server = Server::start_with(options());
    let look = |page: &str| {
        look_at(&browser, page, name, how.size.0);
        // axe itself is a script.
        let found = if how.javascript { violations(&browser) } else { Vec::new() };
        assert!(found.is_empty(), "{page}: axe finds {found:#?}");
    };
    let open = |path: &str| browser.open(&server.page(path));
    let (old, codes) = enrolled(&browser, &server);

    open("/account");
    look("change-account");
    browser.find_labelled("Change phone").click();
    browser.wait_for_path(CHANGE);
    look("change-start");
    fill(&browser, &[("Your password", PASSWORD), (RECOVERY, "12345")]);
    press(&browser, "Show the barcode for the new phone");
    browser.find("#problem");
    look("change-problem");
    fill(&browser, &[("Your password", PASSWORD), (RECOVERY, &codes[0])]);
    press(&browser, "Show the barcode for the new phone");
    let new = shown(&browser);
    look("change-scan");
    settle();
    fill(&browser, &[("Code", "123")]);
    press(&browser, "Use the new phone");
    browser.find("#problem");
    look("change-scan-problem");
    only(&server, &old, &new);
    fill(&browser, &[("Code", &earlier_code(&new))]);
    press(&browser, "Use the new phone");
    browser.wait_for_path("/account/done");
    assert_eq!(browser.find("h1").text(), "Your new phone is in use");
    look("change-done");
    only(&server, &new, &old);
    waits(&browser, &server, &look);
    stops(&browser, &server, &look);
}

/// Row 25: with an SMS the next one waits, every page says so, and it is cancelled on one of them.
fn waits(browser: &Browser, server: &Server, look: &dyn Fn(&str)) {
    browser.open(&server.page(CHANGE));
    press(browser, "Send me an SMS to +49 … 89");
    let sent = texted_code(&letter(server, NUMBER, "code to set up a new phone"));
    browser.open(&server.page(CHANGE));
    look("change-texted");
    fill(browser, &[("Your password", PASSWORD), ("Code from the SMS", &sent)]);
    press(browser, "Show the barcode for the new phone");
    let new = shown(browser);
    fill(browser, &[("Code", &earlier_code(&new))]);
    press(browser, "Use the new phone");
    browser.wait_for_path("/account");
    assert!(browser.find("#coming").text().starts_with("A new phone takes over on"));
    look("change-coming");
    browser.open(&server.page("/account/sessions"));
    browser.find("#coming");
    let mut other = Client::of(server);
    other.log_in();
    other.get("/login/second-factor").must_say("A new phone takes over on");
    press(browser, "Cancel the change of phone");
    browser.wait_for_path("/account");
    assert!(browser.find_all("#coming").is_empty(), "it is cancelled");
}

/// L2: the mail's link, the page behind it, and the account after it.
fn stops(browser: &Browser, server: &Server, look: &dyn Fn(&str)) {
    let mail = letter(server, EMAIL, "A change of phone was begun");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    browser.open(&server.page(&link(&mail)));
    browser.wait_for_path("/not-me");
    look("not-me");
    fill(browser, &[("Your password", "not the password")]);
    press(browser, "Log everybody out and stop changes");
    browser.find("#problem");
    look("not-me-problem");
    fill(browser, &[("Your password", PASSWORD)]);
    press(browser, "Log everybody out and stop changes");
    assert_eq!(browser.find("#stopped").text(), "Everything is stopped");
    look("not-me-stopped");
    browser.open(&server.page("/account"));
    browser.wait_for_path("/login");
}

#[test]
fn row_25_the_mails_link_cancels_in_a_browser_and_the_account_says_that_changes_are_stopped() {
    let how = BrowserOptions { size: (412, 915), dark: true, ..BrowserOptions::default() };
    let browser = match Browser::start_with(&how) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let look = |page: &str| {
        look_at(&browser, page, "phone-dark", 412);
        assert_eq!(violations(&browser), Vec::<String>::new(), "{page}");
    };
    let server = Server::start_with(options());
    let (old, codes) = enrolled(&browser, &server);
    browser.open(&server.page(CHANGE));
    press(&browser, "Send me an SMS to +49 … 89");
    let sent = texted_code(&letter(&server, NUMBER, "code to set up a new phone"));
    browser.open(&server.page(CHANGE));
    fill(&browser, &[("Your password", PASSWORD), ("Code from the SMS", &sent)]);
    press(&browser, "Show the barcode for the new phone");
    let new = shown(&browser);
    fill(&browser, &[("Code", &earlier_code(&new))]);
    press(&browser, "Use the new phone");
    browser.wait_for_path("/account");
    log_out_and_half_in(&browser);
    browser.find("#coming");
    look("change-coming-code");
    browser.open(&server.page(&link(&letter(&server, EMAIL, "A change of phone was begun"))));
    press(&browser, "Cancel the change of phone");
    assert_eq!(browser.find("#kept").text(), "The change of phone is cancelled");
    look("not-me-kept");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    browser.find_labelled("Log everybody out and stop changes").click();
    browser.wait_for_path("/not-me");
    fill(&browser, &[("Your password", PASSWORD)]);
    press(&browser, "Log everybody out and stop changes");
    browser.find("#stopped");
    only(&server, &old, &new);
    browser.open(&server.page("/login"));
    fill(&browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(&browser, "Log in");
    browser.wait_for_path("/login/second-factor");
    // The code of this step is spent: a recovery code logs in.
    browser.open(&server.page("/login/second-factor/recovery"));
    fill(&browser, &[("Recovery code", &codes[1])]);
    press(&browser, "Log in");
    browser.wait_for_path("/account/done");
    assert!(browser.find("#barred").text().starts_with("Changes are stopped until"));
    look("barred");
    browser.open(&server.page(CHANGE));
    assert_eq!(browser.find("h1").text(), "Not possible now");
    assert!(browser.find_now("main input").is_none(), "no form that would only be refused");
    look("barred-change");
}

/// Ann in the browser with a phone, recovery codes that she has stored, and a number.
fn enrolled(browser: &Browser, server: &Server) -> (Secret, Vec<String>) {
    register(browser, server);
    let secret = enable(browser, server);
    browser.open(&server.page("/account/two-factor/codes"));
    let codes: Vec<String> = browser.find_all("ol.codes code").iter().map(|c| c.text()).collect();
    fill(browser, &[("One of your recovery codes", &codes[0])]);
    press(browser, "I have stored them");
    browser.wait_for_path("/account");
    browser.open(&server.page("/account/two-factor/phone"));
    let typed = [("Phone number with its country", NUMBER), ("Your password", PASSWORD)];
    fill(browser, &typed);
    press(browser, "Send a set-up code");
    browser.wait_for_path("/account/two-factor/phone/code");
    let sent = texted_code(&letter(server, NUMBER, "set-up code"));
    fill(browser, &[("Code", &sent)]);
    press(browser, "Use this number");
    browser.wait_for_path("/account/two-factor/phone");
    (secret, codes)
}

/// The key beside the new phone's barcode.
fn shown(browser: &Browser) -> Secret {
    browser.wait_for_path(SCAN);
    Secret::from_base32(&browser.find("#key").text()).expect("the key is base32")
}
