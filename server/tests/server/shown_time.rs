//! The server's time as a barcode (spec P5): who gets it, what it proves, and how it is renewed.

use holdfast_otp::{Secret, TimeBarcode};
use holdfast_testkit::{Browser, BrowserOptions, Server};
use image::GrayImage;

use crate::browser::{enable, fill, log_out_and_half_in, look_at, press};
use crate::client::{Answer, Client, EMAIL, PASSWORD, code, now, settle};

const HALF: &str = "/login/second-factor/clock.svg";
const WEB: &str = "/account/clock.svg";

/// Somebody who has given the password and not the code.
fn half_way(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client
}

/// The text of the barcode in an SVG, read off its pixels.
#[track_caller]
fn read(svg: &str) -> String {
    const SCALE: u32 = 8;
    let side = svg.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split(' ').next());
    let side: u32 = side.expect("a view box").parse().expect("a number");
    let mut picture = GrayImage::from_pixel(side * SCALE, side * SCALE, image::Luma([255]));
    let path = svg.split(" d=\"M").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    for run in path.split('M') {
        let numbers: Vec<u32> = run
            .split(|c: char| !c.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .map(|number| number.parse().expect("a number"))
            .collect();
        let [x, y, length, ..] = numbers[..] else { panic!("no run: {run}") };
        for (x, y) in (x * SCALE..(x + length) * SCALE)
            .flat_map(|x| (y * SCALE..(y + 1) * SCALE).map(move |y| (x, y)))
        {
            picture.put_pixel(x, y, image::Luma([0]));
        }
    }
    let mut prepared = rqrr::PreparedImage::prepare(picture);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "one barcode");
    grids[0].decode().expect("it decodes").1
}

/// The time that a barcode proves under a secret.
fn time_in(text: &str, secret: &Secret) -> Option<u64> {
    let barcode = TimeBarcode::parse(text).expect("a time barcode");
    barcode.time_by(secret).map(|time| time.0)
}

#[track_caller]
fn is_now(answer: &Answer, secret: &Secret) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    let time = time_in(&read(&answer.body), secret).expect("proved by the account's secret");
    assert!(now().abs_diff(time) <= 5, "{time} at {}", now());
}

#[test]
fn p5_the_time_is_proved_to_the_phone_of_whoever_gave_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    is_now(&half_way(&server).get(HALF), &secret);
    is_now(&ann.get(WEB), &secret);
    // The same barcode, however often it is asked for within a second; another one after it.
    let (first, again) = (ann.get(WEB).body, ann.get(WEB).body);
    let (one, other) = (read(&first), read(&again));
    let times = [&one, &other].map(|text| time_in(text, &secret));
    assert_eq!(times[0] == times[1], one == other);
    // Nobody else's phone believes it.
    assert_eq!(time_in(&one, &Secret::from_bytes(&[7; 20]).expect("a secret")), None);
}

#[test]
fn p5_nobody_else_gets_it() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    for path in [HALF, WEB, "/login/second-factor/clock", "/account/clock"] {
        assert_eq!(Client::of(&server).get(path).location(), "/login", "{path} without a cookie");
    }
    // Without a phone there is nothing to prove it with.
    assert_eq!(ann.get(WEB).status, 404);
    assert_eq!(ann.get("/account/clock").location(), "/account");
    assert!(!ann.get("/account").body.contains("clock.svg"));
    ann.begin();
    assert_eq!(ann.get(WEB).status, 404, "nor while the phone is not proved");
    let secret = ann.enable();
    ann.get("/account").must_say("/account/clock.svg");
    // A half session opens the one, a whole one the other.
    let mut half = half_way(&server);
    assert_eq!(half.get(WEB).location(), "/login");
    assert_eq!(ann.get(HALF).location(), "/login");
    half.get("/login/second-factor").must_say(HALF);
    // Also where the one's token is shown as the other's.
    let names = ["__Host-holdfast-half", "__Host-holdfast"];
    for (client, from, to, path) in [(&half, 0, 1, WEB), (&ann, 1, 0, HALF)] {
        let mut other = Client::of(&server);
        other.cookies.insert(names[to].to_owned(), client.cookies[names[from]].clone());
        assert_eq!(other.get(path).location(), "/login", "{path}");
    }
    // And it is over with the half session.
    let mut kept = Client::of(&server);
    kept.cookies = half.cookies.clone();
    settle();
    assert_eq!(half.enter_code(&code(&secret, now())).location(), "/account");
    assert_eq!(kept.get(HALF).location(), "/login");
}

#[test]
fn p5_a_page_that_asks_by_itself_keeps_nobody_logged_in() {
    const DAY: i64 = 86_400;
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    ann.enable();
    drop(server);
    for (clock, status) in [(6 * DAY, 200), (6 * DAY + 600, 200), (7 * DAY + 600, 303)] {
        let server = start(clock);
        ann.url = server.url().to_owned();
        assert_eq!(ann.get(WEB).status, status, "{clock} s later");
    }
}

