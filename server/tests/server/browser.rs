//! The pages in a real browser: the whole of E2 to E5 with and without JavaScript, and each page
//! looked at in light and dark, on a phone and on a desktop.

use std::path::PathBuf;
use std::{env, fs};

use holdfast_otp::Secret;
use holdfast_testkit::{Browser, BrowserOptions, Server};
use serde_json::json;

use crate::client::{Client, EMAIL, PASSWORD, code, earlier_code, now, settle, wrong_code};

#[test]
fn e2_to_e5_in_a_browser_with_javascript() {
    enables_in_a_browser(true);
}

#[test]
fn e2_to_e5_in_a_browser_without_javascript() {
    enables_in_a_browser(false);
}

fn enables_in_a_browser(javascript: bool) {
    let options = BrowserOptions { javascript, ..BrowserOptions::default() };
    let browser = match Browser::start_with(&options) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let server = Server::start();
    register(&browser, &server);
    let mut elsewhere = Client::of(&server);
    assert_eq!(elsewhere.log_in().location(), "/account");

    browser.find_labelled("Enable two-factor authentication").click();
    browser.wait_for_path("/account/two-factor/enable");
    let secret = begin(&browser, &server);
    let text = read_picture(&browser.find("#barcode").screenshot());
    assert!(text.contains(&format!("secret={}", secret.to_base32().as_str())), "another key");

    fill(&browser, &[("Code", &earlier_code(&secret))]);
    press(&browser, "Enable two-factor authentication");
    browser.wait_for_path("/account/done");
    assert_eq!(browser.find("h1").text(), "Two-factor authentication is on");
    assert!(!elsewhere.is_signed_in(), "the other session must end");

    browser.find_labelled("Your account").click();
    browser.wait_for_path("/account");
    log_out_and_half_in(&browser);
    let typed = code(&secret, now());
    fill(&browser, &[("Code", &format!("{} {}", &typed[..3], &typed[3..]))]);
    press(&browser, "Log in");
    browser.wait_for_path("/account");
    assert!(browser.find("#two-factor-state").text().starts_with("On since"));
}

#[test]
fn a_wrong_first_code_is_told_in_view_with_the_field_ready() {
    for size in [(412, 915), (1280, 800)] {
        let options = BrowserOptions { size, javascript: false, ..BrowserOptions::default() };
        let browser = match Browser::start_with(&options) {
            Ok(browser) => browser,
            Err(sentence) => return println!("skipped: {sentence}"),
        };
        let server = Server::start();
        register(&browser, &server);
        begin(&browser, &server);
        fill(&browser, &[("Code", "123")]);
        press(&browser, "Enable two-factor authentication");
        browser.wait_for_path("/account/two-factor/enable/confirm");
        for shown in ["#problem", "#code"] {
            browser.find(shown);
            let place = browser.run_script(&format!(
                "const box = document.querySelector('{shown}').getBoundingClientRect();\
                 return box.top >= 0 && box.bottom <= window.innerHeight"
            ));
            assert_eq!(place, json!(true), "{shown} at {size:?}");
        }
        let focused = browser.run_script("return document.activeElement.id");
        assert_eq!(focused, json!("code"), "{size:?}");
    }
}

#[test]
fn the_barcode_is_read_off_the_screen_in_light_and_dark_on_phone_and_desktop() {
    for (dark, size, scale) in [
        (false, (412, 915), 2.625),
        (true, (412, 915), 2.625),
        (true, (320, 568), 1.0),
        (true, (1280, 800), 1.0),
    ] {
        let options = BrowserOptions { dark, size, scale, ..BrowserOptions::default() };
        let browser = match Browser::start_with(&options) {
            Ok(browser) => browser,
            Err(sentence) => return println!("skipped: {sentence}"),
        };
        let server = Server::start();
        register(&browser, &server);
        let secret = begin(&browser, &server);
        // With what is around it: on a dark page that is dark.
        let shot = browser.find(".scan").screenshot();
        keep(&format!("barcode-{}-{dark}.png", size.0), &shot);
        let text = read_picture(&shot);
        assert!(text.contains(secret.to_base32().as_str()), "dark {dark}, {size:?}");
        let width = browser.run_script("return document.documentElement.scrollWidth");
        assert!(width.as_u64().is_some_and(|w| w <= u64::from(size.0)), "{width} of {size:?}");
    }
}

/// Screenshots of every page; kept where `HOLDFAST_SHOTS` names a folder.
#[test]
fn every_page_fits_and_keeps_its_policy() {
    for (name, dark, size) in [
        ("phone-light", false, (412, 915)),
        ("phone-dark", true, (412, 915)),
        ("desktop-light", false, (1280, 800)),
        ("desktop-dark", true, (1280, 800)),
    ] {
        let options = BrowserOptions { dark, size, ..BrowserOptions::default() };
        let browser = match Browser::start_with(&options) {
            Ok(browser) => browser,
            Err(sentence) => return println!("skipped: {sentence}"),
        };
        look_at_every_page(&browser, name, size.0);
    }
}

