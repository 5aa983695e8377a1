//! The pages with the keyboard alone, in a real browser: every page is reached, every control on it is
//! met by the tabulator in the order in which it is seen, the focus shows, and after a problem it stands
//! in the field that the problem is with.

use std::thread;
use std::time::{Duration, Instant};

use holdfast_otp::Secret;
use holdfast_testkit::{Browser, BrowserOptions, ENTER, Server, ServerOptions, TAB};
use serde_json::{Value, json};

use crate::client::{EMAIL, PASSWORD, code, earlier_code, now, settle};
use crate::handover::options;
use crate::not_me::link;
use crate::outbox::{letter, mailed_code, texted_code};
use crate::services::KEY;

const NUMBER: &str = "+4915123456789";
/// What the tabulator stops at, in the order of the page.
const STOPS: &str = "const stops = [...document.querySelectorAll('a[href], button, summary, textarea,\
     select, [tabindex], input:not([type=hidden])')].filter(one => one.checkVisibility());\
     const name = one => (one.labels && one.labels.length ? one.labels[0] : one).innerText.trim();";

#[test]
fn every_page_is_reached_and_used_by_keyboard_on_a_desktop() {
    walk(BrowserOptions { size: (1280, 800), ..BrowserOptions::default() });
}

#[test]
fn every_page_is_reached_and_used_by_keyboard_without_javascript_on_a_dark_phone() {
    let options = BrowserOptions { size: (412, 915), dark: true, ..BrowserOptions::default() };
    walk(BrowserOptions { javascript: false, ..options });
}

fn walk(how: BrowserOptions) {
    let browser = match Browser::start_with(&how) {
        Ok(browser) => browser,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let server = Server::start_with(ServerOptions { ..options() });
    let keys = Keys { browser: &browser, server: &server };
    keys.registers();
    let secret = keys.enables();
    let codes = keys.stores_codes();
    keys.adds_a_number();
    keys.looks_after_the_account(&secret);
    keys.logs_in_without_the_phone(&codes);
    keys.changes_the_phone(&codes);
    keys.stops_everything();
}

/// Somebody at a keyboard, without a mouse.
struct Keys<'a> {
    browser: &'a Browser,
    server: &'a Server,
}