#[test]
fn p5_in_a_browser_it_is_renewed_each_second() {
    for (name, dark, size) in [
        ("phone-light", false, (412, 915)),
        ("small-dark", true, (320, 568)),
        ("desktop-dark", true, (1280, 800)),
    ] {
        let options = BrowserOptions { dark, size, ..BrowserOptions::default() };
        let Some((browser, mut server, secret)) = half_way_in_a_browser(&options) else { return };
        look_at(&browser, "clock-closed", name, size.0);
        browser.find("details.clock summary").click();
        let first = shown(&browser, &secret);
        look_at(&browser, "clock-open", name, size.0);
        std::thread::sleep(std::time::Duration::from_secs(3));
        let later = shown(&browser, &secret);
        assert!(later > first && now().abs_diff(later) <= 3, "{first}, then {later}");
        browser.open(&server.page("/login/second-factor/clock"));
        look_at(&browser, "clock", name, size.0);
        assert!(now().abs_diff(shown(&browser, &secret)) <= 3);

        // A server that is gone leaves no old time standing.
        server.process().kill();
        let said = "The barcode cannot be renewed now. Load the page again.";
        let deadline = now() + 20;
        while browser.find("[role=status]").text() != said {
            assert!(now() < deadline, "it goes on showing a barcode");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        assert!(browser.find_now("#time-barcode").is_none());
    }
}

#[test]
fn p5_whoever_goes_on_while_the_barcode_is_fetched_is_not_taken_back() {
    let options = BrowserOptions { size: (320, 568), ..BrowserOptions::default() };
    let Some((browser, _server, _)) = half_way_in_a_browser(&options) else { return };
    browser.run_script(
        "document.querySelector('#time-barcode').dataset.before = '';
         document.querySelector('details.clock').open = true;
         document.querySelector('header a').focus()",
    );
    let deadline = now() + 20;
    while browser.find_now("#time-barcode[data-before]").is_some() {
        assert!(now() < deadline, "it is not renewed");
    }
    let top =
        browser.run_script("return document.querySelector('header a').getBoundingClientRect().top");
    assert!(top.as_f64().is_some_and(|top| top >= 0.0), "the page was scrolled away: {top}");
}

#[test]
fn p5_without_javascript_a_page_of_its_own_renews_itself() {
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let Some((browser, _server, secret)) = half_way_in_a_browser(&options) else { return };
    browser.find("details.clock summary").click();
    browser.find_labelled("Open the one that is renewed by itself").click();
    browser.wait_for_path("/login/second-factor/clock");
    let first = seen(|| browser.screenshot(), &secret);
    std::thread::sleep(std::time::Duration::from_secs(5));
    let later = seen(|| browser.screenshot(), &secret);
    assert!(later > first && now().abs_diff(later) <= 5, "{first}, then {later}");
    assert!(browser.source().contains("href=\"/login/second-factor\">Back</a>"), "no way back");
}

/// A browser that is asked for the code, and the key of the account.
fn half_way_in_a_browser(options: &BrowserOptions) -> Option<(Browser, Server, Secret)> {
    let browser = match Browser::start_with(options) {
        Ok(browser) => browser,
        Err(sentence) => {
            println!("skipped: {sentence}");
            return None;
        }
    };
    let server = Server::start();
    browser.open(&server.page("/register"));
    fill(&browser, &[("E-mail", EMAIL), ("Password", PASSWORD)]);
    press(&browser, "Make the account");
    browser.wait_for_path("/account");
    let secret = enable(&browser, &server);
    browser.open(&server.page("/account"));
    log_out_and_half_in(&browser);
    Some((browser, server, secret))
}

/// The time that the page shows, read off its barcode.
#[track_caller]
fn shown(browser: &Browser, secret: &Secret) -> u64 {
    seen(|| browser.find("[data-clock]").screenshot(), secret)
}

/// The time in a picture of the screen. While it is being renewed there may be none. (Of a page that
/// loads itself anew no element is there for long, so its whole window is looked at.)
#[track_caller]
fn seen(shot: impl Fn() -> Vec<u8>, secret: &Secret) -> u64 {
    for _ in 0..20 {
        let picture = image::load_from_memory(&shot()).expect("a PNG").to_luma8();
        let mut prepared = rqrr::PreparedImage::prepare(picture);
        let read = prepared.detect_grids().first().and_then(|grid| grid.decode().ok());
        if let Some((_, text)) = read {
            return time_in(&text, secret).expect("proved by the account's secret");
        }
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    panic!("no barcode can be seen");
}
