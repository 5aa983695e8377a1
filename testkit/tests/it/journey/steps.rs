//! What an account costs in taps and seconds: "Change phone", against disabling two-factor
//! authentication and enabling it again on the same pages. `./dev bench move` prints the table.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use holdfast_otp::{Parameters, Secret, UnixTime};
use holdfast_testkit::{Browser, BrowserOptions, Server, settle};

const PASSWORD: &str = "quiet otter mends lanterns";
/// Accounts that are taken each way; the pages' time is that of the middle one.
const ACCOUNTS: usize = 3;

// Seconds of the keystroke-level model (Card, Moran, Newell 1980): to think what to do, to point at
// something and press it, and to type a character (the average typist).
const THINK: f64 = 1.35;
const POINT: f64 = 1.1 + 0.2;
const TYPE: f64 = 0.28;

#[test]
fn changing_the_phone_takes_half_the_steps_of_disabling_and_enabling_again() {
    // As on the phone's own browser.
    let options = BrowserOptions { size: (412, 915), ..BrowserOptions::default() };
    let browser = match Browser::start_with(&options) {
        Ok(browser) => browser,
        Err(why) => return println!("skipped: {why}"),
    };
    let server = Server::start();
    let (mut changes, mut agains) = (Vec::new(), Vec::new());
    for number in 0..ACCOUNTS {
        let old = enrolled(&browser, &server, &format!("change-{number}@example.org"));
        changes.push(change_phone(&browser, &old));
        enrolled(&browser, &server, &format!("again-{number}@example.org"));
        agains.push(disable_and_enable(&browser));
    }
    let (change, again) = (middle(changes), middle(agains));
    print_table(&change, &again);
    assert!(change.steps() * 2 <= again.steps(), "{change:?} is not half of {again:?}");
    assert!(change.hands() * 2.0 <= again.hands(), "{change:?} takes more than half of {again:?}");
    assert_eq!(change.unguarded, Duration::ZERO);
}

/// What a person did, and how long the pages took over it.
#[derive(Debug, Default)]
struct Cost {
    presses: usize,
    fields: usize,
    characters: usize,
    pages: usize,
    waited: Duration,
    /// How long the account had no second factor meanwhile, as quick as a machine.
    unguarded: Duration,
}

impl Cost {
    /// What is pressed and what is filled in.
    fn steps(&self) -> usize {
        self.presses + self.fields
    }

    /// Seconds that the hands take, by the model.
    fn hands(&self) -> f64 {
        self.steps() as f64 * (THINK + POINT) + self.characters as f64 * TYPE
    }
}

/// A person at the browser, counted.
struct Hand<'a> {
    browser: &'a Browser,
    cost: Cost,
}

impl<'a> Hand<'a> {
    /// At the account's page, where both ways begin.
    fn at_the_account(browser: &'a Browser) -> Self {
        browser.wait_for_path("/account");
        Self { browser, cost: Cost::default() }
    }

    /// Presses a link or a button, and waits for the page that it leads to.
    #[track_caller]
    fn press(&mut self, label: &str, leads_to: &str) {
        let began = Instant::now();
        self.browser.find_labelled(label).click();
        self.browser.wait_for_path(leads_to);
        self.browser.find("h1");
        self.cost.presses += 1;
        self.cost.pages += 1;
        self.cost.waited += began.elapsed();
    }

    #[track_caller]
    fn fill(&mut self, field: &str, text: &str) {
        self.browser.find(field).type_text(text);
        self.cost.fields += 1;
        self.cost.characters += text.chars().count();
    }

    /// The page's barcode, as the new phone scans it: the same in both ways, and not counted.
    fn scan(&self) -> Secret {
        Secret::from_base32(&self.browser.find("#key").text()).expect("a key")
    }
}

fn change_phone(browser: &Browser, old: &Secret) -> Cost {
    let mut hand = Hand::at_the_account(browser);
    hand.press("Change phone", "/account/two-factor/change");
    hand.fill("#password", PASSWORD);
    hand.fill("#code", &code(old, 0));
    hand.press("Show the barcode for the new phone", "/account/two-factor/change/scan");
    let new = hand.scan();
    hand.fill("#code", &code(&new, 0));
    hand.press("Use the new phone", "/account/done");
    assert_eq!(browser.find("h1").text(), "Your new phone is in use");
    hand.cost
}

/// With the recovery codes, which the change of phone leaves as they are.
fn disable_and_enable(browser: &Browser) -> Cost {
    let mut hand = Hand::at_the_account(browser);
    hand.press("Disable two-factor authentication", "/account/two-factor/disable");
    hand.fill("#password", PASSWORD);
    hand.press("Disable two-factor authentication", "/account/done");
    let off = Instant::now();
    hand.press("Your account", "/account");
    hand.press("Enable two-factor authentication", "/account/two-factor/enable");
    hand.fill("#password", PASSWORD);
    hand.press("I have an app, show the barcode", "/account/two-factor/enable/scan");
    let new = hand.scan();
    hand.fill("#code", &code(&new, 0));
    hand.press("Enable two-factor authentication", "/account/done");
    hand.cost.unguarded = off.elapsed();
    store_codes(&mut hand);
    hand.cost
}

fn store_codes(hand: &mut Hand<'_>) {
    hand.press("Get your recovery codes", "/account/two-factor/codes");
    let one = hand.browser.find("ol.codes code").text();
    hand.fill("#code", &one);
    hand.press("I have stored them", "/account");
}

/// An account with a phone and stored recovery codes; at its page.
fn enrolled(browser: &Browser, server: &Server, email: &str) -> Secret {
    browser.forget_cookies();
    browser.open(&server.page("/register"));
    browser.find("#email").type_text(email);
    browser.find("#password").type_text(PASSWORD);
    browser.find_labelled("Make the account").click();
    browser.wait_for_path("/account");
    let mut hand = Hand::at_the_account(browser);
    hand.press("Enable two-factor authentication", "/account/two-factor/enable");
    hand.fill("#password", PASSWORD);
    hand.press("I have an app, show the barcode", "/account/two-factor/enable/scan");
    let secret = hand.scan();
    // A code of the step before, so that the one of now is left for what comes. Two steps old on its
    // arrival it would tell the server of a slow phone, and the one of now would be refused.
    settle();
    hand.fill("#code", &code(&secret, 30));
    hand.press("Enable two-factor authentication", "/account/done");
    store_codes(&mut hand);
    secret
}

/// The code that an app showed so many seconds ago.
fn code(secret: &Secret, ago: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    Parameters::default().code(secret, UnixTime(now - ago)).as_str().to_owned()
}

fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.waited);
    costs.swap_remove(costs.len() / 2)
}

fn print_table(change: &Cost, again: &Cost) {
    println!("| for one account | change phone | disable, enable again |");
    println!("|---|---|---|");
    let count = |what: &str, of: fn(&Cost) -> usize| {
        println!("| {what} | {} | {} |", of(change), of(again));
    };
    count("buttons and links pressed", |cost| cost.presses);
    count("fields filled in", |cost| cost.fields);
    count("**steps** (both together)", Cost::steps);
    count("characters typed", |cost| cost.characters);
    count("pages loaded", |cost| cost.pages);
    let seconds = |what: &str, of: fn(&Cost) -> f64| {
        println!("| {what} | {:.1} s | {:.1} s |", of(change), of(again));
    };
    seconds("the hands, by the keystroke-level model", Cost::hands);
    seconds("the pages, measured", |cost| cost.waited.as_secs_f64());
    seconds("without a second factor meanwhile, with a machine's hands", |cost| {
        cost.unguarded.as_secs_f64()
    });
}