impl Keys<'_> {
    fn registers(&self) {
        self.open("/login");
        self.meets_all();
        self.presses("Make an account");
        self.browser.wait_for_path("/register");
        self.meets_all();
        self.types("E-mail", EMAIL);
        self.types("Password", "password1");
        self.enter();
        self.stands_in("password");
        self.types("Password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/register/code");
        self.meets_all();
        self.types("Code from the mail", "AAAA-AAAA");
        self.enter();
        self.stands_in("code");
        let mailed = mailed_code(&letter(self.server, EMAIL, "make your account"));
        self.types("Code from the mail", &mailed);
        self.enter();
        self.browser.wait_for_path("/account");
        self.meets_all();
    }

    fn enables(&self) -> Secret {
        self.presses("Enable two-factor authentication");
        self.browser.wait_for_path("/account/two-factor/enable");
        self.meets_all();
        self.types("Your password", "not the password");
        self.enter();
        self.stands_in("password");
        settle();
        self.types("Your password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/account/two-factor/enable/scan");
        self.meets_all();
        let key = self.browser.find("#key").text();
        let secret = Secret::from_base32(&key).expect("the key is base32");
        self.types("Code", "123");
        self.enter();
        self.stands_in("code");
        self.types("Code", &earlier_code(&secret));
        self.enter();
        self.browser.wait_for_path("/account/done");
        self.meets_all();
        secret
    }

    fn stores_codes(&self) -> Vec<String> {
        self.presses("Get your recovery codes");
        self.browser.wait_for_path("/account/two-factor/codes");
        self.meets_all();
        let codes = self.browser.find_all("ol.codes code");
        let codes: Vec<String> = codes.iter().map(|code| code.text()).collect();
        self.types("One of your recovery codes", "0000-0000-0000-0000");
        self.enter();
        self.stands_in("code");
        self.types("One of your recovery codes", &codes[0]);
        self.enter();
        self.browser.wait_for_path("/account");
        codes
    }

    fn adds_a_number(&self) {
        self.presses("Add a phone number for SMS");
        self.browser.wait_for_path("/account/two-factor/phone");
        self.meets_all();
        self.types("Phone number with its country", "0151");
        self.types("Your password", PASSWORD);
        self.enter();
        self.stands_in("number-field");
        self.types("Phone number with its country", NUMBER);
        self.types("Your password", "not the password");
        self.enter();
        self.stands_in("password");
        self.types("Your password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/account/two-factor/phone/code");
        self.meets_all();
        let texted = texted_code(&letter(self.server, NUMBER, "set-up code"));
        self.types("Code", "000000");
        self.enter();
        self.stands_in("code");
        self.types("Code", &texted);
        self.enter();
        self.browser.wait_for_path("/account/two-factor/phone");
        self.meets_all();
        self.presses_in("#password-remove", "not the password");
        self.stands_in("password-remove");
    }

    /// Each page that the account page leads to; what is wrong in a form is where the focus is.
    fn looks_after_the_account(&self, secret: &Secret) {
        for (name, path) in [
            ("View recovery codes", "/account/two-factor/codes"),
            ("Phone number for SMS", "/account/two-factor/phone"),
            ("Change phone", "/account/two-factor/change"),
            ("Disable two-factor authentication", "/account/two-factor/disable"),
            ("Make an API key", "/account/api-key"),
            ("Your keys for SSH", "/account/ssh-keys"),
            ("Where you are logged in", "/account/sessions"),
            ("Change the password", "/account/password"),
            ("Change the e-mail address", "/account/email"),
            ("Delete the account", "/account/delete"),
        ] {
            self.open("/account");
            self.presses(name);
            self.browser.wait_for_path(path);
            self.meets_all();
        }
        self.open("/account/two-factor/codes/new");
        self.meets_all();
        self.open("/account/clock");
        self.meets_all();

        self.open("/account/api-key");
        self.types("Your password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/account/done");
        self.meets_all();
        self.open("/account/ssh-keys");
        self.types("Public key", "no key");
        self.types("Your password", PASSWORD);
        self.types("Code", "123456");
        self.enter();
        self.stands_in("key");
        self.types("Public key", KEY);
        self.types("Your password", PASSWORD);
        settle();
        self.types("Code", &code(secret, now()));
        self.enter();
        self.browser.find("#keys");
        self.meets_all();
        self.presses("Remove this key");
        self.browser.find("#no-keys");
        self.open("/account/password");
        self.types("Your password now", PASSWORD);
        self.types("New password", "password1");
        self.enter();
        self.stands_in("new_password");
        self.open("/account/email");
        self.types("New e-mail address", "ann@new.example.org");
        self.types("Your password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/account/email/code");
        self.meets_all();
        self.open("/reset");
        self.meets_all();
        self.types("E-mail", EMAIL);
        self.enter();
        self.browser.wait_for_path("/reset/code");
        self.meets_all();
        self.types("Code from the mail", "AAAA-AAAA");
        self.types("New password", "password1");
        self.enter();
        self.stands_in("new_password");
    }

    fn logs_in_without_the_phone(&self, codes: &[String]) {
        self.open("/account");
        self.presses("Log out");
        self.browser.wait_for_path("/login");
        self.types("E-mail", EMAIL);
        self.types("Password", PASSWORD);
        self.enter();
        self.browser.wait_for_path("/login/second-factor");
        self.meets_all();
        self.presses("Codes are refused? Check your phone's clock");
        self.meets_all();
        self.types("Code", "1");
        self.enter();
        self.stands_in("code");
        self.presses("I lost my phone");
        self.browser.wait_for_path("/login/lost");
        self.meets_all();
        self.presses("Send me an SMS");
        self.browser.wait_for_path("/login/second-factor");
        self.meets_all();
        self.presses("one of your recovery codes");
        self.browser.wait_for_path("/login/second-factor/recovery");
        self.meets_all();
        self.types("Recovery code", &codes[1]);
        self.enter();
        self.browser.wait_for_path("/account/done");
        self.meets_all();
    }

    fn changes_the_phone(&self, codes: &[String]) {
        self.presses("Change phone");
        self.browser.wait_for_path("/account/two-factor/change");
        self.types("Your password", PASSWORD);
        self.types("Code of the old phone, or a recovery code", "12345");
        self.enter();
        self.stands_in("code");
        settle();
        self.types("Your password", PASSWORD);
        self.types("Code of the old phone, or a recovery code", &codes[2]);
        self.enter();
        self.browser.wait_for_path("/account/two-factor/change/scan");
        self.meets_all();
        let key = self.browser.find("#key").text();
        let secret = Secret::from_base32(&key).expect("the key is base32");
        self.types("Code", &earlier_code(&secret));
        self.enter();
        self.browser.wait_for_path("/account/done");
        self.meets_all();
    }

    fn stops_everything(&self) {
        let mail = letter(self.server, EMAIL, "A new phone gives your codes now");
        // The link is void for what is told in the second in which it is used.
        thread::sleep(Duration::from_millis(1100));
        self.open(&link(&mail));
        self.browser.wait_for_path("/not-me");
        self.meets_all();
        self.types("Your password", "not the password");
        self.enter();
        self.stands_in("password");
        self.types("Your password", PASSWORD);
        self.enter();
        self.browser.find("#stopped");
        self.meets_all();
        self.presses("Choose a new password by mail");
        self.browser.wait_for_path("/reset");
    }

    fn open(&self, path: &str) {
        self.browser.open(&self.server.page(path));
    }

    fn enter(&self) {
        self.browser.type_keys(ENTER);
    }

    /// Goes on to the control of that name, wherever the focus is, and types over what is in it.
    #[track_caller]
    fn types(&self, name: &str, text: &str) {
        self.goes_to(name);
        self.browser.run_script("document.activeElement.select()");
        self.browser.type_keys(text);
    }

    /// The same in a field whose name stands twice on the page.
    #[track_caller]
    fn presses_in(&self, field: &str, text: &str) {
        let is_there = format!("return document.activeElement.matches('{field}')");
        for _ in 0..60 {
            if self.browser.run_script(&is_there) == json!(true) {
                self.browser.type_keys(text);
                return self.enter();
            }
            self.browser.type_keys(TAB);
        }
        panic!("{field} is not reached on {}", self.browser.url());
    }

    #[track_caller]
    fn presses(&self, name: &str) {
        self.goes_to(name);
        self.enter();
    }

    #[track_caller]
    fn goes_to(&self, wanted: &str) {
        let mut met = Vec::new();
        for _ in 0..60 {
            let focused = format!("{STOPS} return name(document.activeElement)");
            let name = self.browser.run_script(&focused);
            if name == json!(wanted) {
                return;
            }
            met.push(name);
            self.browser.type_keys(TAB);
        }
        panic!("no {wanted:?} is reached on {}: {met:?}", self.browser.url());
    }

    /// After a problem: the field is marked, described by the problem, in view, and has the focus.
    #[track_caller]
    fn stands_in(&self, id: &str) {
        self.browser.find("#problem");
        // A page that was answered a moment ago is still scrolling to the field.
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let at = self.browser.run_script(
                "const one = document.activeElement, box = one.getBoundingClientRect();\
                 const said = document.querySelector('#problem').getBoundingClientRect();\
                 return [one.id, one.getAttribute('aria-invalid'),\
                     (one.getAttribute('aria-describedby') || '').split(' ').includes('problem'),\
                     box.top >= 0 && box.bottom <= innerHeight,\
                     said.top >= 0 && said.bottom <= innerHeight]",
            );
            let expected = json!([id, "true", true, true, true]);
            if at == expected || Instant::now() > deadline {
                assert_eq!(at, expected, "{}", self.browser.url());
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Tabs once round: each control is met, one after the other as they stand on the page, is in view,
    /// and shows that it has the focus.
    #[track_caller]
    fn meets_all(&self) {
        let at = self.browser.url();
        let tops = self.browser.run_script(&format!(
            "{STOPS} return stops.map(one => one.getBoundingClientRect().top)"
        ));
        let tops: Vec<f64> = serde_json::from_value(tops).expect("a list");
        for pair in tops.windows(2) {
            // What stands in one line may differ in height.
            assert!(pair[1] >= pair[0] - 16.0, "{at}: the order is not that of the page: {tops:?}");
        }
        let mut met = Vec::new();
        for _ in 0..tops.len() + 2 {
            self.browser.type_keys(TAB);
            let look = || {
                self.browser.run_script(&format!(
                    "{STOPS} const one = document.activeElement, style = getComputedStyle(one);\
                     const box = one.getBoundingClientRect();\
                     return [stops.indexOf(one), name(one), style.outlineStyle,\
                         parseFloat(style.outlineWidth), box.bottom > 0 && box.top < innerHeight]"
                ))
            };
            // The page is scrolled to it with its next picture, which takes a while on a busy machine.
            let deadline = Instant::now() + Duration::from_secs(5);
            let mut seen = look();
            while seen[0].is_u64() && seen[4] != Value::Bool(true) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(50));
                seen = look();
            }
            let Some(place) = seen[0].as_u64() else { continue };
            let shows =
                seen[2] == json!("solid") && seen[3].as_f64().is_some_and(|width| width >= 2.0);
            assert!(shows && seen[4] == Value::Bool(true), "{at}: the focus is not seen: {seen}");
            met.push(place);
        }
        let count = tops.len() as u64;
        for pair in met.windows(2) {
            assert_eq!(pair[1], (pair[0] + 1) % count, "{at}: {met:?} of {count}");
        }
        met.sort_unstable();
        met.dedup();
        assert_eq!(met.len(), tops.len(), "{at}: only {met:?} of {count} are met");
    }
}
