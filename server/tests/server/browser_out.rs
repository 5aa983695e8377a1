//! In a browser, with JavaScript and without: what is asked for at log-in and told of a change, a password
//! reset that leaves two-factor authentication alone, the operator's way out, and switching off.

use holdfast_otp::Secret;
use holdfast_testkit::{Browser, BrowserOptions, Server};

use crate::browser::{enable, fill, press};
use crate::client::{EMAIL, PASSWORD, code, earlier_code, now, settle};
use crate::operator::done;
use crate::outbox::{letter, mailed_code, server};

const NEXT: &str = "heron over the estuary";

#[test]
fn e1_e6_l1_l3_m1_d1_in_a_browser_with_javascript() {
    tell(true);
}

#[test]
fn e1_e6_l1_l3_m1_d1_in_a_browser_without_javascript() {
    tell(false);
}

/// A browser, and a server at which somebody has just registered in it; nothing where no browser is installed.
pub fn registered(javascript: bool) -> Option<(Browser, Server)> {
    let options = BrowserOptions { javascript, ..BrowserOptions::default() };
    let browser = Browser::start_with(&options).map_err(|why| println!("skipped: {why}")).ok()?;
    let server = server();
    register(&browser, &server);
    Some((browser, server))
}

fn tell(javascript: bool) {
    let Some((browser, server)) = registered(javascript) else { return };
    e6_it_is_told_what_when_and_from_where(&browser, &server);
    let old = enable_again(&browser, &server);
    e1_the_code_is_asked_for_after_the_password(&browser);
    l1_a_new_password_leaves_it_on_and_the_page_says_so(&browser, &server, &old);
    m1_d1_off_with_the_password_and_on_with_the_new_phone(&browser, &server, &old);
    l3_the_operator_lets_in_whoever_has_lost_everything(&browser, &server);
}

/// A new account whose address is validated, as far as the account page.
pub fn register(browser: &Browser, server: &Server) {
    browser.open(&server.page("/register"));
    fill(browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(browser, "Make the account");
    browser.wait_for_path("/register/code");
    let mailed = mailed_code(&letter(server, EMAIL, "make your account"));
    fill(browser, &[("Code from the mail", &mailed)]);
    press(browser, "Make the account");
    browser.wait_for_path("/account");
}

fn e6_it_is_told_what_when_and_from_where(browser: &Browser, server: &Server) {
    enable(browser, server);
    assert_eq!(browser.find("h1").text(), "Two-factor authentication is on");
    let (text, mail) = (browser.text(), letter(server, EMAIL, "was switched on"));
    assert!(text.contains("UTC") && text.contains("127.0.0.1"), "{text}");
    assert!(mail.contains("When: ") && mail.contains("From: 127.0.0.1, Chromium"), "{mail}");
}

fn e1_the_code_is_asked_for_after_the_password(browser: &Browser) {
    press(browser, "Log out");
    browser.wait_for_path("/login");
    fill(browser, &[("E-mail", EMAIL), ("Password", "not the password")]);
    press(browser, "Log in");
    assert!(browser.find("#problem").text().contains("do not match"));
    assert!(browser.find_now("#code").is_none(), "no code is asked for before the password");
    fill(browser, &[("Password", PASSWORD)]);
    press(browser, "Log in");
    browser.wait_for_path("/login/second-factor");
}

fn l1_a_new_password_leaves_it_on_and_the_page_says_so(
    browser: &Browser,
    server: &Server,
    phone: &Secret,
) {
    browser.find_labelled("I lost my phone").click();
    browser.wait_for_path("/login/lost");
    assert!(browser.text().contains("Do not reset your password"), "{}", browser.text());
    browser.open(&server.page("/reset"));
    fill(browser, &[("E-mail", EMAIL)]);
    press(browser, "Send me a code");
    browser.wait_for_path("/reset/code");
    assert!(browser.text().contains("Two-factor authentication stays as it is"));
    let mailed = mailed_code(&letter(server, EMAIL, "choose a new password"));
    fill(browser, &[("Code from the mail", &mailed), ("New password", NEXT)]);
    press(browser, "Change the password");
    assert!(browser.text().contains("Your password is changed"), "{}", browser.text());
    browser.open(&server.page("/login"));
    fill(browser, &[("E-mail", EMAIL), ("Password", NEXT)]);
    press(browser, "Log in");
    browser.wait_for_path("/login/second-factor");
    settle();
    fill(browser, &[("Code", &code(phone, now()))]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
}

fn m1_d1_off_with_the_password_and_on_with_the_new_phone(
    browser: &Browser,
    server: &Server,
    old: &Secret,
) {
    off(browser, server, "not the password");
    assert!(browser.find("#problem").text().contains("not right"));
    fill(browser, &[("Your password", NEXT)]);
    press(browser, "Disable two-factor authentication");
    browser.wait_for_text("h1", "Two-factor authentication is off");
    letter(server, EMAIL, "was switched off");
    let new = enable_with(browser, server, NEXT);
    assert_ne!(new.expose(), old.expose(), "another phone, another secret");
    log_out(browser, NEXT);
    settle();
    fill(browser, &[("Code", &code(old, now()))]);
    press(browser, "Log in");
    assert!(browser.find("#problem").text().contains("not right"), "the old phone is void");
    fill(browser, &[("Code", &code(&new, now()))]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
}

fn l3_the_operator_lets_in_whoever_has_lost_everything(browser: &Browser, server: &Server) {
    let args = ["2fa", "reset", EMAIL, "--verified", "came with her passport"];
    done(server.data_dir(), &args, "");
    letter(server, EMAIL, "switched off by whoever runs this service");
    browser.open(&server.page("/account"));
    browser.wait_for_path("/login");
    fill(browser, &[("E-mail", EMAIL), ("Password", NEXT)]);
    press(browser, "Log in");
    browser.wait_for_path("/account");
    assert!(browser.find("#two-factor-state").text().starts_with("Off"));
}

/// Off with the password, and on again: the phone of what follows.
fn enable_again(browser: &Browser, server: &Server) -> Secret {
    off(browser, server, PASSWORD);
    assert_eq!(browser.find("h1").text(), "Two-factor authentication is off");
    enable(browser, server)
}

fn enable_with(browser: &Browser, server: &Server, password: &str) -> Secret {
    browser.open(&server.page("/account/two-factor/enable"));
    fill(browser, &[("Your password", password)]);
    press(browser, "I have an app, show the barcode");
    browser.wait_for_path("/account/two-factor/enable/scan");
    let key = browser.find("#key").text();
    let secret = Secret::from_base32(&key).expect("the key is base32");
    fill(browser, &[("Code", &earlier_code(&secret))]);
    press(browser, "Enable two-factor authentication");
    browser.wait_for_path("/account/done");
    secret
}

fn off(browser: &Browser, server: &Server, password: &str) {
    browser.open(&server.page("/account/two-factor/disable"));
    fill(browser, &[("Your password", password)]);
    press(browser, "Disable two-factor authentication");
}

fn log_out(browser: &Browser, password: &str) {
    press(browser, "Log out");
    browser.wait_for_path("/login");
    fill(browser, &[("E-mail", EMAIL), ("Password", password)]);
    press(browser, "Log in");
    browser.wait_for_path("/login/second-factor");
}