fn look_at_every_page(browser: &Browser, name: &str, width: u32) {
    let server = Server::start();
    let look = |page: &str| look_at(browser, page, name, width);
    let open = |path: &str| browser.open(&server.page(path));

    open("/register");
    look("register");
    fill(browser, &[("E-mail", EMAIL), ("Password", "password1")]);
    press(browser, "Make the account");
    browser.find("#problem");
    look("register-problem");

    register(browser, &server);
    press(browser, "Log out");
    browser.wait_for_path("/login");
    look("login");
    fill(browser, &[("E-mail", EMAIL), ("Password", "not the password")]);
    press(browser, "Log in");
    browser.find("#problem");
    look("login-problem");

    fill(browser, &[("Password", PASSWORD)]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
    look("account-off");
    open("/account/api-key");
    look("api-key");
    fill(browser, &[("Your password", PASSWORD)]);
    press(browser, "Make an API key");
    browser.find("#new-api-key");
    look("api-key-made");
    open("/account/sessions");
    look("sessions");
    open("/account/password");
    look("password");
    open("/account/two-factor/enable");
    look("enable");
    settle();
    let secret = begin(browser, &server);
    look("scan");
    fill(browser, &[("Code", "123")]);
    press(browser, "Enable two-factor authentication");
    browser.find("#problem");
    look("scan-problem");
    fill(browser, &[("Code", &earlier_code(&secret))]);
    press(browser, "Enable two-factor authentication");
    browser.find("#new-api-key");
    look("switched-on");
    open("/account");
    look("account-on");
    open("/account/two-factor/disable");
    look("disable");
    open("/nothing");
    look("not-found");
    open("/account");
    log_out_and_half_in(browser);
    look("code");
    fill(browser, &[("Code", &wrong_code(&secret, now()))]);
    press(browser, "Log in");
    browser.find("#problem");
    look("code-problem");

    fill(browser, &[("Code", &code(&secret, now()))]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
    open("/account/two-factor/disable");
    fill(browser, &[("Your password", PASSWORD)]);
    press(browser, "Disable two-factor authentication");
    browser.find("#new-api-key");
    look("switched-off");
}

/// The page fits, every field has a label, there is one main heading; its picture is kept.
#[track_caller]
pub fn look_at(browser: &Browser, page: &str, name: &str, width: u32) {
    let wide = browser.run_script("return document.documentElement.scrollWidth");
    assert!(wide.as_u64().is_some_and(|w| w <= u64::from(width)), "{page} is {wide} wide");
    let unlabelled = browser.run_script(
        "return [...document.querySelectorAll('input:not([hidden]):not([type=hidden])')]\
         .filter(input => !input.labels.length).map(input => input.name)",
    );
    assert_eq!(unlabelled, json!([]), "{page}: fields without a label");
    let headings = browser.run_script("return document.querySelectorAll('h1').length");
    assert_eq!(headings, json!(1), "{page}: one main heading");
    keep(&format!("{page}-{name}.png"), &browser.screenshot_of_page());
}

/// Types into fields by their labels.
pub fn fill(browser: &Browser, fields: &[(&str, &str)]) {
    for (label, text) in fields {
        let labels = browser.find_all("label");
        let found = labels.iter().find(|found| found.text() == *label);
        let found = found.unwrap_or_else(|| panic!("no label {label:?} on {}", browser.url()));
        let field = browser.find(&format!("#{}", found.attribute("for").expect("a field")));
        field.clear();
        field.type_text(text);
    }
}

/// Presses the button of that name.
pub fn press(browser: &Browser, name: &str) {
    let buttons = browser.find_all("button");
    let button = buttons.iter().find(|button| button.text() == name);
    button.unwrap_or_else(|| panic!("no button {name:?} on {}", browser.url())).click();
}

/// A new account on the page, as far as the account page.
fn register(browser: &Browser, server: &Server) {
    browser.open(&server.page("/register"));
    fill(browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(browser, "Make the account");
    browser.wait_for_path("/account");
}

/// From the account page as far as the barcode; the key shown.
pub fn begin(browser: &Browser, server: &Server) -> Secret {
    browser.open(&server.page("/account/two-factor/enable"));
    fill(browser, &[("Your password", PASSWORD)]);
    press(browser, "I have an app, show the barcode");
    browser.wait_for_path("/account/two-factor/enable/scan");
    Secret::from_base32(&browser.find("#key").text()).expect("the key is base32")
}

/// Switches the second factor on, as far as the page that says so; the key.
pub fn enable(browser: &Browser, server: &Server) -> Secret {
    settle();
    let secret = begin(browser, server);
    fill(browser, &[("Code", &earlier_code(&secret))]);
    press(browser, "Enable two-factor authentication");
    browser.wait_for_path("/account/done");
    secret
}

/// Out, and in again as far as the question for the code.
pub fn log_out_and_half_in(browser: &Browser) {
    press(browser, "Log out");
    browser.wait_for_path("/login");
    fill(browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(browser, "Log in");
    browser.wait_for_path("/login/second-factor");
}

/// Reads the one barcode in a PNG.
fn read_picture(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).expect("a PNG").to_luma8();
    let mut prepared = rqrr::PreparedImage::prepare(picture);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "one barcode");
    grids[0].decode().expect("it decodes").1
}

pub fn keep(name: &str, png: &[u8]) {
    let Some(folder) = env::var_os("HOLDFAST_SHOTS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    fs::write(folder.join(name), png).expect("a picture");
}
