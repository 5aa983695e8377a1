//! The ways back in, in a real browser, with and without JavaScript, each page looked at in light and
//! dark, on a phone and on a desktop; and the recovery codes on one sheet of paper.

use data_encoding::BASE64;
use holdfast_otp::Secret;
use holdfast_testkit::{Browser, BrowserOptions, Server};
use serde_json::json;

use crate::access::violations;
use crate::browser::{enable, fill, keep, log_out_and_half_in, look_at, press};
use crate::client::{EMAIL, PASSWORD, code, now, settle};
use crate::outbox::{letter, mailed_code, server, texted_code};
use crate::services::KEY;

const NUMBER: &str = "+4915123456789";

#[test]
fn r1_to_r6_in_a_browser_with_javascript_on_a_light_phone() {
    tell("phone-light", BrowserOptions { size: (412, 915), ..BrowserOptions::default() });
}

#[test]
fn r1_to_r6_in_a_browser_without_javascript_on_a_dark_phone() {
    let options = BrowserOptions { size: (412, 915), dark: true, ..BrowserOptions::default() };
    tell("phone-dark", BrowserOptions { javascript: false, ..options });
}

#[test]
fn r1_to_r6_in_a_browser_without_javascript_on_a_light_desktop() {
    let options = BrowserOptions { size: (1280, 800), ..BrowserOptions::default() };
    tell("desktop-light", BrowserOptions { javascript: false, ..options });
}

#[test]
fn r1_to_r6_in_a_browser_with_javascript_on_a_dark_desktop() {
    let options = BrowserOptions { size: (1280, 800), dark: true, ..BrowserOptions::default() };
    tell("desktop-dark", options);
}

/// From registering to a lost phone and a forgotten password, page by page.
fn tell(name: &str, options: BrowserOptions) {
    let browser = match Browser::start_with(&options) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let server = server();
    let look = |page: &str| {
        look_at(&browser, page, name, options.size.0);
        // axe itself is a script.
        let found = if options.javascript { violations(&browser) } else { Vec::new() };
        assert!(found.is_empty(), "{page}: axe finds {found:#?}");
    };
    let open = |path: &str| browser.open(&server.page(path));

    open("/register");
    fill(&browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(&browser, "Make the account");
    browser.wait_for_path("/register/code");
    look("ways-register-code");
    let mailed = mailed_code(&letter(&server, EMAIL, "make your account"));
    fill(&browser, &[("Code from the mail", &mailed)]);
    press(&browser, "Make the account");
    browser.wait_for_path("/account");

    let secret = enable(&browser, &server);
    look("ways-switched-on");
    browser.find_labelled("Add a phone number").click();
    browser.wait_for_path("/account/two-factor/phone");
    look("ways-phone");
    fill(&browser, &[("Phone number with its country", NUMBER), ("Your password", PASSWORD)]);
    press(&browser, "Send a set-up code");
    browser.wait_for_path("/account/two-factor/phone/code");
    let texted = texted_code(&letter(&server, NUMBER, "set-up code"));
    look("ways-phone-code");
    fill(&browser, &[("Code", &texted)]);
    press(&browser, "Use this number");
    browser.wait_for_path("/account/two-factor/phone");
    look("ways-phone-set");

    browser.find_labelled("Next: your recovery codes").click();
    browser.wait_for_path("/account/two-factor/codes");
    look("ways-codes");
    let codes: Vec<String> = browser.find_all("ol.codes code").iter().map(|c| c.text()).collect();
    assert_eq!(codes.len(), 10);
    prints_on_one_page(&browser, name, &codes, options.dark);
    let has_buttons = browser.find("[data-does=copy]").is_shown();
    assert_eq!(has_buttons, options.javascript, "a button that does nothing is not shown");
    fill(&browser, &[("One of your recovery codes", &codes[0])]);
    press(&browser, "I have stored them");
    browser.wait_for_path("/account");
    look("ways-account");
    look_at_the_rest(&browser, &server, &secret, &look);

    log_out_and_half_in(&browser);
    look("ways-code");
    browser.find_labelled("I lost my phone").click();
    browser.wait_for_path("/login/lost");
    look("ways-lost");
    press(&browser, "Send me an SMS");
    browser.wait_for_path("/login/second-factor");
    letter(&server, NUMBER, "log-in code");
    open("/login/second-factor");
    look("ways-texted");
    fill(&browser, &[("Code", &code(&secret, now() + 300))]);
    press(&browser, "Log in");
    browser.find("#problem");
    open("/login/second-factor/recovery");
    look("ways-recovery-code");
    fill(&browser, &[("Recovery code", &codes[1])]);
    press(&browser, "Log in");
    browser.wait_for_path("/account/done");
    assert_eq!(browser.find("h1").text(), "You used a recovery code");
    assert_eq!(browser.find("#clock").text(), "Your phone's clock is off");
    look("ways-recovered");

    open("/account/delete");
    fill(&browser, &[("Your password", PASSWORD)]);
    press(&browser, "Delete the account");
    // The answer has the path of its form.
    assert_eq!(browser.find("#deleted").text(), "Your account is deleted");
    look("ways-deleted");
}

fn look_at_the_rest(browser: &Browser, server: &Server, secret: &Secret, look: &dyn Fn(&str)) {
    let open = |path: &str| browser.open(&server.page(path));
    open("/account/two-factor/codes/new");
    look("ways-codes-new");
    open("/account/ssh-keys");
    look("ways-ssh-none");
    let typed = [("Public key", KEY), ("Your password", PASSWORD), ("Code", "123456")];
    fill(browser, &typed);
    press(browser, "Add the key");
    browser.find("#problem");
    look("ways-ssh-problem");
    settle();
    fill(browser, &[("Your password", PASSWORD), ("Code", &code(secret, now()))]);
    press(browser, "Add the key");
    browser.find("#keys");
    look("ways-ssh-key");
    open("/account/email");
    look("ways-email");
    fill(browser, &[("New e-mail address", "a@new.example.org"), ("Your password", PASSWORD)]);
    press(browser, "Send a code to the new address");
    browser.wait_for_path("/account/email/code");
    look("ways-email-code");
    open("/account/delete");
    look("ways-delete");
    open("/reset");
    look("ways-reset");
    fill(browser, &[("E-mail", EMAIL)]);
    press(browser, "Send me a code");
    browser.wait_for_path("/reset/code");
    look("ways-reset-code");
    open("/account");
}

/// R4: the codes, what they are, and nothing else, on one sheet.
fn prints_on_one_page(browser: &Browser, name: &str, codes: &[String], dark: bool) {
    let scheme = if dark { "dark" } else { "light" };
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    let media = |media: &str| json!({ "media": media, "features": features.clone() });
    let pdf =
        browser.devtools("Page.printToPDF", json!({ "paperWidth": 8.27, "paperHeight": 11.7 }));
    let pdf = BASE64.decode(pdf["data"].as_str().expect("a file").as_bytes()).expect("bytes");
    keep(&format!("ways-codes-{name}.pdf"), &pdf);
    let text = String::from_utf8_lossy(&pdf);
    let pages = text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count();
    assert_eq!(pages, 1, "one sheet of paper");
    browser.devtools("Emulation.setEmulatedMedia", media("print"));
    for shown in ["ol.codes", ".paper"] {
        assert!(browser.find(shown).is_shown(), "{shown} is printed");
    }
    assert_eq!(browser.find_all("ol.codes code").len(), codes.len());
    for hidden in [".top", ".keep", "#finish"] {
        assert!(!browser.find(hidden).is_shown(), "{hidden} is not printed");
    }
    browser.devtools("Emulation.setEmulatedMedia", media(""));
}
